/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cgroup2.md 4 to 6 read out plainly: lists are arrays of folios, a folio is an array
 * of pages, every sum is counted anew.  What lru618 must do with the default rules and
 * a memory.stat that is up to date.
 */
#ifndef TESTS_UNIT_SLOW_LRU618_H
#define TESTS_UNIT_SLOW_LRU618_H

#include "reclaim/lruvec.h"
#include "reclaim/policy.h"

extern const struct policy_class slow_lru618_policy;

/* Pages of a list, from its head on, folio by folio; how many there are. */
size_t slow_lru618_list(const struct policy *policy, uint32_t container, enum lru_list list, uint32_t *pages, size_t most);
uint64_t slow_lru618_cost(const struct policy *policy, uint32_t container, enum lru_type type);
uint64_t slow_lru618_age(const struct policy *policy, uint32_t container);

#endif
