/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where a command prints its result: stdout, or FILE complete or not at all.
 *
 *	output_open(&output, path, err);
 *	fprintf(output.stream, ...);
 *	output_commit(&output, err);
 *	output_close(&output);
 */
#ifndef CMD_OUTPUT_H
#define CMD_OUTPUT_H

#include "base/status.h"
#include "sink/output_file.h"

#include <stdbool.h>
#include <stdio.h>

struct output {
	FILE *stream;
	struct output_file file;	/* path NULL = stream is stdout or a device */
	const char *name;		/* for messages; borrowed */
};

/* path: NULL or "-" = stdout; what is no regular file (/dev/null, a pipe) is written as it is. */
enum status output_open(struct output *output, const char *path, struct error *err);

/* All that was printed is there; RC_OUTPUT with an empty text when the reader went away. */
enum status output_commit(struct output *output, struct error *err);

void output_close(struct output *output);

#endif
