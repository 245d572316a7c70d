// SPDX-License-Identifier: GPL-2.0-or-later
/* Tables for people, JSON and CSV for programs, Markdown for documents. */
#include "cmd/verify_print.h"

#include "base/text.h"
#include "base/xalloc.h"
#include "cmd/sheet.h"
#include "cmd/verify_notes.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

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

static const struct sheet_column check_columns[CHECK_NR] = {
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

static const struct sheet_column row_columns[ROW_NR] = {
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

enum { END_KIND, END_KERNEL, END_SAME, END_SHARE, END_MISSING, END_OTHER, END_EXTRA, END_GRADE, END_NR };

static const struct sheet_column end_columns[END_NR] = {
	[END_KIND] = { "ENTRIES", "entries", true },
	[END_KERNEL] = { "KERNEL", "kernel_entries", false },
	[END_SAME] = { "SAME", "same", false },
	[END_SHARE] = { "SAME%", "same_percent", false },
	[END_MISSING] = { "MISSING", "missing", false },
	[END_OTHER] = { "OTHER-PAGE", "other_page", false },
	[END_EXTRA] = { "NOT-THERE", "not_there", false },
	[END_GRADE] = { "VERDICT", "verdict", true },
};

/* --- what the tables hold --- */

/* Rounded down: 100.00 is said only of all. */
static char *share_text(uint64_t part, uint64_t whole)
{
	return whole ? sheet_real(floor((double)part * 10000 / (double)whole) / 100, 2) : NULL;
}

static void add_check(struct sheet *sheet, const char *class, const struct judge_count *count, const char *grade)
{
	sheet_add(sheet, xstrdup(class));
	sheet_add(sheet, xasprintf("%" PRIu64, count->checked));
	sheet_add(sheet, xasprintf("%" PRIu64, count->exact));
	sheet_add(sheet, share_text(count->exact, count->checked));
	sheet_add(sheet, share_text(count->within_1, count->checked));
	sheet_add(sheet, count->checked ? sheet_real((double)count->sum_abs / (double)count->checked, 4) : NULL);
	sheet_add(sheet, xasprintf("%" PRIu64, count->worst));
	sheet_add(sheet, grade ? xstrdup(grade) : NULL);
}

static void fill_checks(struct sheet *sheet, const struct verified *verified)
{
	struct judge_count all = { 0 };

	sheet_init(sheet, check_columns, CHECK_NR);
	for (enum judge_class class = 0; class < JUDGE_NR; class++) {
		const struct judge_count *count = &verified->judge->classes[class];

		if (count->checked)
			add_check(sheet, judge_class_name(class), count, NULL);
	}
	judge_add(&all, verified->judge);
	add_check(sheet, "all", &all, grade_name(judge_grade(&all, verified->tolerances->inexact)));
}

static void fill_rows(struct sheet *sheet, const struct verified *verified)
{
	sheet_init(sheet, row_columns, ROW_NR);
	for (size_t i = 0; i < verified->nr_rows; i++) {
		const struct proof_row *row = &verified->rows[i];
		const struct gauge *gauge = &row->gauge;

		sheet_add(sheet, text_printable(row->container));
		sheet_add(sheet, xstrdup(row->model));
		sheet_add(sheet, xstrdup(row->figure));
		sheet_add(sheet, xstrdup(against_name(row->against)));
		sheet_add(sheet, sheet_real(gauge_mean(gauge), 1));
		sheet_add(sheet, sheet_real(gauge_error(gauge), 2));
		sheet_add(sheet, sheet_real(gauge_percent(gauge, gauge_error(gauge)), 3));
		sheet_add(sheet, sheet_real(gauge_percent(gauge, gauge_lasting(gauge)), 3));
		sheet_add(sheet, xasprintf("%" PRId64, gauge->worst));
		sheet_add(sheet, xasprintf("%" PRId64, gauge->counted.now));
		sheet_add(sheet, xasprintf("%+" PRId64, gauge->replayed.now - gauge->counted.now));
		sheet_add(sheet, xasprintf("%" PRId64, gauge->counted.peak));
		sheet_add(sheet, xasprintf("%+" PRId64, gauge->replayed.peak - gauge->counted.peak));
		sheet_add(sheet, xstrdup(grade_name(proof_grade(row, verified->tolerances))));
	}
}

static void add_end(struct sheet *sheet, const char *kind, const struct entry_check *check, const char *grade)
{
	sheet_add(sheet, xstrdup(kind));
	sheet_add(sheet, xasprintf("%" PRIu64, check->kernel));
	sheet_add(sheet, xasprintf("%" PRIu64, check->same));
	sheet_add(sheet, share_text(check->same, check->kernel));
	sheet_add(sheet, xasprintf("%" PRIu64, check->missing));
	sheet_add(sheet, xasprintf("%" PRIu64, check->other));
	sheet_add(sheet, xasprintf("%" PRIu64, check->extra));
	sheet_add(sheet, grade ? xstrdup(grade) : NULL);
}

/* All kinds together, of the processes that stood still. */
static struct entry_check sum_end(const struct snapshot_check *check)
{
	struct entry_check all = { 0 };

	for (int frame = 0; frame < MM_NR_FRAMES; frame++) {
		all.kernel += check->frames[frame].kernel;
		all.same += check->frames[frame].same;
		all.missing += check->frames[frame].missing;
		all.other += check->frames[frame].other;
		all.extra += check->frames[frame].extra;
	}
	return all;
}

enum grade verified_end_grade(const struct verified *verified)
{
	const struct entry_check all = sum_end(verified->check);
	const uint64_t wrong = all.kernel - all.same + all.extra;

	if (!verified->check->processes)
		return GRADE_NONE;
	if (!wrong)
		return GRADE_EXACT;
	return (double)wrong * 100 <= verified->tolerances->inexact * (double)all.kernel ? GRADE_WITHIN : GRADE_PAST;
}

static void fill_end(struct sheet *sheet, const struct verified *verified)
{
	static const char *const names[MM_NR_FRAMES] = { "anon", "file", "shmem", "swap" };
	const struct entry_check all = sum_end(verified->check);

	sheet_init(sheet, end_columns, END_NR);
	if (!verified->check->processes && !verified->check->nr_raced)
		return;
	for (int frame = 0; frame < MM_NR_FRAMES; frame++) {
		const struct entry_check *check = &verified->check->frames[frame];

		if (check->kernel || check->facts)
			add_end(sheet, names[frame], check, NULL);
	}
	if (verified->check->nr_raced)
		add_end(sheet, "changing", &verified->check->raced, NULL);
	add_end(sheet, "all", &all, grade_name(verified_end_grade(verified)));
}

static void add_end_check(struct sheet *sheet, const char *kind, const char *what, uint64_t all, uint64_t same)
{
	sheet_add(sheet, xasprintf("%s %s", kind, what));
	sheet_add(sheet, xasprintf("%" PRIu64, all));
	sheet_add(sheet, xasprintf("%" PRIu64, same));
	sheet_add(sheet, share_text(same, all));
	for (int i = CHECK_WITHIN; i <= CHECK_GRADE; i++)
		sheet_add(sheet, NULL);
}

/* The same in the columns of checks: of the kernel's entries, those that the facts have; and the other way round. */
static void fill_end_checks(struct sheet *sheet, const struct verified *verified)
{
	static const char *const names[MM_NR_FRAMES] = { "anon", "file", "shmem", "swap" };

	sheet_init(sheet, check_columns, CHECK_NR);
	for (int frame = 0; frame < MM_NR_FRAMES; frame++) {
		const struct entry_check *check = &verified->check->frames[frame];

		if (!check->kernel && !check->facts)
			continue;
		add_end_check(sheet, names[frame], "kernel", check->kernel, check->same);
		add_end_check(sheet, names[frame], "replay", check->facts, check->same);
	}
	if (verified->check->nr_raced) {
		add_end_check(sheet, "changing", "kernel", verified->check->raced.kernel, verified->check->raced.same);
		add_end_check(sheet, "changing", "replay", verified->check->raced.facts, verified->check->raced.same);
	}
}

/* --- for people --- */

static void show_tables(struct verify_print *print, const struct verified *verified,
			void (*print_one)(const struct sheet *, FILE *))
{
	char *name = text_printable(verified->name), *uname = text_printable(verified->info->uname);
	struct sheet sheet;

	fprintf(print->out, "%s%s: %s%s%.3f s; figures are pages of %u bytes\n\n", print->nr ? "\n" : "", name, uname,
		*uname ? ", " : "", (double)(verified->end_ns - verified->begin_ns) / 1e9, verified->info->page_size);
	fill_checks(&sheet, verified);
	if (sheet_rows(&sheet) == 1)	/* the sum of none */
		fputs("No rss_stat of an address space that began in the recording: the replay cannot be checked by it.\n", print->out);
	else
		print_one(&sheet, print->out);
	sheet_release(&sheet);
	verify_note_checks(verified, print->out);
	fill_end(&sheet, verified);
	if (sheet.nr) {
		fprintf(print->out, "Page tables of %" PRIu64 " process%s at the end, as the kernel had them",
			verified->check->processes, verified->check->processes == 1 ? "" : "es");
		if (verified->check->nr_raced)
			fprintf(print->out, "; apart, of %" PRIu64 " that ran while they were read", verified->check->nr_raced);
		fputs(":\n\n", print->out);
		print_one(&sheet, print->out);
		fputc('\n', print->out);
	}
	sheet_release(&sheet);
	fill_rows(&sheet, verified);
	if (sheet.nr)
		print_one(&sheet, print->out);
	else
		fputs("No counters of containers to compare with: no memcg events and no counters in the recording, no --truth.\n", print->out);
	sheet_release(&sheet);
	verify_note_samples(verified, print->out);
	verify_note_why_not(verified, print->out);
	free(name);
	free(uname);
}

/* The sum over more than one recording. */
static void fill_overall(struct sheet *sheet, const struct verify_print *print)
{
	sheet_init(sheet, check_columns, CHECK_NR);
	add_check(sheet, "all recordings", &print->all, grade_name(judge_grade(&print->all, print->overall)));
}

static void end_tables(struct verify_print *print, void (*print_one)(const struct sheet *, FILE *))
{
	struct sheet sheet;

	if (print->nr < 2)
		return;
	fill_overall(&sheet, print);
	fputs("\nAll recordings together:\n\n", print->out);
	print_one(&sheet, print->out);
	sheet_release(&sheet);
}

static void end_people(struct verify_print *print)
{
	end_tables(print, sheet_print);
}

static void end_markdown(struct verify_print *print)
{
	end_tables(print, sheet_markdown);
}

static void show_people(struct verify_print *print, const struct verified *verified)
{
	show_tables(print, verified, sheet_print);
}

static void show_markdown(struct verify_print *print, const struct verified *verified)
{
	show_tables(print, verified, sheet_markdown);
}

/* --- for programs --- */

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
		      const struct sheet *sheet)
{
	for (size_t row = 0; row < sheet_rows(sheet); row++) {
		sheet_csv_cell(print->out, recording);
		fprintf(print->out, ",%s", name);
		for (size_t i = 0; i < CHECK_NR - 1; i++) {
			fputc(',', print->out);
			sheet_csv_cell(print->out, sheet->columns == check_columns ? sheet_cell(sheet, row, i) : NULL);
		}
		for (size_t i = 0; i < ROW_NR - 1; i++) {
			fputc(',', print->out);
			sheet_csv_cell(print->out, sheet->columns == row_columns ? sheet_cell(sheet, row, i) : NULL);
		}
		fputc(',', print->out);
		sheet_csv_cell(print->out, sheet_cell(sheet, row, sheet->nr_columns - 1));
		fputc('\n', print->out);
	}
}

static void show_csv(struct verify_print *print, const struct verified *verified)
{
	char *name = text_printable(verified->name);
	struct sheet sheet;

	fill_checks(&sheet, verified);
	csv_table(print, name, "rss_stat", &sheet);
	sheet_release(&sheet);
	fill_rows(&sheet, verified);
	csv_table(print, name, "counters", &sheet);
	sheet_release(&sheet);
	fill_end_checks(&sheet, verified);
	csv_table(print, name, "end", &sheet);
	sheet_release(&sheet);
	free(name);
}

static void end_csv(struct verify_print *print)
{
	struct sheet sheet;

	if (print->nr < 2)
		return;
	fill_overall(&sheet, print);
	csv_table(print, "", "rss_stat", &sheet);
	sheet_release(&sheet);
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
	struct sheet sheet;

	json_begin(json, NULL, '{');
	json_text(json, "recording", verified->name);
	json_text(json, "kernel", verified->info->uname);
	json_number(json, "begin_ns", verified->begin_ns);
	json_number(json, "end_ns", verified->end_ns);
	json_number(json, "page_size", verified->info->page_size);
	json_number(json, "gaps", verified->nr_gaps);
	json_number(json, "unexplained_pages", verified->judge->unexplained);
	json_number(json, "unchecked_values", verified->judge->unchecked);
	verify_put_open(json, verified->judge);
	fill_checks(&sheet, verified);
	sheet_json(&sheet, json, "rss_stat");
	sheet_release(&sheet);
	fill_end(&sheet, verified);
	sheet_json(&sheet, json, "end");
	sheet_release(&sheet);
	fill_rows(&sheet, verified);
	sheet_json(&sheet, json, "counters");
	sheet_release(&sheet);
	verify_put_samples(json, verified);
	json_end(json, '}');
}

static void end_json(struct verify_print *print)
{
	struct sheet sheet;

	json_end(&print->json, ']');
	fill_overall(&sheet, print);
	sheet_json(&sheet, &print->json, "rss_stat");
	sheet_release(&sheet);
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
