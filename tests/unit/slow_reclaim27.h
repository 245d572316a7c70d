/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * models.md 4.3 over 2.7 read out in the order of 2.6.27's vmscan.c: lists are
 * arrays, isolated pages are a list of their own, put back in the end.  What
 * reclaim27 must do, for a world of memcg_world.h.
 */
#ifndef TESTS_UNIT_SLOW_RECLAIM27_H
#define TESTS_UNIT_SLOW_RECLAIM27_H

#include "reclaim/policy.h"

extern const struct policy_class slow_reclaim27_policy;

#endif
