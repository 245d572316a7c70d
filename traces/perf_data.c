// SPDX-License-Identifier: GPL-2.0-or-later
/* The head of a perf.data, its attributes, and the head of one that came through a pipe. */
#include "traces/perf_data.h"

#include "base/xalloc.h"
#include "traces/load.h"

#include <stdlib.h>
#include <string.h>

#define HEAD_BYTES 104
#define PIPE_HEAD_BYTES 16
#define MAX_EVENTS 65536	/* as many tracepoints as there can be */
#define MAX_IDS (1 << 24)
#define NR_FEATURES 256

static const char magic[] = "PERFILE2";
static const char swapped_magic[] = "2ELIFREP";

bool perf_data_probe(const uint8_t *head, size_t bytes)
{
	return bytes >= 8 && (!memcmp(head, magic, 8) || !memcmp(head, swapped_magic, 8));
}

static const struct perf_layout *layout_by_id(const struct perf_layouts *layouts, uint64_t id)
{
	uint32_t index = map64_get(&layouts->by_id, id);

	return index ? &layouts->all[index - 1] : NULL;
}

const struct perf_layout *perf_layouts_by_id(const struct perf_layouts *layouts,
					     const struct perf_record *record)
{
	if (!layouts->id_at || record->bytes < layouts->id_at + 8u)
		return NULL;
	return layout_by_id(layouts, load_u64(record->data + layouts->id_at, layouts->all->big_endian));
}

const struct perf_layout *perf_layouts_of_trailer(const struct perf_layouts *layouts,
						  const struct perf_record *record)
{
	const struct perf_layout *layout = NULL;

	if (!layouts->has_uniform_trailer && record->bytes >= 2 * PERF_HEADER_BYTES)
		layout = layout_by_id(layouts, load_u64(record->data + record->bytes - 8,
							layouts->all->big_endian));
	return layout ? layout : layouts->all;
}

static void add_id(struct perf_layouts *layouts, uint64_t id)
{
	if (layouts->by_id.nr < MAX_IDS)
		map64_set(&layouts->by_id, id, layouts->nr);
}

void perf_data_add_attr(struct perf_data *data, const uint8_t *bytes, size_t nr_bytes,
			struct byte_cursor *ids)
{
	struct perf_layouts *layouts = &data->layouts;
	struct perf_attr attr;

	if (!perf_attr_read(&attr, bytes, nr_bytes, data->big_endian)) {
		perf_note(data, "event %zu: its attributes are damaged, its samples are not read", layouts->nr);
		return;
	}
	if (layouts->nr == MAX_EVENTS)
		return;
	xgrow(&layouts->all, layouts->nr, &layouts->capacity, sizeof(*layouts->all));
	perf_layout_compile(&layouts->all[layouts->nr++], &attr, data->big_endian);
	while (byte_cursor_left(ids) >= 8 && !ids->failed)
		add_id(layouts, byte_cursor_u64(ids));
}

static void read_attr(struct perf_data *data, struct byte_cursor *cursor, uint64_t attr_bytes)
{
	const uint8_t *block = byte_cursor_block(cursor, attr_bytes);
	uint64_t offset, bytes;
	struct byte_cursor ids;

	if (!block)
		return;
	offset = load_u64(block + attr_bytes - 16, data->big_endian);
	bytes = load_u64(block + attr_bytes - 8, data->big_endian);
	if (offset > data->file.bytes || bytes > data->file.bytes - offset || bytes > MAX_IDS * 8) {
		perf_note(data, "event %zu: the list of its ids lies beyond the end", data->layouts.nr);
		bytes = 0;
	}
	byte_cursor_init_file(&ids, &data->file, offset, offset + bytes, data->big_endian);
	perf_data_add_attr(data, block, attr_bytes - 16, &ids);
	byte_cursor_release(&ids);
}

static void read_attrs(struct perf_data *data, uint64_t offset, uint64_t bytes, uint64_t attr_bytes)
{
	struct byte_cursor cursor;

	if (offset > data->file.bytes || bytes > data->file.bytes - offset) {
		perf_note(data, "the events' attributes lie beyond the end");
		bytes = offset > data->file.bytes ? 0 : data->file.bytes - offset;
	}
	byte_cursor_init_file(&cursor, &data->file, offset, offset + bytes, data->big_endian);
	for (uint64_t i = 0; i < bytes / attr_bytes && i < MAX_EVENTS && !cursor.failed; i++)
		read_attr(data, &cursor, attr_bytes);
	byte_cursor_release(&cursor);
}

static void read_feature_at(struct perf_data *data, uint32_t feature, uint64_t offset, uint64_t bytes)
{
	struct byte_cursor cursor;

	if (offset > data->file.bytes || bytes > data->file.bytes - offset) {
		perf_note(data, "feature %u: lies beyond the end, it is not read", feature);
		return;
	}
	byte_cursor_init_file(&cursor, &data->file, offset, offset + bytes, data->big_endian);
	perf_data_read_feature(data, feature, &cursor);
	byte_cursor_release(&cursor);
}

/* Behind the records: where each feature lies, in the order of their bits. */
static void read_features(struct perf_data *data, const uint64_t bits[NR_FEATURES / 64])
{
	uint64_t table = data->records.offset + data->records.bytes;
	struct byte_cursor cursor;

	byte_cursor_init_file(&cursor, &data->file, table, UINT64_MAX, data->big_endian);
	for (uint32_t feature = 0; feature < NR_FEATURES; feature++) {
		uint64_t offset, bytes;

		if (!(bits[feature / 64] >> (feature % 64) & 1))
			continue;
		offset = byte_cursor_u64(&cursor);
		bytes = byte_cursor_u64(&cursor);
		if (cursor.failed) {
			perf_note(data, "the table of its features is cut short, feature %u and later ones are not read",
				  feature);
			break;
		}
		read_feature_at(data, feature, offset, bytes);
	}
	byte_cursor_release(&cursor);
}

static enum status read_file_head(struct perf_data *data, struct byte_cursor *cursor, struct error *err)
{
	uint64_t attr_bytes = byte_cursor_u64(cursor);
	uint64_t attrs = byte_cursor_u64(cursor), attrs_bytes = byte_cursor_u64(cursor);
	uint64_t features[NR_FEATURES / 64];

	data->records.offset = byte_cursor_u64(cursor);
	data->records.bytes = byte_cursor_u64(cursor);
	byte_cursor_skip(cursor, 16);	/* types of events: long out of use */
	for (int i = 0; i < NR_FEATURES / 64; i++)
		features[i] = byte_cursor_u64(cursor);
	if (cursor->failed)
		return error_set(err, RC_INPUT, "%s: ends within its first %u bytes", data->file.path, HEAD_BYTES);
	if (attr_bytes < PERF_ATTR_MIN_BYTES + 16 || attr_bytes > 4096)
		return error_set(err, RC_INPUT, "%s: attributes of %llu bytes are not known", data->file.path,
				 (unsigned long long)attr_bytes);
	read_attrs(data, attrs, attrs_bytes, attr_bytes);
	if (!data->records.bytes) {
		/* The size is written last. */
		data->records.bytes = data->records.offset < data->file.bytes ?
				      data->file.bytes - data->records.offset : 0;
		perf_note(data, "was not finished: all that follows the records is missing");
	} else if (data->records.offset > data->file.bytes ||
		   data->records.bytes > data->file.bytes - data->records.offset) {
		perf_note(data, "is cut short: all that follows the records is missing");
	} else {
		read_features(data, features);
	}
	return RC_OK;
}

static void read_attr_record(struct perf_data *data, const struct perf_record *record)
{
	const uint8_t *at = record->data + PERF_HEADER_BYTES;
	size_t bytes = record->bytes - PERF_HEADER_BYTES;
	size_t attr_bytes = bytes >= 8 ? load_u32(at + 4, data->big_endian) : 0;
	struct byte_cursor ids;

	if (attr_bytes > bytes)
		attr_bytes = bytes;
	byte_cursor_init_memory(&ids, at + attr_bytes, bytes - attr_bytes, data->big_endian);
	perf_data_add_attr(data, at, attr_bytes, &ids);
}

static void read_feature_record(struct perf_data *data, const struct perf_record *record)
{
	struct byte_cursor cursor;
	uint64_t feature;

	byte_cursor_init_memory(&cursor, record->data + PERF_HEADER_BYTES, record->bytes - PERF_HEADER_BYTES,
				data->big_endian);
	feature = byte_cursor_u64(&cursor);
	if (!cursor.failed && feature < NR_FEATURES)
		perf_data_read_feature(data, feature, &cursor);
}

static struct perf_range rest_of(const struct perf_data *data, uint64_t offset)
{
	struct perf_range rest = data->records;

	rest.bytes -= offset - rest.offset;
	rest.offset = offset;
	return rest;
}

/* Whether records follow each other from there on. */
static bool begins_at(const struct perf_data *data, uint64_t offset)
{
	const struct perf_range rest = rest_of(data, offset);
	enum perf_step step = PERF_RECORD;
	struct perf_record record;
	struct perf_walk walk;

	perf_walk_open(&walk, &data->file, &rest);
	for (int i = 0; i < 4 && step == PERF_RECORD; i++)
		step = perf_walk_next(&walk, &record);
	perf_walk_close(&walk);
	return step != PERF_DAMAGE;
}

/* Their record says how long they are, and they do. True: it says too much, and would cover others. */
static bool read_formats_record(struct perf_data *data, const struct perf_record *record)
{
	uint64_t begin = record->offset + record->bytes, bytes, end;
	struct byte_cursor cursor;
	bool is_whole;

	if (record->bytes < 12)
		return false;
	bytes = load_u32(record->data + PERF_HEADER_BYTES, data->big_endian);
	byte_cursor_init_file(&cursor, &data->file, begin, begin + bytes, data->big_endian);
	is_whole = perf_data_read_formats(data, &cursor);
	end = begin + ((byte_cursor_offset(&cursor) - begin + 7) & ~UINT64_C(7));
	byte_cursor_release(&cursor);
	if (!is_whole || end >= begin + bytes || !begins_at(data, end))
		return false;
	data->records.formats_end = end;
	perf_note(data, "offset 0x%llx: event formats of %llu bytes, and %llu are said: records are read from where they end",
		  (unsigned long long)record->offset, (unsigned long long)(end - begin), (unsigned long long)bytes);
	return true;
}

/* The walk has stepped over as many bytes as the record says. */
static void read_formats(struct perf_data *data, const struct perf_record *record, struct perf_walk *walk)
{
	struct perf_range rest;

	if (!read_formats_record(data, record))
		return;
	rest = rest_of(data, data->records.formats_end);
	perf_walk_close(walk);
	perf_walk_open(walk, &data->file, &rest);
}

/* Of a pipe: what comes before the first sample. */
static void read_first_records(struct perf_data *data)
{
	struct perf_record record;
	struct perf_walk walk;
	bool is_done = false;
	enum perf_step step;

	data->records.head_end = UINT64_MAX;
	perf_walk_open(&walk, &data->file, &data->records);
	while (!is_done && (step = perf_walk_next(&walk, &record)) != PERF_END) {
		if (step == PERF_DAMAGE)	/* told when records are read */
			continue;
		is_done = record.type == PERF_SAMPLE || record.type == PERF_FINISHED_ROUND || walk.has_compressed;
		if (is_done)
			data->records.head_end = record.offset;
		else if (record.type == PERF_HEADER_ATTR)
			read_attr_record(data, &record);
		else if (record.type == PERF_HEADER_FEATURE)
			read_feature_record(data, &record);
		else if (record.type == PERF_TRACING_DATA)
			read_formats(data, &record, &walk);
	}
	perf_walk_close(&walk);
}

static bool is_alike(const struct perf_attr *a, const struct perf_attr *b)
{
	return a->type == b->type && a->sample_type == b->sample_type && a->read_format == b->read_format &&
	       a->branch_sample_type == b->branch_sample_type && a->regs_user == b->regs_user &&
	       a->regs_intr == b->regs_intr;
}

/* How to tell whose a record is. */
static void compare_layouts(struct perf_data *data)
{
	struct perf_layouts *layouts = &data->layouts;
	const struct perf_layout *first = layouts->all;
	bool has_id = true;

	layouts->is_uniform = first->attr.type == PERF_TRACEPOINT;
	layouts->has_uniform_trailer = true;
	for (size_t i = 0; i < layouts->nr; i++) {
		const struct perf_layout *next = &layouts->all[i];

		layouts->is_uniform &= is_alike(&next->attr, &first->attr);
		layouts->has_uniform_trailer &= next->attr.has_trailer == first->attr.has_trailer &&
						next->trailer_bytes == first->trailer_bytes;
		has_id &= next->id == first->id;
	}
	layouts->id_at = has_id ? first->id : 0;
	if (!layouts->is_uniform && !layouts->id_at && layouts->nr > 1)
		perf_note(data, "samples of different layouts do not say which event they are of, they are not read");
}

static const char *clock_name(int32_t clock)
{
	static const char *const names[] = {
		[0] = "realtime", [1] = "mono", [4] = "mono_raw", [7] = "boot", [11] = "tai",
	};

	if (clock < 0)
		return "perf";
	return (size_t)clock < sizeof(names) / sizeof(names[0]) && names[clock] ? names[clock] : "";
}

/* What was recorded of what has a format; formats that are not wanted are skipped from here on. */
static void find_kinds(struct perf_data *data)
{
	struct format_table *formats = data->formats;
	uint64_t calls[2] = { 0 };

	for (size_t i = 0; i < data->layouts.nr; i++) {
		const struct perf_attr *attr = &data->layouts.all[i].attr;
		const struct decode_plan *plan;

		if (data->layouts.all[i].tells_uses)
			data->kinds |= MM_KIND_BIT(MM_USED);
		if (attr->type != PERF_TRACEPOINT || attr->config >= FORMAT_IDS ||
		    formats->of_id[attr->config] < FORMAT_PLAN)
			continue;
		plan = format_table_plan(formats, formats->of_id[attr->config]);
		data->kinds |= MM_KIND_BIT(plan->kind);
		if (plan->call)
			calls[plan->kind == MM_CALL_DONE] |= UINT64_C(1) << plan->call;
	}
	data->calls = calls[0] & calls[1];
	for (size_t i = 0; i < NR_TRACEPOINTS_MAX; i++) {
		const struct decode_plan *plan = &formats->plans[i];

		if (plan->min_bytes && !(data->context->wanted & MM_KIND_BIT(plan->kind)))
			formats->of_id[formats->ids[i]] = FORMAT_SKIP;
	}
}

/* What the attributes say that bears on what can be told. */
static void check_attrs(struct perf_data *data)
{
	size_t nr_tracepoints = 0, nr_sampled = 0, nr_timeless = 0;

	for (size_t i = data->layouts.nr; i-- > 0;) {
		const struct perf_layout *layout = &data->layouts.all[i];

		if (layout->attr.type != PERF_TRACEPOINT)
			continue;
		nr_tracepoints++;
		data->clock = clock_name(layout->attr.clock);
		nr_sampled += layout->attr.is_frequency || layout->attr.sample_period > 1;
		nr_timeless += !layout->time;
	}
	if (!nr_tracepoints)
		perf_note(data, "no tracepoint was recorded, and only they tell of memory (perf record -e kmem:rss_stat...)");
	else if (!data->formats->nr_formats)
		perf_note(data, "its event formats are missing, no sample can be read: try --formats");
	if (nr_sampled)
		perf_note(data, "%zu tracepoints were recorded by samples, not each time: what they tell is not whole (perf record -c 1)",
			  nr_sampled);
	if (nr_timeless)
		perf_note(data, "%zu tracepoints were recorded without time, their samples are not read (perf record -T)",
			  nr_timeless);
}

/* They lie behind the data: a file that is cut short has lost them. */
static void complete_formats(struct perf_data *data)
{
	struct format_table *formats = data->formats;
	bool *ids;

	if (formats->nr_formats || !data->context->fallback)
		return;
	ids = xcalloc(FORMAT_IDS, sizeof(*ids));
	for (size_t i = 0; i < data->layouts.nr; i++) {
		const struct perf_attr *attr = &data->layouts.all[i].attr;

		if (attr->type == PERF_TRACEPOINT && attr->config < FORMAT_IDS)
			ids[attr->config] = true;
	}
	format_table_complete(formats, data->context->fallback, ids);
	free(ids);
}

enum status perf_data_load(struct perf_data *data, const struct trace_file *file,
			   struct reader_context *context, struct error *err)
{
	uint8_t head[8] = { 0 };
	struct byte_cursor cursor;
	enum status status = RC_OK;
	uint64_t bytes;

	*data = (struct perf_data){
		.file = *file,
		.context = context,
		.formats = xcalloc(1, sizeof(*data->formats)),
		.clock = "",
		.host = xstrdup(""),
		.release = xstrdup(""),
		.arch = xstrdup(""),
	};
	trace_file_read(&data->file, 0, head, sizeof(head));
	data->big_endian = !memcmp(head, swapped_magic, sizeof(head));
	data->records.big_endian = data->big_endian;
	data->formats->wanted = MM_ALL_KINDS;
	data->formats->target = (struct format_target){ data->big_endian, 8, 4096 };
	data->formats->place = RECORD_IN_SAMPLE;
	data->formats->path = data->file.path;
	data->formats->notes = &context->notes;
	byte_cursor_init_file(&cursor, &data->file, 8, UINT64_MAX, data->big_endian);
	bytes = byte_cursor_u64(&cursor);
	data->is_pipe = bytes == PIPE_HEAD_BYTES && !cursor.failed;
	if (data->is_pipe) {
		data->records = (struct perf_range){ .offset = PIPE_HEAD_BYTES, .bytes = data->file.bytes - PIPE_HEAD_BYTES,
						     .big_endian = data->big_endian };
		read_first_records(data);
	} else if (bytes < HEAD_BYTES || cursor.failed) {
		status = error_set(err, RC_INPUT, "%s: ends within its first %u bytes, or they are damaged",
				   data->file.path, HEAD_BYTES);
	} else {
		status = read_file_head(data, &cursor, err);
	}
	byte_cursor_release(&cursor);
	if (status)
		return status;
	if (!data->layouts.nr)
		return error_set(err, RC_INPUT, "%s: no event's attributes can be read, so no record can",
				 data->file.path);
	complete_formats(data);
	find_kinds(data);
	compare_layouts(data);
	check_attrs(data);
	return RC_OK;
}

void perf_data_release(struct perf_data *data)
{
	free(data->layouts.all);
	map64_release(&data->layouts.by_id);
	free(data->formats);
	free(data->host);
	free(data->release);
	free(data->arch);
	trace_file_close(&data->file);
}
