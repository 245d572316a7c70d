// SPDX-License-Identifier: GPL-2.0-or-later
/* Fields by name, and loads by offset. */
#include "traces/decode_plan.h"

#include "base/xalloc.h"
#include "traces/format_text.h"

#include <stdlib.h>
#include <string.h>
#include <traceevent/event-parse.h>

uint32_t header_page_commit_bytes(const struct format_target *target, const char *text,
				  size_t bytes)
{
	struct tep_handle *tep = xneed(tep_alloc());
	char *fields = format_text_fields(text, bytes);
	size_t nr = strlen(fields);
	int size = 0;

	tep_set_loglevel(TEP_LOG_NONE);
	if (nr && !tep_parse_header_page(tep, fields, nr, target->long_bytes))
		size = tep_get_header_page_size(tep);
	tep_free(tep);
	free(fields);
	return size == 4 || size == 8 ? size : 0;
}

static bool set_field(struct plan_field *field, const struct format_target *target,
		      const struct tep_format_field *format)
{
	uint32_t bits = (uint32_t)format->size * 8;

	if (format->offset < 0 || format->offset > UINT16_MAX - 8 ||
	    (format->size != 1 && format->size != 2 && format->size != 4 && format->size != 8))
		return false;
	field->offset = format->offset;
	field->mask = bits == 64 ? UINT64_MAX : (UINT64_C(1) << bits) - 1;
	field->sign = format->flags & TEP_FIELD_IS_SIGNED ? UINT64_C(1) << (bits - 1) : 0;
	field->shift = target->big_endian ? 64 - bits : 0;
	return true;
}

static void need_bytes(struct decode_plan *plan, uint32_t bytes)
{
	if (plan->min_bytes < bytes)
		plan->min_bytes = bytes;
}

static const struct tep_format_field *find_field(const struct tep_format_field *fields,
						 const char *name, size_t bytes)
{
	for (; fields; fields = fields->next) {
		if (!strncmp(fields->name, name, bytes) && !fields->name[bytes])
			return fields;
	}
	return NULL;
}

/* Finds "new|old?"; *second: it was found by its old name. */
static const struct tep_format_field *find_named(const struct tep_event *event, const char *names,
						 bool *second)
{
	size_t bytes = strcspn(names, "|?");
	const struct tep_format_field *field = find_field(event->format.fields, names, bytes);

	*second = !field && names[bytes] == '|';
	if (*second) {
		names += bytes + 1;
		field = find_field(event->format.fields, names, strcspn(names, "?"));
	}
	return field;
}

static bool is_optional(const char *names)
{
	return strchr(names, '?');
}

static bool plan_text(struct decode_plan *plan, const struct tep_event *event, const char *names)
{
	bool second;
	const struct tep_format_field *field = find_named(event, names, &second);

	if (!field || field->offset < 0 || field->size < 1 ||
	    field->offset > UINT16_MAX - 8 || field->size > UINT16_MAX - 8 - field->offset)
		return is_optional(names);
	plan->text.offset = field->offset;
	plan->text.bytes = field->size;
	plan->text.form = !(field->flags & TEP_FIELD_IS_DYNAMIC) ? PLAN_TEXT_ARRAY :
			  field->flags & TEP_FIELD_IS_RELATIVE ? PLAN_TEXT_REL_LOC :
			  PLAN_TEXT_DATA_LOC;
	if (plan->text.form != PLAN_TEXT_ARRAY && field->size != 4)
		plan->text.form = PLAN_TEXT_NONE;
	else
		need_bytes(plan, plan->text.offset + plan->text.bytes);
	return true;
}

static bool plan_tracepoint(struct decode_plan *plan, const struct format_target *target,
			    const struct tracepoint_view *tracepoint, const struct tep_event *event,
			    const char **missing)
{
	plan->kind = tracepoint->kind;
	plan->variant = tracepoint->variant;
	for (int i = 0; i < PLAN_MAX_FIELDS; i++) {
		const struct tep_format_field *field;
		bool second;

		if (!tracepoint->fields[i])
			continue;
		field = find_named(event, tracepoint->fields[i], &second);
		if (field && set_field(&plan->fields[i], target, field)) {
			plan->present |= 1u << i;
			plan->second_name |= (unsigned int)second << i;
			need_bytes(plan, field->offset + field->size);
		} else if (!is_optional(tracepoint->fields[i])) {
			*missing = tracepoint->fields[i];
			return false;
		}
	}
	if (tracepoint->text && !plan_text(plan, event, tracepoint->text)) {
		*missing = tracepoint->text;
		return false;
	}
	return true;
}

static bool plan_call(struct decode_plan *plan, const struct format_target *target,
		      const struct tracepoint_view *call, const struct tep_event *event, const char **missing)
{
	const struct tep_format_field *field = event->format.fields;
	int i = 0;

	plan->kind = call->kind;
	plan->call = call->call;
	if (field && (!strcmp(field->name, "__syscall_nr") || !strcmp(field->name, "nr")))
		field = field->next;
	for (; field && i < 6; field = field->next, i++) {
		if (!set_field(&plan->fields[i], target, field)) {
			*missing = "an argument";
			return false;
		}
		need_bytes(plan, field->offset + field->size);
	}
	*missing = "ret";
	return plan->kind == MM_CALL || i;
}

/* Least masks of the fields that decode_usual() loads. */
static const uint64_t usual_fields[MM_NR_KINDS][PLAN_MAX_FIELDS] = {
	[MM_FAULT] = { UINT64_MAX, UINT32_MAX },
	[MM_PAGE_ALLOC] = { UINT64_MAX, UINT32_MAX, UINT32_MAX },
	[MM_PAGE_FREE] = { UINT64_MAX, UINT32_MAX },
	[MM_RSS] = { UINT64_MAX, UINT32_MAX, UINT32_MAX, UINT32_MAX },
};

static bool is_usual(const struct decode_plan *plan)
{
	const uint64_t *least = usual_fields[plan->kind];

	if (!least[0] || plan->big_endian || plan->second_name || plan->tid.mask != UINT32_MAX)
		return false;
	for (int i = 0; i < PLAN_MAX_FIELDS; i++)
		if ((plan->present >> i & 1) != !!least[i] || plan->fields[i].mask < least[i])
			return false;
	/* Of a wider one a part could be zero. */
	return plan->kind != MM_RSS || plan->fields[3].mask == UINT32_MAX;
}

static bool plan_event(struct decode_plan *plan, const struct format_target *target,
		       int tracepoint, const struct tep_event *event, const char **missing)
{
	const struct tep_format_field *common = event->format.common_fields;
	const struct tep_format_field *type = find_field(common, "common_type", 11);
	const struct tep_format_field *tid = find_field(common, "common_pid", 10);
	struct tracepoint_view view;

	*missing = "common_type";
	if (!type || type->offset || type->size != 2)
		return false;
	*missing = "common_pid";
	if (!tid || !set_field(&plan->tid, target, tid))
		return false;
	need_bytes(plan, tid->offset + tid->size);
	tracepoint_view(tracepoint, &view);
	if (!view.fields)
		return plan_call(plan, target, &view, event, missing);
	return plan_tracepoint(plan, target, &view, event, missing);
}

bool decode_plan_compile(struct decode_plan *plan, const struct format_target *target,
			 int tracepoint, const char *text, size_t bytes, const char **missing)
{
	struct tep_handle *tep;
	char *fields, *format;
	bool done = false;

	*plan = (struct decode_plan){
		.big_endian = target->big_endian,
		.page_shift = __builtin_ctz(target->page_bytes),
	};
	*missing = "its fields";
	if (bytes > 1 << 20)
		return false;
	tep = xneed(tep_alloc());
	/* Print formats, most of what there is to parse, are not needed; some is insisted on. */
	fields = format_text_fields(text, bytes);
	format = xasprintf("name: event\nID: 1\nformat:\n%s\nprint fmt: \"\"\n", fields);
	tep_set_loglevel(TEP_LOG_NONE);
	tep_set_file_bigendian(tep, target->big_endian ? TEP_BIG_ENDIAN : TEP_LITTLE_ENDIAN);
	tep_set_long_size(tep, target->long_bytes);
	if (!tep_parse_event(tep, format, strlen(format), "recount") && tep_get_first_event(tep))
		done = plan_event(plan, target, tracepoint, tep_get_first_event(tep), missing);
	plan->is_usual = done && is_usual(plan);
	tep_free(tep);
	free(format);
	free(fields);
	return done;
}

void decode_plan_of_values(struct decode_plan *plan, uint32_t page_bytes, int tracepoint)
{
	struct tracepoint_view view;

	tracepoint_view(tracepoint, &view);
	*plan = (struct decode_plan){
		.kind = view.kind,
		.call = view.call,
		.variant = view.variant,
		.page_shift = __builtin_ctz(page_bytes),
		.big_endian = __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__,
		.min_bytes = offsetof(struct plan_values, text),
		.tid = { .mask = UINT64_MAX, .offset = offsetof(struct plan_values, tid) },
		.text = { .offset = offsetof(struct plan_values, text), .bytes = PLAN_TEXT_BYTES,
			  .form = view.text ? PLAN_TEXT_ARRAY : PLAN_TEXT_NONE },
	};
	for (int i = 0; i < PLAN_MAX_FIELDS; i++)
		plan->fields[i] = (struct plan_field){
			.mask = UINT64_MAX, .offset = offsetof(struct plan_values, fields) + i * sizeof(uint64_t) };
}
