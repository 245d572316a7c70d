// SPDX-License-Identifier: GPL-2.0-or-later
/* The victim: the largest member, or its eldest child. */
#include "reclaim/oom.h"

static bool is_worse(const struct oom_candidate *a, const struct oom_candidate *b)
{
	return a->total_vm > b->total_vm || (a->total_vm == b->total_vm && a->pid < b->pid);
}

static bool is_child(const struct oom_candidate *child, const struct oom_candidate *parent)
{
	return child->parent_mm && child->parent_mm == parent->mm && child->mm != parent->mm;
}

/* The member with most memory; posted, one with none counts as any task does. */
static int64_t select_worst(const struct oom_candidate *candidates, size_t nr, uint32_t container, bool is_posted)
{
	int64_t worst = -1, first = -1;

	for (size_t i = 0; i < nr; i++) {
		if (candidates[i].container == container && (!is_posted || candidates[i].total_vm) &&
		    (worst < 0 || is_worse(&candidates[i], &candidates[worst])))
			worst = (int64_t)i;
		if (first < 0 || candidates[i].pid < candidates[first].pid)
			first = (int64_t)i;
	}
	return worst < 0 && is_posted ? first : worst;
}

int64_t oom_select(const struct oom_candidate *candidates, size_t nr, uint32_t container, bool is_posted)
{
	int64_t worst = select_worst(candidates, nr, container, is_posted), eldest = -1;

	if (worst < 0)
		return -1;
	for (size_t i = 0; i < nr; i++) {
		if ((is_posted || candidates[i].container == container) &&
		    is_child(&candidates[i], &candidates[worst]) &&
		    (eldest < 0 || candidates[i].pid < candidates[eldest].pid))
			eldest = (int64_t)i;
	}
	return eldest < 0 ? worst : eldest;
}
