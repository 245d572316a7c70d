// SPDX-License-Identifier: GPL-2.0-or-later
/* From the target down: what each has of what the one above it has. */
#include "reclaim/protection.h"

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

static void ask(const struct reclaim_host *host, uint32_t container, struct protection *answer)
{
	host->protection(host->host, container, answer);
}

void protection_of(const struct lruvecs *lrus, const struct reclaim_host *host, uint32_t container, uint32_t target,
		   struct protection *result)
{
	const uint32_t parent = lrus->all[container].parent;
	struct protection above, claimed = { 0 };

	ask(host, container, result);
	if (!parent || parent == target)
		return;
	protection_of(lrus, host, parent, target, &above);
	for (uint32_t i = 0; i < lrus->nr; i++) {
		struct protection sibling;

		if (lrus->all[i].parent != parent)
			continue;
		ask(host, i, &sibling);
		claimed.min += least(sibling.usage, sibling.min);
		claimed.low += least(sibling.usage, sibling.low);
	}
	result->min = protection_share(result->usage, result->min, above.usage, above.min, claimed.min);
	result->low = protection_share(result->usage, result->low, above.usage, above.low, claimed.low);
}
