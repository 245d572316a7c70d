/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The container of trace-cmd's recordings, versions 6 and 7: what it says of the
 * recorded machine, the event formats, and where each CPU's pages lie.
 *
 * Symbols, printk texts and the tracer's own events are stepped over.
 */
#ifndef TRACES_TRACE_DAT_H
#define TRACES_TRACE_DAT_H

#include "base/snapshot_records.h"
#include "traces/codec.h"
#include "traces/cpu_stream.h"
#include "traces/format_table.h"
#include "traces/trace_file.h"

struct dat_cpu {
	uint32_t cpu;
	uint64_t offset, bytes;	/* as the file says */
};

struct dat_buffer {
	char *name;		/* "" = the top one */
	uint64_t place;		/* version 6: where its table of CPUs is */
	uint32_t page_bytes;
	bool is_packed;
	struct dat_cpu *cpus;
	size_t nr_cpus, cpus_capacity;
};

#define DAT_SECTION_HEADER_BYTES 16	/* version 7 */

/* Records that the recorder's statistics say were lost on a CPU. */
struct dat_loss {
	char *buffer;
	uint32_t cpu;
	struct cpu_losses losses;
};

struct trace_dat {
	struct trace_file file;
	struct reader_context *context;
	struct format_table *formats;
	struct format_target target;
	struct stamp_scale scale;
	struct codec *codec;
	uint32_t version;
	uint8_t commit_bytes;		/* 0 = not known yet */
	char *clock, *uname;		/* "" = the file does not say */
	struct dat_buffer *buffers;
	size_t nr_buffers, buffers_capacity;
	struct dat_loss *losses;
	size_t nr_losses, losses_capacity;
	bool is_own;			/* written by recount record */
	bool has_statistics;		/* which a recorder writes when it ends */
	uint64_t data_section;		/* version 7: where the header of the CPUs' data stands */
	char *statistics_of;		/* buffer whose statistics are being read; NULL = the top one */
	uint64_t nr_cpus;		/* version 6 */
	uint64_t trace_id;		/* 0 = not said */
	uint64_t *seen_options;		/* offsets of the options sections read */
	size_t nr_seen_options, seen_options_capacity;
	uint64_t sections[32];		/* by id: offset of the section, 0 = not seen */
};

/* Takes the file, also when it fails; release in both cases. */
enum status trace_dat_load(struct trace_dat *dat, const struct trace_file *file,
			   struct reader_context *context, struct error *err);
void trace_dat_release(struct trace_dat *dat);

bool trace_dat_probe(const uint8_t *head, size_t bytes);

/*
 * What is in the section at `at`, unpacked, as new *payload; NULL when another one than
 * `wanted` stands there.  Where the next section may be; 0 = nowhere.
 */
uint64_t dat_load_own(struct trace_dat *dat, uint64_t at, enum own_section wanted, uint8_t **payload, size_t *bytes);

/*
 * For the files of the container only.
 */

#define dat_note(dat, format, ...) \
	notes_add(&(dat)->context->notes, "%s: " format, (dat)->file.path, ##__VA_ARGS__)

/* "header_page", u64, text, "header_event", u64, text. */
void dat_read_headers(struct trace_dat *dat, struct byte_cursor *cursor);

/* Options up to their end; the offset of the next options section, 0 = none. */
uint64_t dat_read_options(struct trace_dat *dat, struct byte_cursor *cursor);

/* The clock in use is the one in brackets: "local global [mono] boot". */
void dat_read_clock(struct trace_dat *dat, const char *text, size_t bytes);

struct dat_buffer *dat_add_buffer(struct trace_dat *dat, const char *name);
void dat_add_cpu(struct dat_buffer *buffer, uint32_t cpu, uint64_t offset, uint64_t bytes);

/* The bodies of the two versions; `cursor` stands after the common head. */
void dat_read_v6(struct trace_dat *dat, struct byte_cursor *cursor);
enum status dat_read_v7(struct trace_dat *dat, struct byte_cursor *cursor, struct error *err);

#endif
