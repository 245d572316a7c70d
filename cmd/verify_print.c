// SPDX-License-Identifier: GPL-2.0-or-later
/* Tables for people, JSON and CSV for programs, Markdown for documents. */
#include "cmd/verify_print.h"

#include "base/text.h"
#include "base/xalloc.h"

#include <inttypes.h>
#include <libsmartcols/libsmartcols.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* One table: its columns, then its cells row by row; what is not text stands right. */
struct column {
	const char *name;	/* for people */
	const char *key;	/* for programs */
	bool is_text;
};

struct table {
	const struct column *columns;
	size_t nr_columns;
	char **cells;		/* owned; NULL = nothing to say */
	size_t nr, capacity;
};

struct verify_format {
	const char *name;
	void (*begin)(struct verify_print *print);
	void (*show)(struct verify_print *print, const struct verified *verified);
	void (*end)(struct verify_print *print);
};

enum {
	CHECK_CLASS, CHECK_CHECKED, CHECK_EXACT, CHECK_SHARE, CHECK_WITHIN, CHECK_MEAN, CHECK_WORST, CHECK_GRADE,
	CHECK_NR
};

static const struct column check_columns[CHECK_NR] = {
	[CHECK_CLASS] = { "OPERATION", "class", true },
	[CHECK_CHECKED] = { "VALUES", "checked", false },
	[CHECK_EXACT] = { "EXACT", "exact", false },
	[CHECK_SHARE] = { "EXACT%", "exact_percent", false },
	[CHECK_WITHIN] = { "WITHIN1%", "within_1_percent", false },
	[CHECK_MEAN] = { "MEAN-ERROR", "mean_error_pages", false },
	[CHECK_WORST] = { "WORST", "worst_pages", false },
	[CHECK_GRADE] = { "VERDICT", "verdict", true },
};

enum {
	ROW_CONTAINER_NAME, ROW_MODEL, ROW_FIGURE, ROW_AGAINST, ROW_MEAN, ROW_ERROR, ROW_PERCENT, ROW_LASTING, ROW_WORST,
	ROW_FINAL, ROW_FINAL_OFF, ROW_PEAK, ROW_PEAK_OFF, ROW_GRADE, ROW_NR
};

static const struct column row_columns[ROW_NR] = {
	[ROW_CONTAINER_NAME] = { "CONTAINER", "container", true },
	[ROW_MODEL] = { "MODEL", "model", true },
	[ROW_FIGURE] = { "FIGURE", "figure", true },
	[ROW_AGAINST] = { "AGAINST", "against", true },
	[ROW_MEAN] = { "MEAN", "mean_pages", false },
	[ROW_ERROR] = { "ERROR", "error_pages", false },
	[ROW_PERCENT] = { "ERROR%", "error_percent", false },
	[ROW_LASTING] = { "LASTING%", "lasting_percent", false },
	[ROW_WORST] = { "WORST", "worst_pages", false },
	[ROW_FINAL] = { "FINAL", "final_pages", false },
	[ROW_FINAL_OFF] = { "OFF", "final_difference", false },
	[ROW_PEAK] = { "PEAK", "peak_pages", false },
	[ROW_PEAK_OFF] = { "OFF", "peak_difference", false },
	[ROW_GRADE] = { "VERDICT", "verdict", true },
};

/* --- what the tables hold --- */

static void table_init(struct table *table, const struct column *columns, size_t nr_columns)
{
	*table = (struct table){ .columns = columns, .nr_columns = nr_columns };
}

static void table_release(struct table *table)
{
	for (size_t i = 0; i < table->nr; i++)
		free(table->cells[i]);
	free(table->cells);
}

/* Takes the text. */
static void table_add(struct table *table, char *text)
{
	xgrow(&table->cells, table->nr, &table->capacity, sizeof(*table->cells));
	table->cells[table->nr++] = text;
}

static size_t table_rows(const struct table *table)
{
	return table->nr / table->nr_columns;
}

static const char *table_cell(const struct table *table, size_t row, size_t column)
{
	return table->cells[row * table->nr_columns + column];
}

/* Returns new, or NULL where it is no number. */
static char *real_text(double number, int digits)
{
	return isfinite(number) ? xasprintf("%.*f", digits, number) : NULL;
}

/* Rounded down: 100.00 is said only of all. */
static char *share_text(uint64_t part, uint64_t whole)
{
	return whole ? real_text(floor((double)part * 10000 / (double)whole) / 100, 2) : NULL;
}

static void add_check(struct table *table, const char *class, const struct judge_count *count, const char *grade)
{
	table_add(table, xstrdup(class));
	table_add(table, xasprintf("%" PRIu64, count->checked));
	table_add(table, xasprintf("%" PRIu64, count->exact));
	table_add(table, share_text(count->exact, count->checked));
	table_add(table, share_text(count->within_1, count->checked));
	table_add(table, count->checked ? real_text((double)count->sum_abs / (double)count->checked, 4) : NULL);
	table_add(table, xasprintf("%" PRIu64, count->worst));
	table_add(table, grade ? xstrdup(grade) : NULL);
}

static void fill_checks(struct table *table, const struct verified *verified)
{
	struct judge_count all = { 0 };

	table_init(table, check_columns, CHECK_NR);
	for (enum judge_class class = 0; class < JUDGE_NR; class++) {
		const struct judge_count *count = &verified->judge->classes[class];

		if (count->checked)
			add_check(table, judge_class_name(class), count, NULL);
	}
	judge_add(&all, verified->judge);
	add_check(table, "all", &all, grade_name(judge_grade(&all, verified->tolerances->inexact)));
}

static void fill_rows(struct table *table, const struct verified *verified)
{
	table_init(table, row_columns, ROW_NR);
	for (size_t i = 0; i < verified->nr_rows; i++) {
		const struct proof_row *row = &verified->rows[i];
		const struct gauge *gauge = &row->gauge;

		table_add(table, text_printable(row->container));
		table_add(table, xstrdup(row->model));
		table_add(table, xstrdup(row->figure));
		table_add(table, xstrdup(against_name(row->against)));
		table_add(table, real_text(gauge_mean(gauge), 1));
		table_add(table, real_text(gauge_error(gauge), 2));
		table_add(table, real_text(gauge_percent(gauge, gauge_error(gauge)), 3));
		table_add(table, real_text(gauge_percent(gauge, gauge_lasting(gauge)), 3));
		table_add(table, xasprintf("%" PRId64, gauge->worst));
		table_add(table, xasprintf("%" PRId64, gauge->counted.now));
		table_add(table, xasprintf("%+" PRId64, gauge->replayed.now - gauge->counted.now));
		table_add(table, xasprintf("%" PRId64, gauge->counted.peak));
		table_add(table, xasprintf("%+" PRId64, gauge->replayed.peak - gauge->counted.peak));
		table_add(table, xstrdup(grade_name(proof_grade(row, verified->tolerances))));
	}
}

/* Returns new: what is behind "all". */
static char *rest_text(const struct verified *verified)
{
	return xasprintf("%" PRIu64 " page%s never explained; %" PRIu64
			 " values not checked: of address spaces older than the recording",
			 verified->judge->unexplained, verified->judge->unexplained == 1 ? "" : "s",
			 verified->judge->unchecked);
}

/* --- for people --- */

static void print_table(const struct table *table, FILE *out)
{
	struct libscols_table *lines = scols_new_table();

	if (!lines)
		abort();
	scols_table_set_termforce(lines, SCOLS_TERMFORCE_NEVER);
	scols_table_enable_noencoding(lines, 1);
	scols_table_set_stream(lines, out);
	for (size_t i = 0; i < table->nr_columns; i++)
		scols_table_new_column(lines, table->columns[i].name, 0, table->columns[i].is_text ? 0 : SCOLS_FL_RIGHT);
	for (size_t row = 0; row < table_rows(table); row++) {
		struct libscols_line *line = scols_table_new_line(lines, NULL);

		for (size_t i = 0; line && i < table->nr_columns; i++)
			scols_line_set_data(line, i, table_cell(table, row, i) ? table_cell(table, row, i) : "-");
	}
	scols_print_table(lines);
	scols_unref_table(lines);
}

static void print_markdown(const struct table *table, FILE *out)
{
	for (size_t i = 0; i < table->nr_columns; i++)
		fprintf(out, "| %s ", table->columns[i].name);
	fputs("|\n", out);
	for (size_t i = 0; i < table->nr_columns; i++)
		fputs(table->columns[i].is_text ? "|---" : "|---:", out);
	fputs("|\n", out);
	for (size_t row = 0; row < table_rows(table); row++) {
		for (size_t i = 0; i < table->nr_columns; i++)
			fprintf(out, "| %s ", table_cell(table, row, i) ? table_cell(table, row, i) : "");
		fputs("|\n", out);
	}
}

static void print_why_not(const struct verified *verified, FILE *out)
{
	const char *last = NULL;

	for (size_t i = 0; i < verified->nr_rows; i++) {
		const struct proof_row *row = &verified->rows[i];
		char *name;

		if (row->is_compared || last == row->container)
			continue;
		name = text_printable(row->container);
		fprintf(out, "%s: not compared with %s: %s\n", name, against_name(row->against), row->why_not);
		free(name);
		last = row->container;
	}
}

static void show_tables(struct verify_print *print, const struct verified *verified,
			void (*print_one)(const struct table *, FILE *))
{
	char *name = text_printable(verified->name), *uname = text_printable(verified->info->uname);
	char *rest = rest_text(verified);
	struct table table;

	fprintf(print->out, "%s%s: %s%s%.3f s; figures are pages of %u bytes\n\n", print->nr ? "\n" : "", name, uname,
		*uname ? ", " : "", (double)(verified->end_ns - verified->begin_ns) / 1e9, verified->info->page_size);
	fill_checks(&table, verified);
	if (table_rows(&table) == 1)	/* the sum of none */
		fputs("No rss_stat in the recording: the replay cannot be checked address space by address space.\n", print->out);
	else
		print_one(&table, print->out);
	table_release(&table);
	fprintf(print->out, "\n%s\n\n", rest);
	fill_rows(&table, verified);
	if (table.nr)
		print_one(&table, print->out);
	else
		fputs("No counters of containers to compare with: no memcg events in the recording, no --truth.\n", print->out);
	table_release(&table);
	print_why_not(verified, print->out);
	free(name);
	free(uname);
	free(rest);
}

/* The sum over more than one recording. */
static void fill_overall(struct table *table, const struct verify_print *print)
{
	table_init(table, check_columns, CHECK_NR);
	add_check(table, "all recordings", &print->all, grade_name(judge_grade(&print->all, print->overall)));
}

static void end_tables(struct verify_print *print, void (*print_one)(const struct table *, FILE *))
{
	struct table table;

	if (print->nr < 2)
		return;
	fill_overall(&table, print);
	fputs("\nAll recordings together:\n\n", print->out);
	print_one(&table, print->out);
	table_release(&table);
}

static void end_people(struct verify_print *print)
{
	end_tables(print, print_table);
}

static void end_markdown(struct verify_print *print)
{
	end_tables(print, print_markdown);
}

static void show_people(struct verify_print *print, const struct verified *verified)
{
	show_tables(print, verified, print_table);
}

static void show_markdown(struct verify_print *print, const struct verified *verified)
{
	show_tables(print, verified, print_markdown);
}

/* --- for programs --- */

static void csv_cell(FILE *out, const char *cell)
{
	const char *formula = cell && strchr("=@", *cell) && *cell ? "'" : "";

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

/* The tables have different columns: each line has those of both, and says which table it is of. */
static void begin_csv(struct verify_print *print)
{
	fputs("recording,table", print->out);
	for (size_t i = 0; i < CHECK_NR - 1; i++)
		fprintf(print->out, ",%s", check_columns[i].key);
	for (size_t i = 0; i < ROW_NR; i++)
		fprintf(print->out, ",%s", row_columns[i].key);
	fputc('\n', print->out);
}

static void csv_table(const struct verify_print *print, const char *recording, const char *name,
		      const struct table *table)
{
	for (size_t row = 0; row < table_rows(table); row++) {
		csv_cell(print->out, recording);
		fprintf(print->out, ",%s", name);
		for (size_t i = 0; i < CHECK_NR - 1; i++) {
			fputc(',', print->out);
			csv_cell(print->out, table->columns == check_columns ? table_cell(table, row, i) : NULL);
		}
		for (size_t i = 0; i < ROW_NR - 1; i++) {
			fputc(',', print->out);
			csv_cell(print->out, table->columns == row_columns ? table_cell(table, row, i) : NULL);
		}
		fputc(',', print->out);
		csv_cell(print->out, table_cell(table, row, table->nr_columns - 1));
		fputc('\n', print->out);
	}
}

static void show_csv(struct verify_print *print, const struct verified *verified)
{
	char *name = text_printable(verified->name);
	struct table table;

	fill_checks(&table, verified);
	csv_table(print, name, "rss_stat", &table);
	table_release(&table);
	fill_rows(&table, verified);
	csv_table(print, name, "counters", &table);
	table_release(&table);
	free(name);
}

static void end_csv(struct verify_print *print)
{
	struct table table;

	if (print->nr < 2)
		return;
	fill_overall(&table, print);
	csv_table(print, "", "rss_stat", &table);
	table_release(&table);
}

static void json_table(struct json *json, const char *key, const struct table *table)
{
	json_begin(json, key, '[');
	for (size_t row = 0; row < table_rows(table); row++) {
		json_begin(json, NULL, '{');
		for (size_t i = 0; i < table->nr_columns; i++) {
			const char *cell = table_cell(table, row, i);

			if (!cell)
				json_null(json, table->columns[i].key);
			else if (table->columns[i].is_text)
				json_text(json, table->columns[i].key, cell);
			else
				json_literal(json, table->columns[i].key, *cell == '+' ? cell + 1 : cell);
		}
		json_end(json, '}');
	}
	json_end(json, ']');
}

static void begin_json(struct verify_print *print)
{
	print->json = (struct json){ .out = print->out };
	json_begin(&print->json, NULL, '{');
	json_begin(&print->json, "recordings", '[');
}

static void show_json(struct verify_print *print, const struct verified *verified)
{
	struct json *json = &print->json;
	struct table table;

	json_begin(json, NULL, '{');
	json_text(json, "recording", verified->name);
	json_text(json, "kernel", verified->info->uname);
	json_number(json, "begin_ns", verified->begin_ns);
	json_number(json, "end_ns", verified->end_ns);
	json_number(json, "page_size", verified->info->page_size);
	json_number(json, "gaps", verified->nr_gaps);
	json_number(json, "unexplained_pages", verified->judge->unexplained);
	json_number(json, "unchecked_values", verified->judge->unchecked);
	fill_checks(&table, verified);
	json_table(json, "rss_stat", &table);
	table_release(&table);
	fill_rows(&table, verified);
	json_table(json, "counters", &table);
	table_release(&table);
	json_end(json, '}');
}

static void end_json(struct verify_print *print)
{
	struct table table;

	json_end(&print->json, ']');
	fill_overall(&table, print);
	json_table(&print->json, "rss_stat", &table);
	table_release(&table);
	json_end(&print->json, '}');
}

/* --- the table of formats --- */

static const struct verify_format formats[] = {
	{ "table", NULL, show_people, end_people },
	{ "json", begin_json, show_json, end_json },
	{ "csv", begin_csv, show_csv, end_csv },
	{ "markdown", NULL, show_markdown, end_markdown },
};

const char *const verify_formats[] = { "table", "json", "csv", "markdown", NULL };

void verify_print_begin(struct verify_print *print, const char *format, FILE *out)
{
	*print = (struct verify_print){ .format = &formats[0], .out = out };
	for (size_t i = 0; i < sizeof(formats) / sizeof(*formats); i++)
		if (!strcmp(formats[i].name, format))
			print->format = &formats[i];
	if (print->format->begin)
		print->format->begin(print);
}

void verify_print(struct verify_print *print, const struct verified *verified)
{
	print->format->show(print, verified);
	judge_add(&print->all, verified->judge);
	print->overall = verified->tolerances->overall;
	print->nr++;
}

void verify_print_end(struct verify_print *print)
{
	if (print->format->end)
		print->format->end(print);
}
