// SPDX-License-Identifier: GPL-2.0-or-later
/* Events to facts to some of the worlds, in a thread. */
#include "replay/helper.h"

#include "base/xalloc.h"

#include <pthread.h>
#include <stdlib.h>

struct helper {
	struct op_source *source;
	struct worlds *worlds;
	struct hierarchy hierarchy;
	const struct replay_options *options;
	size_t nr_containers;
	uint32_t nr_rows;
	bool is_armed;
	uint64_t end_ns;
	pthread_t thread;
};

static void tell_containers(struct helper *helper)
{
	const struct containers *containers = helper->source->class->containers(helper->source);

	helper->nr_containers = containers->nr;
	hierarchy_update(&helper->hierarchy, containers);
	worlds_containers(helper->worlds, containers);
}

static void on_soon(void *context, uint32_t page)
{
	const struct helper *helper = context;

	worlds_soon(helper->worlds, page);
}

static void on_op(void *context, struct mem_op *op)
{
	struct helper *helper = context;
	const struct facts *facts = helper->source->class->facts(helper->source);
	uint32_t nr_rows = op->kind == OP_FORCE_EMPTY ? facts->class->nr_pages(facts) : op->page + 1;

	if (helper->source->class->containers(helper->source)->nr != helper->nr_containers)
		tell_containers(helper);
	if (nr_rows > helper->nr_rows) {
		helper->nr_rows = nr_rows;
		worlds_reserve(helper->worlds, nr_rows);
	}
	worlds_op(helper->worlds, op);
	if (op->kind == OP_PAGE_GONE)
		worlds_forget(helper->worlds, op->page);
}

static enum status on_advance(void *context, uint64_t now_ns)
{
	struct helper *helper = context;

	if (now_ns > helper->options->end_ns)
		return RC_END;
	if (!helper->is_armed && now_ns >= helper->options->begin_ns) {
		helper->is_armed = true;
		worlds_arm(helper->worlds);
	}
	helper->end_ns = now_ns;
	return RC_OK;
}

static void on_process(void *context, const struct process_record *process)
{
	(void)context, (void)process;
}

static void on_loss(void *context, const struct loss_record *loss)
{
	(void)context, (void)loss;
}

static void *run(void *context)
{
	struct helper *helper = context;
	struct error ignored;	/* an open recording does not fail */

	helper->source->class->run(helper->source, &ignored);
	helper->source->class->leave(helper->source);
	tell_containers(helper);
	worlds_end(helper->worlds, helper->end_ns);
	return NULL;
}

struct helper *helper_start(struct op_source *source, const struct worlds_config *config)
{
	struct helper *helper = xcalloc(1, sizeof(*helper));
	struct worlds_config own = *config;
	struct error ignored;

	helper->source = source;
	helper->options = config->options;
	source->class->start(source, &(struct op_listener){
		.context = helper, .rules = config->options->rules, .nr_rules = config->options->nr_rules,
		.op = on_op, .soon = on_soon, .process = on_process, .loss = on_loss, .advance = on_advance }, &ignored);
	own.facts = source->class->facts(source);
	own.hierarchy = &helper->hierarchy;
	helper->worlds = worlds_create(&own);
	if (!config->options->begin_ns) {
		helper->is_armed = true;
		worlds_arm(helper->worlds);
	}
	if (!pthread_create(&helper->thread, NULL, run, helper))
		return helper;
	helper_destroy(helper);
	return NULL;
}

struct worlds *helper_join(struct helper *helper)
{
	pthread_join(helper->thread, NULL);
	return helper->worlds;
}

void helper_destroy(struct helper *helper)
{
	if (!helper)
		return;
	worlds_destroy(helper->worlds);
	op_source_close(helper->source);
	hierarchy_release(&helper->hierarchy);
	free(helper);
}
