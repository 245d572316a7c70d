// SPDX-License-Identifier: GPL-2.0-or-later
#include "reports/lines.h"

#include "base/xalloc.h"

struct libscols_table *lines_create(void)
{
	struct libscols_table *lines = xneed(scols_new_table());

	/* Never cut: a figure without its last digits is a lie. */
	scols_table_set_termforce(lines, SCOLS_TERMFORCE_NEVER);
	scols_table_enable_noencoding(lines, 1);	/* text_printable() has done that */
	return lines;
}

struct libscols_column *lines_column(struct libscols_table *lines, const char *name, int flags)
{
	return xneed(scols_table_new_column(lines, name, 0, flags));
}

void lines_add(struct libscols_table *lines, char *const *cells, size_t nr)
{
	struct libscols_line *line = xneed(scols_table_new_line(lines, NULL));

	for (size_t i = 0; i < nr; i++)
		scols_line_refer_data(line, i, cells[i]);
}

void lines_print(struct libscols_table *lines, FILE *out)
{
	scols_table_set_stream(lines, out);
	if (scols_print_table(lines))
		xneed(NULL);
}
