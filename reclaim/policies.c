// SPDX-License-Identifier: GPL-2.0-or-later
/* The table of reclaim policies. */
#include "reclaim/policy.h"

#include <string.h>

extern const struct policy_class lru618_policy;
extern const struct policy_class mglru_policy;
extern const struct policy_class reclaim07_policy;
extern const struct policy_class reclaim27_policy;

const struct policy_class *const policies[] = {
	&reclaim07_policy,
	&reclaim27_policy,
	&lru618_policy,
	&mglru_policy,
	NULL,
};

bool reclaim_retry(const struct rules *rules, const struct reclaim_result *result, bool is_room,
		   uint32_t rounds)
{
	if (result->success && rules_posted(rules, D9_ENDLESS_RETRY))
		return true;
	if (!result->success && rules_posted(rules, D10_NO_SECOND_LOOK))
		return false;
	return is_room || (!rules_posted(rules, D9_ENDLESS_RETRY) && rounds < RECLAIM_RETRIES);
}

const struct policy_class *policy_by_name(const char *name)
{
	for (size_t i = 0; policies[i]; i++) {
		if (!strcmp(policies[i]->name, name))
			return policies[i];
	}
	return NULL;
}
