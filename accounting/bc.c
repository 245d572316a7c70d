// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * BC: beancounters, the patches of 2006 and what became of them (models.md 3).
 *
 * A call that reserves memory is charged in full before it happens, or fails;
 * a page fault costs nothing.  The beancounter of an address space is that of
 * the container it was made in, for ever.
 *
 * Containers begin unlimited in every resource.  The patch gives a new one 8
 * lockedpages; here a limit comes from the user only, for as recorded nothing
 * may be denied that was not.
 *
 * maxheld is counted as the patch does, at every charge: also one that is taken
 * back within the same call, or because the call's other resource was refused.
 *
 * With bc.rss the pages of a reservation are unused or resident, and who maps a
 * page holds a share of it; one share list a page, as in 3.4.
 */
#include "accounting/model.h"

#include "base/xalloc.h"

#include <errno.h>
#include <stdlib.h>

enum { BC_PRIVVM, BC_LOCKED, BC_RESOURCES };	/* in the order of the class's resources */

#define BC_WEIGHT (UINT64_C(1) << 24)	/* shares of one page */
#define BC_PAGE_SHIFT 12		/* D21: what the patch shifts by */

enum strictness { BC_BARRIER, BC_LIMIT };

struct bc_resource {
	struct model_counters counters;
	uint64_t charged;	/* pages; without shares of resident ones */
	uint64_t tolerated;	/* B7: the most that may be held, as it was when the limit came */
	uint64_t largest;	/* charge so far */
	int64_t missing;	/* B1, B2: reserved and not charged, by posted rules; negative: too much */
};

struct beancounter {
	struct bc_resource resources[BC_RESOURCES];
	uint64_t rss;		/* shares */
	uint64_t shm_locked;	/* pages */
};

/* What one address space has; it goes with it. */
struct bc_mm {
	uint64_t reserved[BC_RESOURCES];	/* pages of private VMAs, of locked VMAs */
	uint64_t resident;	/* entries in private VMAs; bc.rss */
	uint32_t container;
	bool is_known;
};

/* A beancounter's part of one page. */
struct share {
	uint32_t container;
	uint32_t refs;		/* entries */
	uint32_t prev, next;	/* circle of shares; numbers from 1 */
	uint8_t shift;		/* BC_WEIGHT >> shift */
};

struct bc_page {
	uint32_t head;		/* of the circle; 0 = nobody has a share */
};

/* What an operation charges before it happens. */
struct plan {
	uint64_t pages[BC_RESOURCES];
	bool is_charged[BC_RESOURCES];	/* also of 0 pages: the limit is looked at */
	enum strictness strict[BC_RESOURCES];
	bool is_memory;		/* by bc_memory_charge(): D17 */
	bool is_lost;		/* its result is: D18 */
};

struct bc {
	struct model base;
	struct model_config config;
	struct beancounter *containers;
	size_t nr, capacity;
	struct bc_mm *mms;
	size_t nr_mms;
	struct share *shares;	/* [0] is none */
	size_t nr_shares, shares_capacity;
	uint32_t free_share;	/* list by next; 0 = none */
	struct plan pending;	/* what the last prepare() charged */
	const char *broken;	/* first invariant an operation was seen to break */
};

extern const struct model_class bc_model;

static const struct beancounter unlimited = {
	.resources = {
		{ .counters = { .barrier = PAGES_UNLIMITED, .limit = PAGES_UNLIMITED }, .tolerated = UINT64_MAX },
		{ .counters = { .barrier = PAGES_UNLIMITED, .limit = PAGES_UNLIMITED }, .tolerated = UINT64_MAX },
	},
};

static bool is_openvz(const struct bc *bc)
{
	return bc->config.rules.chosen[SWITCH_BC_VARIANT] == BC_OPENVZ;
}

static bool has_rss(const struct bc *bc)
{
	return bc->config.rules.chosen[SWITCH_BC_RSS] == SWITCH_ON;
}

static bool is_posted(const struct bc *bc, enum rule rule)
{
	return rules_posted(&bc->config.rules, rule);
}

static struct bc_page *page_of(const struct bc *bc, uint32_t page)
{
	return record_at(bc->config.pages, page, bc->config.offset);
}

static struct beancounter *container_of(struct bc *bc, uint32_t container)
{
	while (bc->nr <= container) {
		xgrow(&bc->containers, bc->nr, &bc->capacity, sizeof(*bc->containers));
		bc->containers[bc->nr++] = unlimited;
	}
	return &bc->containers[container];
}

/* One that is older than the recording belongs to the container it is first seen in. */
static struct bc_mm *mm_of(struct bc *bc, const struct mem_op *op)
{
	struct bc_mm *mm;

	if (op->mm >= bc->nr_mms) {
		size_t nr = (size_t)op->mm * 2 + 64;

		bc->mms = xrealloc(bc->mms, nr, sizeof(*bc->mms));
		for (size_t i = bc->nr_mms; i < nr; i++)
			bc->mms[i] = (struct bc_mm){ 0 };
		bc->nr_mms = nr;
	}
	mm = &bc->mms[op->mm];
	if (!mm->is_known)
		*mm = (struct bc_mm){ .container = op->container, .is_known = true };
	return mm;
}

/* BC_VM_PRIVATE(); shared anonymous memory has a file once it is mapped. */
static bool is_private(uint8_t vma)
{
	return vma & VMA_WRITE && !(vma & VMA_SHM_ANON) && !(vma & VMA_SHARED && vma & VMA_FILE);
}

static bool is_counted(uint8_t vma, uint32_t resource)
{
	return resource == BC_PRIVVM ? is_private(vma) : vma & VMA_LOCKED;
}

/* --- one beancounter --- */

static void refresh(struct beancounter *b, uint32_t resource)
{
	struct bc_resource *r = &b->resources[resource];
	struct model_counters *c = &r->counters;

	c->held = r->charged + (resource == BC_PRIVVM ? b->rss / BC_WEIGHT : 0);
	if (c->held > c->maxheld)
		c->maxheld = c->held;
	if (c->held < c->minheld)
		c->minheld = c->held;
	if (c->maxheld > c->transient)
		c->transient = c->maxheld;
}

static bool is_over(const struct bc *bc, const struct model_counters *c, uint64_t pages, enum strictness strict)
{
	uint64_t held = is_posted(bc, D19_OLD_VALUE) ? c->held : c->held + pages;

	if (strict == BC_LIMIT)
		return held > c->limit;
	/* BCv6 looks at the barrier alone; the first posting and production at both. */
	return held > c->barrier || (held > c->limit && (is_openvz(bc) || is_posted(bc, D19_OLD_VALUE)));
}

/* bc_charge_locked(); false: refused. */
static bool charge(struct bc *bc, uint32_t container, uint32_t resource, uint64_t pages, enum strictness strict)
{
	struct beancounter *b = container_of(bc, container);
	struct bc_resource *r = &b->resources[resource];

	if (is_over(bc, &r->counters, pages, strict)) {
		r->counters.failcnt++;
		return false;
	}
	r->charged += pages;
	if (pages > r->largest)
		r->largest = pages;
	refresh(b, resource);
	return true;
}

/* bc_uncharge_locked(): what is not there is logged and left. */
static void uncharge(struct bc *bc, uint32_t container, uint32_t resource, uint64_t pages)
{
	struct beancounter *b = container_of(bc, container);
	struct bc_resource *r = &b->resources[resource];

	if (pages > r->charged) {
		bc->base.anomaly = (struct anomaly){ "uncharged more than is held", container, resource,
						     pages - r->charged };
		r->missing -= (int64_t)(pages - r->charged);
		pages = r->charged;
	}
	r->charged -= pages;
	refresh(b, resource);
}

/* --- shares of resident pages (3.4) --- */

static void gain(struct bc *bc, const struct share *share, bool is_loss)
{
	struct beancounter *b = container_of(bc, share->container);

	if (is_loss)
		b->rss -= BC_WEIGHT >> share->shift;
	else
		b->rss += BC_WEIGHT >> share->shift;
	refresh(b, BC_PRIVVM);
}

static uint32_t find_share(const struct bc *bc, uint32_t head, uint32_t container)
{
	uint32_t i = head;

	if (!head)
		return 0;
	do {
		if (bc->shares[i].container == container)
			return i;
		i = bc->shares[i].next;
	} while (i != head);
	return 0;
}

static uint32_t new_share(struct bc *bc, uint32_t container)
{
	uint32_t i = bc->free_share;

	if (i) {
		bc->free_share = bc->shares[i].next;
	} else {
		do
			xgrow(&bc->shares, bc->nr_shares, &bc->shares_capacity, sizeof(*bc->shares));
		while (!bc->nr_shares++);	/* number 0 stays unused */
		i = (uint32_t)bc->nr_shares - 1;
	}
	bc->shares[i] = (struct share){ .container = container, .refs = 1, .prev = i, .next = i };
	return i;
}

/* The head halves its share, goes to the tail, and the newcomer behind it gets the other half. */
static void add_share(struct bc *bc, struct bc_page *page, uint32_t container)
{
	uint32_t i = find_share(bc, page->head, container), head = page->head;
	struct share *share;

	if (i) {
		bc->shares[i].refs++;
		return;
	}
	i = new_share(bc, container);
	share = &bc->shares[i];
	if (!head) {
		page->head = i;
		gain(bc, share, false);
		return;
	}
	bc->shares[head].shift++;
	share->shift = bc->shares[head].shift;
	gain(bc, &bc->shares[head], true);
	page->head = bc->shares[head].next;
	share->next = page->head;
	share->prev = bc->shares[page->head].prev;
	bc->shares[share->prev].next = i;
	bc->shares[share->next].prev = i;
	gain(bc, share, false);
}

/* The tail doubles its share and becomes the head. */
static uint8_t double_tail(struct bc *bc, struct bc_page *page)
{
	uint32_t tail = bc->shares[page->head].prev;
	uint8_t old = bc->shares[tail].shift;

	gain(bc, &bc->shares[tail], false);
	bc->shares[tail].shift--;
	page->head = tail;
	return old;
}

static void remove_share(struct bc *bc, struct bc_page *page, uint32_t i)
{
	struct share gone = bc->shares[i];

	gain(bc, &gone, true);
	bc->shares[gone.prev].next = gone.next;
	bc->shares[gone.next].prev = gone.prev;
	if (page->head == i)
		page->head = gone.next == i ? 0 : gone.next;
	bc->shares[i].next = bc->free_share;
	bc->free_share = i;
	if (page->head && double_tail(bc, page) > gone.shift)
		double_tail(bc, page);
}

/* False: the container has none. */
static bool drop_share(struct bc *bc, struct bc_page *page, uint32_t container)
{
	uint32_t i = find_share(bc, page->head, container);

	if (i && !--bc->shares[i].refs)
		remove_share(bc, page, i);
	return i;
}

static void enter(struct bc *bc, const struct mem_op *op)
{
	struct bc_mm *mm = mm_of(bc, op);

	/* D25: takes off what the unmap has taken off already. */
	if (op->why == WHY_MIGRATE && is_posted(bc, D25_MIGRATE_DELETES))
		return;
	if (is_private(op->vma) && mm->resident < mm->reserved[BC_PRIVVM]) {
		mm->resident++;
		uncharge(bc, mm->container, BC_PRIVVM, 1);
	}
	if (op->page_kind != PAGE_SHMEM)
		add_share(bc, page_of(bc, op->page), mm->container);
}

static void leave(struct bc *bc, const struct mem_op *op)
{
	struct bc_mm *mm = mm_of(bc, op);
	struct beancounter *b;

	if (op->page_kind != PAGE_SHMEM && !drop_share(bc, page_of(bc, op->page), mm->container))
		return;		/* D25 */
	if (!is_private(op->vma) || !mm->resident)
		return;
	mm->resident--;
	b = container_of(bc, mm->container);
	b->resources[BC_PRIVVM].charged++;
	refresh(b, BC_PRIVVM);
}

/* --- what an operation charges --- */

static enum strictness map_strict(const struct bc *bc, const struct mem_op *op)
{
	switch ((enum vma_why)op->why) {
	case VMA_ELF_BRK:
	case VMA_STACK:
	case VMA_INSERT:
	case VMA_ELF:
		return BC_LIMIT;
	case VMA_FORK:
		if (is_openvz(bc) || bc->config.rules.chosen[SWITCH_BC_FORK_STRICT] == BC_STRICT_BARRIER)
			return BC_BARRIER;
		return BC_LIMIT;
	case VMA_MMAP:
	case VMA_BRK:
	case VMA_DRIVER:
	case VMA_NR:
		break;
	}
	/* D24: the flag is the ELF loader's. */
	return op->vma & VMA_EXECPRIO && is_posted(bc, D24_EXECPRIO_FROM_USER) ? BC_LIMIT : BC_BARRIER;
}

static enum strictness mprotect_strict(const struct bc *bc)
{
	if (is_openvz(bc) || bc->config.rules.chosen[SWITCH_BC_MPROTECT_STRICT] == BC_STRICT_LIMIT)
		return BC_LIMIT;
	return BC_BARRIER;
}

/* A child's memory is not locked. */
static uint8_t mapped_vma(const struct mem_op *op)
{
	return op->why == VMA_FORK ? op->vma & ~VMA_LOCKED : op->vma;
}

/* D27: shared anonymous memory counts as private while it is being mapped. */
static bool is_transient(const struct bc *bc, const struct mem_op *op)
{
	return op->why == VMA_MMAP && op->vma & VMA_SHM_ANON && op->vma & VMA_WRITE &&
	       is_posted(bc, D27_SHM_ANON_TRANSIENT);
}

static void plan_charge(struct plan *plan, uint32_t resource, uint64_t pages, enum strictness strict)
{
	plan->pages[resource] = pages;
	plan->is_charged[resource] = true;
	plan->strict[resource] = strict;
}

static void plan_map(const struct bc *bc, const struct mem_op *op, struct plan *plan)
{
	enum strictness strict = map_strict(bc, op);

	plan->is_memory = true;
	if (is_private(op->vma) || is_transient(bc, op))
		plan_charge(plan, BC_PRIVVM, op->pages, strict);
	if (mapped_vma(op) & VMA_LOCKED)
		plan_charge(plan, BC_LOCKED, op->pages, strict);
}

/* Pages of the range that count: with shares resident ones do already. */
static uint64_t changed_pages(const struct bc *bc, const struct mem_op *op, uint32_t resource)
{
	if (resource == BC_LOCKED || !has_rss(bc))
		return op->pages;
	return op->resident < op->pages ? op->pages - op->resident : 0;
}

static void plan_change(const struct bc *bc, const struct mem_op *op, struct plan *plan)
{
	bool is_driver = op->why == VMA_DRIVER;

	if (is_driver && is_posted(bc, D23_DRIVER_FLAGS))
		return;
	for (uint32_t i = 0; i < BC_RESOURCES; i++) {
		if (!is_counted(op->vma, i) || is_counted(op->old_vma, i))
			continue;
		plan_charge(plan, i, changed_pages(bc, op, i),
			    is_driver ? map_strict(bc, op) : i == BC_PRIVVM ? mprotect_strict(bc) : BC_BARRIER);
	}
	plan->is_memory = is_driver;
	plan->is_lost = !is_driver && is_posted(bc, D18_RESULT_LOST);
}

static bool is_moved(const struct mem_op *op)
{
	return op->to_vpn != op->vpn;
}

/* D22: a move charges the growth only. */
static void plan_move(const struct bc *bc, const struct mem_op *op, struct plan *plan)
{
	uint64_t pages = op->pages > op->old_pages ? op->pages - op->old_pages : 0;

	if (is_moved(op) && !is_posted(bc, D22_MOVE_UNCHARGED))
		pages = op->pages;
	plan->is_memory = true;
	for (uint32_t i = 0; i < BC_RESOURCES && pages; i++)
		if (is_counted(op->vma, i))
			plan_charge(plan, i, pages, BC_BARRIER);
}

static uint64_t shm_pages(const struct bc *bc, uint64_t pages)
{
	return is_posted(bc, D21_SHM_LOCK_SHIFT) ? pages >> BC_PAGE_SHIFT : pages;
}

static void make_plan(const struct bc *bc, const struct mem_op *op, struct plan *plan)
{
	*plan = (struct plan){ 0 };
	if (op->kind == OP_VMA_MAP)
		plan_map(bc, op, plan);
	else if (op->kind == OP_VMA_CHANGE)
		plan_change(bc, op, plan);
	else if (op->kind == OP_VMA_MOVE)
		plan_move(bc, op, plan);
	else if (op->kind == OP_SHM_LOCK)
		plan_charge(plan, BC_LOCKED, shm_pages(bc, op->pages), BC_BARRIER);
}

/* --- the stages --- */

static uint32_t payer_of(struct bc *bc, const struct mem_op *op)
{
	return op->kind == OP_SHM_LOCK || op->kind == OP_SHM_UNLOCK ? op->container : mm_of(bc, op)->container;
}

/* The second charge was refused: the first is undone, and by D17 also where there was none. */
static void undo_locked(struct bc *bc, uint32_t container, const struct plan *plan)
{
	struct bc_resource *locked = &container_of(bc, container)->resources[BC_LOCKED];
	uint64_t pages = plan->pages[BC_PRIVVM], before = locked->charged;

	if (plan->is_charged[BC_LOCKED]) {
		uncharge(bc, container, BC_LOCKED, plan->pages[BC_LOCKED]);
		return;
	}
	if (!plan->is_memory || !is_posted(bc, D17_LOCKED_LEAK))
		return;
	uncharge(bc, container, BC_LOCKED, pages);
	/* What was there is lost; what was not, uncharge() has put down as too much. */
	locked->missing += (int64_t)pages;
	bc->base.anomaly = (struct anomaly){ "D17: lockedpages uncharged for a refused mapping", container, BC_LOCKED,
					     before - locked->charged };
}

/* bc_memory_charge(): lockedpages first; false: nothing is charged and *resource refused. */
static bool charge_plan(struct bc *bc, uint32_t container, const struct plan *plan, uint32_t *resource)
{
	*resource = BC_LOCKED;
	if (plan->is_charged[BC_LOCKED] &&
	    !charge(bc, container, BC_LOCKED, plan->pages[BC_LOCKED], plan->strict[BC_LOCKED]))
		return false;
	*resource = BC_PRIVVM;
	if (!plan->is_charged[BC_PRIVVM] ||
	    charge(bc, container, BC_PRIVVM, plan->pages[BC_PRIVVM], plan->strict[BC_PRIVVM]))
		return true;
	undo_locked(bc, container, plan);
	return false;
}

static bool is_unchanged(const struct beancounter *before, const struct beancounter *after)
{
	return before->resources[BC_PRIVVM].counters.held == after->resources[BC_PRIVVM].counters.held &&
	       before->resources[BC_LOCKED].counters.held == after->resources[BC_LOCKED].counters.held;
}

static enum verdict bc_prepare(struct model *model, const struct mem_op *op, struct refusal *refusal)
{
	struct bc *bc = (struct bc *)model;
	struct plan *plan = &bc->pending;
	struct beancounter before;
	uint32_t container, resource;

	if (op->kind < OP_VMA_MAP)
		return VERDICT_APPLIED;		/* pages: by far the most */
	make_plan(bc, op, plan);
	if (!plan->is_charged[BC_PRIVVM] && !plan->is_charged[BC_LOCKED])
		return VERDICT_APPLIED;
	container = payer_of(bc, op);
	before = *container_of(bc, container);
	if (charge_plan(bc, container, plan, &resource))
		return VERDICT_APPLIED;
	if (!is_unchanged(&before, &bc->containers[container]) && !is_posted(bc, D17_LOCKED_LEAK))
		bc->broken = "B6: a refused operation changed what is held";
	if (plan->is_lost && resource == BC_PRIVVM) {
		plan->is_charged[BC_PRIVVM] = false;
		bc->base.anomaly = (struct anomaly){ "D18: a refused mprotect went on", container, BC_PRIVVM,
						     plan->pages[BC_PRIVVM] };
		return VERDICT_APPLIED;
	}
	*refusal = (struct refusal){ .container = container, .resource = resource };
	return VERDICT_REFUSED;
}

static void bc_cancel(struct model *model, const struct mem_op *op)
{
	struct bc *bc = (struct bc *)model;

	/* prepare() made no plan for pages: what is pending is of another operation. */
	for (uint32_t i = 0; i < BC_RESOURCES && op->kind >= OP_VMA_MAP; i++)
		if (bc->pending.is_charged[i])
			uncharge(bc, payer_of(bc, op), i, bc->pending.pages[i]);
}

/* Part of an address space goes: no more than it has, for its oldest VMAs may never have been seen. */
static void take(struct bc *bc, struct bc_mm *mm, uint32_t resource, uint64_t pages)
{
	uint64_t *reserved = &mm->reserved[resource];
	uint64_t unused = *reserved - (resource == BC_PRIVVM ? mm->resident : 0);

	if (pages > *reserved)
		pages = *reserved;
	*reserved -= pages;
	if (pages > unused) {
		mm->resident -= pages - unused;
		pages = unused;
	}
	uncharge(bc, mm->container, resource, pages);
}

static int64_t *missing_of(struct bc *bc, const struct bc_mm *mm, uint32_t resource)
{
	return &container_of(bc, mm->container)->resources[resource].missing;
}

static void commit_map(struct bc *bc, const struct mem_op *op)
{
	struct bc_mm *mm = mm_of(bc, op);

	for (uint32_t i = 0; i < BC_RESOURCES; i++)
		if (is_counted(mapped_vma(op), i))
			mm->reserved[i] += op->pages;
	if (is_transient(bc, op))
		uncharge(bc, mm->container, BC_PRIVVM, op->pages);
}

static void commit_unmap(struct bc *bc, const struct mem_op *op)
{
	for (uint32_t i = 0; i < BC_RESOURCES; i++)
		if (is_counted(op->vma, i))
			take(bc, mm_of(bc, op), i, op->pages);
}

/* Becomes counted, charged by prepare() or not. */
static void commit_gain(struct bc *bc, const struct mem_op *op, uint32_t resource)
{
	uint64_t pages = changed_pages(bc, op, resource);
	struct bc_mm *mm = mm_of(bc, op);

	mm->reserved[resource] += op->pages;
	if (resource == BC_PRIVVM)
		mm->resident += op->pages - pages;
	if (!bc->pending.is_charged[resource])
		*missing_of(bc, mm, resource) += (int64_t)pages;	/* D18, D23 */
}

static void commit_loss(struct bc *bc, const struct mem_op *op, uint32_t resource)
{
	uint64_t pages = changed_pages(bc, op, resource), resident = op->pages - pages;
	struct bc_mm *mm = mm_of(bc, op);

	if (op->why == VMA_DRIVER && is_posted(bc, D23_DRIVER_FLAGS)) {
		if (pages > mm->reserved[resource])
			pages = mm->reserved[resource];
		mm->reserved[resource] -= pages;
		*missing_of(bc, mm, resource) -= (int64_t)pages;
		return;
	}
	/* Resident pages keep their shares and are private no longer; those that D25 lost stay charged. */
	if (resource == BC_PRIVVM) {
		uint64_t known = resident < mm->resident ? resident : mm->resident;

		if (resident > mm->reserved[resource])
			resident = mm->reserved[resource];
		mm->resident -= known;
		mm->reserved[resource] -= resident;
		*missing_of(bc, mm, resource) -= (int64_t)(resident - known);
	}
	take(bc, mm, resource, pages);
}

static void commit_change(struct bc *bc, const struct mem_op *op)
{
	for (uint32_t i = 0; i < BC_RESOURCES; i++) {
		bool is_now = is_counted(op->vma, i), was = is_counted(op->old_vma, i);

		if (is_now && !was)
			commit_gain(bc, op, i);
		else if (was && !is_now)
			commit_loss(bc, op, i);
	}
}

static void move_resource(struct bc *bc, struct bc_mm *mm, const struct mem_op *op, uint32_t resource)
{
	uint64_t old = op->old_pages < mm->reserved[resource] ? op->old_pages : mm->reserved[resource];
	uint64_t stays = op->pages < old ? op->pages : old;

	if (bc->pending.is_charged[resource])
		mm->reserved[resource] += bc->pending.pages[resource];
	if (is_moved(op) && !is_posted(bc, D22_MOVE_UNCHARGED)) {
		take(bc, mm, resource, old);
		return;
	}
	take(bc, mm, resource, old - stays);
	if (is_moved(op)) {
		/* D22: the old place is credited, the new one was never charged. */
		uncharge(bc, mm->container, resource, stays);
		*missing_of(bc, mm, resource) += (int64_t)stays;
	}
}

/* A move that shrinks is charged while its tail is still held: replay/ unmaps that first. */
static void commit_move(struct bc *bc, const struct mem_op *op)
{
	for (uint32_t i = 0; i < BC_RESOURCES; i++)
		if (is_counted(op->vma, i))
			move_resource(bc, mm_of(bc, op), op, i);
}

static void commit_shm(struct bc *bc, const struct mem_op *op)
{
	struct beancounter *b = container_of(bc, op->container);
	struct bc_resource *locked = &b->resources[BC_LOCKED];
	uint64_t pages = op->pages;

	if (op->kind == OP_SHM_LOCK) {
		b->shm_locked += pages;
		locked->missing += (int64_t)(pages - shm_pages(bc, pages));
		return;
	}
	if (pages > b->shm_locked)
		pages = b->shm_locked;
	b->shm_locked -= pages;
	locked->missing -= (int64_t)(pages - shm_pages(bc, pages));
	uncharge(bc, op->container, BC_LOCKED, shm_pages(bc, pages));
}

static void end_mm(struct bc *bc, const struct mem_op *op)
{
	struct bc_mm *mm = mm_of(bc, op);

	for (uint32_t i = 0; i < BC_RESOURCES; i++)
		take(bc, mm, i, mm->reserved[i]);
	*mm = (struct bc_mm){ 0 };
}

static void end_page(struct bc *bc, const struct mem_op *op)
{
	struct bc_page *page = page_of(bc, op->page);

	while (page->head)
		remove_share(bc, page, page->head);
}

static void bc_commit(struct model *model, const struct mem_op *op)
{
	struct bc *bc = (struct bc *)model;

	switch ((enum op_kind)op->kind) {
	case OP_MM_NEW:
		end_mm(bc, op);
		mm_of(bc, op);
		break;
	case OP_MM_GONE:
		end_mm(bc, op);
		break;
	case OP_VMA_MAP:
		commit_map(bc, op);
		break;
	case OP_VMA_UNMAP:
		commit_unmap(bc, op);
		break;
	case OP_VMA_CHANGE:
		commit_change(bc, op);
		break;
	case OP_VMA_MOVE:
		commit_move(bc, op);
		break;
	case OP_SHM_LOCK:
	case OP_SHM_UNLOCK:
		commit_shm(bc, op);
		break;
	case OP_MAP:
		if (has_rss(bc))
			enter(bc, op);
		break;
	case OP_UNMAP:
		if (has_rss(bc))
			leave(bc, op);
		break;
	case OP_PAGE_GONE:
		if (has_rss(bc))
			end_page(bc, op);
		break;
	case OP_USE:
	case OP_CACHE_ADD:
	case OP_CACHE_DEL:
	case OP_MM_MOVE:	/* the beancounter stays */
	case OP_FORCE_EMPTY:
	case OP_NR_KINDS:
		break;
	}
}

/* --- the rest of the class --- */

static struct model *bc_create(const struct model_config *config)
{
	/* What production does right, whatever the rules say. */
	static const uint64_t not_in_openvz = RULE_BIT(D17_LOCKED_LEAK) | RULE_BIT(D18_RESULT_LOST) |
		RULE_BIT(D19_OLD_VALUE) | RULE_BIT(D21_SHM_LOCK_SHIFT) | RULE_BIT(D22_MOVE_UNCHARGED) |
		RULE_BIT(D23_DRIVER_FLAGS);
	struct bc *bc = xcalloc(1, sizeof(*bc));

	bc->base.class = &bc_model;
	bc->config = *config;
	if (is_openvz(bc))
		bc->config.rules.posted &= ~not_in_openvz;
	return &bc->base;
}

/* B7: the most that charges can bring it to; posted, one may overshoot. */
static uint64_t ceiling_of(const struct bc *bc, const struct bc_resource *r)
{
	uint64_t barrier = r->counters.barrier, limit = r->counters.limit;
	uint64_t ceiling = barrier > limit ? barrier : limit;

	if (!is_posted(bc, D19_OLD_VALUE))
		return ceiling;
	return ceiling > UINT64_MAX - r->largest ? UINT64_MAX : ceiling + r->largest;
}

static void bc_set_limit(struct model *model, uint32_t resource, uint32_t container, uint64_t barrier, uint64_t limit)
{
	struct bc *bc = (struct bc *)model;
	struct bc_resource *r = &container_of(bc, container)->resources[resource];
	uint64_t ceiling;

	r->counters.barrier = barrier;
	r->counters.limit = limit;
	ceiling = ceiling_of(bc, r);
	r->tolerated = r->counters.held > ceiling ? r->counters.held : ceiling;
}

/* Never: there is no policy. */
static void bc_reclaimed(struct model *model, uint32_t container)
{
	(void)model, (void)container;
}

/* Who maps a page shares it: nobody alone pays. */
static int64_t bc_payer(const struct model *model, uint32_t page)
{
	(void)model, (void)page;
	return -1;
}

static int bc_denial(const struct mem_op *op, uint32_t resource)
{
	if (op->kind == OP_VMA_CHANGE && op->why != VMA_DRIVER && resource == BC_LOCKED)
		return EAGAIN;
	if (op->kind != OP_VMA_MAP)
		return ENOMEM;
	switch ((enum vma_why)op->why) {
	case VMA_STACK:		/* SIGSEGV */
	case VMA_ELF_BRK:	/* exec is past its point of no return */
	case VMA_INSERT:
	case VMA_ELF:
		return 0;
	case VMA_MMAP:
	case VMA_BRK:		/* the old break; libc makes it so */
	case VMA_FORK:
	case VMA_DRIVER:
	case VMA_NR:
		break;
	}
	return ENOMEM;
}

static const struct model_counters *bc_counters(const struct model *model, uint32_t resource, uint32_t container)
{
	const struct bc *bc = (const struct bc *)model;
	const struct beancounter *b = container < bc->nr ? &bc->containers[container] : &unlimited;

	return &b->resources[resource].counters;
}

static void bc_reset_counters(struct model *model)
{
	struct bc *bc = (struct bc *)model;

	for (size_t i = 0; i < bc->nr * BC_RESOURCES; i++) {
		struct model_counters *c = &bc->containers[i / BC_RESOURCES].resources[i % BC_RESOURCES].counters;

		c->maxheld = c->transient = c->held;
		c->minheld = is_posted(bc, D20_MINHELD_ZERO) ? 0 : c->held;
		c->failcnt = c->reclaims = 0;
	}
}

/* With bc.rss privvmpages has no ceiling: shares rise when others leave. */
static const char *check_resource(const struct bc *bc, struct bc_resource *r, uint32_t resource, uint64_t reserved)
{
	const struct model_counters *c = &r->counters;
	uint64_t ceiling = ceiling_of(bc, r);

	if (r->charged + (uint64_t)r->missing != reserved)
		return resource == BC_PRIVVM ? "B1: privvmpages is not what private VMAs reserve" :
			"B2: lockedpages is not what is locked";
	if (c->maxheld < c->held || c->transient < c->maxheld || c->minheld > c->held)
		return "B3: peaks do not enclose what is held";
	if (c->held > r->tolerated && c->held > ceiling && !(resource == BC_PRIVVM && has_rss(bc)))
		return "B7: held rose above the limit";
	r->tolerated = c->held > ceiling ? c->held : ceiling;
	return NULL;
}

static const char *check_shares(const struct bc *bc, uint32_t nr_pages)
{
	uint64_t shares = 0, resident = 0;

	for (uint32_t page = 0; page < nr_pages && has_rss(bc); page++)
		resident += page_of(bc, page)->head != 0;
	for (size_t i = 0; i < bc->nr; i++)
		shares += bc->containers[i].rss;
	return shares == resident * BC_WEIGHT ? NULL : "B5: shares do not add up to the resident pages";
}

/* B4 is B1 and B2 of a container that nothing is left in. */
static const char *bc_check(struct model *model, uint32_t nr_pages)
{
	struct bc *bc = (struct bc *)model;
	uint64_t *reserved = xcalloc(bc->nr * BC_RESOURCES + 1, sizeof(*reserved));
	const char *broken = bc->broken ? bc->broken : check_shares(bc, nr_pages);

	for (size_t i = 0; i < bc->nr_mms; i++) {
		const struct bc_mm *mm = &bc->mms[i];

		if (mm->container >= bc->nr)
			continue;	/* charged nothing yet */
		reserved[mm->container * BC_RESOURCES + BC_PRIVVM] += mm->reserved[BC_PRIVVM] - mm->resident;
		reserved[mm->container * BC_RESOURCES + BC_LOCKED] += mm->reserved[BC_LOCKED];
	}
	for (size_t i = 0; i < bc->nr * BC_RESOURCES && !broken; i++) {
		struct beancounter *b = &bc->containers[i / BC_RESOURCES];
		uint32_t resource = i % BC_RESOURCES;

		broken = check_resource(bc, &b->resources[resource], resource,
					reserved[i] + (resource == BC_LOCKED ? b->shm_locked : 0));
	}
	free(reserved);
	return broken;
}

static void bc_destroy(struct model *model)
{
	struct bc *bc = (struct bc *)model;

	if (!bc)
		return;
	free(bc->containers);
	free(bc->mms);
	free(bc->shares);
	free(bc);
}

static bool bc_wants_pages(const struct rules *rules)
{
	return rules->chosen[SWITCH_BC_RSS] == SWITCH_ON;
}

const struct model_class bc_model = {
	.name = "ubc",
	.resources = (const char *const[]){ [BC_PRIVVM] = "privvmpages", [BC_LOCKED] = "lockedpages", NULL },
	.summary = "beancounters: what calls reserve, charged when they are made (models.md 3)",
	.page_bytes = sizeof(struct bc_page),
	.wants_pages = bc_wants_pages,
	.create = bc_create,
	.set_limit = bc_set_limit,
	.prepare = bc_prepare,
	.commit = bc_commit,
	.cancel = bc_cancel,
	.reclaimed = bc_reclaimed,
	.payer = bc_payer,
	.denial = bc_denial,
	.counters = bc_counters,
	.reset_counters = bc_reset_counters,
	.check = bc_check,
	.destroy = bc_destroy,
};
