/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The values of one --limit: VALUE[,VALUE]...
 *
 * A VALUE is a size, `unlimited`, a share of the container's own unlimited peak
 * (50%), a range A..B/xF (A, A*F, A*F*F... and B), or where the model takes two
 * limits a pair of those that are no range.
 */
#ifndef CMD_LIMIT_VALUES_H
#define CMD_LIMIT_VALUES_H

#include "accounting/model.h"
#include "base/status.h"

#include <stddef.h>
#include <stdint.h>

struct limit_amount {
	enum { AMOUNT_UNLIMITED, AMOUNT_BYTES, AMOUNT_PAGES, AMOUNT_SHARE } unit;
	uint64_t number;	/* AMOUNT_SHARE: of SHARE_WHOLE */
};

#define SHARE_WHOLE UINT64_C(100000)	/* 100% */

struct limit_value {
	struct limit_amount barrier, limit;
	char *text;		/* "64M", "800M:1G" */
};

struct limit_values {
	const char *resource;			/* as it is called in messages; borrowed */
	const struct model_class *model;	/* says what a pair is */
	struct limit_value *values;
	size_t nr, capacity;
};

/* Adds those of text.  RC_USAGE: err says what is wrong with which; what came before it is kept. */
enum status limit_values_parse(struct limit_values *values, const char *text, struct error *err);
void limit_values_release(struct limit_values *values);

/* peak: of the container without a limit, for a share. */
uint64_t limit_amount_pages(const struct limit_amount *amount, uint32_t page_bytes, uint64_t peak);

#endif
