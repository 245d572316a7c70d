// SPDX-License-Identifier: GPL-2.0-or-later
/* Steps followed. */
#include "traces/text_template.h"

#include "traces/text_form.h"

#include <string.h>

/* "sys_brk(brk: 0)"; libtraceevent's excuse. */
void text_template_trim(uint8_t kind, const char **body, const char **end)
{
	static const char excuse[] = "[FAILED TO PARSE]";
	size_t bytes = sizeof(excuse) - 1;

	if (kind == MM_CALL && *end > *body && (*end)[-1] == ')')
		--*end;
	if (*end > *body && **body == '[' && (size_t)(*end - *body) >= bytes && !memcmp(*body, excuse, bytes))
		*body = text_skip_blanks(*body + bytes, *end);
}

/* One record of values, and how long its text is. */
struct filled {
	struct plan_values values;
	size_t text_bytes;
};

/* The end of a text: where the next literal stands, or the end of the line. */
static const char *text_end(const struct text_template *template, const struct text_step_of_line *step,
			    const char *at, const char *end)
{
	if (step + 1 == template->steps + template->nr_steps)
		return end;
	return memmem(at, end - at, template->literals + step[1].literal, step[1].literal_bytes);
}

static bool follow_text(const struct text_template *template, const struct text_step_of_line *step,
			const char **at, const char *end, struct filled *filled)
{
	const char *begin = *at;
	char array[PLAN_TEXT_BYTES];
	size_t bytes;

	*at = text_end(template, step, begin, end);
	if (!*at)
		return false;
	bytes = *at - begin;
	if (text_value_array(begin, *at, array, sizeof(array), &bytes))
		begin = array;
	if (bytes > PLAN_TEXT_BYTES || (step->form == FORM_COMM && bytes > TEXT_COMM_BYTES))
		return false;
	if (step->slot >= 0) {
		memcpy(filled->values.text, begin, bytes);
		filled->text_bytes = bytes;
	}
	return true;
}

static bool is_by_names(uint8_t form)
{
	return form == FORM_GFP || form == FORM_MEMBER || form == FORM_WRITEBACK;
}

static bool recall_names(const struct text_template *template, uint8_t form, const char **at, const char *end,
			 uint64_t *value)
{
	for (const struct text_names_memo *memo = template->memos; memo < template->memos + TEMPLATE_NAMES; memo++) {
		const char *after = *at + memo->bytes;

		if (memo->bytes && memo->form == form && end >= after && (after == end || *after == ' ') &&
		    !memcmp(*at, memo->text, memo->bytes)) {
			*at += memo->bytes;
			*value = memo->value;
			return true;
		}
	}
	return false;
}

/* Of which every one is known. */
static void remember_names(struct text_template *template, uint8_t form, const char *begin, const char *at,
			   uint64_t value)
{
	struct text_names_memo *memo = &template->memos[template->next_memo % TEMPLATE_NAMES];

	if (at - begin > TEMPLATE_NAMES_BYTES)
		return;
	template->next_memo++;
	*memo = (struct text_names_memo){ .value = value, .form = form, .bytes = at - begin };
	memcpy(memo->text, begin, memo->bytes);
}

/* A value, and perhaps a second one. */
static bool take_again(struct text_template *template, uint8_t form, const char **at, const char *end,
		       uint64_t values[2], struct text_unknown *unknown)
{
	const char *begin = *at;

	if (!is_by_names(form))
		return text_form_take(form, at, end, values, unknown);
	if (recall_names(template, form, at, end, values))
		return true;
	if (!text_form_take(form, at, end, values, unknown))
		return false;
	if (!unknown->bytes)
		remember_names(template, form, begin, *at, values[0]);
	return true;
}

/* Most literals are no longer than what is compared at once. */
static inline bool has_literal(const struct text_template *template, const struct text_step_of_line *step,
			       const char *at, const char *end)
{
	size_t left = end - at;
	uint64_t first;

	if (left < step->literal_bytes)
		return false;
	if (left < TEXT_FIRST_BYTES)
		return !memcmp(at, template->literals + step->literal, step->literal_bytes);
	memcpy(&first, at, TEXT_FIRST_BYTES);
	return !((first ^ step->first) & step->first_mask) &&
	       (step->literal_bytes <= TEXT_FIRST_BYTES ||
		!memcmp(at + TEXT_FIRST_BYTES, template->literals + step->literal + TEXT_FIRST_BYTES,
			step->literal_bytes - TEXT_FIRST_BYTES));
}

/* "0": most counts have one digit. */
static inline bool take_digit(const char **at, const char *end, uint64_t *value)
{
	const char *next = *at + 1;

	if (next >= end || (uint8_t)(**at - '0') >= 10 || (uint8_t)(*next - '0') < 10 || *next == 'x')
		return false;
	*value = (uint64_t)(**at - '0');
	*at = next;
	return true;
}

/* A number into its field; most values are one. */
static inline bool follow_number(const struct text_step_of_line *step, const char **at, const char *end,
				 struct filled *filled)
{
	uint64_t value;

	if (step->form == FORM_HEX) {
		if (!text_value_hex(at, end, &value))
			return false;
	} else {
		if (!take_digit(at, end, &value) && !text_value_decimal(at, end, &value))
			return false;
		*at = text_skip_unit(*at, end);
	}
	if (step->slot >= 0)
		filled->values.fields[step->slot] = value;
	return true;
}

static bool follow(struct text_template *template, const struct text_step_of_line *step,
		   const char **at, const char *end, struct filled *filled, struct text_unknown *unknown)
{
	uint64_t values[2];

	if (!has_literal(template, step, *at, end))
		return false;
	*at += step->literal_bytes;
	if (step->form == FORM_HEX || step->form == FORM_DECIMAL)
		return follow_number(step, at, end, filled);
	if (step->form == FORM_COMM || step->form == FORM_PATH)
		return follow_text(template, step, at, end, filled);
	if (!take_again(template, step->form, at, end, values, unknown))
		return false;
	if (step->slot < 0)
		return true;
	if (step->form == FORM_OFFSET) {
		filled->values.fields[step->slot] = values[0] >> template->plan.page_shift;
		filled->values.fields[step->slot + 1] = values[1] >> template->plan.page_shift;
	} else {
		filled->values.fields[step->slot] = values[0];
	}
	return true;
}

/* The kernel prints frame 0 where an allocation failed; its records hold all ones. */
static void mark_failed(const struct decode_plan *plan, struct plan_values *values)
{
	if ((plan->kind == MM_PAGE_ALLOC || plan->kind == MM_PAGE_FREE) && !values->fields[0])
		values->fields[0] = UINT64_MAX;
}

bool text_template_apply(struct text_template *template, const char *body, const char *end,
			 uint32_t tid, struct mm_event *event, struct strings *strings,
			 struct text_unknown *unknown)
{
	struct filled filled;

	memset(&filled.values, 0, offsetof(struct plan_values, text));
	filled.values.tid = tid;
	filled.text_bytes = 0;
	text_template_trim(template->plan.kind, &body, &end);
	for (size_t i = 0; i < template->nr_steps; i++) {
		if (!follow(template, &template->steps[i], &body, end, &filled, unknown))
			return false;
	}
	if (body != end)
		return false;
	mark_failed(&template->plan, &filled.values);
	decode_plan_apply(&template->plan, (const uint8_t *)&filled.values,
			  offsetof(struct plan_values, text) + filled.text_bytes, event, strings);
	return true;
}
