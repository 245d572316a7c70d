// SPDX-License-Identifier: GPL-2.0-or-later
/* The last value of every step. */
#include "verify/stairs.h"

uint64_t stairs_step_ns(uint64_t begin_ns, uint64_t end_ns)
{
	return end_ns > begin_ns ? (end_ns - begin_ns) / STAIRS_STEPS + 1 : 1;
}

void stairs_init(struct stairs *stairs, uint64_t begin_ns, uint64_t end_ns)
{
	*stairs = (struct stairs){
		.begin_ns = begin_ns,
		.step_ns = stairs_step_ns(begin_ns, end_ns),
	};
}

static uint32_t step_of(const struct stairs *stairs, uint64_t time_ns)
{
	uint64_t step = time_ns > stairs->begin_ns ? (time_ns - stairs->begin_ns) / stairs->step_ns : 0;

	return step < STAIRS_STEPS ? (uint32_t)step : STAIRS_STEPS - 1;
}

void stairs_set(struct stairs *stairs, uint64_t now_ns, int64_t pages)
{
	uint32_t step = step_of(stairs, now_ns);

	for (; stairs->step < step; stairs->step++)
		stairs->steps[stairs->step] = stairs->now;
	if (!stairs->last_ns)
		stairs->first_ns = now_ns;
	if (now_ns > stairs->last_ns)
		stairs->last_ns = now_ns;
	stairs->now = pages;
	if (pages > stairs->peak)
		stairs->peak = pages;
}

int64_t stairs_at(const struct stairs *stairs, uint64_t time_ns)
{
	uint32_t step = step_of(stairs, time_ns);

	return step < stairs->step ? stairs->steps[step] : stairs->now;
}

uint64_t stairs_when(const struct stairs *stairs, int64_t pages)
{
	for (uint32_t step = 0; step < stairs->step; step++)
		if (stairs->steps[step] >= pages)
			return stairs->begin_ns + step * stairs->step_ns;
	return stairs->last_ns;
}
