// SPDX-License-Identifier: GPL-2.0-or-later
/* Texts by their hash, with the text itself compared. */
#include "scrub/pseudonyms.h"

#include "base/xalloc.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t hash_of(const char *text)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (; *text; text++)
		hash = (hash ^ (uint8_t)*text) * UINT64_C(0x100000001b3);
	return hash;
}

const char *pseudonym(struct pseudonyms *names, enum pseudonym_kind kind, const char *original)
{
	static const char *const prefixes[PSEUDONYM_KINDS] = {
		[PSEUDONYM_TASK] = "task", [PSEUDONYM_PROGRAM] = "program", [PSEUDONYM_CONTAINER] = "c",
		[PSEUDONYM_DISK] = "disk",
	};
	uint64_t hash = hash_of(original);
	uint32_t at;

	if (!*original)
		return "";
	while ((at = map64_get(&names->by_hash[kind], hash))) {
		if (!strcmp(names->all[kind][at - 1].original, original))
			return names->all[kind][at - 1].text;
		hash++;		/* another text of the same hash stands here */
	}
	xgrow(&names->all[kind], names->nr[kind], &names->capacity[kind], sizeof(struct pseudonym));
	at = (uint32_t)++names->nr[kind];
	names->all[kind][at - 1] = (struct pseudonym){
		xstrdup(original), xasprintf("%s%" PRIu32, prefixes[kind], at) };
	map64_set(&names->by_hash[kind], hash, at);
	return names->all[kind][at - 1].text;
}

void pseudonym_path(struct pseudonyms *names, const char *path, char text[PSEUDONYM_PATH_BYTES])
{
	char *copy = xstrdup(path), *rest = copy, *part;
	size_t used = 0;

	text[0] = '\0';
	while ((part = strsep(&rest, "/"))) {
		int nr;

		if (!*part)
			continue;
		nr = snprintf(text + used, PSEUDONYM_PATH_BYTES - used, "/%s",
			      pseudonym(names, PSEUDONYM_CONTAINER, part));
		if (nr < 0 || (size_t)nr >= PSEUDONYM_PATH_BYTES - used)
			break;
		used += (size_t)nr;
	}
	if (!used && *path)
		snprintf(text, PSEUDONYM_PATH_BYTES, "/");
	free(copy);
}

uint64_t pseudonym_number(struct pseudonyms *names, enum number_kind kind, uint64_t original)
{
	uint32_t number;

	if (!original)
		return 0;
	number = map64_get(&names->numbers[kind], original);
	if (!number) {
		number = ++names->nr_numbers[kind];
		map64_set(&names->numbers[kind], original, number);
	}
	return number;
}

void pseudonyms_release(struct pseudonyms *names)
{
	for (int kind = 0; kind < PSEUDONYM_KINDS; kind++) {
		for (size_t i = 0; i < names->nr[kind]; i++) {
			free(names->all[kind][i].original);
			free(names->all[kind][i].text);
		}
		free(names->all[kind]);
		map64_release(&names->by_hash[kind]);
	}
	for (int kind = 0; kind < NUMBER_KINDS; kind++)
		map64_release(&names->numbers[kind]);
}
