// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmd/limit_values.h"

#include "base/xalloc.h"
#include "cmd/values.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define MAX_RANGE_VALUES 1000
#define RANGE_ROUND 4096	/* bytes: steps of a range are rounded down to this */

/* "50%" in thousandths of a percent. */
static bool parse_share(const char *text, uint64_t *share)
{
	const char *at = text;

	return parse_decimal(&at, SHARE_WHOLE / 100, share) && !strcmp(at, "%") &&
	       *share <= 100 * SHARE_WHOLE;
}

static enum status parse_amount(const char *text, struct limit_amount *amount, struct error *err)
{
	struct size size;

	if (!strcmp(text, "unlimited")) {
		*amount = (struct limit_amount){ AMOUNT_UNLIMITED, 0 };
		return RC_OK;
	}
	if (strchr(text, '%')) {
		amount->unit = AMOUNT_SHARE;
		if (!parse_share(text, &amount->number))
			return error_set(err, RC_USAGE, "'%s' is not a share like 50%% (at most 10000%%)",
					 text);
		return RC_OK;
	}
	if (parse_size(text, &size, err))
		return error_wrap(err, RC_USAGE, "", ", nor a share like 50%, nor unlimited");
	*amount = (struct limit_amount){ size.is_pages ? AMOUNT_PAGES : AMOUNT_BYTES, size.number };
	return RC_OK;
}

/* Returns new. */
static char *amount_text(const struct limit_amount *amount)
{
	uint64_t whole = amount->number / (SHARE_WHOLE / 100);
	uint64_t rest = amount->number % (SHARE_WHOLE / 100);
	char *text;

	switch (amount->unit) {
	case AMOUNT_UNLIMITED:
		return xstrdup("unlimited");
	case AMOUNT_BYTES:
		return size_to_text((struct size){ amount->number, false });
	case AMOUNT_PAGES:
		return size_to_text((struct size){ amount->number, true });
	case AMOUNT_SHARE:
		break;
	}
	text = xasprintf("%" PRIu64 ".%03" PRIu64, whole, rest);
	for (char *end = text + strlen(text) - 1; *end == '0' || *end == '.'; end--) {
		bool is_point = *end == '.';

		*end = 0;
		if (is_point)
			break;
	}
	whole = strlen(text);
	text = xrealloc(text, whole + 2, 1);
	memcpy(text + whole, "%", 2);
	return text;
}

static bool is_more(const struct limit_amount *a, const struct limit_amount *b)
{
	if (a->unit == AMOUNT_UNLIMITED || b->unit == AMOUNT_UNLIMITED)
		return a->unit == AMOUNT_UNLIMITED && b->unit != AMOUNT_UNLIMITED;
	return a->unit == b->unit && a->number > b->number;
}

static enum status add_value(struct limit_values *values, const struct limit_amount *barrier,
			     const struct limit_amount *limit, struct error *err)
{
	struct limit_value value = { .limit = *limit };

	if (barrier) {
		char *first = amount_text(barrier), *second = amount_text(limit);

		value.barrier = *barrier;
		value.text = xasprintf("%s:%s", first, second);
		free(first);
		free(second);
		if (is_more(barrier, limit)) {
			error_set(err, RC_USAGE, "%s: the first of %s is above the second", value.text,
				  values->model->pair);
			free(value.text);
			return RC_USAGE;
		}
	} else {
		value.text = amount_text(limit);
		if (values->model->one_sets_both)
			value.barrier = *limit;
	}
	xgrow(&values->values, values->nr, &values->capacity, sizeof(*values->values));
	values->values[values->nr++] = value;
	return RC_OK;
}

/* The value of a range after `step`; exact is where the steps are before rounding. */
static void next_step(struct limit_amount *step, double *exact, double factor,
		      const struct limit_amount *last)
{
	do {
		*exact *= factor;
	} while (*exact < (double)step->number + 1);	/* small pages: less than one a step */
	if (*exact >= (double)last->number) {
		step->number = last->number;
		return;
	}
	step->number = (uint64_t)*exact;
	if (step->unit == AMOUNT_BYTES && step->number >= 2 * RANGE_ROUND)
		step->number -= step->number % RANGE_ROUND;
}

static enum status add_steps(struct limit_values *values, const char *whole,
			     const struct limit_amount *first, const struct limit_amount *last,
			     double factor, struct error *err)
{
	struct limit_amount step = *first;
	double exact = (double)first->number;
	enum status status = RC_OK;

	for (int nr = 1; step.number < last->number && !status; nr++) {
		if (nr == MAX_RANGE_VALUES)
			return error_set(err, RC_USAGE, "'%s': a range gives at most %d values", whole,
					 MAX_RANGE_VALUES);
		status = add_value(values, NULL, &step, err);
		next_step(&step, &exact, factor, last);
	}
	return status ? status : add_value(values, NULL, last, err);
}

/* "A..B/xF"; text is cut. */
static enum status add_range(struct limit_values *values, char *text, struct error *err)
{
	char *whole = xstrdup(text), *dots = strstr(text, ".."), *slash = strchr(text, '/');
	const char *at = slash && slash[1] == 'x' ? slash + 2 : "";
	struct limit_amount first, last;
	uint64_t factor = 0;
	enum status status = RC_OK;

	if (!slash || slash < dots || !parse_decimal(&at, 1000000, &factor) || *at) {
		status = error_set(err, RC_USAGE, "'%s' is not a range like 64M..1G/x1.25", whole);
		goto out;
	}
	*dots = *slash = 0;
	status = parse_amount(text, &first, err);
	if (!status)
		status = parse_amount(dots + 2, &last, err);
	if (status)
		goto out;
	if (first.unit == AMOUNT_UNLIMITED || first.unit != last.unit || !first.number ||
	    first.number > last.number)
		status = error_set(err, RC_USAGE, "'%s': a range goes up from a size above 0 to one of the same kind",
				   whole);
	else if (factor <= 1000000)
		status = error_set(err, RC_USAGE, "'%s': the factor of a range is above 1", whole);
	else
		status = add_steps(values, whole, &first, &last, (double)factor / 1000000, err);
out:
	free(whole);
	return status;
}

static enum status add_pair(struct limit_values *values, char *text, struct error *err)
{
	struct limit_amount barrier, limit;
	char *colon = strchr(text, ':');
	enum status status;

	if (!values->model->pair)
		return error_set(err, RC_USAGE, "'%s': %s takes one number, no pair", text,
				 values->resource);
	*colon = 0;
	status = parse_amount(text, &barrier, err);
	if (!status)
		status = parse_amount(colon + 1, &limit, err);
	return status ? status : add_value(values, &barrier, &limit, err);
}

static enum status add_text(struct limit_values *values, char *text, struct error *err)
{
	struct limit_amount amount;
	enum status status;

	if (strstr(text, ".."))
		return add_range(values, text, err);
	if (strchr(text, ':'))
		return add_pair(values, text, err);
	status = parse_amount(text, &amount, err);
	return status ? status : add_value(values, NULL, &amount, err);
}

enum status limit_values_parse(struct limit_values *values, const char *text, struct error *err)
{
	char *copy = xstrdup(text), *rest = copy, *one;
	enum status status = RC_OK;

	while (!status && (one = strsep(&rest, ","))) {
		size_t length;

		one += strspn(one, " \t");
		for (length = strlen(one); length && strchr(" \t", one[length - 1]); length--)
			one[length - 1] = 0;
		if (*one)
			status = add_text(values, one, err);
		else
			status = error_set(err, RC_USAGE, "'%s': a value is empty", text);
	}
	free(copy);
	return status;
}

void limit_values_release(struct limit_values *values)
{
	for (size_t i = 0; i < values->nr; i++)
		free(values->values[i].text);
	free(values->values);
}

uint64_t limit_amount_pages(const struct limit_amount *amount, uint32_t page_bytes, uint64_t peak)
{
	switch (amount->unit) {
	case AMOUNT_UNLIMITED:
		break;
	case AMOUNT_BYTES:
		return amount->number / page_bytes;
	case AMOUNT_PAGES:
		return amount->number;
	case AMOUNT_SHARE:
		/* peak < 2^52 pages, so no part overflows. */
		return peak / SHARE_WHOLE * amount->number + peak % SHARE_WHOLE * amount->number / SHARE_WHOLE;
	}
	return PAGES_UNLIMITED;
}
