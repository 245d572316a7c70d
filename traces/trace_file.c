// SPDX-License-Identifier: GPL-2.0-or-later
/* Files read by position, cursors that cannot leave their range. */
#include "traces/trace_file.h"

#include "base/input.h"
#include "base/xalloc.h"
#include "traces/load.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define WINDOW_BYTES (64 << 10)
#define TEXT_BYTES 4096
#define LOOK_BYTES 8		/* behind a block of a file, that may be looked at: decode_plan_apply() */

enum status trace_file_open(struct trace_file *file, const char *path, uint32_t input,
			    struct error *err)
{
	struct stat status;

	*file = (struct trace_file){ .path = path, .input = input };
	file->fd = input_open(path, &file->is_folder);
	if (file->fd < 0)
		return error_set(err, RC_INPUT, "%s: cannot be opened: %s", path, strerror(errno));
	if (fstat(file->fd, &status) || !S_ISREG(status.st_mode)) {
		trace_file_close(file);
		return error_set(err, RC_INPUT, "%s: is not a regular file%s", path,
				 S_ISFIFO(status.st_mode) ? ": what comes through a pipe is read from \"-\"" : "");
	}
	file->bytes = status.st_size;
	return RC_OK;
}

void trace_file_close(struct trace_file *file)
{
	if (file->fd >= 0)
		close(file->fd);
	file->fd = -1;
}

size_t trace_file_read(const struct trace_file *file, uint64_t offset, void *memory, size_t bytes)
{
	size_t done = 0;

	if (offset >= file->bytes)
		return 0;
	if (bytes > file->bytes - offset)
		bytes = file->bytes - offset;
	while (done < bytes) {
		ssize_t got = pread(file->fd, (char *)memory + done, bytes - done, offset + done);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			break;
		done += got;
	}
	return done;
}

void byte_cursor_init_memory(struct byte_cursor *cursor, const void *memory, size_t bytes,
			     bool big_endian)
{
	*cursor = (struct byte_cursor){
		.at = memory,
		.end = (const uint8_t *)memory + bytes,
		.end_offset = bytes,
		.limit = bytes,
		.big_endian = big_endian,
	};
}

void byte_cursor_init_file(struct byte_cursor *cursor, const struct trace_file *file,
			   uint64_t offset, uint64_t limit, bool big_endian)
{
	if (limit > file->bytes)
		limit = file->bytes;
	if (offset > limit)
		offset = limit;
	*cursor = (struct byte_cursor){
		.end_offset = offset,
		.limit = limit,
		.file = file,
		.window_bytes = limit - offset < WINDOW_BYTES ? limit - offset : WINDOW_BYTES,
		.big_endian = big_endian,
	};
	cursor->window = xcalloc(1, cursor->window_bytes + LOOK_BYTES);
	cursor->at = cursor->end = cursor->window;
}

void byte_cursor_release(struct byte_cursor *cursor)
{
	free(cursor->window);
	*cursor = (struct byte_cursor){ 0 };
}

/* Moves what is left to the front of the window and reads on. */
static void refill(struct byte_cursor *cursor, size_t bytes)
{
	size_t left = cursor->end - cursor->at;
	uint64_t more = cursor->limit - cursor->end_offset;

	if (bytes > cursor->window_bytes) {
		uint8_t *window = xcalloc(1, bytes + LOOK_BYTES);

		memcpy(window, cursor->at, left);
		free(cursor->window);
		cursor->window = window;
		cursor->window_bytes = bytes;
	} else {
		memmove(cursor->window, cursor->at, left);
	}
	if (more > cursor->window_bytes - left)
		more = cursor->window_bytes - left;
	more = trace_file_read(cursor->file, cursor->end_offset, cursor->window + left, more);
	cursor->at = cursor->window;
	cursor->end = cursor->window + left + more;
	cursor->end_offset += more;
}

const uint8_t *byte_cursor_block(struct byte_cursor *cursor, uint64_t bytes)
{
	const uint8_t *block;

	if (cursor->failed || bytes > byte_cursor_left(cursor)) {
		cursor->failed = true;
		return NULL;
	}
	if (bytes > (size_t)(cursor->end - cursor->at)) {
		refill(cursor, bytes);
		if (bytes > (size_t)(cursor->end - cursor->at)) {
			cursor->failed = true;
			return NULL;
		}
	}
	block = cursor->at;
	cursor->at += bytes;
	return block;
}

uint8_t byte_cursor_u8(struct byte_cursor *cursor)
{
	const uint8_t *block = byte_cursor_block(cursor, 1);

	return block ? *block : 0;
}

uint16_t byte_cursor_u16(struct byte_cursor *cursor)
{
	const uint8_t *block = byte_cursor_block(cursor, 2);

	return block ? load_u16(block, cursor->big_endian) : 0;
}

uint32_t byte_cursor_u32(struct byte_cursor *cursor)
{
	const uint8_t *block = byte_cursor_block(cursor, 4);

	return block ? load_u32(block, cursor->big_endian) : 0;
}

uint64_t byte_cursor_u64(struct byte_cursor *cursor)
{
	const uint8_t *block = byte_cursor_block(cursor, 8);

	return block ? load_u64(block, cursor->big_endian) : 0;
}

const char *byte_cursor_text(struct byte_cursor *cursor)
{
	const uint8_t *text, *end;
	size_t bytes;

	if (cursor->file && (size_t)(cursor->end - cursor->at) < TEXT_BYTES)
		refill(cursor, 0);
	text = cursor->at;
	bytes = cursor->end - cursor->at;
	if (bytes > TEXT_BYTES)
		bytes = TEXT_BYTES;
	end = bytes ? memchr(text, 0, bytes) : NULL;
	if (cursor->failed || !end) {
		cursor->failed = true;
		return NULL;
	}
	cursor->at = end + 1;
	return (const char *)text;
}

void byte_cursor_skip(struct byte_cursor *cursor, uint64_t bytes)
{
	if (cursor->failed || bytes > byte_cursor_left(cursor)) {
		cursor->failed = true;
	} else if (bytes <= (size_t)(cursor->end - cursor->at)) {
		cursor->at += bytes;
	} else {
		cursor->end_offset = byte_cursor_offset(cursor) + bytes;
		cursor->at = cursor->end = cursor->window;
	}
}
