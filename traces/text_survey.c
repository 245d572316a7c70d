// SPDX-License-Identifier: GPL-2.0-or-later
/* Lines to what is known of the recording. */
#include "traces/text_survey.h"

#include <stdio.h>
#include <string.h>

void text_survey_begin(struct text_survey *survey, const struct text_walk *walk)
{
	survey->layout = walk->head.layout;
	survey->clock = walk->head.clock;
	survey->begin_ns = walk->head.time_ns;
	survey->has_layout = true;
}

void text_survey_add_cpu(struct text_survey *survey, uint16_t cpu)
{
	survey->nr_cpus++;
	survey->has_cpu[cpu / 64] |= UINT64_C(1) << cpu % 64;
}

static void name_format(struct text_survey *survey, const struct text_walk *walk)
{
	static const char *const units[] = {
		[CLOCK_MICROSECONDS] = "times to the microsecond",
		[CLOCK_NANOSECONDS] = "times to the nanosecond",
		[CLOCK_RELATIVE] = "times to the microsecond, from the first event",
		[CLOCK_COUNT] = "times in units that it does not name",
	};
	uint8_t clock = survey->has_nanoseconds ? CLOCK_NANOSECONDS : survey->clock;

	snprintf(survey->format, sizeof(survey->format), "%s",
		 walk->writer == WRITER_TRACE_CMD ? "text of trace-cmd report" : text_layout_name(survey->layout));
	snprintf(survey->fidelity, sizeof(survey->fidelity),
		 "text: %s; pages of %d bytes assumed; events without a line are not known to be recorded%s",
		 units[clock], TEXT_PAGE_BYTES, survey->layout == LAYOUT_PERF ? "; losses only where shown" : "");
	memcpy(survey->kernel, walk->kernel, sizeof(survey->kernel));
}

mm_kinds text_survey_kinds(const struct text_survey *survey, const struct text_events *events)
{
	mm_kinds kinds = 0;

	for (int i = 0; i < NR_TRACEPOINTS_MAX; i++)
		kinds |= survey->has_event[i] ? MM_KIND_BIT(events->events[i].kind) : 0;
	return kinds;
}

/* Those that are both entered and left. */
static uint64_t calls_of(const struct text_survey *survey, const struct text_events *events)
{
	uint64_t calls[2] = { 0, 0 };

	for (int i = 0; i < NR_TRACEPOINTS_MAX; i++) {
		const struct text_event *event = &events->events[i];

		if (survey->has_event[i] && event->call)
			calls[event->kind == MM_CALL_DONE] |= UINT64_C(1) << event->call;
	}
	return calls[0] & calls[1];
}

void text_survey_tell(struct text_survey *survey, const struct text_walk *walk, const struct text_events *events,
		      struct trace_info *info)
{
	name_format(survey, walk);
	info->format = survey->format;
	info->uname = survey->kernel;
	info->fidelity = survey->fidelity;
	info->kinds = text_survey_kinds(survey, events) | survey->told;
	info->calls = calls_of(survey, events);
	info->nr_cpus = survey->nr_cpus;
	info->nr_buffers = survey->nr_cpus > 0;
	info->begin_ns = survey->begin_ns;
	info->end_ns = survey->end_ns;
}
