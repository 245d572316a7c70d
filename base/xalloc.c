// SPDX-License-Identifier: GPL-2.0-or-later
/* Allocation that cannot fail: running out of memory ends the program. */
#include "base/xalloc.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static _Noreturn void out_of_memory(void)
{
	fputs("recount: out of memory\n", stderr);
	exit(2);
}

void *xcalloc(size_t nr, size_t bytes)
{
	void *memory = calloc(nr ? nr : 1, bytes ? bytes : 1);

	if (!memory)
		out_of_memory();
	return memory;
}

void *xrealloc(void *old, size_t nr, size_t bytes)
{
	void *memory;

	if (bytes && nr > SIZE_MAX / bytes)
		out_of_memory();
	memory = realloc(old, nr && bytes ? nr * bytes : 1);
	if (!memory)
		out_of_memory();
	return memory;
}

void *xneed(void *made)
{
	if (!made)
		out_of_memory();
	return made;
}

void *xcopy(const void *from, size_t nr, size_t bytes)
{
	void *copy = nr ? xcalloc(nr, bytes) : NULL;

	if (nr)
		memcpy(copy, from, nr * bytes);
	return copy;
}

char *xstrdup(const char *text)
{
	char *copy = strdup(text);

	if (!copy)
		out_of_memory();
	return copy;
}

char *xvasprintf(const char *format, va_list args)
{
	char *text;

	if (vasprintf(&text, format, args) < 0)
		out_of_memory();
	return text;
}

char *xasprintf(const char *format, ...)
{
	va_list args;
	char *text;

	va_start(args, format);
	text = xvasprintf(format, args);
	va_end(args);
	return text;
}

void xgrow(void *array, size_t nr, size_t *capacity, size_t bytes)
{
	void *memory;

	if (nr < *capacity)
		return;
	*capacity = *capacity ? *capacity * 2 : 16;
	memcpy(&memory, array, sizeof(memory));
	memory = xrealloc(memory, *capacity, bytes);
	memcpy(array, &memory, sizeof(memory));
}
