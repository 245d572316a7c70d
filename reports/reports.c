// SPDX-License-Identifier: GPL-2.0-or-later
/* The table of reports. */
#include "reports/reports.h"

#include <stddef.h>
#include <string.h>

const struct report *const reports[] = {
	&table_report,
	&recommend_report,
	&hosts_report,
	&bills_report,
	&ubc_report,
	&html_report,
	&openmetrics_report,
	&trace_report,
	NULL
};

const struct report *report_by_name(const char *name)
{
	for (const struct report *const *report = reports; *report; report++) {
		if (!strcmp((*report)->name, name))
			return *report;
	}
	return NULL;
}

enum status report_render(const struct report *report, struct run_db *run, enum report_format format, FILE *out, struct error *err)
{
	if (!report->print)
		return report->render_all(&run, 1, format, out, err);
	if (!report->sql || format == REPORT_TABLE)
		return report->print(run, out, err);
	return format == REPORT_JSON ? rows_json(run, report->name, report->sections, out, err) : rows_csv(run, report->sql, out, err);
}
