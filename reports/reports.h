/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The reports there are, one line each: for reports[]. */
#ifndef REPORTS_REPORTS_H
#define REPORTS_REPORTS_H

#include "reports/report.h"

extern const struct report bills_report;
extern const struct report hosts_report;
extern const struct report html_report;
extern const struct report openmetrics_report;
extern const struct report recommend_report;
extern const struct report table_report;
extern const struct report trace_report;
extern const struct report ubc_report;

#endif
