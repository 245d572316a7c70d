/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The two sources of operations, told apart by content: a text in the language of
 * docs/ops.md, or a recording (rebuild/op_source.h).
 */
#ifndef OPS_OP_SOURCES_H
#define OPS_OP_SOURCES_H

#include "rebuild/op_source.h"

/* Opens one recording made of one or more files, or one text (paths are borrowed until close). */
enum status op_source_open(struct op_source **source, const char *const *paths, size_t nr_paths, struct error *err);

enum status op_source_open_with(struct op_source **source, const struct op_source_request *request, struct error *err);

enum status op_text_open(struct op_source **source, const char *path, struct error *err);
/* Whether the file begins as a text of operations does. */
bool is_op_text(const char *path);

#endif
