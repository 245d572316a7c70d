// SPDX-License-Identifier: GPL-2.0-or-later
/* Walks format texts, compiles the few that matter. */
#include "traces/format_table.h"

#include <stdlib.h>
#include <string.h>

/* The value of a line "name: mm_page_alloc" or "ID: 653" among the first lines; NULL if absent. */
static const char *line_value(const char *text, size_t bytes, const char *key, size_t *value_bytes)
{
	const char *end = text + (bytes < 256 ? bytes : 256);
	size_t key_bytes = strlen(key);

	while (text < end) {
		const char *next = memchr(text, '\n', end - text);

		if (!next)
			return NULL;
		if ((size_t)(next - text) > key_bytes && !memcmp(text, key, key_bytes)) {
			*value_bytes = next - text - key_bytes;
			return text + key_bytes;
		}
		text = next + 1;
	}
	return NULL;
}

/* The id of a format, or -1. */
static int format_id(const char *text, size_t bytes)
{
	size_t value_bytes;
	const char *value = line_value(text, bytes, "ID: ", &value_bytes);
	uint32_t id = 0;

	if (!value || !value_bytes || value_bytes > 5)
		return -1;
	for (size_t i = 0; i < value_bytes; i++) {
		if (value[i] < '0' || value[i] > '9')
			return -1;
		id = id * 10 + (value[i] - '0');
	}
	return id < FORMAT_IDS ? (int)id : -1;
}

/* Events that users define have what their writers put there, or more room than their fields take. */
static bool is_of_users(const char *system)
{
	return !strcmp(system, "synthetic") || !strncmp(system, "user_events", strlen("user_events"));
}

/* Room is made for a text before it is read, and it may be shorter then: of probes, and of what a call's pointers lead to. */
static bool has_room_to_spare(const char *system, const char *text, size_t bytes)
{
	return !strcmp(system, "eprobes") || !strcmp(system, "syscalls") || memmem(text, bytes, " __probe_", strlen(" __probe_"));
}

static void read_size(struct format_table *table, int id, const char *system, const char *text, size_t bytes)
{
	struct record_size *size = &table->sizes[id];

	if (is_of_users(system)) {
		*size = (struct record_size){ 0, RECORD_SIZE_ANY };
		return;
	}
	record_size_read(size, table->place, text, bytes);
	if (size->nr_parts && has_room_to_spare(system, text, bytes))
		record_size_forget_parts(size);
}

/* All fields that are wanted must be there, whatever else the format says. */
static void need_bytes(struct record_size *size, uint32_t bytes)
{
	if (size->least >= bytes)
		return;
	if (size->nr_sizes != RECORD_SIZE_ANY)
		size->nr_sizes = record_size_most(size) > bytes ? record_size_most(size) - bytes + 1 : 1;
	size->least = bytes;
}

static void add_plan(struct format_table *table, const struct decode_plan *plan)
{
	table->kinds |= MM_KIND_BIT(plan->kind);
	if (!plan->call)
		return;
	table->calls_seen[plan->kind == MM_CALL_DONE] |= UINT64_C(1) << plan->call;
	table->calls = table->calls_seen[0] & table->calls_seen[1];
}

static void add_format(struct format_table *table, const char *system, const char *text,
		       size_t bytes)
{
	size_t name_bytes = 0;
	const char *name = line_value(text, bytes, "name: ", &name_bytes);
	const char *missing;
	struct decode_plan *plan;
	int id = format_id(text, bytes);
	int tracepoint = name ? tracepoint_find(system, name, name_bytes) : -1;

	if (id < 0) {
		notes_add(table->notes, "%s: event %s:%.*s: its format has no usable id, its records are not read",
			  table->path, system, (int)name_bytes, name ? name : "");
		return;
	}
	if (table->of_id[id] != FORMAT_NONE) {
		notes_add(table->notes, "%s: event %s:%.*s: id %d is already taken, the first format with it is used",
			  table->path, system, (int)name_bytes, name ? name : "", id);
		return;
	}
	table->nr_formats++;
	table->of_id[id] = FORMAT_SKIP;
	read_size(table, id, system, text, bytes);
	if (tracepoint < 0)
		return;
	plan = &table->plans[tracepoint];
	if (plan->min_bytes) {
		notes_add(table->notes, "%s: event %s:%.*s: has two formats, only records with the first one's id are read",
			  table->path, system, (int)name_bytes, name);
		return;
	}
	if (!decode_plan_compile(plan, &table->target, tracepoint, text, bytes, &missing)) {
		notes_add(table->notes, "%s: event %s:%.*s: its format lacks %s, its records are not read",
			  table->path, system, (int)name_bytes, name, missing);
		plan->min_bytes = 0;
		return;
	}
	need_bytes(&table->sizes[id], plan->min_bytes);
	add_plan(table, plan);
	table->ids[tracepoint] = id;
	if (table->wanted & MM_KIND_BIT(plan->kind))
		table->of_id[id] = FORMAT_PLAN + tracepoint;
}

static void note_cut(struct format_table *table, const struct byte_cursor *cursor, const char *what)
{
	table->is_cut = true;
	notes_add(table->notes, "%s: %s: cut short or damaged at byte %llu, later events have no format",
		  table->path, what, (unsigned long long)byte_cursor_offset(cursor));
}

void format_table_read_events(struct format_table *table, struct byte_cursor *cursor)
{
	uint32_t nr_systems = byte_cursor_u32(cursor);

	while (nr_systems-- && !cursor->failed) {
		const char *text = byte_cursor_text(cursor);
		char system[64];
		uint32_t nr_events;

		if (!text)
			break;
		system[0] = '\0';
		strncat(system, text, sizeof(system) - 1);
		nr_events = byte_cursor_u32(cursor);
		while (nr_events-- && !cursor->failed) {
			uint64_t bytes = byte_cursor_u64(cursor);

			text = (const char *)byte_cursor_block(cursor, bytes);
			if (!text)
				continue;
			format_bank_add(table->collect, system, text, bytes);
			add_format(table, system, text, bytes);
		}
	}
	if (cursor->failed)
		note_cut(table, cursor, "event formats");
}

void format_table_read_internal(struct format_table *table, struct byte_cursor *cursor)
{
	uint32_t nr_events = byte_cursor_u32(cursor);

	while (nr_events-- && !cursor->failed) {
		uint64_t bytes = byte_cursor_u64(cursor);
		const char *text = (const char *)byte_cursor_block(cursor, bytes);
		int id = text ? format_id(text, bytes) : -1;

		if (text)
			format_bank_add(table->collect, "ftrace", text, bytes);
		if (id < 0 || table->of_id[id] != FORMAT_NONE)
			continue;
		table->of_id[id] = FORMAT_SKIP;
		table->sizes[id] = (struct record_size){ 0, RECORD_SIZE_ANY };	/* a stack, a text */
	}
	if (cursor->failed)
		note_cut(table, cursor, "ftrace formats");
}

/* Whether the table has a format for this event, or another one with its number, or needs none. */
static bool has_format(const struct format_table *table, const struct banked_format *format, const bool *ids)
{
	size_t name_bytes = 0;
	const char *name = line_value(format->text, format->bytes, "name: ", &name_bytes);
	int id = format_id(format->text, format->bytes);
	int tracepoint = name ? tracepoint_find(format->system, name, name_bytes) : -1;

	return id < 0 || (ids && !ids[id]) || table->of_id[id] != FORMAT_NONE ||
	       (tracepoint >= 0 && table->plans[tracepoint].min_bytes);
}

void format_table_complete(struct format_table *table, const struct format_bank *bank, const bool *ids)
{
	const char *slash = bank ? strrchr(bank->path, '/') : NULL;
	size_t nr = 0;

	if (!bank || (table->nr_formats && !table->is_cut))
		return;
	for (size_t i = 0; i < bank->nr; i++) {
		const struct banked_format *format = &bank->all[i];

		if (has_format(table, format, ids))
			continue;
		add_format(table, format->system, format->text, format->bytes);
		nr++;
	}
	if (nr)	/* without folders: the same file gives the same note wherever it lies */
		notes_add(table->notes, "%s: %zu event formats are lost, those of %s are used: of another kernel they may mean other events",
			  table->path, nr, slash ? slash + 1 : bank->path);
}
