// SPDX-License-Identifier: GPL-2.0-or-later
/* A window over the unpacked text, and what fills it. */
#include "traces/text_input.h"

#include "base/xalloc.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

#define PACKED_BYTES (64 << 10)
#define WINDOW_BYTES (256 << 10)
#define WINDOW_SLACK 8		/* may be looked at after the last line */

/* How a file is packed. */
struct packing {
	const char *name;
	uint8_t magic[4];
	size_t magic_bytes;
	bool (*begin)(struct text_input *input);
	/* Unpacks into `to` from what is in `packed`; how many bytes. */
	size_t (*unpack)(struct text_input *input, char *to, size_t room);
	void (*end)(struct text_input *input);
};

struct text_input {
	const struct packing *packing;
	const struct trace_file *file;
	uint64_t file_offset;		/* of packed + packed_bytes */
	uint8_t *packed;		/* read, not unpacked yet: packed_at to packed_bytes */
	size_t packed_at, packed_bytes;
	z_stream zlib;
	ZSTD_DCtx *zstd;
	bool is_within;			/* a compressed block is begun and not ended */
	const char *damage;
	bool is_over;			/* nothing more can be unpacked */
	char *window;			/* unpacked, not given yet: at to end */
	size_t window_bytes;
	size_t at, end;
	uint64_t window_offset;		/* of window[0], in the text */
	bool has_nul;			/* in the window: found once for all of its lines */
};

static size_t packed_left(const struct text_input *input)
{
	return input->packed_bytes - input->packed_at;
}

static void stop(struct text_input *input, const char *damage)
{
	input->damage = damage;
	input->is_over = true;
}

static bool none_begin(struct text_input *input)
{
	(void)input;
	return true;
}

static size_t none_unpack(struct text_input *input, char *to, size_t room)
{
	size_t bytes = packed_left(input) < room ? packed_left(input) : room;

	memcpy(to, input->packed + input->packed_at, bytes);
	input->packed_at += bytes;
	return bytes;
}

static void none_end(struct text_input *input)
{
	(void)input;
}

static bool gzip_begin(struct text_input *input)
{
	int code = inflateInit2(&input->zlib, 15 + 16);

	if (code == Z_MEM_ERROR)
		xneed(NULL);
	return code == Z_OK;
}

/* After the end of a gzip member another may come; anything else does not belong there. */
static void gzip_next_member(struct text_input *input)
{
	input->is_within = false;
	if (packed_left(input) && input->packed[input->packed_at] != input->packing->magic[0])
		stop(input, "bytes after the end of the compressed text");
	else if (inflateReset(&input->zlib) != Z_OK)
		stop(input, "it cannot be unpacked");
}

static size_t gzip_unpack(struct text_input *input, char *to, size_t room)
{
	z_stream *zlib = &input->zlib;
	int code;

	zlib->next_in = input->packed + input->packed_at;
	zlib->avail_in = packed_left(input);
	zlib->next_out = (Bytef *)to;
	zlib->avail_out = room;
	input->is_within |= zlib->avail_in > 0;
	code = inflate(zlib, Z_NO_FLUSH);
	input->packed_at = input->packed_bytes - zlib->avail_in;
	if (code == Z_STREAM_END)
		gzip_next_member(input);
	else if (code != Z_OK && code != Z_BUF_ERROR)
		stop(input, "the compressed data is damaged");
	return room - zlib->avail_out;
}

static void gzip_end(struct text_input *input)
{
	inflateEnd(&input->zlib);
}

static bool zstd_begin(struct text_input *input)
{
	input->zstd = xneed(ZSTD_createDCtx());
	return true;
}

static size_t zstd_unpack(struct text_input *input, char *to, size_t room)
{
	ZSTD_inBuffer in = { input->packed, input->packed_bytes, input->packed_at };
	ZSTD_outBuffer out = { to, room, 0 };
	size_t code = ZSTD_decompressStream(input->zstd, &out, &in);

	if (in.pos > input->packed_at || out.pos)
		input->is_within = code;
	input->packed_at = in.pos;
	if (ZSTD_isError(code))
		stop(input, "the compressed data is damaged");
	return out.pos;
}

static void zstd_end(struct text_input *input)
{
	ZSTD_freeDCtx(input->zstd);
}

static const struct packing packings[] = {
	{ "gzip", { 0x1f, 0x8b }, 2, gzip_begin, gzip_unpack, gzip_end },
	{ "zstd", { 0x28, 0xb5, 0x2f, 0xfd }, 4, zstd_begin, zstd_unpack, zstd_end },
	{ "none", { 0 }, 0, none_begin, none_unpack, none_end },
};

static const struct packing *find_packing(const uint8_t *head, size_t bytes)
{
	const struct packing *packing = packings;

	while (bytes < packing->magic_bytes || memcmp(head, packing->magic, packing->magic_bytes))
		packing++;
	return packing;
}

static void begin(struct text_input *input)
{
	input->packing = find_packing(input->packed, input->packed_bytes);
	if (!input->packing->begin(input))
		stop(input, "it cannot be unpacked");
}

/* Reads on in the file; false at its end. */
static bool read_packed(struct text_input *input)
{
	size_t bytes;

	if (!input->file || input->file_offset >= input->file->bytes)
		return false;
	bytes = trace_file_read(input->file, input->file_offset, input->packed, PACKED_BYTES);
	input->packed_at = 0;
	input->packed_bytes = bytes;
	input->file_offset += bytes;
	if (!bytes)
		stop(input, "the rest of the file cannot be read");
	return bytes;
}

struct text_input *text_input_open(const struct trace_file *file)
{
	struct text_input *input = xcalloc(1, sizeof(*input));

	input->file = file;
	input->packed = xcalloc(1, file->bytes < PACKED_BYTES ? file->bytes : PACKED_BYTES);
	read_packed(input);
	begin(input);
	/* One byte more than there are: that there are no more is then seen at once. */
	input->window_bytes = input->packing->unpack == none_unpack && file->bytes < WINDOW_BYTES ?
			      file->bytes + 1 : WINDOW_BYTES;
	input->window = xcalloc(1, input->window_bytes + WINDOW_SLACK);
	return input;
}

void text_input_close(struct text_input *input)
{
	if (!input)
		return;
	input->packing->end(input);
	free(input->packed);
	free(input->window);
	free(input);
}

bool text_input_rewind(struct text_input *input)
{
	if (input->window_offset)
		return false;
	input->at = 0;
	return true;
}

/* What is not packed is read where it is needed. */
static size_t read_plain(struct text_input *input, char *to, size_t room)
{
	size_t bytes = trace_file_read(input->file, input->file_offset, to, room);

	if (!bytes)
		stop(input, input->file_offset < input->file->bytes ? "the rest of the file cannot be read" : NULL);
	input->file_offset += bytes;
	return bytes;
}

/* Unpacks once into `to`; 0 and is_over at the end. */
static size_t unpack(struct text_input *input, char *to, size_t room)
{
	while (!input->is_over) {
		size_t bytes;

		if (input->packing->unpack == none_unpack && !packed_left(input) && input->file)
			return read_plain(input, to, room);
		bytes = input->packing->unpack(input, to, room);

		if (bytes)
			return bytes;
		if (input->is_over || packed_left(input) || read_packed(input))
			continue;
		if (!input->is_over)
			stop(input, input->is_within ? "the compressed data is cut off" : NULL);
	}
	return 0;
}

/* Makes room behind what is left of the window and fills it. */
static void refill(struct text_input *input)
{
	size_t left = input->end - input->at;

	memmove(input->window, input->window + input->at, left);
	input->window_offset += input->at;
	input->at = 0;
	input->end = left;
	while (input->end < input->window_bytes) {
		size_t bytes = unpack(input, input->window + input->end, input->window_bytes - input->end);

		if (!bytes)
			break;
		input->end += bytes;
	}
	input->has_nul = memchr(input->window, '\0', input->end);
	memset(input->window + input->end, 0, WINDOW_SLACK);
}

/* The end of the line at `at`, NULL if it is not in the window. */
static const char *find_end(const struct text_input *input)
{
	return memchr(input->window + input->at, '\n', input->end - input->at);
}

/* So much is in the window that the next line is, too: looking at it moves nothing. */
static void keep_ahead(struct text_input *input)
{
	if (input->end - input->at < 2 * (TEXT_LINE_BYTES + 1) && !input->is_over)
		refill(input);
}

static void set_line(const struct text_input *input, struct text_line *line, size_t bytes)
{
	*line = (struct text_line){
		.text = input->window + input->at,
		.bytes = bytes,
		.offset = input->window_offset + input->at,
		.may_have_nul = input->has_nul,
	};
}

/* A line that no window holds, or that is longer than any line should be. */
static enum text_step skip_overlong(struct text_input *input, struct text_line *line)
{
	uint64_t begin = input->window_offset + input->at;
	const char *end;

	while (!(end = find_end(input)) && !(input->is_over && input->at == input->end)) {
		input->at = input->end;
		if (!input->is_over)
			refill(input);
	}
	if (end)
		input->at = end + 1 - input->window;
	*line = (struct text_line){
		.text = "",
		.bytes = input->window_offset + input->at - begin,
		.offset = begin,
	};
	return TEXT_OVERLONG;
}

enum text_step text_input_next(struct text_input *input, struct text_line *line)
{
	const char *end;
	size_t bytes;

	keep_ahead(input);
	end = find_end(input);
	bytes = (end ? end : input->window + input->end) - (input->window + input->at);
	if (bytes > TEXT_LINE_BYTES)
		return skip_overlong(input, line);
	set_line(input, line, bytes);
	input->at += bytes + (end ? 1 : 0);
	if (end)
		return TEXT_LINE;
	return bytes ? TEXT_UNENDED : TEXT_END;
}

bool text_input_peek(const struct text_input *input, struct text_line *line)
{
	const char *end = find_end(input);

	if (!end || (size_t)(end - (input->window + input->at)) > TEXT_LINE_BYTES)
		return false;
	set_line(input, line, end - (input->window + input->at));
	return true;
}

const char *text_input_packing(const struct text_input *input)
{
	return input->packing->name;
}

uint64_t text_input_offset(const struct text_input *input)
{
	return input->file_offset;
}

const char *text_input_damage(const struct text_input *input)
{
	return input->damage;
}

size_t text_unpack_head(const uint8_t *head, size_t bytes, char *text, size_t room)
{
	struct text_input input = { .packed = (uint8_t *)head, .packed_bytes = bytes };
	size_t done = 0, more;

	begin(&input);
	while (done < room && (more = unpack(&input, text + done, room - done)))
		done += more;
	input.packing->end(&input);
	return done;
}
