/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * models.md section 2 read out step by step: arrays, one look after the other,
 * nothing skipped.  What reclaim07 must do, too slow for anything but a test with
 * a world of SLOW_PAGES pages and zones of some hundred.
 */
#ifndef TESTS_UNIT_SLOW_RECLAIM_H
#define TESTS_UNIT_SLOW_RECLAIM_H

#include "reclaim/policy.h"

extern const struct policy_class slow_reclaim_policy;

#endif
