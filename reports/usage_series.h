/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What one scenario held over time, in as many steps as a figure has room for.
 *
 *	usage_series_read(&series, entries, entry, scenario, nr, run, err);
 *	series.maxheld[i] ...
 *	usage_series_release(&series);
 */
#ifndef REPORTS_USAGE_SERIES_H
#define REPORTS_USAGE_SERIES_H

#include "reports/entries.h"

/* One scenario's usage in steps of equal length. */
struct usage_series {
	size_t nr;
	int64_t *held, *maxheld;	/* pages: at the step's end, most within it */
};

/* Folds what the run has into nr steps: nothing that was held is lost from maxheld. */
enum status usage_series_read(struct usage_series *series, const struct entries *entries, const struct entry *entry,
			      int64_t scenario, size_t nr, struct run_db *run, struct error *err);
void usage_series_release(struct usage_series *series);

/* Returns new: a character a step, as high as its most held is to `most`. */
char *usage_series_spark(const struct usage_series *series, int64_t most, bool is_unicode);

#endif
