/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The HTML report: one file that needs nothing else, readable without JavaScript.
 *
 * html.c is the frame and the first screen; the other parts, in the order of the page, are the
 * functions below.  html.css and html.js lie beside; with uPlot (setup/npm) the figures can be zoomed.
 */
#ifndef REPORTS_HTML_H
#define REPORTS_HTML_H

#include "reports/points.h"
#include "reports/report.h"

#include <stdio.h>

/* What every part of a page needs. */
struct page {
	FILE *out;
	struct run_db *run;
	struct entries entries;
	size_t nr_steps;	/* of the interactive figures */
};

/* From the doctype to the body's begin; title is markup. */
void html_begin(FILE *out, const char *title);

/* The answer in a sentence, where a limit was tried. */
void html_decision(struct page *page);

/* One container and resource: its figures, its table, its incidents. */
enum status html_entry(struct page *page, const struct entry *entry, const struct points *points, struct error *err);

/* The data of its figures, as JSON in a <script>: nothing is drawn from it without JavaScript. */
enum status html_data(struct page *page, const struct entry *entry, const struct points *points, struct error *err);

/* What was refused and killed, folded. */
enum status html_incidents(struct page *page, const struct entry *entry, struct error *err);

/* Who pays for what others use. */
enum status html_bills(struct page *page, struct error *err);

/* How far to trust this; what was asked. */
enum status html_trust(struct page *page, struct error *err);

/* <data> with a number and the row of RUN.db that it comes from. */
void html_pages(struct page *page, int64_t pages, const char *source_format, ...) __attribute__((format(printf, 3, 4)));

/* The recommended limit: one, a barrier and a limit, or a range. */
void html_limit(struct page *page, const struct entry *entry);

/* The report of several runs together. */
enum status html_fleet(struct run_db *const *runs, size_t nr, enum report_format format, FILE *out, struct error *err);

/* A cell of a count, set right. */
void html_count(FILE *out, int64_t count);

#endif
