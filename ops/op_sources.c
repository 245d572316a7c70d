// SPDX-License-Identifier: GPL-2.0-or-later
/* Which source a file is. */
#include "ops/op_sources.h"

enum status op_source_open_with(struct op_source **source, const struct op_source_request *request, struct error *err)
{
	for (size_t i = 0; i < request->nr_paths; i++) {
		if (!is_op_text(request->paths[i]))
			continue;
		if (request->nr_paths > 1)
			return error_set(err, RC_USAGE, "%s: operations: a text is replayed alone", request->paths[i]);
		return op_text_open(source, request->paths[0], err);
	}
	return recording_open(source, request, err);
}

enum status op_source_open(struct op_source **source, const char *const *paths, size_t nr_paths, struct error *err)
{
	return op_source_open_with(source, &(struct op_source_request){ .paths = paths, .nr_paths = nr_paths }, err);
}
