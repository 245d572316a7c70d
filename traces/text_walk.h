/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The lines of a text that say something: events, losses, and lines that cannot be read.
 *
 *	text_walk_open(&walk, &file);
 *	while ((item = text_walk_next(&walk)) != ITEM_END)
 *		...
 *	text_walk_close(&walk);
 *
 * Times of events never decrease: one that lies a little before the line above it is taken
 * as equal, one that cannot be true makes its line one that cannot be read.
 */
#ifndef TRACES_TEXT_WALK_H
#define TRACES_TEXT_WALK_H

#include "traces/text_head.h"
#include "traces/text_input.h"

enum text_item {
	ITEM_EVENT,		/* head */
	ITEM_LOSS,		/* lost, cpu */
	ITEM_DAMAGE,		/* at, damage */
	ITEM_END,
};

/* Who wrote the text, as far as its first lines say. */
enum text_writer { WRITER_UNKNOWN, WRITER_FTRACE, WRITER_TRACE_CMD };

struct text_walk {
	struct text_input *input;
	struct text_line at;	/* the line, or what of it cannot be read */
	uint64_t line;		/* its number, from 1 */
	struct text_head head;	/* points into the line */
	struct text_head_memo memo;
	uint64_t lost;		/* events; 0 = unknown */
	uint16_t cpu;		/* that lost them; MM_ANY_CPU = not said */
	const char *damage;	/* why the line cannot be read */
	uint8_t writer;		/* enum text_writer */
	uint64_t last_ns;	/* of the last event */
	uint64_t nr_times, nr_back;	/* of events; of those a little before the line above */
	bool has_last;
	uint8_t clock;		/* enum text_clock, once has_last */
	struct text_line rest;	/* of a line that begins with NUL bytes */
	bool has_rest;
	char kernel[64];	/* its release, where the text says it */
};

void text_walk_open(struct text_walk *walk, const struct trace_file *file);
/* Begins anew. */
void text_walk_restart(struct text_walk *walk, const struct trace_file *file);
void text_walk_close(struct text_walk *walk);

enum text_item text_walk_next(struct text_walk *walk);

/* Whether some line of the text is one that only traces have. */
bool text_walk_probe(const char *text, size_t bytes);

#endif
