// SPDX-License-Identifier: GPL-2.0-or-later
/* Records in the order of their events; a sample says its own columns. */
#include "scrub/snapshot_record.h"

#include "base/snapshot_records.h"
#include "base/xalloc.h"

#include <stdlib.h>
#include <string.h>

#define SECTION_BYTES (16 << 20)

void snapshot_records_init(struct snapshot_records *records, struct dat_file *file)
{
	*records = (struct snapshot_records){ .file = file };
}

void snapshot_records_fact(struct snapshot_records *records, const char *key, const char *value)
{
	dat_blob_add_u8(&records->section, RECORD_FACT);
	dat_blob_add_text(&records->section, key);
	dat_blob_add_text(&records->section, value);
}

/* Names and values stand in turns in values; a section has columns first, then samples. */
static void end_sample(struct snapshot_records *records)
{
	struct dat_blob *section = &records->section;
	const uint8_t *at = records->values.bytes;

	if (!records->nr_values)
		return;
	dat_blob_add_u8(section, RECORD_COLUMNS);
	dat_blob_add_u32(section, records->nr_values);
	for (uint32_t i = 0; i < records->nr_values; i++) {
		dat_blob_add_text(section, (const char *)at + sizeof(uint64_t));
		at += sizeof(uint64_t) + strlen((const char *)at + sizeof(uint64_t)) + 1;
	}
	dat_blob_add_u8(section, RECORD_COUNTERS);
	dat_blob_add_u64(section, records->sample.time_ns);
	dat_blob_add_u64(section, records->sample.counter.cgroup_id);
	dat_blob_add_text(section, records->sample_path);
	at = records->values.bytes;
	for (uint32_t i = 0; i < records->nr_values; i++) {
		dat_blob_add(section, at, sizeof(uint64_t));
		at += sizeof(uint64_t) + strlen((const char *)at + sizeof(uint64_t)) + 1;
	}
	records->values.nr = 0;
	records->nr_values = 0;
}

static enum status make_room(struct snapshot_records *records, struct error *err)
{
	end_sample(records);
	return records->section.nr > SECTION_BYTES ? snapshot_records_write(records, err) : RC_OK;
}

enum status snapshot_records_task(struct snapshot_records *records, const struct mm_event *event, const char *path,
				  const char *comm, struct error *err)
{
	struct dat_blob *section = &records->section;
	enum status status = make_room(records, err);

	dat_blob_add_u8(section, RECORD_TASK);
	dat_blob_add_u64(section, event->time_ns);
	dat_blob_add_u64(section, event->snapshot_task.end_ns);
	dat_blob_add_u32(section, event->tid);
	dat_blob_add_u32(section, event->snapshot_task.tgid);
	dat_blob_add_u32(section, event->snapshot_task.parent);
	dat_blob_add_u32(section, event->snapshot_task.root);
	dat_blob_add_u64(section, event->snapshot_task.cgroup_id);
	dat_blob_add_u8(section, event->snapshot_task.is_end ? MOMENT_END :
			event->snapshot_task.is_place ? MOMENT_PLACE : MOMENT_BEGIN);
	dat_blob_add_text(section, comm);
	dat_blob_add_text(section, path);
	return status;
}

enum status snapshot_records_add(struct snapshot_records *records, const struct mm_event *event)
{
	struct dat_blob *section = &records->section;

	if (event->kind == MM_SNAPSHOT_RANGE) {
		dat_blob_add_u8(section, RECORD_RANGE);
		dat_blob_add_u64(section, event->snapshot_range.begin);
		dat_blob_add_u64(section, event->snapshot_range.end);
		dat_blob_add_u64(section, event->snapshot_range.first_index);
		dat_blob_add_u64(section, event->snapshot_range.ino);
		dat_blob_add_u32(section, event->snapshot_range.dev);
		dat_blob_add_u8(section, event->snapshot_range.flags);
		return RC_OK;
	}
	dat_blob_add_u8(section, RECORD_PAGES);
	dat_blob_add_u64(section, event->snapshot_pages.vpn);
	dat_blob_add_u64(section, event->snapshot_pages.pfn);
	dat_blob_add_u32(section, event->snapshot_pages.nr);
	dat_blob_add_u8(section, event->snapshot_pages.frame);
	return RC_OK;
}

enum status snapshot_records_used(struct snapshot_records *records, const struct mm_event *event, struct error *err)
{
	struct dat_blob *section = &records->section;
	enum status status = make_room(records, err);

	dat_blob_add_u8(section, RECORD_USED);
	dat_blob_add_u64(section, event->time_ns);
	dat_blob_add_u64(section, event->used.since_ns);
	dat_blob_add_u32(section, event->tid);
	dat_blob_add_u64(section, event->used.vpn);
	dat_blob_add_u32(section, event->used.nr);
	return status;
}

enum status snapshot_records_counter(struct snapshot_records *records, const struct mm_event *event,
				     const char *path, const char *name, struct error *err)
{
	enum status status = RC_OK;

	if (records->nr_values && (records->sample.time_ns != event->time_ns ||
				   records->sample.counter.cgroup_id != event->counter.cgroup_id))
		status = make_room(records, err);
	if (!records->nr_values) {
		records->sample = *event;
		free(records->sample_path);
		records->sample_path = xstrdup(path);
	}
	dat_blob_add_u64(&records->values, event->counter.value);
	dat_blob_add_text(&records->values, name);
	records->nr_values++;
	return status;
}

enum status snapshot_records_write(struct snapshot_records *records, struct error *err)
{
	enum status status = RC_OK;

	end_sample(records);
	if (records->section.nr)
		status = dat_file_add_section(records->file, DAT_SNAPSHOT, &records->section, err);
	records->section.nr = 0;
	return status;
}

void snapshot_records_release(struct snapshot_records *records)
{
	dat_blob_release(&records->section);
	dat_blob_release(&records->values);
	free(records->sample_path);
}
