// SPDX-License-Identifier: GPL-2.0-or-later
/* A bank, and a table for each machine. */
#include "real_formats.h"

#include "base/xalloc.h"
#include "recording.h"

const struct format_bank *real_bank(void)
{
	static struct format_bank bank;
	struct error err;

	if (!bank.nr)
		must(!format_bank_load(&bank, TESTS_DATA "/forkcow.dat", &err));
	return &bank;
}

struct format_table *real_formats(bool big_endian, uint8_t long_bytes)
{
	static struct format_table *tables[2][2];
	struct format_table **table = &tables[big_endian][long_bytes == 8];
	struct notes notes = { 0 };

	if (*table)
		return *table;
	*table = xcalloc(1, sizeof(**table));
	**table = (struct format_table){
		.wanted = MM_ALL_KINDS, .target = { big_endian, long_bytes, 4096 }, .path = "recording", .notes = &notes,
	};
	format_table_complete(*table, real_bank(), NULL);
	must((*table)->nr_formats);
	(*table)->notes = NULL;
	notes_release(&notes);
	return *table;
}
