// SPDX-License-Identifier: GPL-2.0-or-later
/* The victim: the largest member, or its eldest child. */
#include "reclaim/oom.h"

#include <stdbool.h>

static bool is_worse(const struct oom_candidate *a, const struct oom_candidate *b)
{
	return a->total_vm > b->total_vm || (a->total_vm == b->total_vm && a->pid < b->pid);
}

static bool is_child(const struct oom_candidate *child, const struct oom_candidate *parent)
{
	return child->parent_mm && child->parent_mm == parent->mm && child->mm != parent->mm;
}

int64_t oom_select(const struct oom_candidate *candidates, size_t nr, uint32_t container)
{
	int64_t worst = -1, eldest = -1;

	for (size_t i = 0; i < nr; i++) {
		if (candidates[i].container == container &&
		    (worst < 0 || is_worse(&candidates[i], &candidates[worst])))
			worst = (int64_t)i;
	}
	if (worst < 0)
		return -1;
	for (size_t i = 0; i < nr; i++) {
		if (candidates[i].container == container &&
		    is_child(&candidates[i], &candidates[worst]) &&
		    (eldest < 0 || candidates[i].pid < candidates[eldest].pid))
			eldest = (int64_t)i;
	}
	return eldest < 0 ? worst : eldest;
}
