// SPDX-License-Identifier: GPL-2.0-or-later
/* A hash of names, and the templates behind it. */
#include "traces/text_events.h"

#include "base/xalloc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Of the length, and the first and last bytes: cheap, and different enough. */
static size_t slot_of(const char *name, size_t bytes)
{
	uint64_t first = 0, last = 0;

	if (bytes >= 8) {
		memcpy(&first, name, 8);
		memcpy(&last, name + bytes - 8, 8);
	} else {
		memcpy(&first, name, bytes);
	}
	first = (first ^ last * UINT64_C(0x9e3779b97f4a7c15)) + bytes;
	return (first * UINT64_C(0x9e3779b97f4a7c15)) >> 32 & (EVENT_SLOTS - 1);
}

static struct text_event_name *find_slot(const struct text_events *events, uint8_t body_form, const char *name,
					 size_t bytes)
{
	size_t at = slot_of(name, bytes);
	const struct text_event_name *slot;

	for (;; at = (at + 1) & (EVENT_SLOTS - 1)) {
		slot = &events->names[at];
		if (!slot->bytes || (slot->bytes == bytes && slot->body_form == body_form &&
				     !memcmp(slot->name, name, bytes)))
			return (struct text_event_name *)slot;
	}
}

static void add_name(struct text_events *events, const struct tracepoint_view *view, const char *prefix,
		     int tracepoint, enum text_body body_form)
{
	char name[EVENT_NAME_BYTES + 1];
	int bytes = snprintf(name, sizeof(name), "%s%s", prefix, view->name);

	if (bytes <= EVENT_NAME_BYTES) {
		struct text_event_name *slot = find_slot(events, body_form, name, bytes);

		slot->system = view->system;
		slot->bytes = bytes;
		slot->tracepoint = tracepoint;
		slot->body_form = body_form;
		memcpy(slot->name, name, bytes);
	}
}

void text_events_init(struct text_events *events, uint32_t page_bytes)
{
	struct tracepoint_view view;

	*events = (struct text_events){ .page_bytes = page_bytes };
	for (int i = 0; tracepoint_view(i, &view); i++) {
		events->events[i].kind = view.kind;
		events->events[i].call = view.call;
		add_name(events, &view, view.prefix, i, BODY_FIELDS);
		/* The kernel itself prints "sys_brk(...)" and "sys_brk -> ...". */
		if (view.kind == MM_CALL)
			add_name(events, &view, "sys_", i, BODY_CALL);
		if (view.kind == MM_CALL_DONE)
			add_name(events, &view, "sys_", i, BODY_CALL_DONE);
	}
}

void text_events_release(struct text_events *events)
{
	for (int i = 0; i < NR_TRACEPOINTS_MAX; i++) {
		for (int j = 0; j < events->events[i].nr_templates; j++)
			free(events->events[i].templates[j]);
	}
}

static int find_event(const struct text_events *events, const struct text_head *head)
{
	const struct text_event_name *slot;

	if (head->body_form > BODY_CALL_DONE || head->name_bytes > EVENT_NAME_BYTES)
		return -1;
	slot = find_slot(events, head->body_form, head->name, head->name_bytes);
	if (!slot->bytes)
		return -1;
	if (head->system && (strlen(slot->system) != head->system_bytes ||
			     memcmp(slot->system, head->system, head->system_bytes)))
		return -1;
	return slot->tracepoint;
}

int text_events_find(const struct text_events *events, const struct text_head *head)
{
	int tracepoint;

	if (head->event && *head->event != EVENT_UNKNOWN)
		return *head->event;
	tracepoint = find_event(events, head);
	if (head->event)
		*head->event = tracepoint;
	return tracepoint;
}

static void keep_template(struct text_event *known, const struct text_template *learnt)
{
	uint8_t at;

	if (known->nr_templates < EVENT_TEMPLATES) {
		at = known->nr_templates++;
		known->templates[at] = xcalloc(1, sizeof(struct text_template));
	} else {
		at = known->next;
		known->next = (at + 1) % EVENT_TEMPLATES;
	}
	known->last = at;
	*known->templates[at] = *learnt;
}

/* A line that is printed otherwise than the last one of its event. */
static bool read_otherwise(struct text_events *events, int tracepoint, const struct text_head *head,
			   struct mm_event *event, struct strings *strings, struct text_trouble *trouble)
{
	struct text_event *known = &events->events[tracepoint];
	struct text_template learnt;

	for (uint8_t i = 1; i < known->nr_templates; i++) {
		uint8_t at = (known->last + i) % known->nr_templates;

		if (text_template_apply(known->templates[at], head->body, head->end, head->tid, event, strings,
					&trouble->unknown)) {
			known->last = at;
			return true;
		}
	}
	if (!text_template_learn(&learnt, tracepoint, events->page_bytes, head->body, head->end,
				 &trouble->missing))
		return false;
	if (!text_template_apply(&learnt, head->body, head->end, head->tid, event, strings, &trouble->unknown)) {
		trouble->missing = "fields that can be read";
		return false;
	}
	keep_template(known, &learnt);
	return true;
}

bool text_events_read(struct text_events *events, int tracepoint, const struct text_head *head,
		      struct mm_event *event, struct strings *strings, struct text_trouble *trouble)
{
	struct text_event *known = &events->events[tracepoint];

	*trouble = (struct text_trouble){ NULL, { NULL, 0 } };
	if (known->nr_templates && text_template_apply(known->templates[known->last], head->body, head->end, head->tid,
						       event, strings, &trouble->unknown))
		return true;
	return read_otherwise(events, tracepoint, head, event, strings, trouble);
}
