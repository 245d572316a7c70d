// SPDX-License-Identifier: GPL-2.0-or-later
/* The head of a trace.dat, which both versions share, and what is gathered from it. */
#include "traces/trace_dat.h"

#include "base/xalloc.h"

#include <stdlib.h>
#include <string.h>

static const uint8_t magic[] = { 0x17, 0x08, 0x44, 't', 'r', 'a', 'c', 'i', 'n', 'g' };

bool trace_dat_probe(const uint8_t *head, size_t bytes)
{
	return bytes >= sizeof(magic) && !memcmp(head, magic, sizeof(magic));
}

struct dat_buffer *dat_add_buffer(struct trace_dat *dat, const char *name)
{
	struct dat_buffer *buffer;

	xgrow(&dat->buffers, dat->nr_buffers, &dat->buffers_capacity, sizeof(*dat->buffers));
	buffer = &dat->buffers[dat->nr_buffers++];
	*buffer = (struct dat_buffer){
		.name = xstrdup(name),
		.page_bytes = dat->target.page_bytes,
	};
	return buffer;
}

void dat_add_cpu(struct dat_buffer *buffer, uint32_t cpu, uint64_t offset, uint64_t bytes)
{
	xgrow(&buffer->cpus, buffer->nr_cpus, &buffer->cpus_capacity, sizeof(*buffer->cpus));
	buffer->cpus[buffer->nr_cpus++] = (struct dat_cpu){
		.cpu = cpu, .offset = offset, .bytes = bytes < INT64_MAX ? bytes : INT64_MAX,
	};
}

void dat_read_headers(struct trace_dat *dat, struct byte_cursor *cursor)
{
	const char *mark = byte_cursor_text(cursor);
	uint64_t bytes;
	const uint8_t *text;

	if (!mark || strcmp(mark, "header_page")) {
		cursor->failed = true;
	} else {
		bytes = byte_cursor_u64(cursor);
		text = byte_cursor_block(cursor, bytes);
		if (text && bytes < 1 << 20) {
			dat->commit_bytes = header_page_commit_bytes(&dat->target,
								     (const char *)text, bytes);
			format_bank_set_header_page(dat->context->collect, (const char *)text, bytes);
		}
		mark = byte_cursor_text(cursor);
		if (!mark || strcmp(mark, "header_event"))
			cursor->failed = true;
		byte_cursor_skip(cursor, byte_cursor_u64(cursor));
	}
	if (cursor->failed)
		dat_note(dat, "page header format: damaged at byte %llu",
			 (unsigned long long)byte_cursor_offset(cursor));
}

static enum status read_head(struct trace_dat *dat, struct byte_cursor *cursor, struct error *err)
{
	const char *path = dat->file.path;
	const char *version;
	uint8_t endian;

	byte_cursor_skip(cursor, sizeof(magic));
	version = byte_cursor_text(cursor);
	if (!version || (strcmp(version, "6") && strcmp(version, "7")))
		return error_set(err, RC_INPUT, "%s: trace.dat version \"%.8s\" is not known, only 6 and 7 are",
				 path, version ? version : "");
	dat->version = version[0] - '0';
	endian = byte_cursor_u8(cursor);
	dat->target.big_endian = cursor->big_endian = endian == 1;
	dat->target.long_bytes = byte_cursor_u8(cursor);
	dat->target.page_bytes = byte_cursor_u32(cursor);
	if (cursor->failed)
		return error_set(err, RC_INPUT, "%s: ends within its first %llu bytes", path,
				 (unsigned long long)dat->file.bytes);
	if (endian > 1 || (dat->target.long_bytes != 4 && dat->target.long_bytes != 8))
		return error_set(err, RC_INPUT, "%s: byte order %u and long of %u bytes are not known",
				 path, endian, dat->target.long_bytes);
	if (dat->target.page_bytes < 1024 || dat->target.page_bytes > 1 << 20 ||
	    dat->target.page_bytes & (dat->target.page_bytes - 1))
		return error_set(err, RC_INPUT, "%s: page size %u is not known", path,
				 dat->target.page_bytes);
	return RC_OK;
}

/* What must be known before a record can be read. */
static enum status check(struct trace_dat *dat, struct error *err)
{
	const struct format_bank *fallback = dat->context->fallback;

	format_table_complete(dat->formats, fallback, NULL);
	if (!dat->formats->nr_formats)
		return error_set(err, RC_INPUT, "%s: no event format can be read, so no record can: try --formats",
				 dat->file.path);
	if (!dat->commit_bytes && fallback && fallback->header_page)
		dat->commit_bytes = header_page_commit_bytes(&dat->target, fallback->header_page,
							     fallback->header_page_bytes);
	if (!dat->commit_bytes) {
		dat->commit_bytes = dat->target.long_bytes;
		dat_note(dat, "the layout of its pages is not said, a long of %u bytes is assumed",
			 dat->commit_bytes);
	}
	if (!dat->nr_buffers)
		dat_note(dat, "no ring buffer is found, there are no records");
	if (dat->is_own && !dat->has_statistics)
		dat_note(dat, "its recorder was killed: what happened after its last event is not in it");
	return RC_OK;
}

enum status trace_dat_load(struct trace_dat *dat, const struct trace_file *file,
			   struct reader_context *context, struct error *err)
{
	struct byte_cursor cursor;
	enum status status;

	*dat = (struct trace_dat){
		.file = *file,
		.context = context,
		.formats = xcalloc(1, sizeof(*dat->formats)),
		.clock = xstrdup(""),
		.uname = xstrdup(""),
	};
	byte_cursor_init_file(&cursor, &dat->file, 0, UINT64_MAX, false);
	status = read_head(dat, &cursor, err);
	if (!status) {
		dat->formats->wanted = context->wanted;
		dat->formats->target = dat->target;
		dat->formats->path = dat->file.path;
		dat->formats->notes = &context->notes;
		dat->formats->collect = context->collect;
		if (dat->version == 6)
			dat_read_v6(dat, &cursor);
		else
			status = dat_read_v7(dat, &cursor, err);
	}
	byte_cursor_release(&cursor);
	return status ? status : check(dat, err);
}

void trace_dat_release(struct trace_dat *dat)
{
	for (size_t i = 0; i < dat->nr_buffers; i++) {
		free(dat->buffers[i].name);
		free(dat->buffers[i].cpus);
	}
	for (size_t i = 0; i < dat->nr_losses; i++)
		free(dat->losses[i].buffer);
	free(dat->buffers);
	free(dat->losses);
	free(dat->seen_options);
	free(dat->clock);
	free(dat->uname);
	free(dat->statistics_of);
	free(dat->formats);
	codec_destroy(dat->codec);
	trace_file_close(&dat->file);
}
