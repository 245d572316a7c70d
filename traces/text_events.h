/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The events a text may hold: from a name to the tracepoint, and to what was learnt of how
 * its fields are printed.
 *
 *	tracepoint = text_events_find(events, &head);
 *	if (tracepoint >= 0)
 *		text_events_read(events, tracepoint, &head, event, strings, &trouble);
 */
#ifndef TRACES_TEXT_EVENTS_H
#define TRACES_TEXT_EVENTS_H

#include "traces/text_head.h"
#include "traces/text_template.h"

#define EVENT_TEMPLATES 4	/* ways one event is printed in one text */
#define EVENT_SLOTS 512		/* a power of two, several times the number of names */
#define EVENT_NAME_BYTES 48

/* How the events of one tracepoint are printed; the last way that fitted is tried first. */
struct text_event {
	struct text_template *templates[EVENT_TEMPLATES];
	uint8_t nr_templates, last, next;
	uint8_t kind, call;
};

struct text_event_name {
	const char *system;
	uint8_t bytes;		/* 0 = a free slot */
	uint8_t tracepoint;
	uint8_t body_form;	/* enum text_body */
	char name[EVENT_NAME_BYTES];
};

struct text_events {
	uint32_t page_bytes;
	struct text_event events[NR_TRACEPOINTS_MAX];
	struct text_event_name names[EVENT_SLOTS];
};

/* Why a line of a known event cannot be read; or what in it is not understood. */
struct text_trouble {
	const char *missing;
	struct text_unknown unknown;	/* a name of a flag; bytes 0 = none */
};

void text_events_init(struct text_events *events, uint32_t page_bytes);
void text_events_release(struct text_events *events);

/* The tracepoint's number, or -1: an event nobody wants. */
int text_events_find(const struct text_events *events, const struct text_head *head);

/* Fills all of *event but its time and cpu; false if the fields are not what they should be. */
bool text_events_read(struct text_events *events, int tracepoint, const struct text_head *head,
		      struct mm_event *event, struct strings *strings, struct text_trouble *trouble);

#endif
