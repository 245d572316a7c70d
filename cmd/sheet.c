// SPDX-License-Identifier: GPL-2.0-or-later
/* Cells in a row, shown four ways. */
#include "cmd/sheet.h"

#include "base/xalloc.h"

#include <libsmartcols/libsmartcols.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

void sheet_init(struct sheet *sheet, const struct sheet_column *columns, size_t nr_columns)
{
	*sheet = (struct sheet){ .columns = columns, .nr_columns = nr_columns };
}

void sheet_release(struct sheet *sheet)
{
	for (size_t i = 0; i < sheet->nr; i++)
		free(sheet->cells[i]);
	free(sheet->cells);
}

void sheet_add(struct sheet *sheet, char *text)
{
	xgrow(&sheet->cells, sheet->nr, &sheet->capacity, sizeof(*sheet->cells));
	sheet->cells[sheet->nr++] = text;
}

size_t sheet_rows(const struct sheet *sheet)
{
	return sheet->nr / sheet->nr_columns;
}

const char *sheet_cell(const struct sheet *sheet, size_t row, size_t column)
{
	return sheet->cells[row * sheet->nr_columns + column];
}

char *sheet_real(double number, int digits)
{
	return isfinite(number) ? xasprintf("%.*f", digits, number) : NULL;
}

void sheet_print(const struct sheet *sheet, FILE *out)
{
	struct libscols_table *lines = xneed(scols_new_table());

	scols_table_set_termforce(lines, SCOLS_TERMFORCE_NEVER);
	scols_table_enable_noencoding(lines, 1);
	scols_table_set_stream(lines, out);
	for (size_t i = 0; i < sheet->nr_columns; i++)
		xneed(scols_table_new_column(lines, sheet->columns[i].name, 0, sheet->columns[i].is_text ? 0 : SCOLS_FL_RIGHT));
	for (size_t row = 0; row < sheet_rows(sheet); row++) {
		struct libscols_line *line = xneed(scols_table_new_line(lines, NULL));

		for (size_t i = 0; i < sheet->nr_columns; i++)
			scols_line_refer_data(line, i, xstrdup(sheet_cell(sheet, row, i) ? sheet_cell(sheet, row, i) : "-"));
	}
	if (scols_print_table(lines))
		xneed(NULL);
	scols_unref_table(lines);
}

static void markdown_cell(FILE *out, const char *cell)
{
	fputs("| ", out);
	for (; cell && *cell; cell++)
		fprintf(out, *cell == '|' ? "\\|" : "%c", *cell);
	fputc(' ', out);
}

void sheet_markdown(const struct sheet *sheet, FILE *out)
{
	for (size_t i = 0; i < sheet->nr_columns; i++)
		markdown_cell(out, sheet->columns[i].name);
	fputs("|\n", out);
	for (size_t i = 0; i < sheet->nr_columns; i++)
		fputs(sheet->columns[i].is_text ? "|---" : "|---:", out);
	fputs("|\n", out);
	for (size_t row = 0; row < sheet_rows(sheet); row++) {
		for (size_t i = 0; i < sheet->nr_columns; i++)
			markdown_cell(out, sheet_cell(sheet, row, i));
		fputs("|\n", out);
	}
}

void sheet_json(const struct sheet *sheet, struct json *json, const char *key)
{
	json_begin(json, key, '[');
	for (size_t row = 0; row < sheet_rows(sheet); row++) {
		json_begin(json, NULL, '{');
		for (size_t i = 0; i < sheet->nr_columns; i++) {
			const char *cell = sheet_cell(sheet, row, i);

			if (!cell)
				json_null(json, sheet->columns[i].key);
			else if (sheet->columns[i].is_text)
				json_text(json, sheet->columns[i].key, cell);
			else
				json_literal(json, sheet->columns[i].key, *cell == '+' ? cell + 1 : cell);
		}
		json_end(json, '}');
	}
	json_end(json, ']');
}

void sheet_csv_cell(FILE *out, const char *cell)
{
	const char *formula = cell && *cell && strchr("=@", *cell) ? "'" : "";

	if (!cell)
		return;
	if (!cell[strcspn(cell, "\",")]) {
		fprintf(out, "%s%s", formula, cell);
		return;
	}
	fprintf(out, "\"%s", formula);
	for (; *cell; cell++)
		fprintf(out, *cell == '"' ? "\"\"" : "%c", *cell);
	fputc('"', out);
}
