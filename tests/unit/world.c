// SPDX-License-Identifier: GPL-2.0-or-later
/* Pages, entries and the charge loop, as simple as they can be. */
#include "tests/unit/world.h"

#include "reclaim/oom.h"

#include <string.h>

#define POLICY_OFFSET 8		/* the model's part of a row is before it */

static uint64_t slow_usage(const struct world *world, uint32_t container)
{
	uint64_t usage = 0;

	for (uint32_t i = 0; i < WORLD_PAGES; i++)
		usage += world->pages[i].owner == container;
	return usage;
}

/* D36: the limit that counts. */
static uint64_t ceiling_of(const struct world *world, uint32_t container)
{
	if (!world->limit[container] && rules_posted(&world->config.rules, D36_LIMIT_ZERO))
		return PAGES_UNLIMITED;
	return world->limit[container];
}

static void log_call(struct world *world, char what, uint32_t page)
{
	uint32_t i = world->nr_log++ % WORLD_LOG;

	world->log[i].what = what;
	world->log[i].page = (uint8_t)page;
}

static struct mem_op op_on(const struct world *world, enum op_kind kind, enum op_why why,
			   uint32_t mm, uint32_t page)
{
	return (struct mem_op){
		.kind = (uint8_t)kind,
		.why = (uint8_t)why,
		.mm = mm,
		.page = page,
		.vpn = page,
		.container = world->container_of[mm],
		.mapcount = world->pages[page].nr,
		.page_kind = world->pages[page].kind,
	};
}

/* --- the world as host of the policy --- */

static uint64_t host_usage(void *host, uint32_t container)
{
	return world_held(host, container);
}

static uint64_t host_limit(void *host, uint32_t container)
{
	return ((struct world *)host)->limit[container];
}

static void host_view(void *host, uint32_t page, struct page_view *view)
{
	const struct world_page *p = &((struct world *)host)->pages[page];

	*view = (struct page_view){
		.mapcount = p->nr,
		.zone = p->zone,
		.is_anon = p->kind == PAGE_ANON,
		.is_shmem = p->kind == PAGE_SHMEM,
		.is_locked = p->is_locked,
		.is_dirty = p->is_dirty,
		.in_swap_cache = p->is_clean_in_swap,
	};
}

static struct page_nature host_nature(void *host, uint32_t page)
{
	const struct world_page *p = &((struct world *)host)->pages[page];

	return (struct page_nature){ .zone = p->zone, .is_anon = p->kind == PAGE_ANON, .is_shmem = p->kind == PAGE_SHMEM };
}

static uint32_t host_test_and_clear_young(void *host, uint32_t page)
{
	struct world *world = host;
	struct world_page *p = &world->pages[page];
	uint32_t nr = 0;

	for (uint32_t i = 0; i < p->nr; i++) {
		nr += p->is_young[i];
		p->is_young[i] = false;
	}
	world->is_young_lost |= nr > 0;
	if (nr)
		log_call(world, 'y', page);
	return nr;
}

static bool host_add_to_swap(void *host, uint32_t page)
{
	struct world *world = host;
	uint64_t used = 0;

	log_call(world, 's', page);
	for (uint32_t i = 0; i < WORLD_PAGES; i++)
		used += world->pages[i].has_slot;
	if (!world->pages[page].has_slot && used >= world->config.machine.swap_pages)
		return false;
	world->pages[page].has_slot = true;
	return true;
}

static void remove_entry(struct world *world, uint32_t page, uint32_t i, enum op_why why)
{
	struct world_page *p = &world->pages[page];
	struct mem_op op = op_on(world, OP_UNMAP, why, p->mms[i], page);

	world->model->class->commit(world->model, &op);
	p->nr--;
	memmove(&p->mms[i], &p->mms[i + 1], (p->nr - i) * sizeof(p->mms[0]));
	memmove(&p->is_young[i], &p->is_young[i + 1], (p->nr - i) * sizeof(p->is_young[0]));
	if (p->nr)
		return;
	p->owner = -1;
	world->policy->class->uncharged(world->policy, page);
}

static bool host_unmap(void *host, uint32_t page)
{
	struct world *world = host;
	struct world_page *p = &world->pages[page];

	log_call(world, p->is_locked ? 'm' : 'u', page);
	if (p->is_locked)
		return false;
	while (p->nr) {
		if (p->is_young[0])
			world->broken = "an entry was unmapped that was used since it was asked";
		remove_entry(world, page, 0, WHY_RECLAIM);
	}
	return true;
}

static void host_wrote(void *host, uint32_t page)
{
	struct world *world = host;

	log_call(world, 'w', page);
	world->pages[page].is_dirty = false;
}

static void host_freed(void *host, uint32_t page)
{
	log_call(host, 'f', page);
}

/* --- life --- */

void world_init(struct world *world, const struct world_config *config)
{
	struct model_config model = { &world->records, 0, config->rules };
	struct policy_config policy = {
		.pages = &world->records,
		.offset = POLICY_OFFSET,
		.machine = &world->config.machine,
		.host = &world->host,
		.rules = config->rules,
	};

	memset(world, 0, sizeof(*world));
	world->config = *config;
	if (!world->config.policy)
		world->config.policy = policy_by_name("reclaim07");
	records_init(&world->records, POLICY_OFFSET + world->config.policy->page_bytes);
	records_reserve(&world->records, WORLD_PAGES - 1);
	world->host = (struct reclaim_host){
		world, host_usage, host_limit, host_view, host_nature, host_test_and_clear_young,
		host_add_to_swap, host_unmap, host_wrote, host_freed,
	};
	world->model = model_by_name("rss")->create(&model);
	world->policy = world->config.policy->create(&policy);
	for (uint32_t i = 0; i < WORLD_PAGES; i++)
		world->pages[i].owner = -1;
	for (uint32_t i = 0; i < WORLD_CONTAINERS; i++)
		world->limit[i] = world->tolerated[i] = PAGES_UNLIMITED;
}

void world_release(struct world *world)
{
	world->model->class->destroy(world->model);
	world->policy->class->destroy(world->policy);
	records_release(&world->records);
}

void world_page_new(struct world *world, uint32_t page, enum page_kind kind, uint32_t zone)
{
	struct mem_op op = { .kind = OP_PAGE_GONE, .page = page };

	world->model->class->commit(world->model, &op);
	record_clear(&world->records, page);
	world->pages[page] = (struct world_page){ .owner = -1, .kind = (uint8_t)kind, .zone = zone };
}

void world_mm_new(struct world *world, uint32_t mm, uint32_t container)
{
	world->container_of[mm] = container;
	world->is_alive[mm] = true;
}

void world_limit(struct world *world, uint32_t container, uint64_t limit)
{
	uint64_t held = slow_usage(world, container);

	world->model->class->set_limit(world->model, 0, container, PAGES_UNLIMITED, limit);
	world->limit[container] = limit;
	limit = ceiling_of(world, container);
	world->tolerated[container] = held > limit ? held : limit;
}

/* --- the charge loop --- */

void world_reclaim(struct world *world, uint32_t container)
{
	uint64_t before[WORLD_CONTAINERS];
	struct reclaim_result *result = &world->result;

	for (uint32_t i = 0; i < WORLD_CONTAINERS; i++)
		before[i] = slow_usage(world, i);
	world->is_young_lost = false;
	world->nr_calls++;
	world->policy->class->reclaim(world->policy, container, result);
	for (uint32_t i = 0; i < WORLD_CONTAINERS; i++) {
		uint64_t fell = before[i] - slow_usage(world, i);

		if (fell != (i == container ? result->unmapped : 0))
			world->broken = "V1: reclaim changed another usage than it says";
	}
	if (result->freed > result->unmapped)
		world->broken = "V2: more freed than uncharged";
	if (result->freed + result->writes > result->unmapped)
		world->broken = "V2: more freed and written than uncharged";
	if (result->naps > 10)
		world->broken = "V4: more than ten naps";
	if ((result->priority >= 0) != (result->freed > 0))
		world->broken = "the loop stops when and only when something was freed";
	if (result->foreign_looks > result->looks || result->looks > result->steps)
		world->broken = "looks exceed steps";
	if (!result->progress && (world->is_young_lost || result->unmapped))
		world->broken = "progress was not seen";
}

/* Kills the victim; false when current cannot go on. */
static bool out_of_memory(struct world *world, uint32_t container, uint32_t current_mm)
{
	struct oom_candidate candidates[WORLD_MMS];
	int64_t victim;
	size_t nr = 0;

	for (uint32_t mm = 0; mm < WORLD_MMS; mm++) {
		uint64_t total_vm = 0;

		if (!world->is_alive[mm])
			continue;
		for (uint32_t page = 0; page < WORLD_PAGES; page++)
			total_vm += world_maps(world, mm, page);
		candidates[nr++] = (struct oom_candidate){
			.total_vm = total_vm, .mm = mm + 1, .pid = mm + 1,
			.container = world->container_of[mm],
		};
	}
	victim = oom_select(candidates, nr, container, rules_posted(&world->config.rules, D38_OOM_OUTSIDER));
	if (victim < 0)
		return false;
	world->nr_kills++;
	world_exit(world, candidates[victim].mm - 1);
	return candidates[victim].mm - 1 != current_mm;
}

static enum world_end charge(struct world *world, const struct mem_op *op)
{
	const struct model_class *class = world->model->class;
	uint32_t rounds = 0, nr_stuck = 0;
	struct refusal refusal;

	while (class->prepare(world->model, op, &refusal) == VERDICT_REFUSED) {
		uint64_t held = world_held(world, refusal.container);
		bool is_room, is_stuck;

		world_reclaim(world, refusal.container);
		if (world->result.success)
			class->reclaimed(world->model, refusal.container);
		is_room = world_held(world, refusal.container) < world->limit[refusal.container];
		is_stuck = !world->result.progress && held == world_held(world, refusal.container);
		nr_stuck = is_stuck ? nr_stuck + 1 : 0;
		if (rules_posted(&world->config.rules, D9_ENDLESS_RETRY) && world->result.success &&
		    nr_stuck >= RECLAIM_LIVELOCK_CALLS) {
			world->nr_livelocks++;
			return FAULT_LIVELOCK;
		}
		if (reclaim_retry(&world->config.rules, &world->result, is_room, is_room ? rounds : rounds++))
			continue;
		if (!out_of_memory(world, refusal.container, op->mm))
			return FAULT_OOM;
		rounds = 0;
	}
	return FAULT_DONE;
}

/* --- operations --- */

static void add_entry(struct world *world, uint32_t mm, uint32_t page, bool is_young)
{
	struct world_page *p = &world->pages[page];

	p->mms[p->nr] = mm;
	p->is_young[p->nr++] = is_young;
}

/* After the commit of op: the slow books, the entry, the policy. */
static void mapped(struct world *world, const struct mem_op *op, bool is_young)
{
	struct world_page *p = &world->pages[op->page];

	add_entry(world, op->mm, op->page, is_young);
	if (op->mapcount)
		return;
	p->owner = op->container;
	world->policy->class->charged(world->policy, op->page, op->container);
}

enum world_end world_map(struct world *world, uint32_t mm, uint32_t page, enum op_why why,
			 bool is_write)
{
	struct world_page *p = &world->pages[page];
	struct mem_op op = op_on(world, OP_MAP, why, mm, page);
	enum world_end end;

	if (why == WHY_FILE)
		world->policy->class->accessed(world->policy, page);
	end = charge(world, &op);
	if (end)
		return end;
	/* Reclaim or a kill may have unmapped the others meanwhile. */
	op.mapcount = p->nr;
	if (why == WHY_SWAP_IN)
		world->policy->class->accessed(world->policy, page);
	world->model->class->commit(world->model, &op);
	mapped(world, &op, why != WHY_MIGRATE && why != WHY_AROUND);
	if (p->kind == PAGE_ANON) {
		p->is_clean_in_swap = p->has_slot && !is_write;
		p->has_slot = p->is_clean_in_swap;
	} else {
		p->is_dirty |= is_write || p->has_slot;
		p->has_slot = false;
	}
	return FAULT_DONE;
}

enum world_end world_copy(struct world *world, uint32_t mm, uint32_t old, uint32_t copy)
{
	struct mem_op op;
	enum world_end end;

	world_page_new(world, copy, PAGE_ANON, world->pages[old].zone);
	op = op_on(world, OP_MAP, WHY_COPY, mm, copy);
	end = charge(world, &op);
	if (end)
		return end;
	/* The old entry may have been reclaimed: then the fault starts anew, the reservation goes. */
	if (!world_maps(world, mm, old)) {
		world->model->class->cancel(world->model, &op);
		return FAULT_DONE;
	}
	world_unmap(world, mm, old, WHY_COPY);
	world->model->class->commit(world->model, &op);
	mapped(world, &op, true);
	return FAULT_DONE;
}

enum world_end world_swap_bad(struct world *world, uint32_t mm, uint32_t page)
{
	struct mem_op op = op_on(world, OP_MAP, WHY_SWAP_BAD, mm, page);
	enum world_end end = charge(world, &op);

	if (!end)
		world->model->class->cancel(world->model, &op);
	return end;
}

void world_unmap(struct world *world, uint32_t mm, uint32_t page, enum op_why why)
{
	struct world_page *p = &world->pages[page];

	for (uint32_t i = 0; i < p->nr; i++) {
		if (p->mms[i] != mm)
			continue;
		if (p->is_young[i] && p->kind != PAGE_ANON && why != WHY_COPY)
			world->policy->class->zapped_young(world->policy, page);
		remove_entry(world, page, i, why);
		return;
	}
}

static void remap(struct world *world, uint32_t page)
{
	uint32_t mms[WORLD_MMS], nr = world->pages[page].nr;

	memcpy(mms, world->pages[page].mms, sizeof(mms));
	for (uint32_t i = 0; i < nr; i++)
		world_unmap(world, mms[i], page, WHY_MIGRATE);
	for (uint32_t i = nr; i--;)
		if (world->is_alive[mms[i]])
			world_map(world, mms[i], page, WHY_MIGRATE, false);
}

void world_migrate(struct world *world, uint32_t page)
{
	struct world_page *p = &world->pages[page];
	struct mem_op op;

	if (!p->nr)
		return;
	if (rules_posted(&world->config.rules, D5_MIGRATE_PREPARE)) {
		remap(world, page);
		return;
	}
	op = op_on(world, OP_UNMAP, WHY_MIGRATE, p->mms[0], page);
	if (charge(world, &op))
		return;
	if (!p->nr) {	/* to make room it went itself */
		world->model->class->cancel(world->model, &op);
		return;
	}
	if (world_held(world, (uint32_t)p->owner) != slow_usage(world, (uint32_t)p->owner) + 1)
		world->broken = "a copy was not charged to the owner";
	world->model->class->commit(world->model, &op);
	memset(p->is_young, 0, sizeof(p->is_young));
	world->policy->class->uncharged(world->policy, page);
	world->policy->class->charged(world->policy, page, (uint32_t)p->owner);
}

void world_fork(struct world *world, uint32_t parent, uint32_t child)
{
	struct refusal refusal;

	world_mm_new(world, child, world->container_of[parent]);
	for (uint32_t page = 0; page < WORLD_PAGES; page++) {
		struct mem_op op = op_on(world, OP_MAP, WHY_FORK, child, page);

		if (!world_maps(world, parent, page))
			continue;
		if (world->model->class->prepare(world->model, &op, &refusal))
			world->broken = "fork was refused";
		world->model->class->commit(world->model, &op);
		add_entry(world, child, page, false);
	}
}

void world_exit(struct world *world, uint32_t mm)
{
	for (uint32_t page = 0; page < WORLD_PAGES; page++)
		world_unmap(world, mm, page, WHY_EXIT);
	world->is_alive[mm] = false;
}

void world_use(struct world *world, uint32_t page, bool is_write)
{
	struct world_page *p = &world->pages[page];

	for (uint32_t i = 0; i < p->nr; i++)
		p->is_young[i] = true;
	if (!is_write || !p->nr)
		return;
	if (p->kind != PAGE_ANON)
		p->is_dirty = true;
	else
		p->has_slot = p->is_clean_in_swap = false;
}

void world_make_old(struct world *world, uint32_t page)
{
	memset(world->pages[page].is_young, 0, sizeof(world->pages[page].is_young));
}

/* --- what there is --- */

bool world_maps(const struct world *world, uint32_t mm, uint32_t page)
{
	const struct world_page *p = &world->pages[page];

	for (uint32_t i = 0; i < p->nr; i++) {
		if (p->mms[i] == mm)
			return true;
	}
	return false;
}

const struct model_counters *world_counters(const struct world *world, uint32_t container)
{
	return world->model->class->counters(world->model, 0, container);
}

uint64_t world_held(const struct world *world, uint32_t container)
{
	return world_counters(world, container)->held;
}

static const char *check_page(const struct world *world, uint32_t page)
{
	const struct world_page *p = &world->pages[page];
	int64_t payer = world->model->class->payer(world->model, page);

	if (payer != p->owner)
		return "R3: the payer is not the first toucher";
	if ((payer >= 0) != (p->nr > 0))
		return "R2: charged and mapped are not the same";
	return NULL;
}

static const char *check_container(struct world *world, uint32_t container)
{
	const struct model_counters *counters = world_counters(world, container);
	uint64_t usage = slow_usage(world, container), ceiling = ceiling_of(world, container);

	if (counters->held != usage)
		return "R1: usage is not the number of pages owned";
	if (usage > world->tolerated[container])
		return "R5: usage rose above the limit";
	if (counters->reclaims > counters->failcnt)
		return "R7: more reclaims than refusals";
	if (usage < world->tolerated[container])
		world->tolerated[container] = usage > ceiling ? usage : ceiling;
	return world->policy->class->check(world->policy, container, usage);
}

const char *world_check(struct world *world)
{
	const char *broken = world->broken;

	if (!broken)
		broken = world->model->class->check(world->model, WORLD_PAGES);
	for (uint32_t i = 0; i < WORLD_PAGES && !broken; i++)
		broken = check_page(world, i);
	for (uint32_t i = 0; i < WORLD_CONTAINERS && !broken; i++)
		broken = check_container(world, i);
	return broken;
}
