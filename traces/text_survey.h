/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the lines of a text tell of it as a whole: which events it has, on which CPUs, when it
 * begins and ends.
 *
 *	while (next line)
 *		text_survey_see(&survey, &walk, tracepoint);
 *	text_survey_tell(&survey, &walk, &events, &info);
 *
 * A line that is seen twice says nothing new.
 */
#ifndef TRACES_TEXT_SURVEY_H
#define TRACES_TEXT_SURVEY_H

#include "traces/event_source.h"
#include "traces/text_events.h"
#include "traces/text_walk.h"

#define TEXT_PAGE_BYTES 4096	/* no text says it */
#define SURVEY_CPUS (UINT16_MAX + 1)

struct text_survey {		/* all zero: of no line */
	uint64_t has_cpu[SURVEY_CPUS / 64];	/* a bit each */
	bool has_event[NR_TRACEPOINTS_MAX];
	bool has_layout, has_nanoseconds;
	uint8_t layout, clock;	/* of the first event with a time; with has_layout */
	uint32_t nr_cpus;
	mm_kinds told;		/* by perf's own records: the caller's to set */
	uint64_t begin_ns, end_ns;
	char format[48], kernel[64], fidelity[200];	/* of the info */
};

/* What text_survey_see() does with the first event, and with one on a CPU that is new. */
void text_survey_begin(struct text_survey *survey, const struct text_walk *walk);
void text_survey_add_cpu(struct text_survey *survey, uint16_t cpu);

/* A line with an event, of that tracepoint or of none (-1). */
static inline void text_survey_see(struct text_survey *survey, const struct text_walk *walk, int tracepoint)
{
	const struct text_head *head = &walk->head;

	if (!survey->has_layout && head->body_form <= BODY_CALL_DONE)
		text_survey_begin(survey, walk);
	if (!(survey->has_cpu[head->cpu / 64] >> head->cpu % 64 & 1))
		text_survey_add_cpu(survey, head->cpu);
	survey->has_nanoseconds |= head->clock == CLOCK_NANOSECONDS;
	survey->end_ns = walk->last_ns;
	if (tracepoint >= 0)
		survey->has_event[tracepoint] = true;
}

/* Kinds whose tracepoints were seen. */
mm_kinds text_survey_kinds(const struct text_survey *survey, const struct text_events *events);

/* The info's texts are the survey's. */
void text_survey_tell(struct text_survey *survey, const struct text_walk *walk, const struct text_events *events,
		      struct trace_info *info);

#endif
