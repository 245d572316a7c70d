// SPDX-License-Identifier: GPL-2.0-or-later
/* A small writer of perf.data; its only reader is the code under test. */
#include "perf_recording.h"

#include "base/xalloc.h"

#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#define ATTR_BYTES 128

static size_t begin(struct bytes *bytes, uint32_t type, uint16_t misc)
{
	size_t at = bytes->nr;

	put_u32(bytes, type);
	put_u16(bytes, misc);
	put_u16(bytes, 0);
	return at;
}

static void end(struct bytes *bytes, size_t at)
{
	uint16_t nr = bytes->nr - at;

	bytes->data[at + 6] = bytes->big_endian ? nr >> 8 : nr;
	bytes->data[at + 7] = bytes->big_endian ? nr : nr >> 8;
}

static void pad(struct bytes *bytes, size_t from)
{
	put_zeros(bytes, (8 - (bytes->nr - from) % 8) % 8);
}

static void put_if(struct bytes *bytes, uint64_t type, uint64_t part, uint64_t value)
{
	if (type & part)
		put_u64(bytes, value);
}

static void put_pair(struct bytes *bytes, uint32_t first, uint32_t second)
{
	put_u32(bytes, first);
	put_u32(bytes, second);
}

static void put_values(struct bytes *bytes, size_t nr)
{
	for (size_t i = 0; i < nr; i++)
		put_u64(bytes, UINT64_C(0x1111111111111111) * (i + 1));
}

static int nr_bits(uint64_t value)
{
	return __builtin_popcountll(value);
}

/* READ: with group (8) the count first, then times (1, 2), then value, id (4), lost (16) of each. */
static void put_read(struct bytes *bytes, uint64_t format)
{
	size_t nr = format & 8 ? 3 : 1;

	if (format & 8)
		put_u64(bytes, nr);
	put_values(bytes, nr_bits(format & 3));
	put_values(bytes, nr * (1 + nr_bits(format & 20)));
}

/* What stands before the raw payload. */
static void put_front(struct bytes *bytes, const struct made_attr *attr, const struct made_head *head)
{
	const uint64_t type = attr->sample_type;

	put_if(bytes, type, S_IDENTIFIER, attr->id);
	put_if(bytes, type, S_IP, 0xffffffff81000000);
	if (type & S_TID)
		put_pair(bytes, head->tid, head->tid);
	put_if(bytes, type, S_TIME, head->time);
	put_if(bytes, type, S_ADDR, 0x7f0000001000);
	put_if(bytes, type, S_ID, attr->id);
	put_if(bytes, type, S_STREAM_ID, attr->id);
	if (type & S_CPU)
		put_pair(bytes, head->cpu, 0);
	put_if(bytes, type, S_PERIOD, 1);
	if (type & S_READ)
		put_read(bytes, attr->read_format);
	if (type & S_CALLCHAIN) {
		put_u64(bytes, 5);
		put_values(bytes, 5);
	}
}

/* What stands behind it. */
static void put_back(struct bytes *bytes, const struct made_attr *attr, const struct made_head *head)
{
	const uint64_t type = attr->sample_type;

	if (type & S_BRANCH_STACK) {
		put_u64(bytes, 2);
		put_values(bytes, attr->branch_type >> 17 & 1);
		put_values(bytes, 2 * 3);
		put_values(bytes, attr->branch_type >> 19 & 1 ? 2 : 0);
	}
	if (type & S_REGS_USER) {
		put_u64(bytes, 2);
		put_values(bytes, nr_bits(attr->regs_user));
	}
	if (type & S_STACK_USER) {
		put_u64(bytes, 16);
		put_values(bytes, 2);
		put_u64(bytes, 16);
	}
	put_if(bytes, type, S_WEIGHT | S_WEIGHT_STRUCT, 3);
	put_if(bytes, type, S_DATA_SRC, 4);
	put_if(bytes, type, S_TRANSACTION, 5);
	if (type & S_REGS_INTR) {
		put_u64(bytes, attr->regs_intr ? 2 : 0);
		put_values(bytes, nr_bits(attr->regs_intr));
	}
	put_if(bytes, type, S_PHYS_ADDR, 6);
	put_if(bytes, type, S_CGROUP, head->group);
	put_if(bytes, type, S_DATA_PAGE_SIZE, 4096);
	put_if(bytes, type, S_CODE_PAGE_SIZE, 4096);
	if (type & S_AUX) {
		put_u64(bytes, 8);
		put_values(bytes, 1);
	}
}

void made_sample(struct bytes *bytes, const struct made_attr *attr, const struct made_head *head,
		 const struct bytes *raw)
{
	size_t at = begin(bytes, 9, 1);

	put_front(bytes, attr, head);
	if (attr->sample_type & S_RAW) {
		uint32_t room = (raw->nr + 4 + 7) / 8 * 8 - 4;

		put_u32(bytes, room);
		put(bytes, raw->data, raw->nr);
		put_zeros(bytes, room - raw->nr);
	}
	put_back(bytes, attr, head);
	end(bytes, at);
}

void made_alloc(struct bytes *bytes, const struct made_attr *attr, const struct made_head *head, uint64_t pfn)
{
	struct bytes raw = { .big_endian = bytes->big_endian };

	put_u16(&raw, ID_ALLOC);
	put_u16(&raw, 0);
	put_u32(&raw, head->tid);
	put_u64(&raw, pfn);
	put_pair(&raw, 3, 0);
	put_u64(&raw, 0x140cca);
	put_u32(&raw, 1);
	made_sample(bytes, attr, head, &raw);
	bytes_release(&raw);
}

static void put_trailer(struct bytes *bytes, const struct made_attr *attr, const struct made_head *head)
{
	const uint64_t type = attr->sample_type;

	if (attr->no_trailer)
		return;
	if (type & S_TID)
		put_pair(bytes, head->tid, head->tid);
	put_if(bytes, type, S_TIME, head->time);
	put_if(bytes, type, S_ID, attr->id);
	put_if(bytes, type, S_STREAM_ID, attr->id);
	if (type & S_CPU)
		put_pair(bytes, head->cpu, 0);
	put_if(bytes, type, S_IDENTIFIER, attr->id);
}

void made_record(struct bytes *bytes, const struct made_attr *attr, const struct made_head *head,
		 uint32_t type, uint16_t misc, const struct bytes *body)
{
	size_t at = begin(bytes, type, misc);

	put(bytes, body->data, body->nr);
	pad(bytes, at);
	put_trailer(bytes, attr, head);
	end(bytes, at);
}

void made_round(struct bytes *bytes)
{
	end(bytes, begin(bytes, 68, 0));
}

void made_lost(struct bytes *bytes, const struct made_attr *attr, const struct made_head *head, uint64_t lost)
{
	struct bytes body = { .big_endian = bytes->big_endian };

	put_u64(&body, attr->id);
	put_u64(&body, lost);
	made_record(bytes, attr, head, 2, 0, &body);
	bytes_release(&body);
}

void made_fork(struct bytes *bytes, const struct made_attr *attr, const struct made_head *head, uint32_t type,
	       uint32_t pid, uint32_t parent_pid, uint32_t tid, uint32_t parent_tid)
{
	struct bytes body = { .big_endian = bytes->big_endian };

	put_pair(&body, pid, parent_pid);
	put_pair(&body, tid, parent_tid);
	put_u64(&body, head->time);
	made_record(bytes, attr, head, type, 0, &body);
	bytes_release(&body);
}

void made_comm(struct bytes *bytes, const struct made_attr *attr, const struct made_head *head, uint32_t tid,
	       const char *comm, bool is_exec)
{
	struct bytes body = { .big_endian = bytes->big_endian };

	put_pair(&body, tid, tid);
	put_text(&body, comm);
	made_record(bytes, attr, head, 3, is_exec ? 1 << 13 : 0, &body);
	bytes_release(&body);
}

void made_group(struct bytes *bytes, const struct made_attr *attr, const struct made_head *head, uint64_t id,
		const char *path)
{
	struct bytes body = { .big_endian = bytes->big_endian };

	put_u64(&body, id);
	put_text(&body, path);
	made_record(bytes, attr, head, 19, 0, &body);
	bytes_release(&body);
}

static void put_slice(struct bytes *bytes, uint32_t type, const void *data, size_t nr)
{
	size_t at = begin(bytes, type, 0);

	if (type == 83)
		put_u64(bytes, nr);
	put(bytes, data, nr);
	if (type == 83)
		pad(bytes, at);
	end(bytes, at);
}

void made_packed(struct bytes *bytes, const struct bytes *records, uint32_t type, size_t nr)
{
	ZSTD_CStream *stream = ZSTD_createCStream();
	size_t room = records->nr * 2 + 1024, at = 0;
	uint8_t *packed = xcalloc(1, room);

	ZSTD_initCStream(stream, 1);
	for (size_t i = 1; i <= nr; i++) {
		ZSTD_inBuffer from = { records->data, records->nr * i / nr, at };
		ZSTD_outBuffer to = { packed, room, 0 };

		ZSTD_compressStream(stream, &to, &from);
		ZSTD_flushStream(stream, &to);
		at = from.pos;
		put_slice(bytes, type, packed, to.pos);
	}
	free(packed);
	ZSTD_freeCStream(stream);
}

/* Bit fields begin at the other end of their word in the other byte order. */
static uint64_t flag(const struct bytes *bytes, int number)
{
	return UINT64_C(1) << (bytes->big_endian ? 63 - number : number);
}

static void put_attr(struct bytes *bytes, const struct made_attr *attr)
{
	size_t at = bytes->nr;

	put_pair(bytes, attr->type, ATTR_BYTES);
	put_u64(bytes, attr->config);
	put_u64(bytes, attr->period ? attr->period : 1);
	put_u64(bytes, attr->sample_type);
	put_u64(bytes, attr->read_format);
	put_u64(bytes, flag(bytes, 25) | (attr->no_trailer ? 0 : flag(bytes, 18)) |
		(attr->is_frequency ? flag(bytes, 10) : 0) | (attr->is_inherited ? flag(bytes, 1) : 0));
	put_zeros(bytes, 24);
	put_u64(bytes, attr->branch_type);
	put_u64(bytes, attr->regs_user);
	put_pair(bytes, 16, 1);		/* bytes of stack, the clock: monotonic */
	put_u64(bytes, attr->regs_intr);
	put_zeros(bytes, at + ATTR_BYTES - bytes->nr);
}

static size_t nr_attrs(const struct made_perf *made)
{
	size_t nr = 0;

	while (made->attrs[nr].sample_type)
		nr++;
	return nr;
}

static void put_name(struct bytes *bytes, const char *name)
{
	put_u32(bytes, 64);
	put(bytes, name, strlen(name));
	put_zeros(bytes, 64 - strlen(name));
}

/* The features there are: formats, host name, release, architecture, CPUs. */
static const int features[] = { 1, 3, 4, 6, 7 };
enum { NR_MADE_FEATURES = sizeof(features) / sizeof(features[0]) };

static void put_feature(struct bytes *bytes, int feature)
{
	if (feature == 1)
		put_tracing_data(bytes);
	else if (feature == 7)
		put_pair(bytes, 4, 2);	/* available, online */
	else
		put_name(bytes, feature == 3 ? "host" : feature == 4 ? "6.18" : "x86_64");
}

static void put_features(const struct made_perf *made, struct bytes *file, struct made_map *map)
{
	map->features = file->nr;
	put_zeros(file, NR_MADE_FEATURES * 16);
	for (size_t i = 0; i < NR_MADE_FEATURES && !made->is_unfinished; i++) {
		size_t at = file->nr;

		put_feature(file, features[i]);
		if (features[i] == 1)
			map->formats = at;
		set_u64(file, map->features + 16 * i, at);
		set_u64(file, map->features + 16 * i + 8, file->nr - at);
	}
	if (made->is_unfinished)
		file->nr = map->features;
}

static void make_file(const struct made_perf *made, struct bytes *file, struct made_map *map)
{
	const size_t nr = nr_attrs(made);
	uint64_t bits = 0;

	for (size_t i = 0; i < NR_MADE_FEATURES; i++)
		bits |= UINT64_C(1) << features[i];
	put_u64(file, 104);
	put_u64(file, ATTR_BYTES + 16);
	put_u64(file, 104 + nr * 8);
	put_u64(file, nr * (ATTR_BYTES + 16));
	put_u64(file, 104 + nr * (8 + ATTR_BYTES + 16));
	map->data_size = file->nr;
	put_u64(file, made->is_unfinished ? 0 : made->records->nr);
	put_zeros(file, 16);
	put_u64(file, bits);
	put_zeros(file, 24);
	for (size_t i = 0; i < nr; i++)
		put_u64(file, made->attrs[i].id);
	map->attrs = file->nr;
	for (size_t i = 0; i < nr; i++) {
		put_attr(file, &made->attrs[i]);
		put_u64(file, 104 + i * 8);
		put_u64(file, 8);
	}
	map->data = file->nr;
	put(file, made->records->data, made->records->nr);
	put_features(made, file, map);
}

static void make_pipe(const struct made_perf *made, struct bytes *file, struct made_map *map)
{
	struct bytes formats = { .big_endian = file->big_endian };
	size_t at;

	put_u64(file, 16);
	map->attrs = file->nr;
	for (size_t i = 0; made->attrs[i].sample_type; i++) {
		at = begin(file, 64, 0);
		put_attr(file, &made->attrs[i]);
		put_u64(file, made->attrs[i].id);
		end(file, at);
	}
	for (size_t i = 1; i < NR_MADE_FEATURES; i++) {
		at = begin(file, 80, 0);
		put_u64(file, features[i]);
		put_feature(file, features[i]);
		end(file, at);
	}
	put_tracing_data(&formats);
	pad(&formats, 0);
	at = begin(file, 66, 0);
	put_pair(file, formats.nr, 0);
	end(file, at);
	map->formats = file->nr;
	put(file, formats.data, formats.nr);
	map->data = file->nr;
	put(file, made->records->data, made->records->nr);
	bytes_release(&formats);
}

void made_perf(const struct made_perf *made, struct bytes *file, struct made_map *map)
{
	*file = (struct bytes){ .big_endian = made->big_endian };
	*map = (struct made_map){ 0 };
	put(file, made->big_endian ? "2ELIFREP" : "PERFILE2", 8);
	if (made->is_pipe)
		make_pipe(made, file, map);
	else
		make_file(made, file, map);
}
