// SPDX-License-Identifier: GPL-2.0-or-later
/* The options of a trace.dat: small facts, each with an id and a size. */
#include "traces/trace_dat.h"

#include "base/xalloc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_LOSSES 8192		/* as many CPUs as a kernel can be built for */

enum {
	OPTION_DONE = 0,
	OPTION_DATE = 1,
	OPTION_CPUSTAT = 2,
	OPTION_BUFFER = 3,
	OPTION_TRACECLOCK = 4,
	OPTION_UNAME = 5,
	OPTION_OFFSET = 7,
	OPTION_CPUCOUNT = 8,
	OPTION_VERSION = 9,
	OPTION_TRACEID = 11,
	OPTION_TIME_SHIFT = 12,
	OPTION_TSC2NSEC = 14,
	OPTION_HEADER_INFO = 16,	/* and on: where a section lies */
	OPTION_CMDLINES = 21,
};

/* An option's bytes as text, cut at its first NUL; returns new. */
static char *option_text(struct byte_cursor *option)
{
	uint64_t bytes = byte_cursor_left(option);
	const uint8_t *block = byte_cursor_block(option, bytes);
	char *text = xcalloc(1, bytes + 1);

	if (block)
		memcpy(text, block, bytes);
	return text;
}

static void replace_text(char **text, char *by)
{
	free(*text);
	*text = by;
}

void dat_read_clock(struct trace_dat *dat, const char *text, size_t bytes)
{
	const char *begin = memchr(text, '[', bytes);
	const char *end = begin ? memchr(begin, ']', text + bytes - begin) : NULL;

	if (end && end - begin <= 64)
		replace_text(&dat->clock, xasprintf("%.*s", (int)(end - begin - 1), begin + 1));
}

/* A number as text, in C's notation. */
static void read_time_offset(struct trace_dat *dat, struct byte_cursor *option, int64_t unit_ns)
{
	char *text = option_text(option);
	int64_t offset_ns;

	if (__builtin_mul_overflow((int64_t)strtoll(text, NULL, 0), unit_ns, &offset_ns) ||
	    __builtin_add_overflow(dat->scale.offset_ns, offset_ns, &offset_ns))
		dat_note(dat, "an option moves times by \"%.32s\", which is impossible, it is not applied",
			 text);
	else
		dat->scale.offset_ns = offset_ns;
	free(text);
}

static void read_tsc_scale(struct trace_dat *dat, struct byte_cursor *option)
{
	uint32_t mult = byte_cursor_u32(option);
	uint32_t shift = byte_cursor_u32(option);

	if (option->failed || shift > 63) {
		dat_note(dat, "option TSC2NSEC: damaged, times are clock ticks, not nanoseconds");
		return;
	}
	dat->scale.mult = mult;
	dat->scale.shift = shift;
}

/* Lines of one CPU stand together. */
static void add_loss(struct trace_dat *dat, const char *buffer, uint32_t cpu, struct cpu_losses losses)
{
	struct dat_loss *last = dat->nr_losses ? &dat->losses[dat->nr_losses - 1] : NULL;

	if (last && last->cpu == cpu && !strcmp(last->buffer, buffer)) {
		last->losses.overwritten += losses.overwritten;
		last->losses.dropped += losses.dropped;
		return;
	}
	if (dat->nr_losses == MAX_LOSSES)
		return;
	xgrow(&dat->losses, dat->nr_losses, &dat->losses_capacity, sizeof(*dat->losses));
	dat->losses[dat->nr_losses++] = (struct dat_loss){
		.buffer = xstrdup(buffer), .cpu = cpu, .losses = losses,
	};
}

/* "Buffer: NAME", "CPU: N", then "overrun: N", "commit overrun: N", "dropped events: N". */
static void read_cpu_statistics(struct trace_dat *dat, struct byte_cursor *option)
{
	char *text = option_text(option);
	char *rest = text;
	char *line;
	/* A heading stands in an option of its own, before those of its CPUs. */
	const char *buffer = dat->statistics_of ? dat->statistics_of : "";
	uint32_t cpu = 0;

	dat->has_statistics = true;
	while ((line = strsep(&rest, "\n"))) {
		unsigned long long count;
		unsigned int number;

		if (!strncmp(line, "Buffer: ", 8)) {
			replace_text(&dat->statistics_of, xstrdup(line + 8));
			buffer = dat->statistics_of;
		} else if (sscanf(line, "CPU: %u", &number) == 1) {
			cpu = number;
		} else if (sscanf(line, "overrun: %llu", &count) == 1) {
			if (count)
				add_loss(dat, buffer, cpu, (struct cpu_losses){ .overwritten = count });
		} else if (sscanf(line, "commit overrun: %llu", &count) == 1 ||
			   sscanf(line, "dropped events: %llu", &count) == 1) {
			if (count)
				add_loss(dat, buffer, cpu, (struct cpu_losses){ .dropped = count });
		}
	}
	free(text);
}

static void read_v7_buffer(struct trace_dat *dat, struct byte_cursor *option)
{
	uint64_t section = byte_cursor_u64(option);
	const char *name = byte_cursor_text(option);
	struct dat_buffer *buffer = dat_add_buffer(dat, name ? name : "");
	const char *clock = byte_cursor_text(option);
	uint32_t nr_cpus;
	uint8_t flags[4] = { 0 };

	if (clock && !dat->clock[0])
		replace_text(&dat->clock, xstrdup(clock));
	buffer->page_bytes = byte_cursor_u32(option);
	nr_cpus = byte_cursor_u32(option);
	while (nr_cpus-- && !option->failed) {
		uint32_t cpu = byte_cursor_u32(option);
		uint64_t offset = byte_cursor_u64(option);
		uint64_t bytes = byte_cursor_u64(option);

		if (!option->failed && bytes)
			dat_add_cpu(buffer, cpu, offset, bytes);
	}
	if (!buffer->nr_cpus && !option->failed && byte_cursor_left(option))
		dat_note(dat, "option BUFFER \"%s\": says no CPU, and has %llu bytes about some: they are not read",
			 buffer->name, (unsigned long long)byte_cursor_left(option));
	dat->data_section = section;
	/* Whether the data is packed is told at the section itself. */
	if (trace_file_read(&dat->file, section, flags, sizeof(flags)) == sizeof(flags) &&
	    load_u16(flags, dat->target.big_endian) == OPTION_BUFFER) {
		buffer->is_packed = load_u16(flags + 2, dat->target.big_endian) & 1;
	} else {
		buffer->is_packed = strcmp(codec_name(dat->codec), "none");
		dat_note(dat, "option BUFFER \"%s\": no data section is at offset 0x%llx: what may follow it, a snapshot, is not read",
			 buffer->name, (unsigned long long)section);
	}
	if (option->failed)
		dat_note(dat, "option BUFFER \"%s\": cut short, CPUs after the first %zu are not read",
			 buffer->name, buffer->nr_cpus);
}

static void read_v6_buffer(struct trace_dat *dat, struct byte_cursor *option)
{
	uint64_t offset = byte_cursor_u64(option);
	const char *name = byte_cursor_text(option);

	if (option->failed)
		dat_note(dat, "option BUFFER: damaged, one buffer is not read");
	else
		dat_add_buffer(dat, name)->place = offset;
}

static void read_option(struct trace_dat *dat, uint32_t id, struct byte_cursor *option)
{
	switch (id) {
	case OPTION_DATE:
		read_time_offset(dat, option, 1000);
		break;
	case OPTION_OFFSET:
		read_time_offset(dat, option, 1);
		break;
	case OPTION_CPUSTAT:
		read_cpu_statistics(dat, option);
		break;
	case OPTION_BUFFER:
		if (dat->version == 6)
			read_v6_buffer(dat, option);
		else
			read_v7_buffer(dat, option);
		break;
	case OPTION_TRACECLOCK:
		dat_read_clock(dat, (const char *)option->at, byte_cursor_left(option));
		break;
	case OPTION_UNAME:
		replace_text(&dat->uname, option_text(option));
		break;
	case OPTION_CPUCOUNT:
		dat->nr_cpus = byte_cursor_u32(option);
		break;
	case OPTION_VERSION:
		dat->is_own = byte_cursor_left(option) >= 7 && !memcmp(option->at, "recount", 7);
		break;
	case OPTION_TRACEID:
		dat->trace_id = byte_cursor_u64(option);
		break;
	case OPTION_TIME_SHIFT:
		dat_note(dat, "option TIME_SHIFT: times are the guest's own, not converted to its host's");
		break;
	case OPTION_TSC2NSEC:
		read_tsc_scale(dat, option);
		break;
	default:
		if (id >= OPTION_HEADER_INFO && id <= OPTION_CMDLINES)
			dat->sections[id] = byte_cursor_u64(option);
		break;
	}
}

uint64_t dat_read_options(struct trace_dat *dat, struct byte_cursor *cursor)
{
	for (;;) {
		uint16_t id = byte_cursor_u16(cursor);
		uint64_t offset = byte_cursor_offset(cursor);
		struct byte_cursor option;
		const uint8_t *block;
		uint32_t bytes;

		if (id == OPTION_DONE && dat->version == 6 && !cursor->failed)
			return 0;
		bytes = byte_cursor_u32(cursor);
		block = byte_cursor_block(cursor, bytes);
		if (!block) {
			dat_note(dat, "options: option %u at byte %llu of them claims %u bytes, later options are not read",
				 id, (unsigned long long)offset, bytes);
			return 0;
		}
		byte_cursor_init_memory(&option, block, bytes, dat->target.big_endian);
		if (id == OPTION_DONE)
			return byte_cursor_u64(&option);
		read_option(dat, id, &option);
	}
}
