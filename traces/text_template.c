// SPDX-License-Identifier: GPL-2.0-or-later
/* Keys that stand for fields, lines cut into steps, steps followed. */
#include "traces/text_template.h"

#include <string.h>

#define COMM_BYTES 15
#define FIRST_BYTES sizeof(uint64_t)

enum value_form {
	FORM_DECIMAL,
	FORM_HEX,
	FORM_ADDRESS,		/* hexadecimal, or the name of a place in the kernel */
	FORM_DEVICE,		/* 254:0 */
	FORM_OFFSET,		/* bytes into a file: 4096 or 4096-8191 */
	FORM_GFP,
	FORM_MEMBER,
	FORM_WRITEBACK,
	FORM_TRUTH,
	FORM_COMM,		/* text, up to the next literal */
	FORM_PATH,
	FORM_SKIP,		/* anything without a blank */
	FORM_REST,		/* anything */
};

/*
 * Keys that are no field's name, or whose values are not plain decimal numbers. A blank
 * after the key: its value follows one, not an equals sign. Those after a text end it.
 */
struct printed_key {
	const char *key;
	const char *field;	/* NULL = the same */
	uint8_t form;		/* enum value_form */
	bool has_blank, ends_text;
};

static const struct printed_key printed_keys[] = {
	{ "addr", NULL, FORM_HEX },
	{ "address", NULL, FORM_ADDRESS },
	{ "anon-rss", "anon_rss", FORM_DECIMAL },
	{ "child_comm", NULL, FORM_COMM, .ends_text = true },
	{ "child_pid", NULL, FORM_DECIMAL, .ends_text = true },
	{ "clone_flags", NULL, FORM_HEX, .ends_text = true },
	{ "comm", NULL, FORM_COMM, .ends_text = true },
	{ "dev", "s_dev", FORM_DEVICE, .has_blank = true },
	{ "dst_id", NULL, FORM_DECIMAL, .ends_text = true },
	{ "dst_level", NULL, FORM_DECIMAL, .ends_text = true },
	{ "dst_path", NULL, FORM_PATH, .ends_text = true },
	{ "dst_root", NULL, FORM_DECIMAL, .ends_text = true },
	{ "error_code", NULL, FORM_HEX },
	{ "file-rss", "file_rss", FORM_DECIMAL },
	{ "filename", NULL, FORM_PATH, .ends_text = true },
	{ "flags", "reclaim_flags", FORM_WRITEBACK },
	{ "gfp_flags", NULL, FORM_GFP },
	{ "group_dead", NULL, FORM_TRUTH, .ends_text = true },
	{ "i_ino", NULL, FORM_HEX },
	{ "ino", "i_ino", FORM_HEX, .has_blank = true },
	{ "level", NULL, FORM_DECIMAL, .ends_text = true },
	{ "member", NULL, FORM_MEMBER },
	{ "memcg_id", "id", FORM_DECIMAL },
	{ "mm", NULL, FORM_HEX },
	{ "mt", NULL, FORM_HEX },
	{ "mt_mod", "mm", FORM_REST, .has_blank = true },
	{ "newcomm", NULL, FORM_COMM, .ends_text = true },
	{ "ofs", "index", FORM_OFFSET },
	{ "old_pid", NULL, FORM_DECIMAL, .ends_text = true },
	{ "oldcomm", NULL, FORM_COMM, .ends_text = true },
	{ "oom_score_adj", NULL, FORM_DECIMAL, .ends_text = true },
	{ "page", NULL, FORM_HEX },
	{ "parent_comm", NULL, FORM_COMM, .ends_text = true },
	{ "parent_pid", NULL, FORM_DECIMAL, .ends_text = true },
	{ "path", NULL, FORM_PATH, .ends_text = true },
	{ "pid", "parent_pid", FORM_DECIMAL, .ends_text = true },
	{ "prio", NULL, FORM_DECIMAL, .ends_text = true },
	{ "pte", NULL, FORM_HEX },
	{ "reclaim_flags", NULL, FORM_HEX },
	{ "ret", NULL, FORM_HEX },
	{ "shmem-rss", "shmem_rss", FORM_DECIMAL },
	{ "total-vm", "total_vm", FORM_DECIMAL, .ends_text = true },
	{ "total_vm", NULL, FORM_DECIMAL, .ends_text = true },
	{ "type", "member", FORM_MEMBER },
	{ "uid", NULL, FORM_DECIMAL, .ends_text = true },
	{ "val", NULL, FORM_DECIMAL, .ends_text = true },
	{ "vma", NULL, FORM_HEX },
	{ NULL }
};

static bool is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

static const char *skip_blanks(const char *at, const char *end)
{
	while (at < end && *at == ' ')
		at++;
	return at;
}

static const char *skip_value(const char *at, const char *end)
{
	const char *blank = memchr(at, ' ', end - at);

	return blank ? blank : end;
}

static bool is_same(const char *name, const char *text, size_t bytes)
{
	return !strncmp(name, text, bytes) && !name[bytes];
}

static const struct printed_key *find_key(const char *key, size_t bytes)
{
	static const struct printed_key plain = { "", NULL, FORM_DECIMAL };

	for (const struct printed_key *known = printed_keys; known->key; known++) {
		if (is_same(known->key, key, bytes))
			return known;
	}
	return &plain;
}

/* Which of "new|old?" a name is: 0, 1, or -1. */
static int match_names(const char *names, const char *name, size_t bytes)
{
	size_t first = strcspn(names, "|?");

	if (first == bytes && !memcmp(names, name, bytes))
		return 0;
	if (names[first] != '|')
		return -1;
	names += first + 1;
	return strcspn(names, "?") == bytes && !memcmp(names, name, bytes) ? 1 : -1;
}

/* One line being learnt. */
struct lesson {
	struct text_template *template;
	struct tracepoint_view view;
	const char *at, *end;
	int nr_arguments;	/* of a call */
};

/* The field that a key stands for, or -1; *second: by its older name. */
static int find_field(const struct lesson *lesson, const char *key, size_t bytes, bool *second)
{
	for (int i = 0; i < PLAN_MAX_FIELDS; i++) {
		int which = lesson->view.fields[i] ? match_names(lesson->view.fields[i], key, bytes) : -1;

		*second = which == 1;
		if (which >= 0)
			return i;
	}
	return -1;
}

static bool add_step(struct lesson *lesson, const char *literal, const char *value, uint8_t form, int slot)
{
	struct text_template *template = lesson->template;
	size_t bytes = value - literal;
	struct text_step_of_line *step = &template->steps[template->nr_steps];

	if (template->nr_steps == TEMPLATE_STEPS || bytes > UINT8_MAX ||
	    template->nr_literals + bytes > TEMPLATE_LITERAL_BYTES)
		return false;
	*step = (struct text_step_of_line){
		.literal = template->nr_literals, .literal_bytes = bytes, .form = form, .slot = slot,
	};
	memcpy(&step->first, literal, bytes < FIRST_BYTES ? bytes : FIRST_BYTES);
	memset(&step->first_mask, 0xff, bytes < FIRST_BYTES ? bytes : FIRST_BYTES);
	template->nr_steps++;
	memcpy(template->literals + template->nr_literals, literal, bytes);
	template->nr_literals += bytes;
	return true;
}

/* " key=" or " key-rss:" at a blank: the key, or NULL. */
static const char *key_after(const char *at, const char *end, size_t *bytes)
{
	const char *begin = at + 1, *word = begin;

	while (word < end && is_word(*word))
		word++;
	*bytes = word - begin;
	return word > begin && word < end && *word == '=' ? begin : NULL;
}

/*
 * Where a text ends: at the next key that can follow one. A name may look like a key; only
 * where no known key follows soon enough is any taken.
 */
static const char *find_text_end(const char *at, const char *end, bool is_comm)
{
	const char *any = NULL;

	for (const char *blank = at; (blank = memchr(blank, ' ', end - blank)); blank++) {
		size_t bytes;
		const char *key = key_after(blank, end, &bytes);

		if (!key)
			continue;
		any = any ? any : blank;
		if (find_key(key, bytes)->ends_text && (!is_comm || blank - at <= COMM_BYTES))
			return blank;
	}
	return any ? any : end;
}

static bool take(uint8_t form, const char **at, const char *end, uint64_t values[2], struct text_unknown *unknown)
{
	switch ((enum value_form)form) {
	case FORM_DECIMAL:
		return text_value_decimal(at, end, values);
	case FORM_HEX:
		return text_value_hex(at, end, values);
	case FORM_ADDRESS:
		if (text_value_hex(at, end, values) && (*at == end || **at == ' '))
			return true;
		*at = skip_value(*at, end);
		values[0] = UINT64_MAX;		/* somewhere in the kernel */
		return true;
	case FORM_DEVICE:
		if (!text_value_decimal(at, end, values))
			return false;
		if (*at == end || **at != ':')
			return true;
		++*at;
		values[0] <<= 20;
		if (!text_value_decimal(at, end, values + 1))
			return false;
		values[0] |= values[1];
		return true;
	case FORM_OFFSET:
		if (!text_value_decimal(at, end, values))
			return false;
		values[1] = values[0];
		if (*at == end || **at != '-')
			return true;
		++*at;
		return text_value_decimal(at, end, values + 1);
	case FORM_GFP:
		return text_value_names(at, end, text_gfp_names, values, unknown);
	case FORM_MEMBER:
		return text_value_names(at, end, text_member_names, values, unknown) && !unknown->bytes;
	case FORM_WRITEBACK:
		return text_value_names(at, end, text_writeback_names, values, unknown);
	case FORM_TRUTH:
		return text_value_names(at, end, text_truth_names, values, unknown) && !unknown->bytes;
	case FORM_SKIP:
		*at = skip_value(*at, end);
		return true;
	case FORM_REST:
		values[0] = 0;
		*at = end;
		return true;
	case FORM_COMM:
	case FORM_PATH:
		break;
	}
	return false;
}

/* Units after a number: size=8192B, anon-rss:123kB. */
static const char *skip_unit(const char *at, const char *end)
{
	if (end - at > 1 && at[0] == 'k' && at[1] == 'B')
		return at + 2;
	return at < end && *at == 'B' ? at + 1 : at;
}

/* A second name's value goes when the first name's comes. */
static void forget_second(struct text_template *template, int slot)
{
	for (size_t i = 0; i < template->nr_steps; i++) {
		if (template->steps[i].slot == slot) {
			template->steps[i].slot = -1;
			template->steps[i].form = FORM_SKIP;
		}
	}
	template->plan.second_name &= ~(1u << slot);
}

/* What stands for the key; -1 and a form to skip it by if nothing does. */
static int choose(struct lesson *lesson, const char *key, size_t bytes, uint8_t *form)
{
	const struct printed_key *known = find_key(key, bytes);
	struct decode_plan *plan = &lesson->template->plan;
	bool second;
	int slot = find_field(lesson, key, bytes, &second);

	*form = known->form;
	if (*form == FORM_COMM || *form == FORM_PATH)
		return lesson->view.text && match_names(lesson->view.text, key, bytes) >= 0 ? PLAN_MAX_FIELDS : -1;
	if (slot < 0 && known->field)
		slot = find_field(lesson, known->field, strlen(known->field), &second);
	if (slot < 0 || (second && plan->present >> slot & 1)) {
		*form = *form == FORM_WRITEBACK ? FORM_REST : FORM_SKIP;
		return -1;
	}
	if (plan->present >> slot & plan->second_name >> slot & 1)
		forget_second(lesson->template, slot);
	return slot;
}

static void set_present(struct decode_plan *plan, int slot, bool second)
{
	if (slot < 0 || slot >= PLAN_MAX_FIELDS)
		return;
	plan->present |= 1u << slot;
	plan->second_name |= (unsigned int)second << slot;
}

/* An argument of a call: by its place, the call's number left out. */
static int choose_argument(struct lesson *lesson, const char *key, size_t bytes, uint8_t *form)
{
	*form = FORM_HEX;
	if (is_same("__syscall_nr", key, bytes) || is_same("nr", key, bytes)) {
		*form = FORM_SKIP;
		return -1;
	}
	return lesson->nr_arguments < 6 ? lesson->nr_arguments++ : -1;
}

/* The value of a key that begins at `value`. */
static bool learn_value(struct lesson *lesson, const char *literal, const char *key, size_t key_bytes,
			const char *value)
{
	struct text_unknown unknown = { NULL, 0 };
	uint64_t values[2] = { 0, 0 };
	const char *at = value;
	bool second = false;
	uint8_t form;
	int slot;

	if (!lesson->view.fields) {
		slot = choose_argument(lesson, key, key_bytes, &form);
	} else {
		slot = choose(lesson, key, key_bytes, &form);
		if (slot >= 0 && slot < PLAN_MAX_FIELDS)
			second = match_names(lesson->view.fields[slot], key, key_bytes) == 1;
	}
	if (form == FORM_COMM || form == FORM_PATH) {
		at = find_text_end(value, lesson->end, form == FORM_COMM);
	} else if (!take(form, &at, lesson->end, values, &unknown)) {
		if (!second)
			return false;
		slot = -1;	/* a pointer that is not shown */
		form = FORM_SKIP;
		at = skip_value(value, lesson->end);
	}
	lesson->at = form == FORM_DECIMAL ? skip_unit(at, lesson->end) : at;
	set_present(&lesson->template->plan, slot, second);
	if (form == FORM_OFFSET && lesson->view.fields[slot + 1])
		set_present(&lesson->template->plan, slot + 1, false);	/* last_index */
	return add_step(lesson, literal, value, form, slot);
}

/* ", key=", "key ", "key: " and its value; false if there is none. */
static bool learn_step(struct lesson *lesson)
{
	const char *literal = lesson->at, *key, *after;

	key = literal < lesson->end && *literal == ',' ? literal + 1 : literal;
	key = skip_blanks(key, lesson->end);
	for (after = key; after < lesson->end && is_word(*after); after++)
		;
	if (after == key || after == lesson->end || (key > literal) == !lesson->template->nr_steps)
		return false;
	if (*after == '=')
		return learn_value(lesson, literal, key, after - key, after + 1);
	if (*after == ':')
		return learn_value(lesson, literal, key, after - key, skip_blanks(after + 1, lesson->end));
	if (*after == ' ' && find_key(key, after - key)->has_blank)
		return learn_value(lesson, literal, key, after - key, skip_blanks(after, lesson->end));
	return false;
}

/* A field that must be there and is not; NULL if none. */
static const char *find_missing(const struct lesson *lesson)
{
	const struct decode_plan *plan = &lesson->template->plan;

	if (!lesson->view.fields)
		return lesson->view.kind == MM_CALL_DONE && !(plan->present & 1) ? "ret" : NULL;
	for (int i = 0; i < PLAN_MAX_FIELDS; i++) {
		const char *names = lesson->view.fields[i];

		if (names && !strchr(names, '?') && !(plan->present >> i & 1))
			return names;
	}
	return NULL;
}

/* What an event prints without keys, or with some: places are those of its fields. */
struct printed_part {
	const char *literal;
	uint8_t form;
	int slot;
};

/* "mt_mod 0x1, (0x2), STORE, 3, 4," */
static const struct printed_part store_parts[] = {
	{ "mt_mod ", FORM_HEX, 0 }, { ", (", FORM_HEX, 3 }, { "), STORE, ", FORM_DECIMAL, 1 },
	{ ", ", FORM_DECIMAL, 2 }, { ",", FORM_REST, -1 }, { NULL }
};

/* "target_id=0 nr_regions=11 4096-8192: 3 20", and before 5.17 without the last. */
static const struct printed_part region_parts[] = {
	{ "target_id=", FORM_DECIMAL, 0 }, { " nr_regions=", FORM_DECIMAL, 1 }, { " ", FORM_DECIMAL, 2 },
	{ "-", FORM_DECIMAL, 3 }, { ": ", FORM_DECIMAL, 4 }, { " ", FORM_DECIMAL, 5 }, { NULL }
};

static bool has_parts(const struct printed_part *part, const char *at, const char *end)
{
	for (; part->literal && at < end; part++) {
		struct text_unknown unknown = { NULL, 0 };
		size_t bytes = strlen(part->literal);
		uint64_t values[2];

		if ((size_t)(end - at) < bytes || memcmp(at, part->literal, bytes))
			return false;
		at += bytes;
		if (!take(part->form, &at, end, values, &unknown))
			return false;
	}
	return at == end;
}

/* Of a line that has them: the last of them may be missing. */
static bool learn_parts(struct lesson *lesson, const struct printed_part *part)
{
	for (; part->literal && lesson->at < lesson->end; part++) {
		struct text_unknown unknown = { NULL, 0 };
		const char *literal = lesson->at, *at = literal + strlen(part->literal);
		uint64_t values[2];

		if (!add_step(lesson, literal, at, part->form, part->slot) ||
		    !take(part->form, &at, lesson->end, values, &unknown))
			return false;
		set_present(&lesson->template->plan, part->slot, false);
		lesson->at = at;
	}
	return true;
}

/* Leaves out what stands around the fields: "sys_brk(brk: 0)"; libtraceevent's excuse. */
static void trim(uint8_t kind, const char **body, const char **end)
{
	static const char excuse[] = "[FAILED TO PARSE]";
	size_t bytes = sizeof(excuse) - 1;

	if (kind == MM_CALL && *end > *body && (*end)[-1] == ')')
		--*end;
	if (*end > *body && **body == '[' && (size_t)(*end - *body) >= bytes && !memcmp(*body, excuse, bytes))
		*body = skip_blanks(*body + bytes, *end);
}

bool text_template_learn(struct text_template *template, int tracepoint, uint32_t page_bytes,
			 const char *body, const char *end, const char **missing)
{
	struct lesson lesson = { .template = template };

	*template = (struct text_template){ 0 };
	decode_plan_of_values(&template->plan, page_bytes, tracepoint);
	tracepoint_view(tracepoint, &lesson.view);
	*missing = "fields that can be read";
	trim(lesson.view.kind, &body, &end);
	lesson.at = body;
	lesson.end = end;
	if (lesson.view.kind == MM_CALL_DONE && body < end && *body >= '0' && *body <= '9') {
		if (!learn_value(&lesson, body, "ret", 3, body))
			return false;
	}
	if (lesson.view.kind == MM_VMA_STORE && has_parts(store_parts, body, end)) {
		if (!learn_parts(&lesson, store_parts))
			return false;
	}
	if (lesson.view.kind == MM_REGION && has_parts(region_parts, body, end)) {
		if (!learn_parts(&lesson, region_parts))
			return false;
	}
	while (lesson.at < lesson.end) {
		if (!learn_step(&lesson))
			return false;
	}
	*missing = find_missing(&lesson);
	return !*missing;
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
	size_t bytes;

	*at = text_end(template, step, begin, end);
	if (!*at)
		return false;
	bytes = *at - begin;
	if (bytes > PLAN_TEXT_BYTES || (step->form == FORM_COMM && bytes > COMM_BYTES))
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
		return take(form, at, end, values, unknown);
	if (recall_names(template, form, at, end, values))
		return true;
	if (!take(form, at, end, values, unknown))
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
	if (left < FIRST_BYTES)
		return !memcmp(at, template->literals + step->literal, step->literal_bytes);
	memcpy(&first, at, FIRST_BYTES);
	return !((first ^ step->first) & step->first_mask) &&
	       (step->literal_bytes <= FIRST_BYTES ||
		!memcmp(at + FIRST_BYTES, template->literals + step->literal + FIRST_BYTES,
			step->literal_bytes - FIRST_BYTES));
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
		*at = skip_unit(*at, end);
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
	trim(template->plan.kind, &body, &end);
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
