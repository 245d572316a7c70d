// SPDX-License-Identifier: GPL-2.0-or-later
/* Rows of one scenario. */
#include "verify/predicted.h"

#include "base/xalloc.h"
#include "verify/tally.h"

#include <stdlib.h>
#include <string.h>

struct subject {
	char *name;			/* NULL: not known yet */
	bool is_limited;
	struct course course;		/* container is `name` */
	struct stairs unlimited;	/* anonymous pages of scenario 0 */
	int64_t killed_ns;		/* 0 = never */
};

struct predicted {
	struct sink base;
	struct replay_watch watch;
	struct op_source *source;
	uint32_t scenario;
	struct tally tally;
	struct subject **subjects;
	size_t nr, capacity;
};

static struct subject *subject_of(struct predicted *predicted, uint32_t container)
{
	const struct trace_info *info = predicted->source->class->info(predicted->source);

	while (predicted->nr <= container) {
		struct subject *subject = xcalloc(1, sizeof(*subject));

		for (int figure = 0; figure < COURSE_NR; figure++)
			subject->course.figures[figure] = subject->course.assumed[figure] =
			subject->course.spread[figure].low = subject->course.spread[figure].high =
			subject->course.spread_assumed[figure].low = subject->course.spread_assumed[figure].high = COURSE_NONE;
		stairs_init(&subject->course.held, info->begin_ns, info->end_ns);
		stairs_init(&subject->course.work, info->begin_ns, info->end_ns);
		stairs_init(&subject->unlimited, info->begin_ns, info->end_ns);
		xgrow(&predicted->subjects, predicted->nr, &predicted->capacity, sizeof(struct subject *));
		predicted->subjects[predicted->nr++] = subject;
	}
	return predicted->subjects[container];
}

static void on_page(void *context, size_t model, const struct mem_op *op, uint32_t page,
		    const struct watched_page *view)
{
	struct predicted *predicted = context;
	uint32_t changed[2];
	size_t nr;

	if (model)
		return;
	if (page == op->page && course_is_work(op)) {
		struct stairs *work = &subject_of(predicted, op->container)->course.work;

		stairs_set(work, op->time_ns, work->now + 1);
	}
	nr = tally_page(&predicted->tally, page, view, changed);
	for (size_t i = 0; i < nr; i++)
		stairs_set(&subject_of(predicted, changed[i])->unlimited, op->time_ns,
			   tally_of(&predicted->tally, changed[i])->pages[FIGURE_RSS]);
}

static int64_t or_none(int64_t value)
{
	return value == ROW_NONE ? COURSE_NONE : value;
}

static void keep_outcome(struct predicted *predicted, const struct row *row)
{
	struct course *course = &subject_of(predicted, row->outcome.container)->course;

	course->figures[COURSE_PEAK] = row->outcome.maxheld_pages;
	course->figures[COURSE_FAILURES] = row->outcome.failcnt;
	course->figures[COURSE_SCANNED] = row->outcome.scanned_pages;
	course->figures[COURSE_RECLAIMED] = row->outcome.reclaimed_pages;
	course->figures[COURSE_REFAULTED] = row->outcome.refaulted_pages;
	course->figures[COURSE_SWAPPED_OUT] = row->outcome.swapped_out_pages;
	course->figures[COURSE_KILLS] = row->outcome.oom_kills;
	course->figures[COURSE_REFAULTED_ANON] = row->outcome.refaulted_anon;
	course->figures[COURSE_REFAULTED_FILE] = row->outcome.refaulted_pages - row->outcome.refaulted_anon;
	if (row->outcome.refaulted_assumed != ROW_NONE) {
		course->assumed[COURSE_REFAULTED_ANON] = row->outcome.refaulted_anon_assumed;
		course->assumed[COURSE_REFAULTED_FILE] = row->outcome.refaulted_assumed - row->outcome.refaulted_anon_assumed;
	}
	course->assumed[COURSE_FAILURES] = or_none(row->outcome.failcnt_assumed);
	course->assumed[COURSE_SCANNED] = or_none(row->outcome.scanned_assumed);
	course->assumed[COURSE_RECLAIMED] = or_none(row->outcome.reclaimed_assumed);
	course->assumed[COURSE_REFAULTED] = or_none(row->outcome.refaulted_assumed);
	course->assumed[COURSE_SWAPPED_OUT] = or_none(row->outcome.swapped_out_assumed);
	course->assumed[COURSE_KILLS] = or_none(row->outcome.oom_kills_assumed);
	course->evidence = row->outcome.evidence;
}

/* Columns of outcomes that are figures of a course. */
static const struct { const char *seen, *assumed; } columns[COURSE_NR] = {
	[COURSE_FAILURES] = { "failcnt", "failcnt_assumed" },
	[COURSE_SCANNED] = { "scanned_pages", "scanned_pages_assumed" },
	[COURSE_RECLAIMED] = { "reclaimed_pages", "reclaimed_pages_assumed" },
	[COURSE_REFAULTED] = { "refaulted_pages", "refaulted_pages_assumed" },
	[COURSE_REFAULTED_FILE] = { "refaulted_file_pages", "refaulted_file_pages_assumed" },
	[COURSE_REFAULTED_ANON] = { "refaulted_anon_pages", "refaulted_anon_pages_assumed" },
	[COURSE_SWAPPED_OUT] = { "swapped_out_pages", "swapped_out_pages_assumed" },
	[COURSE_KILLS] = { "oom_kills", "oom_kills_assumed" },
};

static void keep_spread(struct predicted *predicted, const struct row *row)
{
	struct course *course = &subject_of(predicted, row->spread.container)->course;
	const struct course_spread spread = { row->spread.low, row->spread.high };

	for (int figure = 0; figure < COURSE_NR; figure++) {
		if (columns[figure].seen && !strcmp(columns[figure].seen, row->spread.figure))
			course->spread[figure] = spread;
		if (columns[figure].assumed && !strcmp(columns[figure].assumed, row->spread.figure))
			course->spread_assumed[figure] = spread;
	}
}

static enum status keep(struct sink *sink, const struct row *row, struct error *err)
{
	struct predicted *predicted = (struct predicted *)sink;
	struct subject *subject;

	(void)err;
	if (row->kind == ROW_CONTAINER) {
		subject = subject_of(predicted, row->container.container);
		free(subject->name);
		subject->name = xstrdup(row->container.name);
	} else if (row->kind == ROW_LIMIT && row->limit.scenario == predicted->scenario) {
		subject_of(predicted, row->limit.container)->is_limited = true;
	} else if (row->kind == ROW_OUTCOME && row->outcome.scenario == predicted->scenario) {
		keep_outcome(predicted, row);
	} else if (row->kind == ROW_SPREAD && row->spread.scenario == predicted->scenario) {
		keep_spread(predicted, row);
	} else if (row->kind == ROW_USAGE && row->usage.scenario == predicted->scenario) {
		/* A row's time is the end of its step, where the next one begins. */
		stairs_set(&subject_of(predicted, row->usage.container)->course.held, (uint64_t)row->usage.time_ns - 1,
			   row->usage.held_pages);
	} else if (row->kind == ROW_INCIDENT && row->incident.scenario == predicted->scenario &&
		   !strcmp(row->incident.incident, "oom_kill")) {
		subject = subject_of(predicted, row->incident.container);
		if (!subject->killed_ns || row->incident.time_ns < subject->killed_ns)
			subject->killed_ns = row->incident.time_ns;
	}
	return RC_OK;
}

static const struct sink_class predicted_class = { .name = "predicted", .put = keep };

struct predicted *predicted_create(uint32_t scenario, struct op_source *source)
{
	struct predicted *predicted = xcalloc(1, sizeof(*predicted));

	predicted->base.class = &predicted_class;
	predicted->scenario = scenario;
	predicted->source = source;
	predicted->watch = (struct replay_watch){ .context = predicted, .page = on_page };
	return predicted;
}

struct sink *predicted_sink(struct predicted *predicted)
{
	return &predicted->base;
}

const struct replay_watch *predicted_watch(struct predicted *predicted)
{
	return &predicted->watch;
}

void predicted_finish(struct predicted *predicted, struct courses *courses)
{
	for (size_t i = 0; i < predicted->nr; i++) {
		struct subject *subject = predicted->subjects[i];
		struct course *course;
		char *name;

		if (!subject->name || !subject->is_limited)
			continue;
		if (subject->killed_ns)
			subject->course.figures[COURSE_KILLED_AFTER] =
				stairs_at(&subject->unlimited, (uint64_t)subject->killed_ns);
		course = courses_of(courses, subject->name);
		name = course->container;
		*course = subject->course;
		course->container = name;
	}
}

void predicted_destroy(struct predicted *predicted)
{
	if (!predicted)
		return;
	for (size_t i = 0; i < predicted->nr; i++) {
		free(predicted->subjects[i]->name);
		free(predicted->subjects[i]);
	}
	free(predicted->subjects);
	tally_release(&predicted->tally);
	free(predicted);
}
