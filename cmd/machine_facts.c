// SPDX-License-Identifier: GPL-2.0-or-later
/* Looks facts up by their keys. */
#include "cmd/machine_facts.h"

#include <stdlib.h>
#include <string.h>

bool machine_fact(const struct trace_info *info, const char *key, uint64_t *number)
{
	for (size_t i = 0; i < info->nr_facts; i++) {
		char *end;

		if (strcmp(info->facts[i].key, key))
			continue;
		*number = strtoull(info->facts[i].value, &end, 10);
		return end != info->facts[i].value && !*end;
	}
	return false;
}

bool machine_has_generations(const struct trace_info *info)
{
	/* A set of bits, as 0x0007; the first is the main switch. */
	for (size_t i = 0; i < info->nr_facts; i++)
		if (!strcmp(info->facts[i].key, "lru_gen"))
			return strtoull(info->facts[i].value, NULL, 16) & 1;
	return false;
}

bool machine_read_ahead(const struct trace_info *info, uint64_t *bytes)
{
	static const char prefix[] = "read_ahead_kb ";
	bool is_found = false;

	for (size_t i = 0; i < info->nr_facts; i++) {
		const char *key = info->facts[i].key;
		uint64_t here;

		if (strncmp(key, prefix, sizeof(prefix) - 1) || !strncmp(key + sizeof(prefix) - 1, "zram", 4))
			continue;
		here = strtoull(info->facts[i].value, NULL, 10) << 10;
		*bytes = is_found && *bytes > here ? *bytes : here;
		is_found = true;
	}
	return is_found;
}
