// SPDX-License-Identifier: GPL-2.0-or-later
/* Which source a file is. */
#include "replay/op_source.h"

enum status op_source_open_with(struct op_source **source, const char *const *paths, size_t nr_paths, mm_kinds counters,
				struct error *err)
{
	for (size_t i = 0; i < nr_paths; i++) {
		if (!is_op_text(paths[i]))
			continue;
		if (nr_paths > 1)
			return error_set(err, RC_USAGE, "%s: operations: a text is replayed alone", paths[i]);
		return op_text_open(source, paths[0], err);
	}
	return recording_open(source, paths, nr_paths, counters, err);
}

enum status op_source_open(struct op_source **source, const char *const *paths, size_t nr_paths, struct error *err)
{
	return op_source_open_with(source, paths, nr_paths, 0, err);
}

void op_source_close(struct op_source *source)
{
	if (source)
		source->class->close(source);
}
