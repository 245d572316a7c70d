// SPDX-License-Identifier: GPL-2.0-or-later
/* Figures of a recorded run. */
#include "verify/measured.h"

#include "base/xalloc.h"
#include "verify/kernel_counters.h"
#include "verify/tally.h"

#include <stdlib.h>

/* A container of the recording. */
struct subject {
	struct stairs held, anon, work;
	uint64_t swapped_in, swapped_out, reclaimed, kills, first_kill_ns;
};

struct measured {
	struct op_source *source;
	struct replay_watch watch;
	const struct kernel_items *items;
	struct kernel_counters counters;
	struct tally tally;
	struct subject **subjects;
	size_t nr, capacity;
	struct map64 container_by_tid;	/* + 1; of tasks that did something */
};

static struct subject *subject_of(struct measured *measured, uint32_t container)
{
	const struct trace_info *info = measured->source->class->info(measured->source);

	while (measured->nr <= container) {
		struct subject *subject = xcalloc(1, sizeof(*subject));

		stairs_init(&subject->held, info->begin_ns, info->end_ns);
		stairs_init(&subject->anon, info->begin_ns, info->end_ns);
		stairs_init(&subject->work, info->begin_ns, info->end_ns);
		xgrow(&measured->subjects, measured->nr, &measured->capacity, sizeof(struct subject *));
		measured->subjects[measured->nr++] = subject;
	}
	return measured->subjects[container];
}

/* No event of reclaim or of a kill names the group: it is that of the task; the host's if nothing is known of it. */
static struct subject *subject_of_task(struct measured *measured, uint32_t tid)
{
	uint32_t number = map64_get(&measured->container_by_tid, tid);

	return subject_of(measured, number ? number - 1 : 0);
}

static void note_kill(struct subject *subject, uint64_t now_ns)
{
	if (!subject->kills++)
		subject->first_kill_ns = now_ns;
}

static void on_counter(void *context, const struct mm_event *event)
{
	struct measured *measured = context;

	if (event->kind == MM_RECLAIM_END && event->reclaim.cause == MM_RECLAIM_MEMCG)
		subject_of_task(measured, event->tid)->reclaimed += event->reclaim.nr_reclaimed;
	else if (event->kind == MM_OOM_VICTIM)
		note_kill(subject_of_task(measured, event->victim.pid), event->time_ns);
	else if (event->kind == MM_MEMCG_STATE || event->kind == MM_MEMCG_COUNT)
		kernel_counters_event(&measured->counters, event);
}

/* Swap, as rss_stat has it: entries of the facts that come and go by it. */
static void count_swap(struct subject *subject, const struct mem_op *op)
{
	if (op->kind == OP_MAP && op->why == WHY_SWAP_IN)
		subject->swapped_in++;
	if (op->kind == OP_UNMAP && op->why == WHY_RECLAIM && op->page_kind == PAGE_ANON)
		subject->swapped_out++;
}

static void on_page(void *context, size_t model, const struct mem_op *op, uint32_t page,
		    const struct watched_page *view)
{
	struct measured *measured = context;
	uint32_t changed[2];
	size_t nr;

	(void)model;
	if (op->tid && op->mm)
		map64_set(&measured->container_by_tid, op->tid, op->container + 1);
	if (page == op->page) {
		struct subject *subject = subject_of(measured, op->container);

		count_swap(subject, op);
		if (course_is_work(op))
			stairs_set(&subject->work, op->time_ns, subject->work.now + 1);
	}
	nr = tally_page(&measured->tally, page, view, changed);
	for (size_t i = 0; i < nr; i++) {
		const struct tally_container *held = tally_of(&measured->tally, changed[i]);
		struct subject *subject = subject_of(measured, changed[i]);

		stairs_set(&subject->anon, op->time_ns, held->pages[FIGURE_RSS]);
		stairs_set(&subject->held, op->time_ns, held->pages[FIGURE_RSS] + held->pages[FIGURE_CACHE]);
	}
}

struct measured *measured_create(struct op_source *source)
{
	struct measured *measured = xcalloc(1, sizeof(*measured));

	measured->source = source;
	measured->watch = (struct replay_watch){ .context = measured, .page = on_page, .counter = on_counter };
	measured->items = kernel_items_of(source->class->info(source)->uname);
	return measured;
}

const struct replay_watch *measured_watch(struct measured *measured)
{
	return &measured->watch;
}

static void set(struct course *course, enum course_figure figure, int64_t value, const char *source)
{
	if (course->figures[figure] != COURSE_NONE)
		return;
	course->figures[figure] = value;
	course->sources[figure] = source;
}

/* Faults of the kernel's counter that only one number of zones explains tell where scan and steal stand. */
static uint32_t zones_of(const struct measured *measured, const struct kernel_group *group)
{
	const struct trace_counts *counts = measured->source->class->counts(measured->source);
	uint64_t faults = counts->kinds[MM_FAULT];
	uint32_t nr_zones = vm_zones_guess(group, measured->items, faults);

	return measured->items->nr_reclaimers ? nr_zones : 0;
}

static void add_events(const struct measured *measured, const struct kernel_group *group, struct course *course)
{
	static const char source[] = "memcg events";
	const struct kernel_items *items = measured->items;
	int64_t anon = group->state[items->refault_anon].now, file = group->state[items->refault_file].now;
	uint32_t nr_zones = zones_of(measured, group);

	set(course, COURSE_REFAULTED, anon + file, source);
	set(course, COURSE_REFAULTED_FILE, file, source);
	set(course, COURSE_REFAULTED_ANON, anon, source);
	set(course, COURSE_SWAPPED_OUT, (int64_t)kernel_group_events(group, items, VM_SWAP_OUT, 1), source);
	if (!nr_zones)
		return;
	set(course, COURSE_SCANNED, (int64_t)kernel_group_events(group, items, VM_SCAN, nr_zones), source);
	set(course, COURSE_RECLAIMED, (int64_t)kernel_group_events(group, items, VM_STEAL, nr_zones), source);
}

static void add_facts(const struct measured *measured, const struct subject *subject, struct course *course)
{
	mm_kinds kinds = measured->source->class->info(measured->source)->kinds;

	course->held = subject->held;
	course->anon = subject->anon;
	course->work = subject->work;
	set(course, COURSE_REFAULTED_ANON, (int64_t)subject->swapped_in, "rss_stat");
	set(course, COURSE_SWAPPED_OUT, (int64_t)subject->swapped_out, "rss_stat");
	if (kinds & MM_KIND_BIT(MM_RECLAIM_END))
		set(course, COURSE_RECLAIMED, (int64_t)subject->reclaimed, "vmscan events");
	if (kinds & MM_KIND_BIT(MM_OOM_VICTIM))
		set(course, COURSE_KILLS, (int64_t)subject->kills, "oom events");
	if (subject->kills)
		set(course, COURSE_KILLED_AFTER, stairs_at(&subject->anon, subject->first_kill_ns) +
		    (int64_t)(subject->swapped_out - subject->swapped_in), "oom events");
}

void measured_finish(struct measured *measured, struct courses *courses)
{
	const struct containers *containers = measured->source->class->containers(measured->source);

	for (uint32_t i = 1; i < containers->nr; i++) {
		const struct kernel_group *group = kernel_counters_of(&measured->counters, containers->all[i].cgroup_id);
		struct course *course = courses_of(courses, containers->all[i].name);

		if (group)
			add_events(measured, group, course);
		add_facts(measured, subject_of(measured, i), course);
	}
}

void measured_samples(const struct truth *truth, struct courses *courses)
{
	static const struct { enum truth_value value; enum course_figure figure; } taken[] = {
		{ TRUTH_PEAK, COURSE_PEAK }, { TRUTH_FAILCNT, COURSE_FAILURES }, { TRUTH_SCANNED, COURSE_SCANNED },
		{ TRUTH_STOLEN, COURSE_RECLAIMED }, { TRUTH_REFAULT_FILE, COURSE_REFAULTED_FILE },
		{ TRUTH_REFAULT_ANON, COURSE_REFAULTED_ANON }, { TRUTH_KILLS, COURSE_KILLS },
	};

	/* Counts only grow: the last sample that has one says all of it. */
	for (size_t i = truth->nr; i > 0; i--) {
		const struct truth_sample *sample = &truth->samples[i - 1];
		struct course *course = courses_of(courses, truth->names[sample->name]);
		const int64_t *values = sample->values;

		for (size_t t = 0; t < sizeof(taken) / sizeof(*taken); t++)
			if (values[taken[t].value] != TRUTH_NONE)
				set(course, taken[t].figure, values[taken[t].value], "samples");
		if (values[TRUTH_REFAULT_FILE] != TRUTH_NONE && values[TRUTH_REFAULT_ANON] != TRUTH_NONE)
			set(course, COURSE_REFAULTED, values[TRUTH_REFAULT_FILE] + values[TRUTH_REFAULT_ANON], "samples");
	}
}

void measured_destroy(struct measured *measured)
{
	if (!measured)
		return;
	for (size_t i = 0; i < measured->nr; i++)
		free(measured->subjects[i]);
	free(measured->subjects);
	map64_release(&measured->container_by_tid);
	tally_release(&measured->tally);
	kernel_counters_release(&measured->counters);
	free(measured);
}
