// SPDX-License-Identifier: GPL-2.0-or-later
/* What a policy asks a world and tells it: the host of reclaim/policy.h. */
#include "replay/world_state.h"

#include "base/xalloc.h"

static uint64_t host_usage(void *host, uint32_t container)
{
	return world_held(host, container);
}

static uint64_t host_limit(void *host, uint32_t container)
{
	return world_limit(host, container);
}

static bool is_locked(const struct world *world, uint32_t page)
{
	const struct facts *facts = world->config.facts;

	return facts->has_locked && facts->class->is_locked(facts, page);
}

static uint32_t zone_of(const struct world *world, uint32_t page)
{
	const struct facts *facts = world->config.facts;

	return facts->class->zone ? facts->class->zone(facts, page) : 0;
}

static struct page_nature host_nature(void *host, uint32_t page)
{
	const struct residence *r = world_residence(host, page);

	return (struct page_nature){ .zone = zone_of(host, page), .is_anon = r->kind == PAGE_ANON,
				     .is_shmem = r->kind == PAGE_SHMEM };
}

/* Of a policy of 2007 or 2008. */
static void host_view(void *host, uint32_t page, struct page_view *view)
{
	const struct world *world = host;
	const struct residence *r = world_residence(world, page);
	const struct facts *facts = world->config.facts;

	*view = (struct page_view){
		.mapcount = r->mapcount,
		.zone = zone_of(world, page),
		.is_anon = r->kind == PAGE_ANON,
		.is_shmem = r->kind == PAGE_SHMEM,
		.is_locked = is_locked(world, page),
		.is_dirty = r->kind == PAGE_SHMEM || (r->kind == PAGE_FILE && facts->class->is_dirty(facts, page)),
		.in_swap_cache = r->flags & RES_CLEAN,
		/* Whether another page of the file is mapped is not kept: this one stands for them. */
		.is_file_mapped = r->mapcount && r->kind != PAGE_ANON,
	};
}

/* --- and of one of today --- */

/* What few pages are; apart, so that others cost no registers. */
static __attribute__((noinline)) unsigned look_closely(struct world *world, uint32_t page, unsigned seen)
{
	enum write_state state = world_write_state(world, page);

	if (is_locked(world, page))
		seen |= LOOK_LOCKED;
	return seen | (state == WRITE_DIRTY ? LOOK_DIRTY : state == WRITE_UNDER_WAY ? LOOK_WRITEBACK : 0);
}

static unsigned host_look(void *host, uint32_t page)
{
	struct world *world = host;
	const struct residence *r = world_residence(world, page);
	unsigned seen = (r->kind != PAGE_FILE ? LOOK_ANON : 0) | (r->mapcount ? LOOK_MAPPED : 0) |
			(r->is_reading ? LOOK_READING : 0) | (r->is_exec ? LOOK_EXEC : 0);

	if (r->is_dirtied || world->config.facts->has_locked)
		return look_closely(world, page, seen);
	return seen;
}

static struct arrival host_arrival(void *host, uint32_t page)
{
	const struct world *world = host;
	const struct mem_op *op = world->op;
	return (struct arrival){
		.folio = world->joined,
		.is_anon = world_residence(world, page)->kind != PAGE_FILE,
		.is_fault = op->mm && (op->kind == OP_MAP || op->kind == OP_USE),
		.is_written_to = op->kind == OP_CACHE_ADD && op->is_write && op->page == page,
	};
}

static uint32_t host_test_and_clear_young(void *host, uint32_t page)
{
	struct world *world = host;
	struct residence *r = world_residence(world, page);
	bool is_assumed = world->config.is_assumed && world->config.options->reuse_ns;
	uint32_t nr = is_assumed ? world_assume_young(world, page) : r->nr_young;

	r->nr_young = 0;
	r->cleared_at = world->op->seq;
	return nr;
}

/* What many pages are, in one go; of those that few are: look_closely(). Not where uses are assumed every so often. */
static void host_examine(void *host, const uint32_t *pages, uint32_t nr, uint16_t *seen)
{
	const struct world *world = host;
	const bool has_locked = world->config.facts->has_locked;
	const uint64_t seq = world->op->seq;

	for (uint32_t i = 0; i < nr; i++) {
		struct residence *r = world_residence(world, pages[i]);
		unsigned look;

		if (r->is_dirtied || r->is_reading || (has_locked && is_locked(world, pages[i]))) {
			seen[i] = LOOK_CLOSER;
			continue;
		}
		look = (r->kind != PAGE_FILE ? LOOK_ANON : 0) | (r->is_exec ? LOOK_EXEC : 0);
		if (r->mapcount) {
			look |= LOOK_MAPPED | (r->nr_young < 2 ? r->nr_young : 2) * LOOK_YOUNG;
			r->cleared = seq;
		}
		seen[i] = (uint16_t)look;
	}
}

/* Slots of what the container and those below had swapped out. */
static uint64_t swapped(const struct world *world, uint32_t container)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < world->nr_containers; i++)
		if (hierarchy_is_within(world->config.hierarchy, i, container))
			sum += world->config.model->stat(world->model, i).swap;
	return sum;
}

static uint64_t slots_left(const struct world *world)
{
	return world->config.options->machine.swap_pages - world->swap_used;
}

/* Where some container has a memory.swap.max. */
static __attribute__((noinline)) uint64_t swap_left_within(const struct world *world, uint32_t container)
{
	uint64_t left = slots_left(world);

	for (uint32_t i = container; i; i = hierarchy_parent(world->config.hierarchy, i)) {
		const struct container_outcome *outcome = i < world->nr_containers ? &world->containers[i] : NULL;
		uint64_t used;

		if (!outcome || !outcome->has_swap_max)
			continue;
		used = swapped(world, i);
		if (outcome->swap_max <= used)
			return 0;
		left = left < outcome->swap_max - used ? left : outcome->swap_max - used;
	}
	return left;
}

/* mem_cgroup_get_nr_swap_pages(). */
static uint64_t host_swap_left(void *host, uint32_t container)
{
	const struct world *world = host;

	return world->has_swap_max ? swap_left_within(world, container) : slots_left(world);
}

static __attribute__((noinline)) bool has_slot_for(const struct world *world, uint32_t page)
{
	int64_t payer = world->config.model->payer(world->model, page);

	return swap_left_within(world, payer < 0 ? 0 : (uint32_t)payer) > 0;
}

static inline bool take_slot(struct world *world, uint32_t page)
{
	if (world->has_swap_max ? !has_slot_for(world, page) : !slots_left(world))
		return false;
	world->swap_used++;
	return true;
}

static bool host_add_to_swap(void *host, uint32_t page)
{
	struct residence *r = world_residence(host, page);

	if (!(r->flags & RES_SLOT) && !take_slot(host, page))
		return false;
	r->flags |= RES_SLOT;
	return true;
}

static bool host_unmap(void *host, uint32_t page)
{
	struct world *world = host;
	struct residence *r = world_residence(world, page);

	if (is_locked(world, page))
		return false;
	world->taking.page = page;
	world->taking.page_kind = r->kind;
	world_unmap(world, &world->taking, r->mapcount);
	world->has_evicted = true;
	r->nr_young = 0;
	r->unmapped_at = world->op->seq;
	if (world->config.is_assumed && !++r->nr_unmaps) {
		map64_set(&world->unmaps, page, map64_get(&world->unmaps, page) + 1);
		r->has_come_round = true;
	}
	if (world->config.is_assumed && world->config.options->reuse_ns)
		world_assume_reuse(world, page);
	/* Today a page that is unmapped may still stay. */
	if (!world->is_modern || r->kind == PAGE_ANON)
		r->flags |= RES_EVICTED;
	return true;
}

static void host_wrote(void *host, uint32_t page)
{
	struct world *world = host;
	struct residence *r = world_residence(world, page);

	if (r->flags & RES_SLOT) {
		world_outcome(world, world->reclaiming)->swapped_out++;
		r->flags |= RES_CLEAN;
	}
	if (r->kind == PAGE_SHMEM)
		world_uncache(world, page);
	xgrow(&world->written, world->nr_written, &world->written_capacity, sizeof(*world->written));
	world->written[world->nr_written++] = page;
}

static void host_freed(void *host, uint32_t page)
{
	struct world *world = host;
	const struct residence *r = world_residence(world, page);

	world_outcome(world, world->reclaiming)->reclaimed++;
	if (r->kind != PAGE_ANON && !(r->flags & RES_UNCACHED))
		world_uncache(world, page);
}

/* What has a slot was written there before. */
static void host_freed_today(void *host, uint32_t page)
{
	struct world *world = host;
	struct residence *r = world_residence(world, page);
	struct container_outcome *outcome = &world->containers[world->reclaiming];

	outcome->reclaimed++;
	if (r->kind != PAGE_FILE && r->flags & RES_SLOT) {
		outcome->swapped_out++;
		r->flags |= RES_CLEAN;
	}
	if (r->kind != PAGE_ANON && !(r->flags & RES_UNCACHED))
		world_uncache(world, page);
}

/* Its payer holds a page less, of today's controller. As world_note_payer(), but that the policy knows: it takes the page. */
static inline void note_evicted(struct world *world, struct payment payment)
{
	const struct model_counters *counters = payment.counters;
	const uint32_t container = payment.before - 1;
	struct container_outcome *outcome = world_outcome(world, container);

	if (outcome->noted_ns != world->op->time_ns)
		world_note_time(outcome, counters->pages + 1, world->op->time_ns);
	if (counters->held != outcome->noted[0])
		world_note_held(world, outcome, 0, container, counters->held);
}

/* Anonymous and mapped once, as most are. */
static inline bool is_evicted_alone(const struct residence *r)
{
	return r->kind == PAGE_ANON && r->mapcount == 1 && !(r->flags & RES_MOVING) && r->nr_unmaps < RES_UNMAPS_MOST;
}

/* What the rest of host_evict() comes to for these. */
static bool evict_alone(struct world *world, uint32_t page, struct residence *r)
{
	const struct residence executed = { .is_exec = true }, once = { .nr_unmaps = 1 };
	const struct residence swapped_out = { .flags = RES_SLOT | RES_CLEAN | RES_EVICTED };
	struct container_outcome *outcome = &world->containers[world->reclaiming];
	struct payment payment;

	if (!(r->flags & RES_SLOT) && !take_slot(world, page))
		return false;
	world->taking.page = page;
	world->taking.page_kind = PAGE_ANON;
	world->taking.mapcount = 1;
	payment = world->config.model->commit(world->model, &world->taking);
	if (payment.before)
		note_evicted(world, payment);
	r->word = ((r->word & ~executed.word) | swapped_out.word) + (world->config.is_assumed ? once.word : 0);
	r->unmapped = world->op->seq;
	world->has_evicted = true;
	world->nr_mapped--;
	outcome->reclaimed++;
	outcome->swapped_out++;
	return true;
}

static bool host_evict(void *host, uint32_t page)
{
	struct residence *r = world_residence(host, page);

	if (is_evicted_alone(r))
		return evict_alone(host, page, r);
	if (r->kind != PAGE_FILE && !host_add_to_swap(host, page))
		return false;
	if (r->mapcount)
		host_unmap(host, page);
	host_freed_today(host, page);
	return true;
}

static void host_protection(void *host, uint32_t container, struct protection *answer)
{
	const struct world *world = host;

	*answer = (struct protection){ .usage = world_usage(world, 0, container) };
	if (container >= world->nr_containers)
		return;
	answer->min = world->containers[container].min;
	answer->low = world->containers[container].low;
}

static uint64_t host_nr_drained(void *host)
{
	return ((const struct world *)host)->model->nr_drained;
}

static uint64_t host_place(void *host, uint32_t page)
{
	const struct facts *facts = ((const struct world *)host)->config.facts;
	uint64_t index;
	uint32_t file;

	return facts->class->place(facts, page, &file, &index) ? (uint64_t)file << 36 ^ index : 0;
}

static uint32_t host_parent(void *host, uint32_t container)
{
	return hierarchy_parent(((const struct world *)host)->config.hierarchy, container);
}

static uint32_t host_nr_containers(void *host)
{
	return (uint32_t)((const struct world *)host)->config.hierarchy->nr;
}

static uint64_t host_rss(void *host, uint32_t container)
{
	const struct world *world = host;
	const struct model_class *model = world->config.model;

	return model->stat ? model->stat(world->model, container).rss : world_held(world, container);
}

void world_host_init(struct world *world)
{
	world->host = (struct reclaim_host){
		.host = world, .usage = host_usage, .limit = host_limit,
		.view = host_view, .nature = host_nature, .look = host_look, .arrival = host_arrival,
		.test_and_clear_young = host_test_and_clear_young, .add_to_swap = host_add_to_swap,
		.unmap = host_unmap, .wrote = host_wrote, .freed = world->is_modern ? host_freed_today : host_freed,
		.rss = host_rss, .swap_left = host_swap_left,
		.wake_flushers = world_wake_flushers, .place = host_place, .parent = host_parent,
		.nr_containers = host_nr_containers,
	};
	if (world->is_modern && world->has_short_ways) {
		world->host.examine = host_examine;
		world->host.evict = host_evict;
	}
}

void world_host_protect(struct world *world)
{
	world->host.protection = host_protection;
	world->host.nr_drained = host_nr_drained;
}
