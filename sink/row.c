// SPDX-License-Identifier: GPL-2.0-or-later
/* The columns of every row kind. */
#include "sink/row.h"

#include <string.h>

#define U32(column, field)	{ column, COLUMN_U32, offsetof(struct row, field) }
#define I64(column, field)	{ column, COLUMN_I64, offsetof(struct row, field) }
#define TEXT(column, field)	{ column, COLUMN_TEXT, offsetof(struct row, field) }
#define REAL(column, field)	{ column, COLUMN_REAL, offsetof(struct row, field) }
#define END			{ NULL }

static const struct row_column run_columns[] = {
	TEXT("key", run.key),
	TEXT("value", run.value),
	END
};

static const struct row_column container_columns[] = {
	U32("container", container.container),
	TEXT("name", container.name),
	TEXT("path", container.path),
	END
};

static const struct row_column scenario_columns[] = {
	U32("scenario", scenario.scenario),
	TEXT("label", scenario.label),
	END
};

static const struct row_column limit_columns[] = {
	U32("scenario", limit.scenario),
	U32("container", limit.container),
	TEXT("resource", limit.resource),
	I64("barrier_pages", limit.barrier_pages),
	I64("limit_pages", limit.limit_pages),
	END
};

static const struct row_column outcome_columns[] = {
	U32("scenario", outcome.scenario),
	U32("container", outcome.container),
	TEXT("resource", outcome.resource),
	I64("barrier_pages", outcome.barrier_pages),
	I64("limit_pages", outcome.limit_pages),
	I64("held_pages", outcome.held_pages),
	I64("maxheld_pages", outcome.maxheld_pages),
	I64("failcnt", outcome.failcnt),
	I64("reclaim_calls", outcome.reclaim_calls),
	I64("scanned_pages", outcome.scanned_pages),
	I64("uncharged_pages", outcome.uncharged_pages),
	I64("reclaimed_pages", outcome.reclaimed_pages),
	I64("swapped_out_pages", outcome.swapped_out_pages),
	I64("refaulted_pages", outcome.refaulted_pages),
	I64("oom_kills", outcome.oom_kills),
	I64("denied_calls", outcome.denied_calls),
	I64("reclaimed_pages_assumed", outcome.reclaimed_assumed),
	I64("swapped_out_pages_assumed", outcome.swapped_out_assumed),
	I64("refaulted_pages_assumed", outcome.refaulted_assumed),
	I64("oom_kills_assumed", outcome.oom_kills_assumed),
	I64("denied_calls_assumed", outcome.denied_calls_assumed),
	I64("diverged_ns", outcome.diverged_ns),
	REAL("evidence", outcome.evidence),
	I64("transient_pages", outcome.transient_pages),
	I64("reclaim_successes", outcome.reclaim_successes),
	I64("void_ops", outcome.void_ops),
	I64("held_low_pages", outcome.held_low),
	I64("held_high_pages", outcome.held_high),
	I64("maxheld_low_pages", outcome.maxheld_low),
	I64("maxheld_high_pages", outcome.maxheld_high),
	I64("verdict_stands", outcome.verdict_stands),
	I64("refaulted_anon_pages", outcome.refaulted_anon),
	I64("refaulted_anon_pages_assumed", outcome.refaulted_anon_assumed),
	I64("failcnt_assumed", outcome.failcnt_assumed),
	I64("scanned_pages_assumed", outcome.scanned_assumed),
	END
};

static const struct row_column usage_columns[] = {
	U32("scenario", usage.scenario),
	U32("container", usage.container),
	TEXT("resource", usage.resource),
	I64("time_ns", usage.time_ns),
	I64("held_pages", usage.held_pages),
	I64("maxheld_pages", usage.maxheld_pages),
	END
};

static const struct row_column incident_columns[] = {
	U32("scenario", incident.scenario),
	I64("time_ns", incident.time_ns),
	U32("container", incident.container),
	TEXT("resource", incident.resource),
	TEXT("kind", incident.incident),
	I64("pid", incident.pid),
	TEXT("comm", incident.comm),
	I64("pages", incident.pages),
	TEXT("detail", incident.detail),
	I64("end_ns", incident.end_ns),
	I64("count", incident.count),
	END
};

static const struct row_column process_columns[] = {
	U32("pid", process.pid),
	U32("tgid", process.tgid),
	TEXT("comm", process.comm),
	U32("container", process.container),
	I64("begin_ns", process.begin_ns),
	I64("end_ns", process.end_ns),
	I64("peak_anon_pages", process.peak_anon_pages),
	I64("peak_file_pages", process.peak_file_pages),
	I64("peak_shmem_pages", process.peak_shmem_pages),
	I64("killed_ns", process.killed_ns),
	END
};

static const struct row_column loss_columns[] = {
	TEXT("input", loss.input),
	I64("cpu", loss.cpu),
	I64("begin_ns", loss.begin_ns),
	I64("end_ns", loss.end_ns),
	I64("events", loss.events),
	TEXT("effect", loss.effect),
	END
};

static const struct row_column unmatched_columns[] = {
	TEXT("kind", unmatched.unmatched),
	I64("count", unmatched.count),
	I64("pages", unmatched.pages),
	END
};

static const struct row_column check_columns[] = {
	TEXT("class", check.class),
	I64("checked", check.checked),
	I64("exact", check.exact),
	I64("within_1", check.within_1),
	I64("worst_pages", check.worst_pages),
	I64("sum_abs_pages", check.sum_abs_pages),
	I64("open_values", check.open_values),
	I64("open_exact", check.open_exact),
	I64("open_outside", check.open_outside),
	END
};

static const struct row_column bill_columns[] = {
	U32("container", bill.container),
	TEXT("resource", bill.resource),
	I64("time_ns", bill.time_ns),
	I64("held_pages", bill.held_pages),
	I64("mapped_pages", bill.mapped_pages),
	I64("shared_pages", bill.shared_pages),
	I64("others_pages", bill.others_pages),
	I64("unpaid_pages", bill.unpaid_pages),
	I64("alone_pages", bill.alone_pages),
	END
};

static const struct row_column share_columns[] = {
	U32("container", share.container),
	TEXT("resource", share.resource),
	U32("other", share.other),
	I64("paid_pages", share.paid_pages),
	I64("unpaid_pages", share.unpaid_pages),
	END
};

static const struct row_column proof_columns[] = {
	U32("container", proof.container),
	TEXT("resource", proof.resource),
	TEXT("figure", proof.figure),
	TEXT("against", proof.against),
	REAL("mean_pages", proof.mean_pages),
	REAL("error_pages", proof.error_pages),
	REAL("lasting_pages", proof.lasting_pages),
	I64("worst_pages", proof.worst_pages),
	I64("final_pages", proof.final_pages),
	I64("final_off_pages", proof.final_off_pages),
	I64("peak_pages", proof.peak_pages),
	I64("peak_off_pages", proof.peak_off_pages),
	TEXT("verdict", proof.verdict),
	END
};

static const struct row_column spread_columns[] = {
	U32("scenario", spread.scenario),
	U32("container", spread.container),
	TEXT("resource", spread.resource),
	TEXT("figure", spread.figure),
	I64("runs", spread.runs),
	I64("low", spread.low),
	I64("high", spread.high),
	END
};

const struct row_table row_tables[ROW_NR_KINDS] = {
	[ROW_RUN]	= { "run", run_columns },
	[ROW_CONTAINER]	= { "containers", container_columns },
	[ROW_SCENARIO]	= { "scenarios", scenario_columns },
	[ROW_LIMIT]	= { "limits", limit_columns },
	[ROW_OUTCOME]	= { "outcomes", outcome_columns },
	[ROW_USAGE]	= { "usage", usage_columns },
	[ROW_INCIDENT]	= { "incidents", incident_columns },
	[ROW_PROCESS]	= { "processes", process_columns },
	[ROW_LOSS]	= { "losses", loss_columns },
	[ROW_UNMATCHED]	= { "unmatched", unmatched_columns },
	[ROW_CHECK]	= { "checks", check_columns },
	[ROW_BILL]	= { "bills", bill_columns },
	[ROW_SHARE]	= { "shares", share_columns },
	[ROW_PROOF]	= { "proofs", proof_columns },
	[ROW_SPREAD]	= { "spreads", spread_columns },
};

uint32_t row_u32(const struct row *row, const struct row_column *column)
{
	uint32_t value;

	memcpy(&value, (const char *)row + column->offset, sizeof(value));
	return value;
}

int64_t row_i64(const struct row *row, const struct row_column *column)
{
	int64_t value;

	memcpy(&value, (const char *)row + column->offset, sizeof(value));
	return value;
}

const char *row_text(const struct row *row, const struct row_column *column)
{
	const char *value;

	memcpy(&value, (const char *)row + column->offset, sizeof(value));
	return value ? value : "";
}

double row_real(const struct row *row, const struct row_column *column)
{
	double value;

	memcpy(&value, (const char *)row + column->offset, sizeof(value));
	return value;
}
