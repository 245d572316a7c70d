// SPDX-License-Identifier: GPL-2.0-or-later
/* The rows, newest first. */
#include "base/controller.h"

#include <ctype.h>
#include <stdlib.h>

static const struct controller controllers[] = {
	[CGROUP2_K618] = { 6, 18, CONTROLLER_MAX_SLOTS, .activates_locked = true, .reads_large = true,
			   .lags_stats = true, .refault_costs = true },
	[CGROUP2_K616] = { 6, 16, CONTROLLER_MAX_SLOTS, .activates_locked = true, .reads_large = true,
			   .lags_stats = true, .refault_costs = true },
	[CGROUP2_K515] = { 5, 15, 1, .activates_locked = true, .refault_costs = true },
	[CGROUP2_K510] = { 5, 10, 1, .refault_costs = true },
};

const struct controller *controller_of(const struct rules *rules)
{
	return &controllers[rules->chosen[SWITCH_CGROUP2_KERNEL]];
}

/* "6.18": two numbers and a dot, where no number or letter stands before. */
static bool find_release(const char *text, unsigned *major, unsigned *minor)
{
	for (const char *at = text; *at; at++) {
		char *end;

		if (!isdigit((unsigned char)*at) || (at > text && (isalnum((unsigned char)at[-1]) || at[-1] == '.')))
			continue;
		*major = (unsigned)strtoul(at, &end, 10);
		if (*end != '.' || !isdigit((unsigned char)end[1]))
			continue;
		*minor = (unsigned)strtoul(end + 1, NULL, 10);
		return true;
	}
	return false;
}

bool controller_by_release(const char *release, uint8_t *chosen)
{
	unsigned major, minor;

	if (!release || !find_release(release, &major, &minor))
		return false;
	*chosen = CGROUP2_K618;
	while (*chosen < CGROUP2_K510 &&
	       (major < controllers[*chosen].major ||
		(major == controllers[*chosen].major && minor < controllers[*chosen].minor)))
		++*chosen;
	return true;
}
