/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Event formats kept as texts: those of another recording, or of the running
 * kernel, to stand in for formats that a damaged recording has lost.
 *
 *	format_bank_load(&bank, "tracefs", err);	or the path of a recording, or a folder like events/
 *	... readers complete their tables with it (format_table_complete) ...
 *	format_bank_release(&bank);
 *
 * Ids of the kernel's own events are the same in every boot of one kernel; those of
 * another build may mean other events, so whoever uses a bank says so in a note.
 */
#ifndef TRACES_FORMAT_BANK_H
#define TRACES_FORMAT_BANK_H

#include "base/status.h"

#include <stddef.h>

struct banked_format {
	char *system, *text;
	size_t bytes;
};

struct format_bank {
	const char *path;	/* as given; borrowed */
	struct banked_format *all;
	size_t nr, capacity;
	char *header_page;	/* NULL = not known */
	size_t header_page_bytes;
};

/* The caller has emptied it. */
enum status format_bank_load(struct format_bank *bank, const char *path, struct error *err);
void format_bank_release(struct format_bank *bank);

/* For readers, which keep what they read when somebody asks. NULL bank: nothing happens. */
void format_bank_add(struct format_bank *bank, const char *system, const char *text, size_t bytes);
void format_bank_set_header_page(struct format_bank *bank, const char *text, size_t bytes);

/* event_source.c: the formats of a recording of any kind. */
enum status format_bank_read_recording(struct format_bank *bank, const char *path, struct error *err);

#endif
