/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sizes, times and numbers as people type them.
 *
 * Every parser takes the whole text or refuses it: RC_USAGE, and err says what
 * is wrong with it.
 */
#ifndef CMD_VALUES_H
#define CMD_VALUES_H

#include "base/status.h"

#include <stdbool.h>
#include <stdint.h>

struct size {
	uint64_t number;
	bool is_pages;		/* else bytes */
};

/* "64M", "1.5G", "4096" (bytes), "4096p" (pages); K M G T are powers of 1024. */
enum status parse_size(const char *text, struct size *size, struct error *err);

/* Whole pages in size: rounded down. */
uint64_t size_pages(struct size size, uint32_t page_bytes);

/* Returns new: the shortest exact text of a size: "64M", "100K", "16p". */
char *size_to_text(struct size size);

/* A moment of a recording. */
struct time_point {
	enum { TIME_NONE, TIME_ABSOLUTE, TIME_AFTER_BEGIN, TIME_BEFORE_END } base;
	uint64_t ns;
};

/* "1234.567890" (as the trace prints it), "+10s" (after its begin), "-5s" (before its end). */
enum status parse_time(const char *text, struct time_point *time, struct error *err);

/* On the trace's clock; what would be before 0 is 0. */
uint64_t time_resolve(const struct time_point *time, uint64_t begin_ns, uint64_t end_ns);

/* "10s", "1.5", "500ms", "20us", "7ns", "2m", "1h"; a bare number is seconds. */
enum status parse_duration(const char *text, uint64_t *ns, struct error *err);

/* A whole number in [min, max]. */
enum status parse_number(const char *text, uint64_t min, uint64_t max, uint64_t *number,
			 struct error *err);

/*
 * A decimal number at *text with at most nine digits behind the point, times
 * scale; moves *text behind it.  False: none there, or too large.
 */
bool parse_decimal(const char **text, uint64_t scale, uint64_t *number);

#endif
