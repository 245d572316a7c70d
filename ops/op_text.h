/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A text of operations at work: behind op_source.h, shared by op_text.c (lines, the
 * source), op_names.c (words, names, places) and the verbs: of the header (op_head.c),
 * of recordings (op_plain.c, op_spaces.c, op_rows.c), of people (op_tasks.c, op_areas.c,
 * op_pages.c, op_directives.c).
 *
 * A verb takes its words from text->line and returns false when the line cannot
 * be; text_fail() has then said why.
 */
#ifndef OPS_OP_TEXT_H
#define OPS_OP_TEXT_H

#include "ops/op_line.h"
#include "ops/told.h"
#include "rebuild/op_source.h"

#include <stdio.h>

#define TEXT_RANGE_MAX (UINT64_C(1) << 20)	/* pages one line may name */

enum symbol_kind { SYMBOL_TASK, SYMBOL_PAGE, SYMBOL_FILE, SYMBOL_AREA };

struct symbol {
	char *name;
	enum symbol_kind kind;
	uint32_t number;	/* of task, page or file */
	uint64_t vpn, pages;	/* of an area */
	uint32_t next_area;	/* of the same task; 0 = none */
	uint32_t next;		/* with the same hash; 0 = none */
};

struct text_task {
	char *name;
	uint32_t mm, pid, tgid, container, parent;	/* parent: the leader of a thread, 0 = none */
	uint32_t before, after;	/* that came to live in the same mm; 0 = none */
	uint64_t begin_ns;
	uint64_t heap_begin, heap_end;	/* vpns; 0 = no heap yet */
	uint32_t first_area, last_area;	/* symbols, in the order in which they were named; 0 = none */
	bool is_alive;
};

struct op_text {
	struct op_source base;
	const char *path;	/* borrowed */
	FILE *file;
	char *buffer, *shown;	/* the line at work; as it was, for messages */
	size_t buffer_capacity;
	uint64_t line_number;
	bool has_line;		/* read, but not done: the first after the header */
	struct op_line line;
	bool is_recording, has_clock, is_over;
	struct trace_info info;
	struct trace_counts counts;
	char *strings[8];	/* that info borrows */
	struct trace_fact *facts;	/* likewise */
	size_t facts_capacity;
	size_t nr_strings;
	char **notes;
	size_t nr_notes, notes_capacity;
	uint64_t nr_more_notes;
	struct op_settings settings;
	struct op_listener listener;
	struct told told;
	struct containers containers;
	struct unmatched_count unmatched[UNMATCHED_NR];
	struct judge judge;
	struct symbol *symbols;	/* [0] unused */
	size_t nr_symbols, symbols_capacity;
	struct map64 symbol_by_hash;
	struct map64 mm_by_number, page_by_number;
	struct text_task *tasks;	/* [0] unused */
	size_t nr_tasks, tasks_capacity;
	uint8_t *is_named;	/* by page: lives until it is said to be gone */
	size_t nr_named;
	struct error *err;
	enum status status;	/* of the line at work */
};

struct text_verb {
	const char *name;
	bool (*run)(struct op_text *text);
	bool is_timed;		/* takes a moment, when no clock is given */
	enum { VERB_ANY, VERB_BY_HAND, VERB_RECORDING } where;
};

/* name NULL ends */
extern const struct text_verb text_head_verbs[], text_plain_verbs[], text_space_verbs[], text_row_verbs[],
	text_task_verbs[], text_area_verbs[], text_page_verbs[], text_directive_verbs[];

/* Says what is wrong with the line; false. */
bool text_fail(struct op_text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* reason NULL: true. */
bool text_done(struct op_text *text, const char *reason);
/* Time goes on, never back. */
bool text_set_clock(struct op_text *text, uint64_t now_ns);

/* --- op_names.c --- */

/* The next word; what: for the message. */
bool text_word(struct op_text *text, const char *what, char **word);
bool text_number(struct op_text *text, const char *what, uint64_t *value);
bool text_number_below(struct op_text *text, const char *what, uint64_t bound, uint32_t *value);
bool text_name(struct op_text *text, const char *what, char **name);	/* new: nobody has it */
bool text_container(struct op_text *text, uint32_t *container);
bool text_mm(struct op_text *text, uint32_t *mm);
bool text_page(struct op_text *text, uint32_t *page);
/* `by limit` or `by machine`, if the next words say so. */
bool text_reclaim_by(struct op_text *text, enum reclaim_by *by);
bool text_letters(struct op_text *text, uint8_t *flags);	/* of a VMA */
/* Nothing may be left. */
bool text_end(struct op_text *text);

struct symbol *text_find_symbol(struct op_text *text, const char *name);
struct symbol *text_add_symbol(struct op_text *text, const char *name, enum symbol_kind kind, uint32_t number);
int64_t text_find_container(const struct op_text *text, const char *name);	/* -1 = none */

/* vpns of an address space: 0x10, heap, heap+3, 0x10..0x1f, heap+3..9 (heap alone: all of it). */
bool text_range(struct op_text *text, uint32_t mm, uint64_t *first, uint64_t *last);
bool text_vpn(struct op_text *text, uint32_t mm, uint64_t *vpn);

bool text_is_named(const struct op_text *text, uint32_t page);
void text_set_named(struct op_text *text, uint32_t page, bool is_named);

/* --- op_tasks.c --- */

static inline struct text_task *text_task_at(const struct op_text *text, uint32_t task)
{
	return &text->tasks[task];
}

/* A task that lives, by name: it does what follows. */
bool text_task(struct op_text *text, uint32_t *task);

/* --- op_areas.c --- */

/* From now on the task, and children to come, mean that by the name. */
void text_name_area(struct op_text *text, uint32_t task, const char *name, uint64_t vpn, uint64_t pages);
/* The child means by each name what the parent does now. */
void text_copy_areas(struct op_text *text, uint32_t parent, uint32_t child);

/* --- op_pages.c --- */

/* An unnamed page that nothing holds any more ends. */
void text_put_page(struct op_text *text, uint32_t page);
/* Whatever stands in [begin, end) goes. */
void text_zap(struct op_text *text, uint32_t mm, uint64_t begin, uint64_t end, enum op_why why);

#endif
