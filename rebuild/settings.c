// SPDX-License-Identifier: GPL-2.0-or-later
/* Facts of containers, sorted by their paths. */
#include "rebuild/settings.h"

#include "base/xalloc.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

static const struct { const char *key; size_t offset; } kinds[] = {
	{ "memory.min ", offsetof(struct container_setting, min) },
	{ "memory.low ", offsetof(struct container_setting, low) },
	{ "memory.swap.max ", offsetof(struct container_setting, swap_max) },
};

static uint64_t *field(struct container_setting *setting, size_t kind)
{
	return (uint64_t *)(void *)((char *)setting + kinds[kind].offset);
}

static bool is_set(const struct container_setting *setting)
{
	return setting->min || setting->low || setting->swap_max != UINT64_MAX;
}

/* Bytes, or "max". */
static bool read_pages(const char *text, uint32_t page_size, uint64_t *pages)
{
	char *end;

	*pages = UINT64_MAX;
	if (!strcmp(text, "max"))
		return true;
	*pages = strtoull(text, &end, 10) / page_size;
	return *text >= '0' && *text <= '9' && !*end;
}

static int compare(const void *a, const void *b)
{
	return strcmp(((const struct container_setting *)a)->path, ((const struct container_setting *)b)->path);
}

/* One fact, as a setting in which the others are not set. */
static bool read_fact(struct container_setting *setting, const struct trace_fact *fact, uint32_t page_size)
{
	*setting = (struct container_setting){ .swap_max = UINT64_MAX };
	for (size_t kind = 0; kind < sizeof(kinds) / sizeof(kinds[0]); kind++) {
		const size_t bytes = strlen(kinds[kind].key);

		if (strncmp(fact->key, kinds[kind].key, bytes))
			continue;
		setting->path = fact->key + bytes;
		return read_pages(fact->value, page_size, field(setting, kind)) && is_set(setting);
	}
	return false;
}

void container_settings_read(struct container_settings *settings, const struct trace_info *info)
{
	size_t nr = 0;

	*settings = (struct container_settings){ .all = xcalloc(info->nr_facts ? info->nr_facts : 1, sizeof(*settings->all)) };
	for (size_t i = 0; i < info->nr_facts; i++)
		nr += read_fact(&settings->all[nr], &info->facts[i], info->page_size);
	qsort(settings->all, nr, sizeof(*settings->all), compare);
	for (size_t i = 0; i < nr; i++) {
		struct container_setting *last = settings->nr ? &settings->all[settings->nr - 1] : NULL;
		const struct container_setting more = settings->all[i];

		if (!last || compare(last, &more)) {
			settings->all[settings->nr++] = more;
			continue;
		}
		last->min |= more.min;		/* one of each is told */
		last->low |= more.low;
		last->swap_max = more.swap_max < last->swap_max ? more.swap_max : last->swap_max;
	}
}

const struct container_setting *container_settings_of(const struct container_settings *settings, const char *path)
{
	const struct container_setting wanted = { .path = path };

	return settings->nr ? bsearch(&wanted, settings->all, settings->nr, sizeof(wanted), compare) : NULL;
}

void container_settings_release(struct container_settings *settings)
{
	free(settings->all);
	*settings = (struct container_settings){ 0 };
}
