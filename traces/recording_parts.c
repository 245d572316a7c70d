// SPDX-License-Identifier: GPL-2.0-or-later
/* Files to recordings, by what they say of themselves. */
#include "traces/recording_parts.h"

#include "base/xalloc.h"

#include <stdlib.h>
#include <string.h>

static bool is_other_text(const char *one, const char *other)
{
	return *one && *other && strcmp(one, other);
}

static bool is_apart(const struct trace_info *one, const struct trace_info *other)
{
	/* A file without records is nowhere in time. */
	if (!one->end_ns || !other->end_ns)
		return false;
	return (one->begin_ns > other->end_ns && one->begin_ns - other->end_ns > PARTS_APART_NS) ||
	       (other->begin_ns > one->end_ns && other->begin_ns - one->end_ns > PARTS_APART_NS);
}

const char *parts_differ(const struct trace_info *one, const struct trace_info *other)
{
	if (is_other_text(one->clock, other->clock))
		return "clock";
	if (is_other_text(one->uname, other->uname))
		return "kernel";
	if (one->page_size != other->page_size)
		return "page size";
	if (one->trace_id && one->trace_id == other->trace_id)
		return NULL;
	return is_apart(one, other) ? "time" : NULL;
}

void parts_join(struct trace_info *whole, const struct trace_info *part)
{
	if (part->end_ns && (!whole->end_ns || part->begin_ns < whole->begin_ns))
		whole->begin_ns = part->begin_ns;
	if (part->end_ns > whole->end_ns)
		whole->end_ns = part->end_ns;
	if (part->nr_cpus > whole->nr_cpus)
		whole->nr_cpus = part->nr_cpus;
	if (!*whole->clock)
		whole->clock = part->clock;
	if (!*whole->uname)
		whole->uname = part->uname;
	if (!whole->trace_id)
		whole->trace_id = part->trace_id;
	if (!whole->fidelity)
		whole->fidelity = part->fidelity;
	whole->nr_buffers += part->nr_buffers;
	whole->bytes += part->bytes;
	whole->kinds |= part->kinds;
	whole->calls |= part->calls;
}

/* All files that belong to the first one without a number, also by way of others. */
static void take_group(const struct trace_info *const *infos, size_t nr, size_t *numbers, size_t first, size_t number)
{
	struct trace_info whole = *infos[first];
	bool is_grown = true;

	numbers[first] = number;
	while (is_grown) {
		is_grown = false;
		for (size_t i = first + 1; i < nr; i++) {
			if (numbers[i] != SIZE_MAX || parts_differ(&whole, infos[i]))
				continue;
			numbers[i] = number;
			parts_join(&whole, infos[i]);
			is_grown = true;
		}
	}
}

size_t parts_group(const struct trace_info *const *infos, size_t nr, size_t *numbers)
{
	size_t nr_groups = 0;

	for (size_t i = 0; i < nr; i++)
		numbers[i] = SIZE_MAX;
	for (size_t i = 0; i < nr; i++) {
		if (numbers[i] == SIZE_MAX)
			take_group(infos, nr, numbers, i, nr_groups++);
	}
	return nr_groups;
}
