// SPDX-License-Identifier: GPL-2.0-or-later
/* Pages, entries, page cache and the charge loop of 2.6.27, as simple as they can be. */
#include "tests/unit/memcg_books.h"

#include "base/xalloc.h"
#include "reclaim/oom.h"

#include <stdlib.h>
#include <string.h>

#define POLICY_OFFSET 8		/* the model's part of a row is before it */
#define RETRIES 5

static void log_call(struct mw *mw, char what, uint32_t page)
{
	uint32_t i = mw->nr_log++ % MW_LOG;

	mw->log[i].what = what;
	mw->log[i].page = (uint8_t)page;
}

static struct mem_op op_on(const struct mw *mw, enum op_kind kind, enum op_why why, uint32_t mm, uint32_t page)
{
	return (struct mem_op){
		.kind = (uint8_t)kind,
		.why = (uint8_t)why,
		.mm = mm,
		.page = page,
		.vpn = page,
		.container = mw->container_of[mm],
		.mapcount = mw->pages[page].nr,
		.page_kind = mw->pages[page].kind,
		.cpu = (uint16_t)mw->cpu,
	};
}

/* --- what replay does around commit() --- */

static void tell_policy(struct mw *mw, uint32_t page, int64_t before)
{
	int64_t after = mw->model->class->payer(mw->model, page);

	if (after == before)
		return;
	if (before >= 0)
		mw->policy->class->uncharged(mw->policy, page);
	if (after >= 0)
		mw->policy->class->charged(mw->policy, page, (uint32_t)after);
}

static void note_anomaly(struct mw *mw)
{
	if (mw->model->anomaly.text)
		mw->anomaly = mw->model->anomaly;
	mw->model->anomaly.text = NULL;
}

static void commit(struct mw *mw, struct mem_op *op)
{
	const struct model_class *class = mw->model->class;
	int64_t before = class->payer(mw->model, op->page);

	op->mapcount = mw->pages[op->page].nr;
	mw_book(mw, op);
	class->commit(mw->model, op);
	note_anomaly(mw);
	tell_policy(mw, op->page, before);
}

static void remove_entry(struct mw *mw, uint32_t page, uint32_t i, enum op_why why)
{
	struct mw_page *p = &mw->pages[page];
	struct mem_op op = op_on(mw, OP_UNMAP, why, p->mms[i], page);

	commit(mw, &op);
	p->nr--;
	memmove(&p->mms[i], &p->mms[i + 1], (p->nr - i) * sizeof(p->mms[0]));
	memmove(&p->is_young[i], &p->is_young[i + 1], (p->nr - i) * sizeof(p->is_young[0]));
}

static void uncache(struct mw *mw, uint32_t page)
{
	struct mem_op op = op_on(mw, OP_CACHE_DEL, WHY_ZAP, 0, page);

	commit(mw, &op);
	mw->pages[page].is_cached = false;
}

/* --- the world as host of the policy --- */

static uint64_t host_usage(void *host, uint32_t container)
{
	return mw_held(host, container);
}

static uint64_t host_limit(void *host, uint32_t container)
{
	return ((struct mw *)host)->limit[container];
}

static uint64_t host_rss(void *host, uint32_t container)
{
	return mw_stat(host, container).rss;
}

static void host_view(void *host, uint32_t page, struct page_view *view)
{
	const struct mw_page *p = &((struct mw *)host)->pages[page];

	*view = (struct page_view){
		.mapcount = p->nr,
		.zone = p->zone,
		.is_anon = p->kind == PAGE_ANON,
		.is_shmem = p->kind == PAGE_SHMEM,
		.is_locked = p->is_locked,
		.is_dirty = p->is_dirty,
		.in_swap_cache = p->is_clean_in_swap,
		.is_file_mapped = p->is_file_mapped,
	};
}

static struct page_nature host_nature(void *host, uint32_t page)
{
	const struct mw_page *p = &((struct mw *)host)->pages[page];

	return (struct page_nature){ .zone = p->zone, .is_anon = p->kind == PAGE_ANON, .is_shmem = p->kind == PAGE_SHMEM };
}

static uint32_t host_test_and_clear_young(void *host, uint32_t page)
{
	struct mw *mw = host;
	struct mw_page *p = &mw->pages[page];
	uint32_t nr = 0;

	for (uint32_t i = 0; i < p->nr; i++) {
		nr += p->is_young[i];
		p->is_young[i] = false;
	}
	if (nr)
		log_call(mw, 'y', page);
	return nr;
}

static bool host_add_to_swap(void *host, uint32_t page)
{
	struct mw *mw = host;
	uint64_t used = 0;

	log_call(mw, 's', page);
	for (uint32_t i = 0; i < MW_PAGES; i++)
		used += mw->pages[i].has_slot;
	if (!mw->pages[page].has_slot && used >= mw->config.machine.swap_pages)
		return false;
	mw->pages[page].has_slot = true;
	return true;
}

static bool host_unmap(void *host, uint32_t page)
{
	struct mw *mw = host;
	struct mw_page *p = &mw->pages[page];

	log_call(mw, p->is_locked ? 'm' : 'u', page);
	if (p->is_locked)
		return false;
	while (p->nr) {
		if (p->is_young[0])
			mw->broken = "an entry was unmapped that was used since it was asked";
		remove_entry(mw, page, 0, WHY_RECLAIM);
	}
	return true;
}

static void host_wrote(void *host, uint32_t page)
{
	struct mw *mw = host;
	struct mw_page *p = &mw->pages[page];

	log_call(mw, 'w', page);
	if (p->nr || p->is_writing)
		mw->broken = "a page was written that is mapped or being written";
	p->is_dirty = false;
	p->is_writing = true;
	if (p->kind == PAGE_SHMEM)
		uncache(mw, page);
}

static void host_freed(void *host, uint32_t page)
{
	struct mw *mw = host;
	struct mw_page *p = &mw->pages[page];

	log_call(mw, 'f', page);
	if (p->nr || p->is_dirty || p->is_writing)
		mw->broken = "a page was freed that is mapped, dirty or being written";
	if (p->kind != PAGE_ANON)
		uncache(mw, page);
}

/* --- life --- */

void mw_init(struct mw *mw, const struct mw_config *config)
{
	struct model_config model = {
		.pages = &mw->records, .rules = config->rules };
	struct policy_config policy = {
		.pages = &mw->records,
		.offset = POLICY_OFFSET,
		.machine = &mw->config.machine,
		.host = &mw->host,
		.rules = config->rules,
	};

	memset(mw, 0, sizeof(*mw));
	mw->config = *config;
	if (!mw->config.policy)
		mw->config.policy = policy_by_name("reclaim27");
	records_init(&mw->records, POLICY_OFFSET + mw->config.policy->page_bytes);
	records_reserve(&mw->records, MW_PAGES - 1);
	mw->host = (struct reclaim_host){
		.host = mw, .usage = host_usage, .limit = host_limit, .view = host_view,
		.nature = host_nature, .test_and_clear_young = host_test_and_clear_young, .add_to_swap = host_add_to_swap,
		.unmap = host_unmap, .wrote = host_wrote, .freed = host_freed, .rss = host_rss,
	};
	mw->model = model_by_name("memcg")->create(&model);
	mw->policy = mw->config.policy->create(&policy);
	for (uint32_t i = 0; i < MW_PAGES; i++)
		mw->pages[i].owner = -1;
	for (uint32_t i = 0; i < MW_CONTAINERS; i++)
		mw->limit[i] = mw->tolerated[i] = PAGES_UNLIMITED;
}

void mw_release(struct mw *mw)
{
	mw->model->class->destroy(mw->model);
	mw->policy->class->destroy(mw->policy);
	records_release(&mw->records);
	for (uint32_t i = 0; i < MW_CPUS; i++)
		free(mw->gone[i]);
}

void mw_page_new(struct mw *mw, uint32_t page, enum page_kind kind, uint32_t zone)
{
	struct mem_op op = { .kind = OP_PAGE_GONE, .page = page };

	if (mw->pages[page].is_cached)
		uncache(mw, page);
	commit(mw, &op);
	record_clear(&mw->records, page);
	mw->pages[page] = (struct mw_page){ .owner = -1, .kind = (uint8_t)kind, .zone = zone };
}

void mw_mm_new(struct mw *mw, uint32_t mm, uint32_t container)
{
	mw->container_of[mm] = container;
	mw->is_alive[mm] = true;
}

bool mw_limit(struct mw *mw, uint32_t container, uint64_t limit)
{
	uint32_t retries = RETRIES;
	uint64_t held;

	while (!mw_has_references(mw) && mw_held(mw, container) > limit) {
		if (!retries)
			return false;
		mw_reclaim(mw, container);
		retries -= !mw->result.success;
	}
	held = mw_book_usage(mw, container);
	mw->model->class->set_limit(mw->model, 0, container, PAGES_UNLIMITED, limit);
	mw->limit[container] = limit;
	mw->tolerated[container] = held > limit ? held : limit;
	return true;
}

/* --- the charge loop --- */

void mw_written(struct mw *mw, uint32_t page)
{
	mw->pages[page].is_writing = false;
	mw->policy->class->written(mw->policy, page);
}

void mw_reclaim(struct mw *mw, uint32_t container)
{
	uint64_t before[MW_CONTAINERS];
	struct reclaim_result *result = &mw->result;

	for (uint32_t i = 0; i < MW_CONTAINERS; i++)
		before[i] = mw_book_usage(mw, i);
	mw->nr_calls++;
	mw->policy->class->reclaim(mw->policy, container, result);
	for (uint32_t i = 0; i < MW_PAGES && !mw->config.is_slow_device; i++)
		if (mw->pages[i].is_writing)
			mw_written(mw, i);
	for (uint32_t i = 0; i < MW_CONTAINERS; i++) {
		uint64_t fell = before[i] - mw_book_usage(mw, i);

		if (fell != (i == container ? result->uncharged : 0))
			mw->broken = "V1: reclaim changed another usage than it says";
	}
	/* 2.6.25: a cached page that force_empty dropped is paid while mapped only. */
	if (result->freed > result->uncharged ||
	    (result->uncharged > result->freed + result->writes && !mw_has_references(mw)))
		mw->broken = "V2: what is uncharged was freed or is being written";
	if (result->naps > 10)
		mw->broken = "V4: more than ten naps";
	if ((result->priority >= 0) != (result->freed >= 32) || result->success != (result->freed >= 32))
		mw->broken = "the loop stops when and only when 32 were freed";
}

static void out_of_memory(struct mw *mw, uint32_t container, uint32_t current_mm)
{
	struct oom_candidate candidates[MW_MMS];
	int64_t victim;
	size_t nr = 0;

	for (uint32_t mm = 0; mm < MW_MMS; mm++) {
		uint64_t total_vm = 0;

		if (!mw->is_alive[mm])
			continue;
		for (uint32_t page = 0; page < MW_PAGES; page++)
			total_vm += mw_maps(mw, mm, page);
		candidates[nr++] = (struct oom_candidate){
			.total_vm = total_vm, .mm = mm + 1, .pid = mm + 1,
			.container = mw->container_of[mm],
		};
	}
	victim = oom_select(candidates, nr, container, false);
	mw->nr_victims++;
	mw_exit(mw, victim < 0 ? current_mm : candidates[victim].mm - 1);
}

static enum mw_end charge(struct mw *mw, struct mem_op *op)
{
	uint32_t rounds = 0;
	struct refusal refusal;

	for (;;) {
		op->mapcount = mw->pages[op->page].nr;
		if (mw->model->class->prepare(mw->model, op, &refusal) == VERDICT_APPLIED)
			return MW_DONE;
		mw_reclaim(mw, refusal.container);
		if (mw->result.success || mw_held(mw, refusal.container) < mw->limit[refusal.container])
			continue;
		if (rounds++ < RETRIES) {
			mw->nr_naps += mw->config.rules.chosen[SWITCH_MEMCG_KERNEL] == MEMCG_K25;
			continue;
		}
		out_of_memory(mw, refusal.container, op->mm);
		return MW_OOM;
	}
}

/* VM_FAULT_OOM: whoever was chosen, the one that faults dies too. */
static enum mw_end fault_failed(struct mw *mw, uint32_t mm)
{
	mw->nr_current++;
	if (mw->is_alive[mm])
		mw_exit(mw, mm);
	return MW_OOM;
}

/* --- operations --- */

static void add_entry(struct mw *mw, uint32_t mm, uint32_t page, bool is_young)
{
	struct mw_page *p = &mw->pages[page];

	p->mms[p->nr] = mm;
	p->is_young[p->nr++] = is_young;
}

static enum mw_end cache_add(struct mw *mw, uint32_t mm, uint32_t page)
{
	struct mem_op op = op_on(mw, OP_CACHE_ADD, WHY_FILE, mm, page);
	struct mw_page *p = &mw->pages[page];

	if (charge(mw, &op))
		return MW_OOM;
	commit(mw, &op);
	p->is_cached = true;
	p->is_dirty |= p->has_slot;	/* shmem that was in swap leaves it */
	p->has_slot = false;
	return MW_DONE;
}

static bool is_same_usage(const struct mw *mw, const uint64_t *usage)
{
	for (uint32_t i = 0; i < MW_CONTAINERS; i++)
		if (usage[i] != mw_held(mw, i))
			return false;
	return true;
}

enum mw_end mw_map(struct mw *mw, uint32_t mm, uint32_t page, enum op_why why, bool is_write)
{
	struct mw_page *p = &mw->pages[page];
	struct mem_op op = op_on(mw, OP_MAP, why, mm, page);
	uint64_t usage[MW_CONTAINERS];
	bool is_paid;

	if (p->kind != PAGE_ANON && !p->is_cached && cache_add(mw, mm, page))
		return fault_failed(mw, mm);
	if (why == WHY_FILE)
		mw->policy->class->accessed(mw->policy, page);
	is_paid = p->is_cached && p->owner >= 0;
	for (uint32_t i = 0; i < MW_CONTAINERS; i++)
		usage[i] = mw_held(mw, i);
	if (charge(mw, &op))
		return fault_failed(mw, mm);
	if (why == WHY_SWAP_IN)
		mw->policy->class->accessed(mw->policy, page);
	commit(mw, &op);
	if ((is_paid || (p->is_cached && !mw_has_references(mw))) && !is_same_usage(mw, usage))
		mw->broken = "M6: mapping a cached page changed a usage";
	add_entry(mw, mm, page, why != WHY_AROUND);
	if (p->kind == PAGE_ANON) {
		p->is_clean_in_swap = p->has_slot && !is_write;
		p->has_slot = p->is_clean_in_swap;
	} else {
		p->is_dirty |= is_write;
	}
	return MW_DONE;
}

enum mw_end mw_read(struct mw *mw, uint32_t mm, uint32_t page)
{
	if (!mw->pages[page].is_cached && cache_add(mw, mm, page))
		return MW_OOM;
	mw->policy->class->accessed(mw->policy, page);
	return MW_DONE;
}

enum mw_end mw_copy(struct mw *mw, uint32_t mm, uint32_t old, uint32_t copy)
{
	struct mem_op op;

	mw_page_new(mw, copy, PAGE_ANON, mw->pages[old].zone);
	op = op_on(mw, OP_MAP, WHY_COPY, mm, copy);
	if (charge(mw, &op))
		return fault_failed(mw, mm);
	/* Reclaimed meanwhile: the fault starts anew, what was charged is uncharged. */
	if (!mw_maps(mw, mm, old)) {
		mw->pgpgin[op.container]++;
		mw_book_gone(mw, op.container, false);
		mw->model->class->cancel(mw->model, &op);
		return MW_DONE;
	}
	mw_unmap(mw, mm, old, WHY_COPY);
	commit(mw, &op);
	add_entry(mw, mm, copy, true);
	return MW_DONE;
}

enum mw_end mw_swap_bad(struct mw *mw, uint32_t mm, uint32_t page)
{
	struct mem_op op = op_on(mw, OP_MAP, WHY_SWAP_BAD, mm, page);

	if (charge(mw, &op))
		return fault_failed(mw, mm);
	if (mw_has_references(mw) ? mw->pages[page].owner < 0 :
	    mw->pages[page].kind == PAGE_ANON && !mw->pages[page].nr && mw->pages[page].owner < 0) {
		mw->pgpgin[op.container]++;
		mw_book_gone(mw, op.container, false);
	}
	mw->model->class->cancel(mw->model, &op);
	return MW_DONE;
}

void mw_unmap(struct mw *mw, uint32_t mm, uint32_t page, enum op_why why)
{
	struct mw_page *p = &mw->pages[page];

	for (uint32_t i = 0; i < p->nr; i++) {
		if (p->mms[i] != mm)
			continue;
		if (p->is_young[i] && p->kind != PAGE_ANON && why != WHY_COPY)
			mw->policy->class->zapped_young(mw->policy, page);
		remove_entry(mw, page, i, why);
		return;
	}
}

void mw_truncate(struct mw *mw, uint32_t page)
{
	while (mw->pages[page].nr)
		mw_unmap(mw, mw->pages[page].mms[0], page, WHY_ZAP);
	if (mw->pages[page].is_cached)
		uncache(mw, page);
}

/* The precharge may be refused: then the page stays where it is. */
void mw_migrate(struct mw *mw, uint32_t page)
{
	struct mw_page *p = &mw->pages[page];
	struct mem_op first = op_on(mw, OP_UNMAP, WHY_MIGRATE, p->mms[0], page);
	uint32_t mms[MW_MMS], nr;

	if (!p->nr || charge(mw, &first))
		return;
	nr = p->nr;
	if (p->owner >= 0 && !mw_has_references(mw))
		mw_book_migration(mw, p);
	/* Making room may have unmapped it: the copy is not needed. */
	if (!nr) {
		mw->model->class->cancel(mw->model, &first);
		return;
	}
	memcpy(mms, p->mms, sizeof(mms));
	for (uint32_t i = 0; i < nr; i++) {
		struct mem_op op = op_on(mw, OP_UNMAP, WHY_MIGRATE, mms[i], page);
		struct refusal refusal;

		if (i && mw->model->class->prepare(mw->model, &op, &refusal))
			mw->broken = "a copy was charged twice";
		mw_unmap(mw, mms[i], page, WHY_MIGRATE);
	}
	for (uint32_t i = nr; i--;) {
		struct mem_op op = op_on(mw, OP_MAP, WHY_MIGRATE, mms[i], page);

		charge(mw, &op);
		commit(mw, &op);
		add_entry(mw, mms[i], page, false);
	}
}

void mw_fork(struct mw *mw, uint32_t parent, uint32_t child)
{
	mw_mm_new(mw, child, mw->container_of[parent]);
	for (uint32_t page = 0; page < MW_PAGES; page++) {
		struct mem_op op = op_on(mw, OP_MAP, WHY_FORK, child, page);
		struct refusal refusal;

		if (!mw_maps(mw, parent, page))
			continue;
		if (mw->model->class->prepare(mw->model, &op, &refusal))
			mw->broken = "fork was refused";
		commit(mw, &op);
		add_entry(mw, child, page, false);
	}
}

void mw_exit(struct mw *mw, uint32_t mm)
{
	for (uint32_t page = 0; page < MW_PAGES; page++)
		mw_unmap(mw, mm, page, WHY_EXIT);
	mw->is_alive[mm] = false;
}

void mw_force_empty(struct mw *mw, uint32_t container)
{
	struct mem_op op = { .kind = OP_FORCE_EMPTY, .container = container, .cpu = (uint16_t)mw->cpu };
	int64_t before[MW_PAGES];

	for (uint32_t page = 0; page < MW_PAGES; page++) {
		struct mw_page *p = &mw->pages[page];

		before[page] = mw->model->class->payer(mw->model, page);
		if (p->owner != container)
			continue;
		mw_book_uncharge(mw, p);
		p->is_dropped = p->is_cached;
	}
	for (uint32_t cpu = 0; cpu < MW_CPUS; cpu++)
		if (!mw_is_posted(mw, D32_EMPTY_LOOPS) && !mw->is_stuck[cpu])
			mw->drained[cpu] = mw->nr_gone[cpu];
	mw->model->class->commit(mw->model, &op);
	note_anomaly(mw);
	for (uint32_t page = 0; page < MW_PAGES; page++)
		tell_policy(mw, page, before[page]);
}

void mw_use(struct mw *mw, uint32_t page, bool is_write)
{
	struct mw_page *p = &mw->pages[page];

	for (uint32_t i = 0; i < p->nr; i++)
		p->is_young[i] = true;
	if (!is_write || !p->nr)
		return;
	if (p->kind != PAGE_ANON)
		p->is_dirty = true;
	else
		p->has_slot = p->is_clean_in_swap = false;
}

void mw_make_old(struct mw *mw, uint32_t page)
{
	memset(mw->pages[page].is_young, 0, sizeof(mw->pages[page].is_young));
}

/* --- what there is --- */

bool mw_maps(const struct mw *mw, uint32_t mm, uint32_t page)
{
	const struct mw_page *p = &mw->pages[page];

	for (uint32_t i = 0; i < p->nr; i++) {
		if (p->mms[i] == mm)
			return true;
	}
	return false;
}

const struct model_counters *mw_counters(const struct mw *mw, uint32_t container)
{
	return mw->model->class->counters(mw->model, 0, container);
}

uint64_t mw_held(const struct mw *mw, uint32_t container)
{
	return mw_counters(mw, container)->held;
}

struct model_stat mw_stat(const struct mw *mw, uint32_t container)
{
	return mw->model->class->stat(mw->model, container);
}
