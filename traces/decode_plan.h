/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How to read one tracepoint's records: worked out once from its format text,
 * then used for every record without looking anything up.
 *
 *	tracepoint = tracepoint_find("kmem", "mm_page_alloc", 13);
 *	if (decode_plan_compile(&plan, &target, tracepoint, text, bytes, &missing))
 *		decode_plan_apply(&plan, record, record_bytes, event, strings);
 *
 * A record may be decoded if it is at least plan->min_bytes long and if the 8
 * bytes after it can be looked at.
 */
#ifndef TRACES_DECODE_PLAN_H
#define TRACES_DECODE_PLAN_H

#include "traces/load.h"
#include "traces/mm_event.h"
#include "traces/strings.h"
#include "traces/tracepoints.h"

#include <stddef.h>

#define PLAN_TEXT_BYTES 4096	/* of a path in a record */

/* An integer of 1, 2, 4 or 8 bytes; all zero = the kernel has no such field. */
struct plan_field {
	uint64_t mask;		/* its bits, after the shift */
	uint64_t sign;		/* its sign bit; 0 = unsigned */
	uint16_t offset;
	uint8_t shift;		/* big endian: from 8 loaded bytes to the field */
};

enum plan_text_form { PLAN_TEXT_NONE, PLAN_TEXT_ARRAY, PLAN_TEXT_DATA_LOC, PLAN_TEXT_REL_LOC };

struct plan_text {
	uint16_t offset, bytes;
	uint8_t form;		/* enum plan_text_form */
};

struct decode_plan {
	uint8_t kind;		/* enum mm_kind */
	uint8_t call;		/* enum mm_call */
	uint8_t variant;	/* which tracepoint of those that make one kind */
	uint8_t page_shift;
	uint8_t present;	/* bit i: field i is there */
	uint8_t second_name;	/* bit i: and by its second name */
	bool big_endian;
	bool is_usual;		/* decode_usual() does */
	uint32_t min_bytes;
	struct plan_field tid;
	struct plan_field fields[PLAN_MAX_FIELDS];	/* in the order of the tracepoint's table line */
	struct plan_text text;
};

/* The recorded machine, as far as formats need it. */
struct format_target {
	bool big_endian;
	uint8_t long_bytes;	/* 4 or 8 */
	uint32_t page_bytes;	/* a power of two */
};

/* Bytes of the commit word of a ring-buffer page, 4 or 8, from the text of `header_page`; else 0. */
uint32_t header_page_commit_bytes(const struct format_target *target, const char *text,
				  size_t bytes);

/*
 * A record of values that were read otherwise, each in its place, all of 8 bytes and in
 * this machine's byte order.
 */
struct plan_values {
	uint64_t tid;
	uint64_t fields[PLAN_MAX_FIELDS];
	char text[PLAN_TEXT_BYTES + 8];	/* not ended; the record is as long as it is */
};

/* The plan of such records; present and second_name are the caller's to set. */
void decode_plan_of_values(struct decode_plan *plan, uint32_t page_bytes, int tracepoint);

/*
 * False, and *missing, a borrowed name or a constant, if the text does not say what
 * is needed.  `text` is the content of the tracepoint's `format` file.
 */
bool decode_plan_compile(struct decode_plan *plan, const struct format_target *target,
			 int tracepoint, const char *text, size_t bytes, const char **missing);

/* Any plan. */
void decode_any(const struct decode_plan *plan, const uint8_t *record, uint32_t bytes, struct mm_event *event,
		struct strings *strings);

/* The most frequent kinds, where their fields are as wide as here and of this byte order: there is nothing to cut or extend. */
static inline void decode_usual(const struct decode_plan *plan, const uint8_t *record, struct mm_event *event)
{
	const struct plan_field *fields = plan->fields;

	switch (plan->kind) {
	case MM_FAULT:
		event->fault.address = load_u64(record + fields[0].offset, false);
		event->fault.error_code = load_u32(record + fields[1].offset, false);
		event->fault.is_kernel = plan->variant;
		break;
	case MM_PAGE_ALLOC:
		event->alloc.gfp_flags = load_u32(record + fields[2].offset, false);
		/* fall through */
	case MM_PAGE_FREE:
		event->alloc.pfn = load_u64(record + fields[0].offset, false);
		event->alloc.order = load_u32(record + fields[1].offset, false);
		event->alloc.has_pfn = event->alloc.pfn != UINT64_MAX;
		break;
	case MM_RSS:
		event->rss.pages = (int64_t)load_u64(record + fields[0].offset, false) >> plan->page_shift;
		event->rss.member = load_u32(record + fields[1].offset, false);
		event->rss.mm_id = load_u32(record + fields[2].offset, false);
		event->rss.has_mm_id = true;
		event->rss.curr = load_u32(record + fields[3].offset, false);
		break;
	default:
		break;
	}
}

/* Fills all of *event but its time and cpu. */
static inline void decode_plan_apply(const struct decode_plan *plan, const uint8_t *record, uint32_t bytes,
				     struct mm_event *event, struct strings *strings)
{
	if (!plan->is_usual) {
		decode_any(plan, record, bytes, event, strings);
		return;
	}
	*event = (struct mm_event){ .tid = load_u32(record + plan->tid.offset, false), .kind = plan->kind };
	decode_usual(plan, record, event);
}

#endif
