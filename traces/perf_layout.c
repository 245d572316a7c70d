// SPDX-License-Identifier: GPL-2.0-or-later
/* Attributes to offsets; the parts of a sample in their order. */
#include "traces/perf_layout.h"

/* Bits of perf_attr.sample_type. */
enum {
	TYPE_IP = 0, TYPE_TID = 1, TYPE_TIME = 2, TYPE_ADDR = 3, TYPE_READ = 4, TYPE_CALLCHAIN = 5,
	TYPE_ID = 6, TYPE_CPU = 7, TYPE_PERIOD = 8, TYPE_STREAM_ID = 9, TYPE_RAW = 10,
	TYPE_BRANCH_STACK = 11, TYPE_REGS_USER = 12, TYPE_STACK_USER = 13, TYPE_WEIGHT = 14,
	TYPE_DATA_SRC = 15, TYPE_IDENTIFIER = 16, TYPE_TRANSACTION = 17, TYPE_REGS_INTR = 18,
	TYPE_PHYS_ADDR = 19, TYPE_AUX = 20, TYPE_CGROUP = 21, TYPE_DATA_PAGE_SIZE = 22, TYPE_CODE_PAGE_SIZE = 23,
	TYPE_WEIGHT_STRUCT = 24, NR_TYPES = 25,
};

enum { READ_ENABLED = 1, READ_RUNNING = 2, READ_ID = 4, READ_GROUP = 8, READ_LOST = 16 };
enum { BRANCH_HW_INDEX = 1 << 17, BRANCH_COUNTERS = 1 << 19 };
enum { FLAG_INHERIT = 1, FLAG_FREQUENCY = 10, FLAG_TRAILER = 18, FLAG_CLOCK = 25 };

#define BIT(n) (UINT64_C(1) << (n))
/* Parts behind the raw payload: of varying size, and of 8 bytes. */
#define TAIL_VARYING (BIT(TYPE_BRANCH_STACK) | BIT(TYPE_REGS_USER) | BIT(TYPE_STACK_USER) | BIT(TYPE_REGS_INTR) | BIT(TYPE_AUX))
#define TAIL_WORDS (BIT(TYPE_DATA_SRC) | BIT(TYPE_TRANSACTION) | BIT(TYPE_PHYS_ADDR) | BIT(TYPE_CGROUP) | \
		    BIT(TYPE_DATA_PAGE_SIZE) | BIT(TYPE_CODE_PAGE_SIZE))

static uint64_t field_u64(const uint8_t *bytes, size_t nr, size_t at, bool big_endian)
{
	return at + 8 <= nr ? load_u64(bytes + at, big_endian) : 0;
}

/* Bit fields begin at the other end of their word in the other byte order. */
static bool has_flag(uint64_t flags, int flag, bool big_endian)
{
	return flags >> (big_endian ? 63 - flag : flag) & 1;
}

bool perf_attr_read(struct perf_attr *attr, const uint8_t *bytes, size_t nr_bytes, bool big_endian)
{
	uint64_t flags;
	size_t nr;

	if (nr_bytes < PERF_ATTR_MIN_BYTES)
		return false;
	nr = load_u32(bytes + 4, big_endian);
	if (nr < PERF_ATTR_MIN_BYTES || nr > nr_bytes)
		return false;
	flags = load_u64(bytes + 40, big_endian);
	*attr = (struct perf_attr){
		.type = load_u32(bytes, big_endian),
		.bytes = nr,
		.config = load_u64(bytes + 8, big_endian),
		.sample_period = load_u64(bytes + 16, big_endian),
		.sample_type = load_u64(bytes + 24, big_endian),
		.read_format = load_u64(bytes + 32, big_endian),
		.branch_sample_type = field_u64(bytes, nr, 72, big_endian),
		.regs_user = field_u64(bytes, nr, 80, big_endian),
		.regs_intr = field_u64(bytes, nr, 96, big_endian),
		.clock = -1,
		.is_frequency = has_flag(flags, FLAG_FREQUENCY, big_endian),
		.is_inherited = has_flag(flags, FLAG_INHERIT, big_endian),
		.has_trailer = has_flag(flags, FLAG_TRAILER, big_endian),
	};
	if (nr >= 96 && has_flag(flags, FLAG_CLOCK, big_endian))
		attr->clock = (int32_t)load_u32(bytes + 92, big_endian);
	return true;
}

/* Where the part of 8 bytes stands if the samples have it; *at moves on. */
static uint16_t place(uint64_t type, int part, uint16_t *at)
{
	uint16_t where = *at;

	if (!(type & BIT(part)))
		return 0;
	*at += 8;
	return where;
}

static void compile_trailer(struct perf_layout *layout, uint64_t type)
{
	uint16_t at = 0;

	if (!layout->attr.has_trailer)
		return;
	/* From the end backwards. */
	place(type, TYPE_IDENTIFIER, &at);
	layout->end_id = type & BIT(TYPE_IDENTIFIER) ? 8 : 0;
	if (type & BIT(TYPE_CPU))
		layout->end_cpu = at += 8;
	place(type, TYPE_STREAM_ID, &at);
	if (type & BIT(TYPE_ID)) {
		at += 8;
		if (!layout->end_id)
			layout->end_id = at;
	}
	if (type & BIT(TYPE_TIME))
		layout->end_time = at += 8;
	if (type & BIT(TYPE_TID))
		layout->end_tid = at += 8;
	layout->trailer_bytes = at;
}

/* Of the parts behind the payload, without those that vary. */
static uint16_t tail_bytes(uint64_t type)
{
	return 8 * (__builtin_popcountll(type & TAIL_WORDS) + !!(type & (BIT(TYPE_WEIGHT) | BIT(TYPE_WEIGHT_STRUCT))));
}

void perf_layout_compile(struct perf_layout *layout, const struct perf_attr *attr, bool big_endian)
{
	const uint64_t type = attr->sample_type;
	uint16_t at = PERF_HEADER_BYTES;

	*layout = (struct perf_layout){
		.big_endian = big_endian,
		.attr = *attr,
		.has_raw = type & BIT(TYPE_RAW),
		.has_cgroup = type & BIT(TYPE_CGROUP),
		.is_plain = !(type & (BIT(TYPE_READ) | BIT(TYPE_CALLCHAIN))),
	};
	layout->id = place(type, TYPE_IDENTIFIER, &at);
	place(type, TYPE_IP, &at);
	layout->tid = place(type, TYPE_TID, &at);
	layout->time = place(type, TYPE_TIME, &at);
	layout->address = place(type, TYPE_ADDR, &at);
	if (!layout->id)
		layout->id = place(type, TYPE_ID, &at);
	else
		place(type, TYPE_ID, &at);
	place(type, TYPE_STREAM_ID, &at);
	layout->cpu = place(type, TYPE_CPU, &at);
	place(type, TYPE_PERIOD, &at);
	layout->varying = at;
	layout->raw = at + 4;
	layout->min_bytes = at + (layout->has_raw && layout->is_plain ? 4 : 0) + tail_bytes(type);
	layout->is_known = !(type >> NR_TYPES);
	layout->is_quick = layout->time && layout->cpu && layout->tid && layout->has_raw && layout->is_plain &&
			   layout->is_known && !(type & TAIL_VARYING);
	/* A software event with an address is a fault, which its tracepoint tells better. */
	layout->tells_uses = layout->address && layout->time && layout->cpu && layout->tid &&
			     attr->type != PERF_TRACEPOINT && attr->type != PERF_SOFTWARE;
	compile_trailer(layout, type);
}

/* A walk over the parts of one sample; whatever does not fit makes it fail for good. */
struct parts {
	const uint8_t *record;
	uint32_t at, bytes;
	bool big_endian;
	bool failed;
};

static void skip(struct parts *parts, uint64_t nr, uint32_t size)
{
	/* size is at most some hundred, and nr is checked before it is multiplied. */
	if (parts->failed || nr > parts->bytes || nr * size > parts->bytes - parts->at)
		parts->failed = true;
	else
		parts->at += nr * size;
}

static uint64_t take_u64(struct parts *parts)
{
	uint32_t at = parts->at;

	skip(parts, 1, 8);
	return parts->failed ? 0 : load_u64(parts->record + at, parts->big_endian);
}

static uint32_t take_u32(struct parts *parts)
{
	uint32_t at = parts->at;

	skip(parts, 1, 4);
	return parts->failed ? 0 : load_u32(parts->record + at, parts->big_endian);
}

static void skip_read(struct parts *parts, uint64_t format)
{
	const uint32_t times = !!(format & READ_ENABLED) + !!(format & READ_RUNNING);
	const uint32_t value = 1 + !!(format & READ_ID) + !!(format & READ_LOST);
	uint64_t nr = 1;

	if (format & READ_GROUP)
		nr = take_u64(parts);
	skip(parts, times, 8);
	skip(parts, nr, 8 * value);
}

/* To the raw payload. */
static void skip_to_raw(struct parts *parts, const struct perf_attr *attr)
{
	if (attr->sample_type & BIT(TYPE_READ))
		skip_read(parts, attr->read_format);
	if (attr->sample_type & BIT(TYPE_CALLCHAIN))
		skip(parts, take_u64(parts), 8);
}

static void skip_branches(struct parts *parts, uint64_t type)
{
	uint64_t nr = take_u64(parts);

	skip(parts, !!(type & BRANCH_HW_INDEX), 8);
	skip(parts, nr, type & BRANCH_COUNTERS ? 32 : 24);
}

static void skip_registers(struct parts *parts, uint64_t registers)
{
	if (take_u64(parts))	/* their ABI; 0 = there are none */
		skip(parts, __builtin_popcountll(registers), 8);
}

static void skip_stack(struct parts *parts)
{
	uint64_t bytes = take_u64(parts);

	skip(parts, bytes, 1);
	if (bytes)
		take_u64(parts);
}

/* From behind the raw payload to the control group. */
static void skip_to_cgroup(struct parts *parts, const struct perf_attr *attr)
{
	const uint64_t type = attr->sample_type;
	const uint64_t words = BIT(TYPE_DATA_SRC) | BIT(TYPE_TRANSACTION);

	if (type & BIT(TYPE_BRANCH_STACK))
		skip_branches(parts, attr->branch_sample_type);
	if (type & BIT(TYPE_REGS_USER))
		skip_registers(parts, attr->regs_user);
	if (type & BIT(TYPE_STACK_USER))
		skip_stack(parts);
	skip(parts, !!(type & (BIT(TYPE_WEIGHT) | BIT(TYPE_WEIGHT_STRUCT))), 8);
	skip(parts, __builtin_popcountll(type & words), 8);
	if (type & BIT(TYPE_REGS_INTR))
		skip_registers(parts, attr->regs_intr);
	skip(parts, !!(type & BIT(TYPE_PHYS_ADDR)), 8);
}

static bool take_raw(struct parts *parts, struct perf_sample *sample)
{
	uint32_t bytes = take_u32(parts);

	sample->raw = parts->record + parts->at;
	sample->raw_bytes = bytes;
	skip(parts, bytes, 1);
	return !parts->failed;
}

/* Whether behind the payload comes what else there is, and then its end. */
static bool ends_there(struct parts *parts, const struct perf_attr *attr)
{
	const uint64_t type = attr->sample_type;
	const uint64_t words = BIT(TYPE_CGROUP) | BIT(TYPE_DATA_PAGE_SIZE) | BIT(TYPE_CODE_PAGE_SIZE);

	skip_to_cgroup(parts, attr);
	skip(parts, __builtin_popcountll(type & words), 8);
	if (type & BIT(TYPE_AUX))
		skip(parts, take_u64(parts), 1);
	return !parts->failed && parts->at == parts->bytes;
}

bool perf_layout_any_sample(const struct perf_layout *layout, const uint8_t *record, uint32_t bytes,
			    struct perf_sample *sample)
{
	const bool big_endian = layout->big_endian;
	struct parts parts = { record, layout->varying, bytes, big_endian, false };

	*sample = (struct perf_sample){ 0 };
	if (bytes < layout->min_bytes)
		return false;
	if (layout->time)
		sample->time_ns = load_u64(record + layout->time, big_endian);
	if (layout->cpu)
		sample->cpu = load_u32(record + layout->cpu, big_endian);
	if (layout->tid)
		sample->tid = load_u32(record + layout->tid + 4, big_endian);
	skip_to_raw(&parts, &layout->attr);
	if (layout->has_raw && !take_raw(&parts, sample))
		return false;
	return !layout->is_known || ends_there(&parts, &layout->attr);
}

uint64_t perf_layout_cgroup(const struct perf_layout *layout, const uint8_t *record, uint32_t bytes)
{
	struct parts parts = { record, layout->varying, bytes, layout->big_endian, false };
	struct perf_sample sample;

	if (!layout->has_cgroup || bytes < layout->min_bytes)
		return 0;
	skip_to_raw(&parts, &layout->attr);
	if (layout->has_raw)
		take_raw(&parts, &sample);
	skip_to_cgroup(&parts, &layout->attr);
	return take_u64(&parts);
}

void perf_layout_trailer(const struct perf_layout *layout, const uint8_t *record, uint32_t bytes,
			 struct perf_trailer *trailer)
{
	const bool big_endian = layout->big_endian;
	const uint8_t *end = record + bytes;

	*trailer = (struct perf_trailer){ 0 };
	if (!layout->trailer_bytes || bytes < PERF_HEADER_BYTES + layout->trailer_bytes)
		return;
	if (layout->end_tid)
		trailer->tid = load_u32(end - layout->end_tid + 4, big_endian);
	if (layout->end_time)
		trailer->time_ns = load_u64(end - layout->end_time, big_endian);
	if (layout->end_id)
		trailer->id = load_u64(end - layout->end_id, big_endian);
	if (layout->end_cpu) {
		trailer->cpu = load_u32(end - layout->end_cpu, big_endian);
		trailer->has_cpu = true;
	}
}
