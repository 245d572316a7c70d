// SPDX-License-Identifier: GPL-2.0-or-later
/* The register of defects, the switches, and choosing among them. */
#include "base/rules.h"

#include <string.h>
#include <strings.h>

/* Reasons that more than one row has. */
#define RACE "never happens: needs two CPUs at once, a replay is serial"

const struct rule_class rule_classes[RULE_NR] = {
	[D1_DOUBLE_RELEASE] = { "D1", "rss", "6.1",
		"a swap-in that cannot read its page gives its charge back twice",
		"gives it back once", NULL },
	[D2_SWAP_IN_LEAK] = { "D2", "rss", "6.1",
		"a swap-in that is refused keeps its reference: the page stays in memory (anomaly)",
		"drops the reference", NULL },
	[D3_COPY_LEAK] = { "D3", "rss", "6.1",
		"a copy on write that is refused leaks the new page (anomaly)",
		"frees the new page", NULL },
	[D4_FAULT_LEAK] = { "D4", "rss", "6.1",
		"a file fault that is refused leaks a page reference or the early copy (anomaly)",
		"drops both", NULL },
	[D5_MIGRATE_PREPARE] = { "D5", "rss", "6.1",
		"every migrated entry is charged anew: the first one restored becomes the owner",
		"one charge ahead of the migration, the owner stays" },
	[D6_SWAPOFF_PREPARE] = { "D6", "rss", "6.1",
		"swapoff charges once per table it looks through and hides failures",
		"charges when the entry is found",
		"never happens: no operation says swapoff" },
	[D7_STALE_POINTER] = { "D7", "rss", "6.1",
		"an unmapped page keeps a pointer to its ended charge, which a page mapped without charge ends again",
		"the pointer goes with the last mapping",
		"as intended: pages mapped without a charge are no operations, so nothing reads the stale pointer" },
	[D7B_STALE_RACE] = { "D7b", "rss", "6.1",
		"map and unmap on another CPU between count and pointer leave a stale charge",
		"count and pointer change together", RACE },
	[D7C_OWNED_PREPARES] = { "D7c", "rss", "6.1",
		"every fault prepares, also on a page that somebody pays for",
		"the same: before the lock nobody can know", "see switch rss07.skip_owned" },
	[D8_ALWAYS_ACTIVE] = { "D8", "reclaim07", "6.2",
		"a charged page always goes to the active list, where reclaim cannot take one that is not active",
		"to the list of its own class", NULL },
	[D9_ENDLESS_RETRY] = { "D9", "reclaim07", "6.2",
		"a fault retries as long as reclaim says success: a container of locked pages loops (livelock)",
		"a bounded number of retries, then a kill", NULL },
	[D10_NO_SECOND_LOOK] = { "D10", "reclaim07", "6.2",
		"a kill as soon as reclaim says failure, though it made room",
		"usage is looked at again before a kill", NULL },
	[D11_SPIN_FOR_VICTIM] = { "D11", "reclaim07", "6.2",
		"faults spin until a victim has ended, and no other is chosen meanwhile",
		"a bounded wait, members only",
		"never happens: a replay ends its victim at once" },
	[D12_FOREIGN_BLOCKS] = { "D12", "reclaim07", "6.2",
		"a page of another zone at the tail stops the scan of this zone",
		"it is passed by", NULL },
	[D13_UNLOCKED_MOVE] = { "D13", "reclaim07", "6.2",
		"a page may change lists after its charge ended", "lists are locked", RACE },
	[D14_ROTATE_HEAD] = { "D14", "reclaim07", "6.2",
		"a page whose write ended goes to the head of the container's list",
		"to the tail, as on the machine's list", NULL },
	[D15_ZONE_BUDGET] = { "D15", "reclaim07", "6.2",
		"the steps of a pass are counted by the zone's lists",
		"by the container's own", NULL },
	[D16_OTHER_NAME] = { "D16", "reclaim07", "6.2",
		"a macro of the build without containers has another name than the function",
		"the same name", "never happens: it does not run" },
	[D17_LOCKED_LEAK] = { "D17", "ubc", "6.3",
		"a refused privvmpages charge takes its size off lockedpages, locked or not",
		"only if lockedpages was charged", NULL },
	[D18_RESULT_LOST] = { "D18", "ubc", "6.3",
		"mprotect never hears of a refusal: the call goes on uncharged",
		"mprotect fails with ENOMEM", NULL },
	[D19_OLD_VALUE] = { "D19", "ubc", "6.3",
		"barrier and limit are compared with what was held before: one charge may overshoot",
		"with what would be held", NULL },
	[D20_MINHELD_ZERO] = { "D20", "ubc", "6.3",
		"minheld starts at 0 and stays there", "starts at what is held", NULL },
	[D21_SHM_LOCK_SHIFT] = { "D21", "ubc", "6.3",
		"locking shared memory charges a 4096th of its pages", "its pages", NULL },
	[D22_MOVE_UNCHARGED] = { "D22", "ubc", "6.3",
		"mremap that moves charges the growth only, then credits the old place",
		"charges the new place, then credits the old one", NULL },
	[D23_DRIVER_FLAGS] = { "D23", "ubc", "6.3",
		"flags that a driver changes during mmap are credited later, never charged",
		"charged anew", NULL },
	[D24_EXECPRIO_FROM_USER] = { "D24", "ubc", "6.3",
		"a program may pass the loader's flag and so pass the barrier",
		"the flag is the loader's only", NULL },
	[D25_MIGRATE_DELETES] = { "D25", "ubc", "6.3",
		"a migrated entry takes its share off instead of putting it back",
		"puts it back", NULL },
	[D26_MPROTECT_FLOW] = { "D26", "ubc", "6.3",
		"mprotect's ways out are right; what it changed before a failure stays changed",
		"the same", "no defect" },
	[D27_SHM_ANON_TRANSIENT] = { "D27", "ubc", "6.3",
		"shared anonymous memory is charged while it is mapped, then credited",
		"never charged", NULL },
	[D28_FORK_LIMIT] = { "D28", "ubc", "6.3",
		"fork charges up to the limit", "the same; production: up to the barrier",
		"see switch bc.fork_strict" },
	[D29_RCU_LEFT_LOCKED] = { "D29", "memcg", "6.4",
		"a way out of the cache charge leaves a lock held: queued records are never drained (anomaly)",
		"unlocks", NULL },
	[D30_SWAP_IN_LEAK] = { "D30", "memcg", "6.4",
		"as D2: a refused swap-in keeps its reference (anomaly)", "drops the reference",
		"as intended: the page is charged to nobody either way" },
	[D31_PLAIN_TEST] = { "D31", "memcg", "6.4",
		"two uncharges of one page may both pass", "test and set at once", RACE },
	[D32_EMPTY_LOOPS] = { "D32", "memcg", "6.4",
		"emptying a group waits for lists that its deferred removals keep full",
		"drains them, or moves pages to the parent", NULL },
	[D33_EMPTY_REF] = { "D33", "memcg", "6.4",
		"emptying a group keeps a reference to a page on no list, and loops",
		"drops it",
		"never happens: a replay has no page that waits for its list" },
	[D34_DOUBLE_CHARGE] = { "D34", "memcg", "6.4",
		"a second charge of a page is a crash, or leaks when debugging is off (anomaly)",
		"kept as invariant M5", NULL },
	[D35_INSERTED_UNCHARGED] = { "D35", "memcg", "6.4",
		"pages a driver inserts are no longer charged", "the same: it was meant",
		"no defect; pages mapped without a charge are no operations" },
	[D36_LIMIT_ZERO] = { "D36", "core", "6.5",
		"limit 0 is no limit", "limit 0 refuses everything", NULL },
	[D37_LIMIT_STORED] = { "D37", "rss", "6.5",
		"a new limit is stored and nothing else",
		"what is above it is reclaimed first; what cannot go is EBUSY, and the old limit holds", NULL },
	[D38_OOM_OUTSIDER] = { "D38", "core", "6.5",
		"with no member to kill the first task is killed, and a child in another container before its parent",
		"members only", NULL },
};

static const char *const off_on[] = { [SWITCH_OFF] = "off", [SWITCH_ON] = "on", NULL };
static const char *const move_rules[] = { [MOVE_LEADER] = "leader", [MOVE_OLD_MATCH] = "old_match", NULL };
static const char *const end_results[] = {
	[RECLAIM_END_UNDER_LIMIT] = "under_limit", [RECLAIM_END_ZONE_ALIVE] = "zone_alive",
	[RECLAIM_END_FREED_ONLY] = "freed_only", NULL
};
static const char *const bc_variants[] = { [BC_POSTED_SET] = "posted-set", [BC_OPENVZ] = "openvz", NULL };
static const char *const kernels[] = {
	[MEMCG_K27] = "2.6.27", [MEMCG_K25] = "2.6.25", [MEMCG_K26] = "2.6.26", [MEMCG_K28] = "2.6.28", NULL
};
static const char *const controllers[] = {
	[CGROUP2_K618] = "6.18", [CGROUP2_K616] = "6.16", [CGROUP2_K515] = "5.15", [CGROUP2_K510] = "5.10", NULL
};
static const char *const lrus[] = { [CGROUP2_TWO_LISTS] = "classic", [CGROUP2_GENERATIONS] = "generations", NULL };
static const char *const hierarchies[] = {
	[CGROUP2_RECORDED] = "recorded", [CGROUP2_V1] = "v1", [CGROUP2_V2] = "v2", NULL
};
static const char *const settings[] = { [CGROUP2_SETTINGS_RECORDED] = "recorded", [CGROUP2_SETTINGS_NONE] = "none", NULL };
static const char *const bc_stricts[] = { [BC_STRICT_BARRIER] = "barrier", [BC_STRICT_LIMIT] = "limit", NULL };

const struct switch_class switch_classes[SWITCH_NR] = {
	[SWITCH_RSS07_MOVE_RULE] = { "rss07.move_rule", move_rules, MOVE_LEADER, MOVE_LEADER, "rss", "1.2",
		"which moved task takes its address space along: the leader of its threads, or any while it is still in the old container",
		"the replay moves an address space with its leader only" },
	[SWITCH_RSS07_SKIP_OWNED] = { "rss07.skip_owned", off_on, SWITCH_OFF, SWITCH_OFF, "rss", "6.1 D7c",
		"a fault on a page that somebody pays for needs no room", NULL },
	[SWITCH_RECLAIM07_END_RESULT] = { "reclaim07.end_result", end_results, RECLAIM_END_UNDER_LIMIT,
		RECLAIM_END_ZONE_ALIVE, "reclaim07", "2.3",
		"what a reclaim call that freed nothing tells the charge: success if there is room now, always, never",
		NULL },
	[SWITCH_BC_VARIANT] = { "bc.variant", bc_variants, BC_POSTED_SET, BC_POSTED_SET, "ubc", "3.2, 3.3",
		"the patches of 2006, or what OpenVZ shipped: stricter, and without D17, D18, D19, D21, D22, D23", NULL },
	[SWITCH_BC_RSS] = { "bc.rss", off_on, SWITCH_OFF, SWITCH_OFF, "ubc", "3.4",
		"privvmpages counts unused reservations and shares of resident pages", NULL },
	[SWITCH_BC_MPROTECT_STRICT] = { "bc.mprotect_strict", bc_stricts, BC_STRICT_BARRIER, BC_STRICT_BARRIER,
		"ubc", "6.3 D18, 8.6", "up to where mprotect may charge; openvz: limit, whatever is said here", NULL },
	[SWITCH_BC_FORK_STRICT] = { "bc.fork_strict", bc_stricts, BC_STRICT_LIMIT, BC_STRICT_LIMIT, "ubc",
		"6.3 D28, 8.7", "up to where fork may charge; openvz: barrier, whatever is said here", NULL },
	[SWITCH_MEMCG_KERNEL] = { "memcg.kernel", kernels, MEMCG_K27, MEMCG_K27, "memcg", "4",
		"whose rules: until 2.6.26 mapping an unpaid file page charges it and a limit is just stored; lists differ",
		NULL },
	[SWITCH_MEMCG_LOCKLESS] = { "memcg.lockless", off_on, SWITCH_ON, SWITCH_ON, "memcg", "4.2",
		"2.6.27 with the lockless page_cgroup of August 2008: memory.stat lags by up to 15 pages a CPU", NULL },
	[SWITCH_CGROUP2_KERNEL] = { "cgroup2.kernel", controllers, CGROUP2_K618, CGROUP2_K618, "cgroup2", "10",
		"the first release of the rules; of a recording that names its kernel: that one", NULL },
	[SWITCH_CGROUP2_STOCK] = { "cgroup2.stock", off_on, SWITCH_ON, SWITCH_ON, "cgroup2", "3.1",
		"each CPU charges up to 64 pages ahead", NULL },
	[SWITCH_CGROUP2_KMEM] = { "cgroup2.kmem", off_on, SWITCH_ON, SWITCH_ON, "cgroup2", "2",
		"kernel memory is charged, as far as it is seen or can be estimated", NULL },
	[SWITCH_CGROUP2_HIERARCHY] = { "cgroup2.hierarchy", hierarchies, CGROUP2_RECORDED, CGROUP2_RECORDED, "cgroup2",
		"6.1", "control groups the container is of: reclaim of v1 waits for write-back; where not told: v2", NULL },
	[SWITCH_CGROUP2_LRU] = { "cgroup2.lru", lrus, CGROUP2_TWO_LISTS, CGROUP2_TWO_LISTS, "cgroup2", "9",
		"lists of reclaim; of a recording that says its kernel has lru_gen enabled: generations", NULL },
	[SWITCH_CGROUP2_WORKINGSET] = { "cgroup2.workingset", off_on, SWITCH_ON, SWITCH_ON, "cgroup2", "6.6",
		"a page that comes back soon after it was evicted is active; off is wrong, to see what the rule is worth", NULL },
	[SWITCH_CGROUP2_BALANCE] = { "cgroup2.balance", off_on, SWITCH_ON, SWITCH_ON, "cgroup2", "4.2",
		"what reclaim of anonymous memory and of files cost decides which it looks at; off (wrong): both alike", NULL },
	[SWITCH_CGROUP2_CLUSTER] = { "cgroup2.cluster", off_on, SWITCH_ON, SWITCH_ON, "cgroup2", "4, 4.3",
		"reclaim frees 32 pages at least, and looks at so many together; off (wrong): what is asked, one by one", NULL },
	[SWITCH_CGROUP2_SETTINGS] = { "cgroup2.settings", settings, CGROUP2_SETTINGS_RECORDED, CGROUP2_SETTINGS_RECORDED,
		"cgroup2", "4, 6.1", "memory.min, low and swap.max of the recorded containers, as the recording tells them; or none", NULL },
};

/* Rules that may be posted at all. */
static bool is_free(enum rule rule)
{
	return rule_classes[rule].id && !rule_classes[rule].fixed;
}

void rules_init(struct rules *rules, bool is_posted)
{
	*rules = (struct rules){ 0 };
	for (enum rule rule = 1; rule < RULE_NR && is_posted; rule++)
		rules->posted |= is_free(rule) ? RULE_BIT(rule) : 0;
	for (size_t i = 0; i < SWITCH_NR; i++)
		rules->chosen[i] = is_posted ? switch_classes[i].posted : switch_classes[i].intended;
}

/* Bytes before '='; 0 = there is none, or nothing before it. */
static size_t name_length(const char *text)
{
	const char *equals = strchr(text, '=');

	return equals ? (size_t)(equals - text) : 0;
}

enum status rules_parse_rule(struct rules *rules, const char *text, struct error *err)
{
	size_t length = name_length(text);
	const char *value = text + length + 1;
	enum rule rule = 1;

	if (!length)
		return error_set(err, RC_USAGE, "'%s' is not like D17=posted", text);
	while (rule < RULE_NR && (strlen(rule_classes[rule].id) != length ||
				  strncasecmp(rule_classes[rule].id, text, length)))
		rule++;
	if (rule == RULE_NR)
		return error_set(err, RC_USAGE, "'%.*s' is no rule: see --help-models", (int)length, text);
	if (strcmp(value, "posted") && strcmp(value, "intended"))
		return error_set(err, RC_USAGE, "%s is posted or intended, not '%s'", rule_classes[rule].id, value);
	if (!is_free(rule))
		return error_set(err, RC_USAGE, "%s cannot be chosen: %s", rule_classes[rule].id,
				 rule_classes[rule].fixed);
	rules->posted &= ~RULE_BIT(rule);
	if (*value == 'p')
		rules->posted |= RULE_BIT(rule);
	return RC_OK;
}

enum status rules_parse_switch(struct rules *rules, const char *text, struct error *err)
{
	size_t length = name_length(text), i = 0;
	const char *value = text + length + 1;
	const struct switch_class *class;
	uint8_t chosen = 0;

	if (!length)
		return error_set(err, RC_USAGE, "'%s' is not like bc.rss=on", text);
	while (i < SWITCH_NR && (strlen(switch_classes[i].name) != length ||
				 strncmp(switch_classes[i].name, text, length)))
		i++;
	if (i == SWITCH_NR)
		return error_set(err, RC_USAGE, "'%.*s' is no switch: see --help-models", (int)length, text);
	class = &switch_classes[i];
	while (class->values[chosen] && strcmp(class->values[chosen], value))
		chosen++;
	if (!class->values[chosen])
		return error_set(err, RC_USAGE, "%s has no value '%s': see --help-models", class->name, value);
	if (class->fixed && chosen != class->intended)
		return error_set(err, RC_USAGE, "%s cannot be %s: %s", class->name, value, class->fixed);
	rules->chosen[i] = chosen;
	return RC_OK;
}

const char *rules_value(const struct rules *rules, enum switch_name name)
{
	return switch_classes[name].values[rules->chosen[name]];
}
