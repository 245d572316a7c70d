/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a replay may do in more than one way, as one set of choices.
 *
 *	rules_init(&rules, false);				intended
 *	rules_parse_rule(&rules, "D17=posted", err);
 *	rules_parse_switch(&rules, "bc.rss=on", err);
 *	if (rules_posted(&rules, D17_LOCKED_LEAK))
 *		...
 *
 * A rule is a defect of a patch (models.md 6): as posted, or as intended.  A
 * switch is an open question or a variant (models.md 8) with named values.  Both
 * are tables here, because accounting/ and reclaim/ share them and may not meet;
 * each reads only its own.  A set is a plain value: copy it.
 */
#ifndef BASE_RULES_H
#define BASE_RULES_H

#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Rows of the register, by number. */
enum rule {
	D1_DOUBLE_RELEASE = 1,
	D2_SWAP_IN_LEAK,
	D3_COPY_LEAK,
	D4_FAULT_LEAK,
	D5_MIGRATE_PREPARE,
	D6_SWAPOFF_PREPARE,
	D7_STALE_POINTER,
	D8_ALWAYS_ACTIVE,
	D9_ENDLESS_RETRY,
	D10_NO_SECOND_LOOK,
	D11_SPIN_FOR_VICTIM,
	D12_FOREIGN_BLOCKS,
	D13_UNLOCKED_MOVE,
	D14_ROTATE_HEAD,
	D15_ZONE_BUDGET,
	D16_OTHER_NAME,
	D17_LOCKED_LEAK,
	D18_RESULT_LOST,
	D19_OLD_VALUE,
	D20_MINHELD_ZERO,
	D21_SHM_LOCK_SHIFT,
	D22_MOVE_UNCHARGED,
	D23_DRIVER_FLAGS,
	D24_EXECPRIO_FROM_USER,
	D25_MIGRATE_DELETES,
	D26_MPROTECT_FLOW,
	D27_SHM_ANON_TRANSIENT,
	D28_FORK_LIMIT,
	D29_RCU_LEFT_LOCKED,
	D30_SWAP_IN_LEAK,
	D31_PLAIN_TEST,
	D32_EMPTY_LOOPS,
	D33_EMPTY_REF,
	D34_DOUBLE_CHARGE,
	D35_INSERTED_UNCHARGED,
	D36_LIMIT_ZERO,
	D37_LIMIT_STORED,
	D38_OOM_OUTSIDER,
	D7B_STALE_RACE,
	D7C_OWNED_PREPARES,
	RULE_NR
};

struct rule_class {
	const char *id;		/* "D17", as typed */
	const char *model;	/* whose: a name of models[] or policies[], "core" = several */
	const char *section;	/* of models.md */
	const char *posted, *intended;	/* what each does */
	const char *fixed;	/* NULL, or why it cannot be chosen: what happens instead */
};

extern const struct rule_class rule_classes[RULE_NR];	/* [0] is empty */

enum switch_name {
	SWITCH_RSS07_MOVE_RULE,
	SWITCH_RSS07_SKIP_OWNED,
	SWITCH_RECLAIM07_END_RESULT,
	SWITCH_BC_VARIANT,
	SWITCH_BC_RSS,
	SWITCH_BC_MPROTECT_STRICT,
	SWITCH_BC_FORK_STRICT,
	SWITCH_MEMCG_KERNEL,
	SWITCH_MEMCG_LOCKLESS,
	SWITCH_CGROUP2_KERNEL,
	SWITCH_CGROUP2_STOCK,
	SWITCH_CGROUP2_KMEM,
	SWITCH_CGROUP2_HIERARCHY,
	SWITCH_CGROUP2_LRU,
	SWITCH_CGROUP2_WORKINGSET,
	SWITCH_CGROUP2_BALANCE,
	SWITCH_CGROUP2_CLUSTER,
	SWITCH_CGROUP2_SETTINGS,
	SWITCH_NR
};

/* Values, in the order of switch_class.values. */
enum off_on { SWITCH_OFF, SWITCH_ON };
enum move_rule { MOVE_LEADER, MOVE_OLD_MATCH };
/* How the priority loop ends when nothing was freed (models.md 2.3). */
enum reclaim_end { RECLAIM_END_UNDER_LIMIT, RECLAIM_END_ZONE_ALIVE, RECLAIM_END_FREED_ONLY };
enum bc_variant { BC_POSTED_SET, BC_OPENVZ };
enum bc_strict { BC_STRICT_BARRIER, BC_STRICT_LIMIT };
enum cgroup2_kernel { CGROUP2_K618, CGROUP2_K616, CGROUP2_K515, CGROUP2_K510 };
enum cgroup2_lru { CGROUP2_TWO_LISTS, CGROUP2_GENERATIONS };
enum cgroup2_settings { CGROUP2_SETTINGS_RECORDED, CGROUP2_SETTINGS_NONE };
enum cgroup2_hierarchy { CGROUP2_RECORDED, CGROUP2_V1, CGROUP2_V2 };
enum memcg_kernel { MEMCG_K27, MEMCG_K25, MEMCG_K26, MEMCG_K28 };

struct switch_class {
	const char *name;	/* "bc.rss", as typed */
	const char *const *values;	/* NULL ends */
	uint8_t intended, posted;	/* default: index of values */
	const char *model;
	const char *section;	/* of models.md */
	const char *summary;	/* one line */
	const char *fixed;	/* NULL, or why only the default can be chosen */
};

extern const struct switch_class switch_classes[SWITCH_NR];

struct rules {
	uint64_t posted;		/* set of RULE_BIT() */
	uint8_t chosen[SWITCH_NR];	/* index of the switch's values */
};

#define RULE_BIT(rule) (UINT64_C(1) << (rule))

static inline bool rules_posted(const struct rules *rules, enum rule rule)
{
	return rules->posted & RULE_BIT(rule);
}

/* Every rule and switch as posted, or as intended. */
void rules_init(struct rules *rules, bool is_posted);

/* "D17=posted" or "D17=intended"; RC_USAGE: err says what is wrong with the text. */
enum status rules_parse_rule(struct rules *rules, const char *text, struct error *err);

/* "bc.rss=on"; likewise. */
enum status rules_parse_switch(struct rules *rules, const char *text, struct error *err);

/* The value chosen, as typed. */
const char *rules_value(const struct rules *rules, enum switch_name name);

#endif
