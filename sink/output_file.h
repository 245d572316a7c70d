/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A file that is complete or absent.
 *
 *	output_file_open(&file, path, err);
 *	write to file.temporary, by its name or through file.fd
 *	output_file_commit(&file, err);		flushed to the disk and renamed to path
 *	output_file_close(&file);		without commit: as if nothing had been
 *
 * The temporary file is .NAME.tmp-PID in the folder of path.  What killed runs
 * left behind there under this name is removed by the next one; what exit() finds
 * neither committed nor closed (there was no memory left) it removes itself.
 */
#ifndef SINK_OUTPUT_FILE_H
#define SINK_OUTPUT_FILE_H

#include "base/status.h"

struct output_file {
	char *path;		/* as given: for messages */
	char *target;		/* where links lead */
	char *temporary;	/* NULL = nothing there (any more) */
	struct leftover *leftover;	/* what exit() removes */
	int fd;			/* of temporary */
};

/* RC_OUTPUT also when path is there and is no regular file.  On failure *file needs no close. */
enum status output_file_open(struct output_file *file, const char *path, struct error *err);

enum status output_file_commit(struct output_file *file, struct error *err);

void output_file_close(struct output_file *file);

#endif
