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
#include "accounting/bc.h"

#include "base/xalloc.h"

#include <errno.h>
#include <stdlib.h>

/* --- the stages --- */

static uint32_t payer_of(struct bc *bc, const struct mem_op *op)
{
	return op->kind == OP_SHM_LOCK || op->kind == OP_SHM_UNLOCK ? op->container : bc_mm_of(bc, op)->container;
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
	bc_make_plan(bc, op, plan);
	if (!plan->is_charged[BC_PRIVVM] && !plan->is_charged[BC_LOCKED])
		return VERDICT_APPLIED;
	container = payer_of(bc, op);
	before = *bc_beancounter(bc, container);
	if (bc_charge_plan(bc, container, plan, &resource))
		return VERDICT_APPLIED;
	if (!is_unchanged(&before, &bc->containers[container]) && !bc_is_posted(bc, D17_LOCKED_LEAK))
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
			bc_uncharge(bc, payer_of(bc, op), i, bc->pending.pages[i]);
}

static struct payment bc_commit(struct model *model, const struct mem_op *op)
{
	struct bc *bc = (struct bc *)model;

	switch ((enum op_kind)op->kind) {
	case OP_MM_NEW:
		bc_end_mm(bc, op);
		bc_mm_of(bc, op);
		break;
	case OP_MM_GONE:
		bc_end_mm(bc, op);
		break;
	case OP_VMA_MAP:
		bc_commit_map(bc, op);
		break;
	case OP_VMA_UNMAP:
		bc_commit_unmap(bc, op);
		break;
	case OP_VMA_CHANGE:
		bc_commit_change(bc, op);
		break;
	case OP_VMA_MOVE:
		bc_commit_move(bc, op);
		break;
	case OP_SHM_LOCK:
	case OP_SHM_UNLOCK:
		bc_commit_shm(bc, op);
		break;
	case OP_MAP:
		if (bc_has_rss(bc))
			bc_enter(bc, op);
		break;
	case OP_UNMAP:
		if (bc_has_rss(bc))
			bc_leave(bc, op);
		break;
	case OP_PAGE_GONE:
		if (bc_has_rss(bc))
			bc_end_page(bc, op);
		break;
	case OP_USE:
	case OP_CACHE_ADD:
	case OP_CACHE_DEL:
	case OP_MM_MOVE:	/* the beancounter stays */
	case OP_FORCE_EMPTY:
	case OP_KERNEL_CHARGE:
	case OP_KERNEL_UNCHARGE:
	case OP_WRITTEN:
	case OP_NR_KINDS:
		break;
	}
	return (struct payment){ 0 };
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
	if (bc_is_openvz(bc))
		bc->config.rules.posted &= ~not_in_openvz;
	return &bc->base;
}

static struct model *bc_fork(const struct model *model, const struct model_config *config)
{
	struct bc *fork = xcopy(model, 1, sizeof(*fork));

	fork->config.pages = config->pages;
	fork->containers = xcopy(fork->containers, fork->nr, sizeof(*fork->containers));
	fork->capacity = fork->nr;
	fork->mms = xcopy(fork->mms, fork->nr_mms, sizeof(*fork->mms));
	fork->shares = xcopy(fork->shares, fork->nr_shares, sizeof(*fork->shares));
	fork->shares_capacity = fork->nr_shares;
	return &fork->base;
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

/* B4 is B1 and B2 of a container that nothing is left in. */
static const char *bc_check(struct model *model, uint32_t nr_pages)
{
	struct bc *bc = (struct bc *)model;
	uint64_t *reserved = xcalloc(bc->nr * BC_RESOURCES + 1, sizeof(*reserved));
	const char *broken = bc->broken ? bc->broken : bc_check_shares(bc, nr_pages);

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

		broken = bc_check_resource(bc, &b->resources[resource], resource,
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
	.pair = "BARRIER:LIMIT",
	.one_sets_both = true,
	.summary = "beancounters: what calls reserve, charged when they are made (models.md 3)",
	.lost_reach = LOST_REACH_RESERVED,
	.page_bytes = sizeof(struct bc_page),
	.wants_pages = bc_wants_pages,
	.create = bc_create,
	.fork = bc_fork,
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
