// SPDX-License-Identifier: GPL-2.0-or-later
/* A bounded list of lines: a hostile file must not fill the memory with its damage. */
#include "traces/notes.h"

#include "base/xalloc.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void notes_add(struct notes *notes, const char *format, ...)
{
	char line[512];
	va_list args;

	if (notes->nr_lines == NOTES_KEPT) {
		notes->nr_more++;
		return;
	}
	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	notes->lines[notes->nr_lines++] = xstrdup(line);
}

void notes_release(struct notes *notes)
{
	for (size_t i = 0; i < notes->nr_lines; i++)
		free((char *)notes->lines[i]);
	*notes = (struct notes){ 0 };
}
