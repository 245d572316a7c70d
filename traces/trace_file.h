/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One input file, read by position, and a cursor over its bytes.
 *
 * A cursor walks memory or a range of a file.  Nothing it returns lies outside
 * that range: a read that would is not done, gives zero or NULL, and sets
 * `failed`, which stays set; so check once after a group of reads.
 */
#ifndef TRACES_TRACE_FILE_H
#define TRACES_TRACE_FILE_H

#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct trace_file {
	const char *path;	/* borrowed until close */
	uint64_t bytes;		/* size when opened */
	uint32_t input;		/* which file of the event source */
	int fd;
	bool is_folder;		/* path is a folder, the file is `data` in it */
};

enum status trace_file_open(struct trace_file *file, const char *path, uint32_t input,
			    struct error *err);
void trace_file_close(struct trace_file *file);

/* How many of the bytes at `offset` could be read into `memory`. */
size_t trace_file_read(const struct trace_file *file, uint64_t offset, void *memory, size_t bytes);

struct byte_cursor {
	const uint8_t *at, *end;	/* what is in memory now */
	uint64_t end_offset;		/* of `end`, from the start of the file or block */
	uint64_t limit;			/* where the range ends, likewise */
	const struct trace_file *file;	/* NULL: all of it is in memory already */
	uint8_t *window;
	size_t window_bytes;
	bool big_endian;
	bool failed;
};

void byte_cursor_init_memory(struct byte_cursor *cursor, const void *memory, size_t bytes,
			     bool big_endian);
void byte_cursor_init_file(struct byte_cursor *cursor, const struct trace_file *file,
			   uint64_t offset, uint64_t limit, bool big_endian);
void byte_cursor_release(struct byte_cursor *cursor);

uint8_t byte_cursor_u8(struct byte_cursor *cursor);
uint16_t byte_cursor_u16(struct byte_cursor *cursor);
uint32_t byte_cursor_u32(struct byte_cursor *cursor);
uint64_t byte_cursor_u64(struct byte_cursor *cursor);

/* The next bytes, in one piece; borrowed until the cursor moves on. */
const uint8_t *byte_cursor_block(struct byte_cursor *cursor, uint64_t bytes);

/* The next text with its NUL, of at most 4096 bytes; borrowed like a block. */
const char *byte_cursor_text(struct byte_cursor *cursor);

void byte_cursor_skip(struct byte_cursor *cursor, uint64_t bytes);

static inline uint64_t byte_cursor_offset(const struct byte_cursor *cursor)
{
	return cursor->end_offset - (uint64_t)(cursor->end - cursor->at);
}

static inline uint64_t byte_cursor_left(const struct byte_cursor *cursor)
{
	return cursor->limit - byte_cursor_offset(cursor);
}

#endif
