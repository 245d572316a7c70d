/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What changed between two runs: per container, resource and limit, with the difference and whether it is more than
 * the error. If one of them is a fleet, between two fleets: per service the worst case, the median and who stands out.
 *
 * The error of a peak is what the replays' worst prediction of the kernel's counter was off, in both; a count that
 * depends on uses is known from as seen to as assumed, and two of them differ where these do not overlap.
 */
#ifndef REPORTS_COMPARE_H
#define REPORTS_COMPARE_H

#include "reports/report.h"

enum compare_format { COMPARE_TABLE, COMPARE_JSON, COMPARE_CSV, COMPARE_HTML };

enum status compare_render(struct run_db *a, struct run_db *b, enum compare_format format, FILE *out, struct error *err);

#endif
