// SPDX-License-Identifier: GPL-2.0-or-later
/* Keys that stand for fields, lines cut into steps. */
#include "traces/text_template.h"

#include "traces/text_form.h"

#include <string.h>

/*
 * Keys that are no field's name, or whose values are not plain decimal numbers. A blank
 * after the key: its value follows one, not an equals sign. Those after a text end it.
 */
struct printed_key {
	const char *key;
	const char *field;	/* NULL = the same */
	uint8_t form;		/* enum text_form */
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
	memcpy(&step->first, literal, bytes < TEXT_FIRST_BYTES ? bytes : TEXT_FIRST_BYTES);
	memset(&step->first_mask, 0xff, bytes < TEXT_FIRST_BYTES ? bytes : TEXT_FIRST_BYTES);
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
		if (find_key(key, bytes)->ends_text && (!is_comm || blank - at <= TEXT_COMM_BYTES))
			return blank;
	}
	return any ? any : end;
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
	} else if (!text_form_take(form, &at, lesson->end, values, &unknown)) {
		if (!second)
			return false;
		slot = -1;	/* a pointer that is not shown */
		form = FORM_SKIP;
		at = text_skip_value(value, lesson->end);
	}
	lesson->at = form == FORM_DECIMAL ? text_skip_unit(at, lesson->end) : at;
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
	key = text_skip_blanks(key, lesson->end);
	for (after = key; after < lesson->end && is_word(*after); after++)
		;
	if (after == key || after == lesson->end || (key > literal) == !lesson->template->nr_steps)
		return false;
	if (*after == '=')
		return learn_value(lesson, literal, key, after - key, after + 1);
	if (*after == ':')
		return learn_value(lesson, literal, key, after - key, text_skip_blanks(after + 1, lesson->end));
	if (*after == ' ' && find_key(key, after - key)->has_blank)
		return learn_value(lesson, literal, key, after - key, text_skip_blanks(after, lesson->end));
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
		if (!text_form_take(part->form, &at, end, values, &unknown))
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
		    !text_form_take(part->form, &at, lesson->end, values, &unknown))
			return false;
		set_present(&lesson->template->plan, part->slot, false);
		lesson->at = at;
	}
	return true;
}

bool text_template_learn(struct text_template *template, int tracepoint, uint32_t page_bytes,
			 const char *body, const char *end, const char **missing)
{
	struct lesson lesson = { .template = template };

	*template = (struct text_template){ 0 };
	decode_plan_of_values(&template->plan, page_bytes, tracepoint);
	tracepoint_view(tracepoint, &lesson.view);
	*missing = "fields that can be read";
	text_template_trim(lesson.view.kind, &body, &end);
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
