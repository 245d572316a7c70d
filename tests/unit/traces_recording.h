/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Recordings made by hand: ring-buffer pages record by record, and the trace.dat
 * around them, in any version, byte order and compression.
 */
#ifndef TESTS_UNIT_TRACES_RECORDING_H
#define TESTS_UNIT_TRACES_RECORDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bytes {
	uint8_t *data;
	size_t nr, capacity;
	bool big_endian;
};

void put(struct bytes *bytes, const void *data, size_t nr);
void put_u8(struct bytes *bytes, uint8_t value);
void put_u16(struct bytes *bytes, uint16_t value);
void put_u32(struct bytes *bytes, uint32_t value);
void put_u64(struct bytes *bytes, uint64_t value);
void put_text(struct bytes *bytes, const char *text);	/* with its NUL */
void put_zeros(struct bytes *bytes, size_t nr);
void set_u32(struct bytes *bytes, size_t at, uint32_t value);
void set_u64(struct bytes *bytes, size_t at, uint64_t value);
void bytes_release(struct bytes *bytes);

#define PAGE 4096

/* What every event begins with, as in the kernel's `format` file. */
#define FORMAT_COMMON \
	"format:\n" \
	"\tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;\n" \
	"\tfield:unsigned char common_flags;\toffset:2;\tsize:1;\tsigned:0;\n" \
	"\tfield:unsigned char common_preempt_count;\toffset:3;\tsize:1;\tsigned:0;\n" \
	"\tfield:int common_pid;\toffset:4;\tsize:4;\tsigned:1;\n\n"

/* Ids and texts of the formats that every made recording has. */
enum { ID_ALLOC = 653, ID_RSS = 646, ID_MKDIR = 544, ID_OTHER = 700, ID_PRINT = 5 };
extern const char format_alloc[], format_rss[], format_mkdir[], format_other[];

/* Pages are appended to `bytes`; every page is begun, filled and ended. */
void page_begin(struct bytes *bytes, uint64_t time, uint32_t long_bytes);
void page_header(struct bytes *bytes, uint32_t type, uint32_t delta);
void page_alloc(struct bytes *bytes, uint32_t delta, uint32_t tid, uint64_t pfn);
void page_data(struct bytes *bytes, uint32_t delta, uint16_t id, uint32_t tid, uint32_t payload);
/* `flags` go into the commit word; 1 << 30 stores `lost` after the data. */
void page_end(struct bytes *bytes, uint32_t long_bytes, uint32_t flags, uint64_t lost);

struct recording_cpu {
	const char *buffer;	/* "" = the top one; those of one buffer together */
	uint32_t cpu;
	const struct bytes *pages;
};

/* One event's format; text as in the kernel's `format` file. */
struct recording_format {
	const char *system, *text;
};

struct recording {
	uint32_t version;
	const char *compression;	/* "none", "zstd", "zlib" */
	bool big_endian;
	uint32_t long_bytes;
	struct recording_cpu cpus[4];	/* ends with a NULL `pages` */
	struct bytes options;		/* more options: put_option() */
	const struct recording_format *formats;	/* NULL = the usual; system NULL ends */
	uint32_t symbol_bytes;		/* of the kernel's symbols; version 6 */
};

void put_option(struct bytes *options, uint16_t id, const void *data, uint32_t bytes);

/* Where the parts of a made recording lie, for those who damage them. */
struct recording_map {
	size_t header_page_size;	/* u64; version 6, or an uncompressed 7 */
	size_t options;			/* the first option of the first options */
	size_t done;			/* version 7: the u64 that leads to the next options */
	size_t data[4];			/* each CPU's data */
};

void recording_make(const struct recording *recording, struct bytes *file,
		    struct recording_map *map);

/* The formats of a made recording as a perf.data has them. */
void put_tracing_data(struct bytes *bytes);

/* Writes a temporary file, to be unlinked; the path is borrowed until four calls later. */
const char *bytes_to_file(const struct bytes *bytes);
/* Reads a file of tests/data. */
void bytes_from_file(struct bytes *bytes, const char *name);

#endif
