/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writes all that a source tells as a text (docs/ops.md) that, replayed, gives
 * the same results.  Memory does not grow with the number of operations.
 */
#ifndef OPS_OP_WRITER_H
#define OPS_OP_WRITER_H

#include "rebuild/op_source.h"

#include <stdio.h>

struct op_writer_options {
	const struct container_rule *rules;	/* borrowed */
	size_t nr_rules;
	uint64_t begin_ns;	/* a replay of the text counts from here; 0 = from the start */
	uint64_t end_ns;	/* nothing after this; UINT64_MAX = to the end */
	/* Called now and then with the bytes consumed; NULL = never. */
	void (*progress)(void *context, uint64_t bytes);
	void *progress_context;
};

/* RC_END: out can take no more; errno says why. */
enum status op_writer_write(struct op_source *source, const struct op_writer_options *options, FILE *out,
			    struct error *err);

#endif
