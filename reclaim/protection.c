// SPDX-License-Identifier: GPL-2.0-or-later
/* From the target down: what each has of what the one above it has. */
#include "reclaim/protection.h"

#include "base/xalloc.h"

#include <stdlib.h>
#include <string.h>

static uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

uint64_t protection_share(uint64_t usage, uint64_t setting, uint64_t parent_usage, uint64_t parent_safe, uint64_t claimed)
{
	const uint64_t own = least(usage, setting);

	if (claimed > parent_safe)
		return own * parent_safe / claimed;
	/* More than the parent holds is all it holds: the child is safe either way. */
	if (parent_safe > claimed && parent_usage > claimed && usage > own)
		return own + (least(parent_safe, parent_usage) - claimed) * (usage - own) / (parent_usage - claimed);
	return own;
}

uint64_t protection_leaves(uint64_t size, uint64_t usage, uint64_t safe)
{
	uint64_t left;

	if (!safe)
		return size;
	usage = usage > safe ? usage : safe;
	left = size - size * safe / (usage + 1);
	return left > LRU_CLUSTER ? left : LRU_CLUSTER;
}

/* --- what is claimed --- */

void protections_release(struct protections *claims)
{
	free(claims->own);
	free(claims->children);
	*claims = (struct protections){ 0 };
}

void protections_forget(struct protections *claims)
{
	claims->is_summed = false;
}

static void ask(const struct reclaim_host *host, uint32_t container, struct protection *answer)
{
	host->protection(host->host, container, answer);
}

static struct claim claim_of(const struct reclaim_host *host, uint32_t container)
{
	struct protection p;

	ask(host, container, &p);
	return (struct claim){ .min = least(p.usage, p.min), .low = least(p.usage, p.low) };
}

static void sum_up(struct protections *claims, const struct lruvecs *lrus, const struct reclaim_host *host)
{
	if (claims->nr < lrus->nr) {
		claims->nr = lrus->nr;
		claims->own = xrealloc(claims->own, claims->nr, sizeof(*claims->own));
		claims->children = xrealloc(claims->children, claims->nr, sizeof(*claims->children));
	}
	memset(claims->children, 0, claims->nr * sizeof(*claims->children));
	for (uint32_t i = 0; i < lrus->nr; i++) {
		struct claim *of_all = &claims->children[lrus->all[i].parent];

		claims->own[i] = claim_of(host, i);
		of_all->min += claims->own[i].min;
		of_all->low += claims->own[i].low;
	}
	claims->is_summed = true;
	claims->nr_drained = host->nr_drained(host->host);
}

void protections_changed(struct protections *claims, const struct lruvecs *lrus, const struct reclaim_host *host,
			 uint32_t container, uint32_t target)
{
	for (; claims->is_summed && container && container != target; container = lrus->all[container].parent) {
		struct claim now = claim_of(host, container), *own = &claims->own[container];
		struct claim *of_all = &claims->children[lrus->all[container].parent];

		of_all->min += now.min - own->min;	/* modulo 2^64 where it falls */
		of_all->low += now.low - own->low;
		*own = now;
	}
}

/* --- what is safe --- */

static void share_out(const struct protections *claims, const struct lruvecs *lrus, const struct reclaim_host *host,
		      uint32_t container, uint32_t target, struct protection *result)
{
	const uint32_t parent = lrus->all[container].parent;
	struct protection above;
	struct claim claimed;

	ask(host, container, result);
	if (!parent || parent == target)
		return;
	share_out(claims, lrus, host, parent, target, &above);
	claimed = claims->children[parent];
	result->min = protection_share(result->usage, result->min, above.usage, above.min, claimed.min);
	result->low = protection_share(result->usage, result->low, above.usage, above.low, claimed.low);
}

void protection_of(struct protections *claims, const struct lruvecs *lrus, const struct reclaim_host *host,
		   uint32_t container, uint32_t target, struct protection *result)
{
	if (!claims->is_summed || claims->nr_drained != host->nr_drained(host->host))
		sum_up(claims, lrus, host);
	share_out(claims, lrus, host, container, target, result);
}
