// SPDX-License-Identifier: GPL-2.0-or-later
/* The table of reclaim policies. */
#include "reclaim/policy.h"

#include <string.h>

extern const struct policy_class reclaim07_policy;

const struct policy_class *const policies[] = {
	&reclaim07_policy,
	NULL,
};

const struct policy_class *policy_by_name(const char *name)
{
	for (size_t i = 0; policies[i]; i++) {
		if (!strcmp(policies[i]->name, name))
			return policies[i];
	}
	return NULL;
}
