/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An event as one line of text, for people and grep:
 *
 *	5154.615202292 cpu=0 tid=1307 mm_page_alloc pfn=0x164e1e order=0 gfp=0x140cca
 *
 * Seconds and nanoseconds, then key=value fields whose order never changes.
 * Addresses, frames and flags are hexadecimal, everything else decimal; a value
 * that may hold blanks is quoted, with \" \\ and \xNN for what is not printable.
 */
#ifndef TRACES_EVENT_LINE_H
#define TRACES_EVENT_LINE_H

#include "traces/event_source.h"

#define EVENT_LINE_BYTES 20480	/* enough for the longest text, every byte of it escaped */

/*
 * Writes the line, without newline, with NUL; how many bytes it has without the NUL.
 * The event must be of this source, whose strings it names.
 */
size_t event_line_format(const struct event_source *source, const struct mm_event *event,
			 char line[EVENT_LINE_BYTES]);

#endif
