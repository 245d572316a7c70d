/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A trace.dat (version 7) that can be read while it grows.
 *
 *	dat_file_open(&file, &settings, &err);
 *	dat_file_add_section(file, ...);		headers, formats
 *	dat_file_begin_cpus(file, &err);
 *	while (...)
 *		dat_file_append(file, cpu, pages, bytes, &err);
 *	dat_file_add_section(file, ...);		statistics, as options
 *	dat_file_close(file, &err);
 *
 * A CPU's data must lie in one piece, and nobody knows beforehand how much there
 * will be. So each CPU has a region of its own, as large as all data may become,
 * in a sparse file; unused parts of regions take no room on the disk. A region's
 * chunk is written first, then the table that says it is there: a recorder killed
 * at any moment leaves a file that holds all that was appended. When it ends in
 * peace, close() moves the regions together and the holes are gone.
 *
 * Chunks are packed with zstd, as trace-cmd packs them (formats.md A.1).
 */
#ifndef RECORDER_DAT_FILE_H
#define RECORDER_DAT_FILE_H

#include "base/snapshot_records.h"
#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Sections and options of the file, by the numbers of trace-cmd. */
enum dat_section {
	DAT_OPTIONS = 0,
	DAT_CPUSTAT = 2,
	DAT_BUFFER = 3,
	DAT_TRACECLOCK = 4,
	DAT_UNAME = 5,
	DAT_CPUCOUNT = 8,
	DAT_VERSION = 9,
	DAT_HEADER_INFO = 16,
	DAT_FTRACE_FORMATS = 17,
	DAT_EVENT_FORMATS = 18,
	DAT_KALLSYMS = 19,
	DAT_PRINTK = 20,
	DAT_CMDLINES = 21,
	DAT_SNAPSHOT = OWN_SNAPSHOT, DAT_NAMES = OWN_NAMES,	/* other readers never come to them */
};

/* Bytes that grow: a section before it is written. */
struct dat_blob {		/* all zero is empty */
	uint8_t *bytes;
	size_t nr, capacity;
};

void dat_blob_release(struct dat_blob *blob);
void dat_blob_add(struct dat_blob *blob, const void *bytes, size_t nr);
void dat_blob_add_text(struct dat_blob *blob, const char *text);	/* with its NUL */
void dat_blob_add_counted(struct dat_blob *blob, const char *text);	/* its length, without its NUL; NULL is "" */
void dat_blob_add_u8(struct dat_blob *blob, uint8_t value);
void dat_blob_add_u16(struct dat_blob *blob, uint16_t value);
void dat_blob_add_u32(struct dat_blob *blob, uint32_t value);
void dat_blob_add_u64(struct dat_blob *blob, uint64_t value);

struct dat_file_settings {
	const char *path;		/* is replaced; NULL = to standard output, as pieces (base/pieces.h) */
	const char *clock;
	uint32_t nr_cpus;
	uint32_t page_bytes;		/* of the ring buffer */
	uint64_t max_bytes;		/* of all regions together, about */
	uint64_t min_free_bytes;	/* that the disk keeps free while regions are moved */
};

struct dat_file;

/* Creates settings->path, which is empty until dat_file_begin_cpus(). */
enum status dat_file_open(struct dat_file **file, const struct dat_file_settings *settings, struct error *err);

/*
 * A packed section. Before dat_file_begin_cpus() an option of the same number names it;
 * those after it stand one behind the other, behind the header of the CPUs' data.
 */
enum status dat_file_add_section(struct dat_file *file, enum dat_section id, const struct dat_blob *payload,
				 struct error *err);

/*
 * The section of the headers: how pages of this size and the records in them are laid out,
 * in the words of a kernel of 64 bits. For events that were not copied from one.
 */
enum status dat_file_add_headers(struct dat_file *file, struct error *err);

/* An option with this payload; written by dat_file_begin_cpus(), or by dat_file_close() when added later. */
void dat_file_add_option(struct dat_file *file, enum dat_section id, const void *payload, size_t bytes);

enum status dat_file_begin_cpus(struct dat_file *file, struct error *err);

/* Whole pages of one CPU, in the order of time. */
enum status dat_file_append(struct dat_file *file, uint32_t cpu, const void *pages, size_t bytes,
			    struct error *err);

uint64_t dat_file_bytes(const struct dat_file *file);	/* written so far, without holes */

/*
 * Writes what waits and moves the regions together; nothing can be added any more. *is_sparse: there was
 * no room to move them, and the disk was not filled to find out. The file is whole, and larger than what is in it.
 */
enum status dat_file_end(struct dat_file *file, bool *is_sparse, struct error *err);

/* Ends the file and frees it, also on failure; what was appended stays readable. Accepts NULL. */
enum status dat_file_close(struct dat_file *file, struct error *err);

#endif
