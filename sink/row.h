/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a row of each kind is made of: the columns, as sinks write them.
 *
 * One table for all sinks; the order of columns is that of schema.sql.
 */
#ifndef SINK_ROW_H
#define SINK_ROW_H

#include "sink/sink.h"

#include <stddef.h>

enum row_column_type { COLUMN_U32, COLUMN_I64, COLUMN_TEXT, COLUMN_REAL };

struct row_column {
	const char *name;
	enum row_column_type type;
	size_t offset;		/* in struct row */
};

struct row_table {
	const char *name;
	const struct row_column *columns;	/* name NULL ends */
};

extern const struct row_table row_tables[ROW_NR_KINDS];

/* The value of a column; which one by column->type.  COLUMN_I64 may be ROW_NONE, a NULL text is "". */
uint32_t row_u32(const struct row *row, const struct row_column *column);
int64_t row_i64(const struct row *row, const struct row_column *column);
const char *row_text(const struct row *row, const struct row_column *column);
double row_real(const struct row *row, const struct row_column *column);

#endif
