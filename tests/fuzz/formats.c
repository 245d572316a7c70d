// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Event formats as a recording holds them, and a record of each that can be read.
 *
 *	u8	bit 0: the other byte order; bit 1: longs of 4 bytes; above: the byte that the records are made of
 *	bytes	"u32 systems, each: name, u32 events, each: u64 size, text"
 */
#include "recording.h"

#include "base/xalloc.h"
#include "traces/format_table.h"
#include "traces/ring_page.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

/* As short as a record of this format may be, and no byte more than may be looked at. */
static void decode(const struct decode_plan *plan, uint8_t byte)
{
	uint8_t *record = xcalloc(1, plan->min_bytes + RING_PAGE_ROOM);
	struct strings strings = { 0 };
	struct mm_event event;

	for (uint32_t i = 0; i < plan->min_bytes; i++)
		record[i] = byte * (i + 1);
	decode_plan_apply(plan, record, plan->min_bytes, &event, &strings);
	must(event.kind < MM_NR_KINDS);
	strings_release(&strings);
	free(record);
}

static void forget(struct format_table *table)
{
	notes_release(table->notes);
	memset(table->of_id, 0, sizeof(table->of_id));
	for (int i = 0; i < NR_TRACEPOINTS_MAX; i++)
		table->plans[i].min_bytes = 0;
	table->kinds = table->calls = table->nr_formats = 0;
	table->calls_seen[0] = table->calls_seen[1] = 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	static struct notes notes;
	static struct format_table table;
	struct byte_cursor cursor;

	if (!bytes)
		return 0;
	table.notes = &notes;
	table.path = "recording";
	table.wanted = MM_ALL_KINDS;
	table.target = (struct format_target){ data[0] & 1, data[0] & 2 ? 4 : 8, 4096 };
	byte_cursor_init_memory(&cursor, data + 1, bytes - 1, data[0] & 1);
	format_table_read_events(&table, &cursor);
	for (int i = 0; i < NR_TRACEPOINTS_MAX; i++) {
		must(table.of_id[table.ids[i]] != FORMAT_PLAN + i || table.plans[i].min_bytes);
		if (table.plans[i].min_bytes)
			decode(&table.plans[i], data[0] >> 2);
	}
	header_page_commit_bytes(&table.target, (const char *)data + 1, bytes - 1);
	forget(&table);
	return 0;
}
