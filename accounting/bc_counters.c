// SPDX-License-Identifier: GPL-2.0-or-later
/* One beancounter: what it holds, against barrier and limit (models.md 3.2). */
#include "accounting/bc.h"

#include "base/xalloc.h"

static const struct beancounter unlimited = {
	.resources = {
		{ .counters = { .barrier = PAGES_UNLIMITED, .limit = PAGES_UNLIMITED }, .tolerated = UINT64_MAX },
		{ .counters = { .barrier = PAGES_UNLIMITED, .limit = PAGES_UNLIMITED }, .tolerated = UINT64_MAX },
	},
};

struct beancounter *bc_beancounter(struct bc *bc, uint32_t container)
{
	while (bc->nr <= container) {
		xgrow(&bc->containers, bc->nr, &bc->capacity, sizeof(*bc->containers));
		bc->containers[bc->nr++] = unlimited;
	}
	return &bc->containers[container];
}

void bc_refresh(struct beancounter *b, uint32_t resource)
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
	uint64_t held = bc_is_posted(bc, D19_OLD_VALUE) ? c->held : c->held + pages;

	if (strict == BC_LIMIT)
		return held > c->limit;
	/* BCv6 looks at the barrier alone; the first posting and production at both. */
	return held > c->barrier || (held > c->limit && (bc_is_openvz(bc) || bc_is_posted(bc, D19_OLD_VALUE)));
}

bool bc_charge(struct bc *bc, uint32_t container, uint32_t resource, uint64_t pages, enum strictness strict)
{
	struct beancounter *b = bc_beancounter(bc, container);
	struct bc_resource *r = &b->resources[resource];

	if (is_over(bc, &r->counters, pages, strict)) {
		r->counters.failcnt++;
		return false;
	}
	r->charged += pages;
	if (pages > r->largest)
		r->largest = pages;
	bc_refresh(b, resource);
	return true;
}

void bc_uncharge(struct bc *bc, uint32_t container, uint32_t resource, uint64_t pages)
{
	struct beancounter *b = bc_beancounter(bc, container);
	struct bc_resource *r = &b->resources[resource];

	if (pages > r->charged) {
		bc->base.anomaly = (struct anomaly){ "uncharged more than is held", container, resource,
						     pages - r->charged };
		r->missing -= (int64_t)(pages - r->charged);
		pages = r->charged;
	}
	r->charged -= pages;
	bc_refresh(b, resource);
}

/* --- limits and figures --- */

/* B7: the most that charges can bring it to; posted, one may overshoot. */
static uint64_t ceiling_of(const struct bc *bc, const struct bc_resource *r)
{
	uint64_t barrier = r->counters.barrier, limit = r->counters.limit;
	uint64_t ceiling = barrier > limit ? barrier : limit;

	if (!bc_is_posted(bc, D19_OLD_VALUE))
		return ceiling;
	return ceiling > UINT64_MAX - r->largest ? UINT64_MAX : ceiling + r->largest;
}

void bc_set_limit(struct model *model, uint32_t resource, uint32_t container, uint64_t barrier, uint64_t limit)
{
	struct bc *bc = (struct bc *)model;
	struct bc_resource *r = &bc_beancounter(bc, container)->resources[resource];
	uint64_t ceiling;

	r->counters.barrier = barrier;
	r->counters.limit = limit;
	ceiling = ceiling_of(bc, r);
	r->tolerated = r->counters.held > ceiling ? r->counters.held : ceiling;
}

const struct model_counters *bc_counters(const struct model *model, uint32_t resource, uint32_t container)
{
	const struct bc *bc = (const struct bc *)model;
	const struct beancounter *b = container < bc->nr ? &bc->containers[container] : &unlimited;

	return &b->resources[resource].counters;
}

void bc_reset_counters(struct model *model)
{
	struct bc *bc = (struct bc *)model;

	for (size_t i = 0; i < bc->nr * BC_RESOURCES; i++) {
		struct model_counters *c = &bc->containers[i / BC_RESOURCES].resources[i % BC_RESOURCES].counters;

		c->maxheld = c->transient = c->held;
		c->minheld = bc_is_posted(bc, D20_MINHELD_ZERO) ? 0 : c->held;
		c->failcnt = c->reclaims = 0;
	}
}

/* With bc.rss privvmpages has no ceiling: shares rise when others leave. */
const char *bc_check_resource(const struct bc *bc, struct bc_resource *r, uint32_t resource, uint64_t reserved)
{
	const struct model_counters *c = &r->counters;
	uint64_t ceiling = ceiling_of(bc, r);

	if (r->charged + (uint64_t)r->missing != reserved)
		return resource == BC_PRIVVM ? "B1: privvmpages is not what private VMAs reserve" :
			"B2: lockedpages is not what is locked";
	if (c->maxheld < c->held || c->transient < c->maxheld || c->minheld > c->held)
		return "B3: peaks do not enclose what is held";
	if (c->held > r->tolerated && c->held > ceiling && !(resource == BC_PRIVVM && bc_has_rss(bc)))
		return "B7: held rose above the limit";
	r->tolerated = c->held > ceiling ? c->held : ceiling;
	return NULL;
}
