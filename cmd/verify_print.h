/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How `recount verify` shows what it found: one recording after the other, in one
 * of the formats.
 *
 *	verify_print_begin(&print, "json", out);
 *	verify_print(&print, &verified);	for every recording
 *	verify_print_end(&print);
 */
#ifndef CMD_VERIFY_PRINT_H
#define CMD_VERIFY_PRINT_H

#include "cmd/json.h"
#include "rebuild/judge.h"
#include "verify/proof.h"

/* What one recording came to. */
struct verified {
	const char *name;		/* without folders */
	const struct trace_info *info;
	uint64_t begin_ns, end_ns, nr_gaps;
	const struct judge *judge;
	const struct proof_row *rows;
	size_t nr_rows;
	const struct snapshot_check *check;	/* the snapshot of the end; processes 0 = the recording has none */
	const struct tolerances *tolerances;
};

struct verify_print {
	const struct verify_format *format;
	FILE *out;
	struct json json;
	struct judge_count all;		/* of the recordings shown so far */
	double overall;			/* its tolerance */
	size_t nr;
};

extern const char *const verify_formats[];	/* for -O; NULL ends */

/* Of the snapshot of the end, all kinds together; by the tolerance of rss_stat. */
enum grade verified_end_grade(const struct verified *verified);

void verify_print_begin(struct verify_print *print, const char *format, FILE *out);
void verify_print(struct verify_print *print, const struct verified *verified);
void verify_print_end(struct verify_print *print);

#endif
