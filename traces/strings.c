// SPDX-License-Identifier: GPL-2.0-or-later
/* Interned texts: ids are given in the order of first use. */
#include "traces/strings.h"

#include "base/xalloc.h"

#include <stdlib.h>
#include <string.h>

static uint64_t hash(const char *text, size_t bytes)
{
	uint64_t value = UINT64_C(0xcbf29ce484222325);

	while (bytes--)
		value = (value ^ (uint8_t)*text++) * UINT64_C(0x100000001b3);
	return value ^ value >> 32;
}

/* The slot of the text, or the free slot where it belongs. */
static uint32_t *slot_of(const struct strings *strings, const char *text, size_t bytes)
{
	size_t slot = hash(text, bytes) & (strings->nr_slots - 1);

	for (;; slot = (slot + 1) & (strings->nr_slots - 1)) {
		uint32_t id = strings->slots[slot];

		if (!id || (!strncmp(strings->texts[id - 1], text, bytes) &&
			    !strings->texts[id - 1][bytes]))
			return &strings->slots[slot];
	}
}

static void grow_slots(struct strings *strings)
{
	free(strings->slots);
	strings->nr_slots = strings->nr_slots ? strings->nr_slots * 2 : 64;
	strings->slots = xcalloc(strings->nr_slots, sizeof(*strings->slots));
	for (size_t i = 0; i < strings->nr_texts; i++)
		*slot_of(strings, strings->texts[i], strlen(strings->texts[i])) = i + 1;
}

static uint32_t add(struct strings *strings, const char *text, size_t bytes)
{
	uint32_t *slot;

	if (strings->nr_texts * 2 >= strings->nr_slots)
		grow_slots(strings);
	slot = slot_of(strings, text, bytes);
	if (!*slot) {
		char *copy = xcalloc(1, bytes + 1);

		memcpy(copy, text, bytes);
		xgrow(&strings->texts, strings->nr_texts, &strings->texts_capacity,
		      sizeof(*strings->texts));
		strings->texts[strings->nr_texts++] = copy;
		*slot = strings->nr_texts;
	}
	return *slot;
}

uint32_t strings_add(struct strings *strings, const char *text, size_t bytes)
{
	uint32_t id;

	bytes = strnlen(text, bytes);
	if (!bytes)
		return 0;
	pthread_mutex_lock(&strings->lock);
	id = add(strings, text, bytes);
	pthread_mutex_unlock(&strings->lock);
	return id;
}

const char *strings_get(const struct strings *strings, uint32_t id)
{
	/* Only the list of texts moves, the texts stay. */
	pthread_mutex_t *lock = (pthread_mutex_t *)&strings->lock;
	const char *text;

	pthread_mutex_lock(lock);
	text = id && id <= strings->nr_texts ? strings->texts[id - 1] : "";
	pthread_mutex_unlock(lock);
	return text;
}

void strings_release(struct strings *strings)
{
	for (size_t i = 0; i < strings->nr_texts; i++)
		free(strings->texts[i]);
	free(strings->texts);
	free(strings->slots);
	*strings = (struct strings){ 0 };
}
