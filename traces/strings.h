/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Texts of events, each kept once and named by a number; 0 is "". */
#ifndef TRACES_STRINGS_H
#define TRACES_STRINGS_H

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>

struct strings {		/* all zero is empty; one thread may add while another gets */
	pthread_mutex_t lock;
	char **texts;		/* text of id i + 1 */
	size_t nr_texts, texts_capacity;
	uint32_t *slots;	/* open-addressed hash of ids, 0 = free */
	size_t nr_slots;	/* a power of two, or 0 */
};

/* Id of the text; the first use of a text copies it. */
uint32_t strings_add(struct strings *strings, const char *text, size_t bytes);
const char *strings_get(const struct strings *strings, uint32_t id);
void strings_release(struct strings *strings);

#endif
