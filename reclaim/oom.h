/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who is killed when a container cannot be brought under its limit
 * (models.md 2.9).
 *
 * Badness is total_vm in pages, ties go to the lowest pid.  A child of the
 * chosen one with another mm is killed before it, if it is a member too; of
 * several the one with the lowest pid (the kernel takes the first of its list,
 * the eldest).  A grandchild is not.
 *
 * D38 posted: when no member has any memory the first of all tasks is chosen
 * (the lowest pid), and a child need not be a member.
 */
#ifndef RECLAIM_OOM_H
#define RECLAIM_OOM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct oom_candidate {
	uint64_t total_vm;	/* pages of all VMAs */
	uint32_t mm;
	uint32_t pid;		/* lowest thread group id that uses the mm */
	uint32_t parent_mm;	/* mm of the parent process; 0 = unknown */
	uint32_t container;	/* of the mm */
};

/* Index of the victim among the candidates, or -1 when none qualifies; is_posted: D38. */
int64_t oom_select(const struct oom_candidate *candidates, size_t nr, uint32_t container, bool is_posted);

#endif
