/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is damaged in an input, one line each; the first NOTES_KEPT are kept, all are counted. */
#ifndef TRACES_NOTES_H
#define TRACES_NOTES_H

#include <stddef.h>
#include <stdint.h>

#define NOTES_KEPT 100

struct notes {
	const char *lines[NOTES_KEPT];
	size_t nr_lines;
	uint64_t nr_more;
};

void notes_add(struct notes *notes, const char *format, ...) __attribute__((format(printf, 2, 3)));
void notes_release(struct notes *notes);

#endif
