// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The lines of a text, with nothing around them: heads, templates and values. What is remembered of lines
 * before must not change what a line says.
 */
#include "recording.h"

#include "traces/text_events.h"
#include "traces/text_walk.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

/* Names are found once; what was learnt of one text is forgotten. */
static struct text_events *events_of(void)
{
	static struct text_events fresh, events;

	if (!fresh.page_bytes) {
		text_events_init(&fresh, 4096);
		events = fresh;
	}
	text_events_release(&events);
	memcpy(events.events, fresh.events, sizeof(events.events));
	return &events;
}

static bool is_same(const char *a, const char *b, size_t bytes)
{
	return a == b || (a && b && !memcmp(a, b, bytes));
}

/* As the walk has it, but for a time that it moved, and as nothing before says. */
static void check_head(const struct text_walk *walk)
{
	const struct text_head *head = &walk->head;
	struct text_head anew;
	size_t bytes = walk->at.bytes;
	bool is_parsed;

	if (bytes && walk->at.text[bytes - 1] == '\r')
		bytes--;
	is_parsed = text_head_parse(&anew, walk->at.text, bytes);
	/* Of a name that looks like a time, what is remembered knows better. */
	if (anew.time != head->time)
		return;
	must(is_parsed);
	must(head->time_ns >= anew.time_ns || head->body_form > BODY_CALL_DONE);
	must(head->tid == anew.tid && head->cpu == anew.cpu && head->layout == anew.layout &&
	     head->body_form == anew.body_form);
	must(head->name == anew.name && head->name_bytes == anew.name_bytes);
	must(head->system_bytes == anew.system_bytes && is_same(head->system, anew.system, anew.system_bytes));
	must(head->end == anew.end && (head->body == anew.body || head->body_form == BODY_OTHER));
}

static void read_event(struct text_events *events, const struct text_head *head, struct strings *strings)
{
	int tracepoint = text_events_find(events, head);
	struct text_trouble trouble;
	struct mm_event event;

	if (tracepoint < 0 || head->body_form > BODY_CALL_DONE)
		return;
	if (!text_events_read(events, tracepoint, head, &event, strings, &trouble))
		return;
	must(event.kind < MM_NR_KINDS && event.tid == head->tid);
	/* What has just been learnt, or used, fits. */
	must(text_events_read(events, tracepoint, head, &event, strings, &trouble));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	struct text_events *events = events_of();
	static struct strings strings;
	struct text_walk walk;
	enum text_item item;

	text_walk_open(&walk, file_of(data, bytes));
	while ((item = text_walk_next(&walk)) != ITEM_END) {
		if (item != ITEM_EVENT)
			continue;
		check_head(&walk);
		read_event(events, &walk.head, &strings);
	}
	text_walk_close(&walk);
	strings_release(&strings);
	return 0;
}
