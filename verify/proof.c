// SPDX-License-Identifier: GPL-2.0-or-later
/* Replayed and counted, brought together as both go on. */
#include "verify/proof.h"

#include "base/xalloc.h"
#include "verify/kernel_counters.h"

#include <stdlib.h>
#include <string.h>

#define CHARGE_BATCH 64			/* pages: the kernel's MEMCG_CHARGE_BATCH, of one CPU */

/* A container of the replay, under one model. */
struct subject {
	struct gauge events[FIGURE_NR], counters[FIGURE_NR];
	bool is_older[FIGURE_NR];	/* it held something before anything was seen of it */
};

/* A container of the samples, under one model. */
struct sampled {
	struct gauge gauges[FIGURE_NR];
	struct samples samples[FIGURE_NR];
};

/* A name of the samples. */
struct sampled_name {
	int64_t container;	/* -1: none yet */
	size_t nr_seen;		/* containers that were looked at */
};

struct proof_model {
	const struct model_class *class;
	struct tally tally;
	struct subject *subjects;	/* by container */
	size_t nr_subjects, subjects_capacity;
	struct sampled *sampled;	/* by name of the samples */
};

struct proof {
	struct proof_config config;
	struct replay_watch watch;
	const struct kernel_items *items;
	struct kernel_counters counters;
	struct gauge *listed;		/* by container: the kernel's lists beside its counters */
	size_t nr_listed, listed_capacity;
	struct map64 container_by_id;
	struct sampled_name *names;	/* of truth */
	size_t nr_known;		/* containers that are in it */
	struct proof_model *models;
	size_t nr_models, next_sample;
	uint64_t now_ns;
	struct proof_row *rows;
	size_t nr_rows, rows_capacity;
};

const char *grade_name(enum grade grade)
{
	static const char *const names[] = {
		[GRADE_EXACT] = "exact", [GRADE_WITHIN] = "within", [GRADE_LATE] = "late", [GRADE_PAST] = "past",
		[GRADE_NONE] = "not compared",
	};

	return names[grade];
}

const char *against_name(enum proof_against against)
{
	static const char *const names[] = { [AGAINST_EVENTS] = "events", [AGAINST_COUNTERS] = "counters",
		[AGAINST_SAMPLES] = "samples" };

	return names[against];
}

static const struct containers *containers_of(const struct proof *proof)
{
	return proof->config.source->class->containers(proof->config.source);
}

static struct subject *subject_of(struct proof_model *model, uint32_t container)
{
	while (model->nr_subjects <= container) {
		xgrow(&model->subjects, model->nr_subjects, &model->subjects_capacity, sizeof(*model->subjects));
		model->subjects[model->nr_subjects++] = (struct subject){ 0 };
	}
	return &model->subjects[container];
}

static struct gauge *listed_of(struct proof *proof, uint32_t container)
{
	while (proof->nr_listed <= container) {
		xgrow(&proof->listed, proof->nr_listed, &proof->listed_capacity, sizeof(*proof->listed));
		proof->listed[proof->nr_listed++] = (struct gauge){ 0 };
	}
	return &proof->listed[container];
}

static void move_to(struct proof *proof, uint64_t now_ns)
{
	if (now_ns > proof->now_ns)
		proof->now_ns = now_ns;
}

/* --- against events --- */

static int64_t counted(const struct proof *proof, const struct kernel_group *group, enum figure figure)
{
	const uint32_t numbers[FIGURE_NR] = {
		[FIGURE_RSS] = proof->items->anon_mapped, [FIGURE_CACHE] = proof->items->file_pages,
		[FIGURE_MAPPED] = proof->items->file_mapped,
	};

	return group->state[numbers[figure]].now;
}

/* since_ns: when it began to be so. Pages of files are counted as unmapped together, when the TLB is flushed. */
static void set_events(struct proof *proof, struct proof_model *model, uint32_t container,
		       const struct kernel_group *group, uint64_t since_ns)
{
	const struct tally_container *tallied = tally_of(&model->tally, container);
	struct subject *subject = subject_of(model, container);

	for (enum figure figure = 0; figure < FIGURE_NR; figure++)
		gauge_ramp(&subject->events[figure], figure == FIGURE_RSS ? since_ns : proof->now_ns, proof->now_ns,
			   tallied->pages[figure], counted(proof, group, figure));
}

/* -1: a group that is no container of the recording, or not yet. */
static int64_t container_of_group(struct proof *proof, uint64_t id)
{
	const struct containers *containers = containers_of(proof);

	for (; proof->nr_known < containers->nr; proof->nr_known++)
		if (proof->nr_known && containers->all[proof->nr_known].cgroup_id)
			map64_set(&proof->container_by_id, containers->all[proof->nr_known].cgroup_id,
				  (uint32_t)proof->nr_known + 1);
	return (int64_t)map64_get(&proof->container_by_id, id) - 1;
}

/* One counter as the recorder read it: one figure of every model. */
static void take_counter(struct proof *proof, const struct mm_event *event)
{
	const struct op_source_class *class = proof->config.source->class;
	int64_t container = container_of_group(proof, event->counter.cgroup_id), pages = (int64_t)event->counter.value;
	bool is_bytes;
	enum truth_value value = truth_value_of(class->string(proof->config.source, event->counter.name), &is_bytes);

	if (container < 0 || value > TRUTH_MAPPED || pages < 0)
		return;
	pages /= class->info(proof->config.source)->page_size;
	for (size_t i = 0; i < proof->nr_models; i++) {
		struct subject *subject = subject_of(&proof->models[i], (uint32_t)container);
		int64_t tallied = tally_of(&proof->models[i].tally, (uint32_t)container)->pages[value];

		subject->is_older[value] |= !subject->counters[value].is_set &&
				     pages - tallied > (int64_t)class->info(proof->config.source)->nr_cpus * CHARGE_BATCH;
		gauge_set(&subject->counters[value], proof->now_ns, tallied, pages);
	}
}

static void on_counter(void *context, const struct mm_event *event)
{
	struct proof *proof = context;
	const struct kernel_group *group;
	int64_t container;

	move_to(proof, event->time_ns);
	if (event->kind == MM_COUNTER)
		take_counter(proof, event);
	if (event->kind != MM_MEMCG_STATE)
		return;
	group = kernel_counters_event(&proof->counters, event);
	container = container_of_group(proof, group->id);
	if (container < 0)
		return;
	for (size_t i = 0; i < proof->nr_models; i++)
		set_events(proof, &proof->models[i], (uint32_t)container, group, proof->now_ns);
	gauge_set(listed_of(proof, (uint32_t)container), proof->now_ns, kernel_group_listed(group),
		  counted(proof, group, FIGURE_RSS) + counted(proof, group, FIGURE_CACHE));
}

/* --- against samples --- */

/* Containers that are made later may have the name: of those looked at it is none. */
static int64_t container_by_sample(struct proof *proof, uint32_t name)
{
	const struct containers *containers = containers_of(proof);
	struct sampled_name *sampled = &proof->names[name];

	while (sampled->container < 0 && sampled->nr_seen < containers->nr)
		if (!strcmp(containers->all[sampled->nr_seen++].name, proof->config.truth->names[name]))
			sampled->container = (int64_t)sampled->nr_seen - 1;
	return sampled->container;
}

static void set_sampled(struct proof_model *model, int64_t container, const struct truth_sample *sample)
{
	static const struct tally_container nothing = { { 0 } };
	const struct tally_container *tallied = container < 0 ? &nothing : tally_of(&model->tally, (uint32_t)container);
	struct sampled *sampled = &model->sampled[sample->name];

	for (enum figure figure = 0; figure < FIGURE_NR; figure++) {
		if (sample->values[figure] == TRUTH_NONE)
			continue;
		gauge_set(&sampled->gauges[figure], sample->time_ns, tallied->pages[figure], sample->values[figure]);
		samples_take(&sampled->samples[figure], sample->time_ns, tallied->pages[figure], sample->values[figure]);
	}
}

static void set_changed(struct proof *proof, struct proof_model *model, uint32_t container)
{
	const struct truth *truth = proof->config.truth;
	const struct tally_container *tallied = tally_of(&model->tally, container);

	for (uint32_t name = 0; truth && name < truth->nr_names; name++)
		for (enum figure figure = 0; container_by_sample(proof, name) == container && figure < FIGURE_NR; figure++)
			samples_change(&model->sampled[name].samples[figure], proof->now_ns, tallied->pages[figure]);
}

/* Samples taken before the next change are of what holds until then. */
static void take_samples(struct proof *proof, uint64_t before_ns)
{
	const struct truth *truth = proof->config.truth;

	for (; truth && proof->next_sample < truth->nr; proof->next_sample++) {
		const struct truth_sample *sample = &truth->samples[proof->next_sample];
		int64_t container;

		if (sample->time_ns >= before_ns)
			return;
		container = container_by_sample(proof, sample->name);
		for (size_t i = 0; i < proof->nr_models; i++)
			set_sampled(&proof->models[i], container, sample);
	}
}

/* --- the replay --- */

/* Page tables are walked: the counter that tells of it comes at the end of each. */
static bool is_walk(const struct mem_op *op)
{
	return op->kind == OP_UNMAP && (op->why == WHY_ZAP || op->why == WHY_EXIT);
}

static void on_page(void *context, size_t number, const struct mem_op *op, uint32_t page,
		    const struct watched_page *view)
{
	struct proof *proof = context;
	struct proof_model *model = &proof->models[number];
	uint32_t changed[2];
	size_t nr;

	take_samples(proof, op->time_ns);
	move_to(proof, op->time_ns);
	nr = tally_page(&model->tally, page, view, changed);
	for (size_t i = 0; i < nr; i++) {
		const struct containers *containers = containers_of(proof);
		uint64_t id = changed[i] < containers->nr ? containers->all[changed[i]].cgroup_id : 0;
		const struct kernel_group *group = changed[i] ? kernel_counters_of(&proof->counters, id) : NULL;

		if (changed[i])
			set_changed(proof, model, changed[i]);
		if (group)
			set_events(proof, model, changed[i], group, is_walk(op) ? op->since_ns : proof->now_ns);
	}
}

struct proof *proof_create(const struct proof_config *config)
{
	struct proof *proof = xcalloc(1, sizeof(*proof));

	proof->config = *config;
	proof->watch = (struct replay_watch){ .context = proof, .page = on_page, .counter = on_counter };
	proof->items = kernel_items_of(config->source->class->info(config->source)->uname);
	while (config->models[proof->nr_models])
		proof->nr_models++;
	if (config->truth)
		proof->names = xcalloc(config->truth->nr_names, sizeof(*proof->names));
	for (size_t i = 0; config->truth && i < config->truth->nr_names; i++)
		proof->names[i].container = -1;
	proof->models = xcalloc(proof->nr_models, sizeof(*proof->models));
	for (size_t i = 0; i < proof->nr_models; i++) {
		proof->models[i].class = config->models[i];
		if (config->truth)
			proof->models[i].sampled = xcalloc(config->truth->nr_names, sizeof(struct sampled));
	}
	return proof;
}

const struct replay_watch *proof_watch(struct proof *proof)
{
	return &proof->watch;
}

static void release_model(struct proof_model *model, size_t nr_sampled)
{
	for (size_t i = 0; i < model->nr_subjects; i++)
		for (enum figure figure = 0; figure < FIGURE_NR; figure++) {
			gauge_release(&model->subjects[i].events[figure]);
			gauge_release(&model->subjects[i].counters[figure]);
		}
	for (size_t i = 0; i < nr_sampled; i++)
		for (enum figure figure = 0; figure < FIGURE_NR; figure++) {
			gauge_release(&model->sampled[i].gauges[figure]);
			samples_release(&model->sampled[i].samples[figure]);
		}
	tally_release(&model->tally);
	free(model->subjects);
	free(model->sampled);
}

void proof_destroy(struct proof *proof)
{
	if (!proof)
		return;
	for (size_t i = 0; i < proof->nr_models; i++)
		release_model(&proof->models[i], proof->config.truth ? proof->config.truth->nr_names : 0);
	for (size_t i = 0; i < proof->nr_listed; i++)
		gauge_release(&proof->listed[i]);
	free(proof->models);
	free(proof->names);
	free(proof->listed);
	free(proof->rows);
	map64_release(&proof->container_by_id);
	kernel_counters_release(&proof->counters);
	free(proof);
}

/* --- rows --- */

static void add_row(struct proof *proof, const struct proof_row *row)
{
	xgrow(&proof->rows, proof->nr_rows, &proof->rows_capacity, sizeof(*proof->rows));
	proof->rows[proof->nr_rows] = *row;
	proof->rows[proof->nr_rows].figure = figure_name(row->which);
	proof->rows[proof->nr_rows].is_compared = !row->why_not;
	proof->nr_rows++;
}

/* What stands behind every one of the counters is nearly what is on the lists. */
static bool is_plausible(const struct proof *proof, uint32_t container)
{
	const struct gauge *listed = container < proof->nr_listed ? &proof->listed[container] : NULL;
	uint32_t nr_cpus = proof->config.source->class->info(proof->config.source)->nr_cpus;

	return !listed || gauge_error(listed) <= CHARGE_BATCH * nr_cpus || gauge_percent(listed, gauge_error(listed)) <= 10;
}

static const char older[] = "the group is older than the recording: what it began with is not known";

static const char *why_not(const struct proof *proof, uint32_t container, const struct kernel_group *group)
{
	const struct kernel_items *items = proof->items;

	if (group->state[items->anon_mapped].least < 0 || group->state[items->file_pages].least < 0 ||
	    group->state[items->file_mapped].least < 0)
		return older;
	if (!is_plausible(proof, container))
		return "the numbers of the items do not fit this kernel: its counters do not add up to its lists";
	return NULL;
}

static void add_events(struct proof *proof, struct proof_model *model, uint32_t container, uint64_t end_ns)
{
	const struct container *named = &containers_of(proof)->all[container];
	const struct kernel_group *group = kernel_counters_of(&proof->counters, named->cgroup_id);

	if (!group || !container)
		return;
	move_to(proof, end_ns);
	set_events(proof, model, container, group, proof->now_ns);
	for (enum figure figure = 0; figure < FIGURE_NR; figure++) {
		gauge_finish(&subject_of(model, container)->events[figure]);
		add_row(proof, &(struct proof_row){
			.container = named->name, .model = model->class->name, .against = AGAINST_EVENTS,
			.which = figure, .gauge = subject_of(model, container)->events[figure],
			.why_not = why_not(proof, container, group),
		});
	}
}

static void add_counters(struct proof *proof, const struct proof_model *model, uint32_t container)
{
	for (enum figure figure = 0; container && container < model->nr_subjects && figure < FIGURE_NR; figure++) {
		gauge_finish(&model->subjects[container].counters[figure]);
		if (model->subjects[container].counters[figure].is_set)
			add_row(proof, &(struct proof_row){
				.container = containers_of(proof)->all[container].name, .model = model->class->name,
				.against = AGAINST_COUNTERS, .which = figure,
				.gauge = model->subjects[container].counters[figure],
				.why_not = model->subjects[container].is_older[figure] ? older : NULL,
			});
	}
}

static void add_sampled(struct proof *proof, struct proof_model *model, uint32_t name)
{
	bool is_known = container_by_sample(proof, name) >= 0;

	for (enum figure figure = 0; figure < FIGURE_NR; figure++) {
		gauge_finish(&model->sampled[name].gauges[figure]);
		samples_finish(&model->sampled[name].samples[figure]);
		if (model->sampled[name].gauges[figure].is_set)
			add_row(proof, &(struct proof_row){
				.container = proof->config.truth->names[name], .model = model->class->name,
				.against = AGAINST_SAMPLES, .which = figure, .gauge = model->sampled[name].gauges[figure],
				.samples = &model->sampled[name].samples[figure],
				.why_not = is_known ? NULL : "the recording has no container of that name",
			});
	}
}

const struct proof_row *proof_finish(struct proof *proof, uint64_t end_ns, size_t *nr)
{
	const struct truth *truth = proof->config.truth;

	take_samples(proof, end_ns);
	for (size_t i = 0; i < proof->nr_listed; i++)
		gauge_finish(&proof->listed[i]);
	for (uint32_t i = 0; i < containers_of(proof)->nr; i++)
		for (size_t m = 0; m < proof->nr_models; m++)
			add_events(proof, &proof->models[m], i, end_ns);
	for (uint32_t i = 0; i < containers_of(proof)->nr; i++)
		for (size_t m = 0; m < proof->nr_models; m++)
			add_counters(proof, &proof->models[m], i);
	for (uint32_t i = 0; truth && i < truth->nr_names; i++)
		for (size_t m = 0; m < proof->nr_models; m++)
			add_sampled(proof, &proof->models[m], i);
	*nr = proof->nr_rows;
	return proof->rows;
}

/* --- grades --- */

void tolerances_default(struct tolerances *tolerances, uint32_t nr_cpus)
{
	*tolerances = (struct tolerances){
		.inexact = 1, .overall = 0.2,
		.figures = { [FIGURE_RSS] = 0.1, [FIGURE_CACHE] = 0.1, [FIGURE_MAPPED] = 1 },
		.sampled = 1,
		.slack_pages = (int64_t)nr_cpus * CHARGE_BATCH,
	};
}

double proof_tolerance(const struct proof_row *row, const struct tolerances *tolerances)
{
	return row->against == AGAINST_EVENTS ? tolerances->figures[row->which] : tolerances->sampled;
}

static bool is_within(double pages, double of_pages, double percent, double slack)
{
	return pages <= slack || pages * 100 <= of_pages * percent;
}

enum grade proof_grade(const struct proof_row *row, const struct tolerances *tolerances)
{
	const struct gauge *gauge = &row->gauge;
	double percent = proof_tolerance(row, tolerances), mean = gauge_mean(gauge), peak = (double)gauge->counted.peak;
	double slack = row->against == AGAINST_EVENTS ? 0 : (double)tolerances->slack_pages;
	int64_t peak_off = llabs(gauge->replayed.peak - gauge->counted.peak);
	int64_t final_off = llabs(gauge->replayed.now - gauge->counted.now);

	if (!row->is_compared)
		return GRADE_NONE;
	if (!gauge->worst)
		return GRADE_EXACT;
	if (!is_within((double)peak_off, peak, percent, slack) ||
	    (row->against == AGAINST_EVENTS && !is_within((double)final_off, peak, percent, 0)))
		return GRADE_PAST;
	if (is_within(gauge_error(gauge), mean, percent, slack))
		return GRADE_WITHIN;
	return is_within(gauge_lasting(gauge), mean, percent, slack) ? GRADE_LATE : GRADE_PAST;
}

enum grade judge_grade(const struct judge_count *all, double tolerance)
{
	if (!all->checked)
		return GRADE_NONE;
	if (all->checked == all->exact)
		return GRADE_EXACT;
	return is_within((double)(all->checked - all->exact), (double)all->checked, tolerance, 0) ? GRADE_WITHIN : GRADE_PAST;
}

void judge_add(struct judge_count *all, const struct judge *judge)
{
	for (enum judge_class class = 0; class < JUDGE_NR; class++) {
		const struct judge_count *count = &judge->classes[class];

		all->checked += count->checked;
		all->exact += count->exact;
		all->within_1 += count->within_1;
		all->open += count->open;
		all->open_exact += count->open_exact;
		all->outside += count->outside;
		all->sum_abs += count->sum_abs;
		all->worst = count->worst > all->worst ? count->worst : all->worst;
	}
}
