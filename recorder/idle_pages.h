/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which frames were used since one looked last, by the kernel's idle page tracking
 * (Documentation/admin-guide/mm/idle_page_tracking.rst).
 *
 *	idle_pages_open(&idle, "", &err);
 *	while (...) {
 *		idle_pages_begin(idle);
 *		idle_pages_was_used(idle, pfn)		for every frame of interest
 *		idle_pages_end(idle);			marks them, for the next time
 *	}
 *	idle_pages_close(idle);
 *
 * A frame is told once a look, whoever maps it. Frames that the kernel does not mark
 * (on none of its lists at that moment) are not told the next time, so that none
 * counts as used only because it bears no mark. The pages of a folio are used
 * together. Memory: 12 KiB for each 128 MiB of frames that were looked at.
 */
#ifndef RECORDER_IDLE_PAGES_H
#define RECORDER_IDLE_PAGES_H

#include "base/status.h"

#include <stdbool.h>
#include <stdint.h>

struct idle_pages;

/* root: before the names of the kernel's files, "" for this host. */
enum status idle_pages_open(struct idle_pages **idle, const char *root, struct error *err);
void idle_pages_begin(struct idle_pages *idle);
bool idle_pages_was_used(struct idle_pages *idle, uint64_t pfn);
void idle_pages_end(struct idle_pages *idle);
void idle_pages_close(struct idle_pages *idle);	/* accepts NULL */

#endif
