// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmd/verify_notes.h"

#include "base/text.h"
#include "base/xalloc.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Returns new: what the recording does not tell of its values; empty: it tells them all. */
static char *open_text(const struct judge *judge)
{
	struct judge_count all = { 0 };

	judge_add(&all, judge);
	if (!all.open)
		return xstrdup("");
	return xasprintf("\n%" PRIu64 " values are open: which pages of files were cached before the recording, or locked at that moment, nobody saw;"
			 " %" PRIu64 " lie outside of their bounds\n%" PRIu64 " of the other %" PRIu64 " values exact",
			 all.open, all.outside, all.exact - all.open_exact, all.checked - all.open);
}

void verify_note_checks(const struct verified *verified, FILE *out)
{
	char *open = open_text(verified->judge);

	fprintf(out, "\n%" PRIu64 " page%s never explained; %" PRIu64
		" values not checked: of address spaces older than the recording%s\n\n",
		verified->judge->unexplained, verified->judge->unexplained == 1 ? "" : "s", verified->judge->unchecked, open);
	free(open);
}

/* Of all samples of a model: those of what is anonymous or cached, each by itself. */
struct sampled_all {
	const char *model;
	uint64_t nr, nr_right, nr_soon;
};

/* How many models have samples. */
static size_t add_samples(const struct verified *verified, struct sampled_all *all, size_t most)
{
	size_t nr = 0;

	for (size_t i = 0; i < verified->nr_rows; i++) {
		const struct proof_row *row = &verified->rows[i];
		size_t at = 0;

		if (!row->samples || !row->is_compared || row->which == FIGURE_MAPPED)
			continue;
		while (at < nr && strcmp(all[at].model, row->model))
			at++;
		if (at == most)
			continue;
		if (at == nr)
			all[nr++] = (struct sampled_all){ .model = row->model };
		all[at].nr += row->samples->nr;
		all[at].nr_right += row->samples->nr_right;
		all[at].nr_soon += row->samples->nr_soon;
	}
	return nr;
}

void verify_note_samples(const struct verified *verified, FILE *out)
{
	struct sampled_all all[8];
	size_t nr = add_samples(verified, all, sizeof(all) / sizeof(*all));

	for (size_t i = 0; i < nr; i++)
		fprintf(out, "%s%s: %" PRIu64 " of %" PRIu64 " samples of rss and cache are within %d pages or %d %% at their"
			" time, %" PRIu64 " within 2 ms of it\n", i ? "" : "\n", all[i].model, all[i].nr_right, all[i].nr,
			SAMPLES_SLACK_PAGES, SAMPLES_SLACK_PERCENT, all[i].nr_soon);
}

void verify_note_why_not(const struct verified *verified, FILE *out)
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

void verify_put_open(struct json *json, const struct judge *judge)
{
	struct judge_count all = { 0 };

	judge_add(&all, judge);
	json_number(json, "open_values", all.open);
	json_number(json, "open_exact", all.open_exact);
	json_number(json, "open_outside", all.outside);
}

void verify_put_samples(struct json *json, const struct verified *verified)
{
	json_begin(json, "samples", '[');
	for (size_t i = 0; i < verified->nr_rows; i++) {
		const struct proof_row *row = &verified->rows[i];

		if (!row->samples || !row->is_compared)
			continue;
		json_begin(json, NULL, '{');
		json_text(json, "container", row->container);
		json_text(json, "model", row->model);
		json_text(json, "figure", row->figure);
		json_number(json, "samples", row->samples->nr);
		json_number(json, "right", row->samples->nr_right);
		json_number(json, "soon_right", row->samples->nr_soon);
		json_end(json, '}');
	}
	json_end(json, ']');
}
