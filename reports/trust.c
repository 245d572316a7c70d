// SPDX-License-Identifier: GPL-2.0-or-later
/* Below the figures: a line for each reason to doubt them, or to believe them. */
#include "reports/trust.h"

#include "reports/cells.h"
#include "reports/rows.h"

#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

const char trust_losses_sql[] =
	"SELECT input, cpu, begin_ns, end_ns, events, effect FROM losses ORDER BY rowid";
const char trust_unmatched_sql[] = "SELECT kind, count, pages FROM unmatched ORDER BY kind";
const char trust_checks_sql[] =
	"SELECT class, checked, exact, within_1, worst_pages, sum_abs_pages, open_values, open_exact, open_outside FROM checks ORDER BY class";

const char trust_proofs_sql[] = "SELECT p.container, c.name, c.path, resource, figure, against, mean_pages, error_pages, lasting_pages,"
	" worst_pages, final_pages, final_off_pages, peak_pages, peak_off_pages, verdict FROM proofs AS p JOIN containers AS c USING (container)"
	" ORDER BY container, resource, figure, against";

/* Of several holes; a recorder that counted may know the sum though not each part. */
static enum status print_lost_in_all(struct run_db *run, uint64_t nr_holes, FILE *out, struct error *err)
{
	sqlite3_stmt *rows = NULL;
	enum status status = run_db_prepare(run, &rows,
		"SELECT CAST(value AS INTEGER) FROM run WHERE key = 'events_lost' AND CAST(value AS INTEGER) > 0", err);

	if (status)
		return status;
	status = run_db_step(run, rows, err);
	if (!status)
		fprintf(out, "lost: in all %" PRId64 " events are known to be lost, in %" PRIu64 " holes\n",
			(int64_t)sqlite3_column_int64(rows, 0), nr_holes);
	sqlite3_finalize(rows);
	return status == RC_END ? RC_OK : status;
}

/* What is missing from the recording: the first few, and a count. */
static enum status print_losses(struct run_db *run, FILE *out, struct error *err)
{
	enum { MAX_SHOWN = 5 };
	sqlite3_stmt *rows = NULL;
	enum status status = run_db_prepare(run, &rows, trust_losses_sql, err);
	uint64_t nr = 0;

	if (status)
		return status;
	while (!(status = run_db_step(run, rows, err))) {
		char *input, *effect;

		if (++nr > MAX_SHOWN)
			continue;
		input = cell_text(rows, 0);
		effect = cell_text(rows, 5);
		fprintf(out, "lost: %s", input);
		if (!cell_is_null(rows, 1))
			fprintf(out, ": cpu %d", sqlite3_column_int(rows, 1));
		if (cell_is_null(rows, 4))
			fputs(": an unknown number of events", out);
		else
			fprintf(out, ": %" PRId64 " events", (int64_t)sqlite3_column_int64(rows, 4));
		fprintf(out, "%s%s\n", *effect ? ": " : "", effect);
		free(input);
		free(effect);
	}
	sqlite3_finalize(rows);
	if (nr > MAX_SHOWN)
		fprintf(out, "lost: %" PRIu64 " more holes, see table losses\n", nr - MAX_SHOWN);
	else if (!nr && status == RC_END)
		fputs("lost: nothing\n", out);
	if (status == RC_END && nr > 1)
		return print_lost_in_all(run, nr, out, err);
	return status == RC_END ? RC_OK : status;
}

/* What the losses can change of what was recorded. */
static const char bounds_sql[] =
	"SELECT 'with what was lost: ' || name || ' ' || resource || ': maxheld ' || maxheld_low_pages || ' to ' ||"
	" coalesce(maxheld_high_pages, '?') || ', held ' || held_low_pages || ' to ' ||"
	" coalesce(held_high_pages, '?') FROM outcomes JOIN containers USING (container) WHERE scenario = 0"
	" AND (maxheld_low_pages IS NOT maxheld_high_pages OR held_low_pages IS NOT held_high_pages)"
	" ORDER BY container, resource";

/* What could not be read, and what models had to do without. */
static const char notes_sql[] =
	"SELECT CASE WHEN key GLOB 'note.*' THEN 'note: ' || value"
	" WHEN key = 'limit_reclaimed_pages' THEN 'recorded under a limit: ' || value || ' pages that it took away are '"
	" || CASE (SELECT value FROM run WHERE key = 'option.recorded_reclaim') WHEN 'keep' THEN 'gone in every scenario'"
	" ELSE 'put back in every scenario but the recorded one' END"
	" ELSE 'model ' || substr(key, 8) || ': driven ' || value END FROM run"
	" WHERE key GLOB 'note.*' OR key GLOB 'driven.*' AND value <> 'well'"
	" OR key = 'limit_reclaimed_pages' AND CAST(value AS INTEGER) > 0"
	" ORDER BY key GLOB 'note.*', CAST(substr(key, 6) AS INTEGER), key";

static enum status print_unmatched(struct run_db *run, FILE *out, struct error *err)
{
	sqlite3_stmt *rows = NULL;
	enum status status = run_db_prepare(run, &rows, trust_unmatched_sql, err);
	bool is_any = false;

	if (status)
		return status;
	fputs("unmatched:", out);
	while (!(status = run_db_step(run, rows, err))) {
		char *kind;

		if (!sqlite3_column_int64(rows, 1))
			continue;
		kind = cell_text(rows, 0);
		fprintf(out, "%s %" PRId64 " %s", is_any ? "," : "", (int64_t)sqlite3_column_int64(rows, 1),
			kind);
		free(kind);
		is_any = true;
	}
	sqlite3_finalize(rows);
	fputs(is_any ? "\n" : " nothing\n", out);
	return status == RC_END ? RC_OK : status;
}

/* In percent, rounded down to two digits: 100.00 is said only of all. */
static double share_percent(int64_t part, int64_t whole)
{
	if (whole <= 0)
		return 0;
	return floor((double)part * 10000 / (double)whole) / 100;
}

static enum status print_checks(struct run_db *run, FILE *out, struct error *err)
{
	sqlite3_stmt *rows = NULL;
	enum status status = run_db_prepare(run, &rows,
		"SELECT sum(checked), sum(exact), sum(within_1), max(worst_pages), sum(open_values), sum(open_exact), sum(open_outside)"
		" FROM checks", err);

	if (status)
		return status;
	status = run_db_step(run, rows, err);
	if (!status) {
		int64_t checked = sqlite3_column_int64(rows, 0);
		double exact = share_percent(sqlite3_column_int64(rows, 1), checked);
		double within_1 = share_percent(sqlite3_column_int64(rows, 2), checked);

		if (checked > 0)
			fprintf(out, "rss_stat: %.2f %% of %" PRId64 " values predicted exactly, %.2f %% within a page,"
				" worst %" PRId64 " pages off\n", exact, checked, within_1,
				(int64_t)sqlite3_column_int64(rows, 3));
		else
			fputs("rss_stat: no value in the recording that the replay could check itself by\n", out);
		if (sqlite3_column_int64(rows, 4) > 0)
			fprintf(out, "rss_stat: of %" PRId64 " of them the recording tells only bounds; %" PRId64 " are exact all the same, %"
				PRId64 " outside\n", (int64_t)sqlite3_column_int64(rows, 4),
				(int64_t)sqlite3_column_int64(rows, 5), (int64_t)sqlite3_column_int64(rows, 6));
	}
	sqlite3_finalize(rows);
	return status == RC_END ? RC_OK : status;
}

/* Beside the kernel's own counters of containers. */
static enum status print_proofs(struct run_db *run, FILE *out, struct error *err)
{
	sqlite3_stmt *rows = NULL;
	enum status status = run_db_prepare(run, &rows,
		"SELECT count(*), sum(verdict = 'past'), c.name || ' ' || resource || ' ' || figure,"
		" max(CASE WHEN mean_pages > 0 THEN error_pages * 100 / mean_pages ELSE error_pages > 0 END)"
		" FROM proofs JOIN containers AS c USING (container)", err);

	if (status)
		return status;
	status = run_db_step(run, rows, err);
	if (!status && sqlite3_column_int64(rows, 0)) {
		char *worst = cell_text(rows, 2);

		fprintf(out, "verify: %" PRId64 " figure%s beside the kernel's own, %" PRId64 " past their tolerance; over time %s is off most, %.3f %%\n",
			(int64_t)sqlite3_column_int64(rows, 0), sqlite3_column_int64(rows, 0) == 1 ? "" : "s",
			(int64_t)sqlite3_column_int64(rows, 1), worst, sqlite3_column_double(rows, 3));
		free(worst);
	}
	sqlite3_finalize(rows);
	return status;
}

enum status trust_print(struct run_db *run, FILE *out, struct error *err)
{
	enum status status = print_losses(run, out, err);

	if (!status)
		status = rows_lines(run, bounds_sql, out, err);
	if (!status)
		status = rows_lines(run, notes_sql, out, err);
	if (!status)
		status = print_unmatched(run, out, err);
	if (!status)
		status = print_checks(run, out, err);
	if (!status)
		status = print_proofs(run, out, err);
	return status;
}
