// SPDX-License-Identifier: GPL-2.0-or-later
/* The sparse file, its regions, and how they are moved together. */
#include "recorder/dat_file.h"

#include "base/pieces.h"
#include "base/xalloc.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>
#include <zstd.h>

#define ALIGNMENT 4096			/* regions begin at pages of the file */
#define SECTION_HEADER_BYTES 16
#define IS_PACKED 1			/* flag of a section */
#define ZSTD_LEVEL 1			/* events halve again at 3, for twice the time */
#define LATE_BYTES (UINT64_C(1) << 30)	/* before the regions: sections that are written after them */
#define MAX_FILE_BYTES (UINT64_C(1) << 43)	/* what ext4 takes with pages of 4 KiB, halved */

struct region {
	uint64_t offset;		/* of the number of chunks */
	uint64_t bytes;			/* used, that number included */
	uint32_t nr_chunks;
	uint64_t entry;			/* where the table tells of it: cpu, offset, bytes */
};

struct dat_file {
	struct dat_file_settings settings;
	char *path;
	int fd;
	bool is_stream;			/* of pieces: base/pieces.h */
	bool is_ended;
	uint64_t end;			/* of what was laid out: the next section or region goes here */
	uint64_t written;
	uint64_t region_bytes;		/* of each, at most */
	struct region *regions;		/* one a CPU; NULL until dat_file_begin_cpus() */
	struct dat_blob options;	/* not yet written */
	uint64_t next_options;		/* where the offset of the next options belongs */
	ZSTD_CCtx *codec;
	struct dat_blob packed;
};

static enum status fail(const struct dat_file *file, const char *what, struct error *err)
{
	return error_set(err, RC_OUTPUT, "%s: %s: %s", file->path, what, strerror(errno));
}

static enum status write_at(struct dat_file *file, uint64_t offset, const void *bytes, size_t nr,
			    struct error *err)
{
	const uint8_t *at = bytes;

	if (file->is_stream)
		return pieces_write(file->fd, offset, bytes, nr) ? RC_OK : fail(file, "cannot write", err);
	while (nr) {
		ssize_t done = pwrite(file->fd, at, nr, (off_t)offset);

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return fail(file, "cannot write", err);
		at += done;
		offset += (uint64_t)done;
		nr -= (size_t)done;
	}
	return RC_OK;
}

static void begin_head(struct dat_blob *head, const struct dat_file_settings *settings)
{
	static const char magic[] = { 0x17, 0x08, 0x44, 't', 'r', 'a', 'c', 'i', 'n', 'g' };
	const uint16_t one = 1;
	const uint8_t is_big_endian = !*(const uint8_t *)&one, long_bytes = sizeof(long);

	dat_blob_add(head, magic, sizeof(magic));
	dat_blob_add_text(head, "7");
	dat_blob_add(head, &is_big_endian, 1);
	dat_blob_add(head, &long_bytes, 1);
	dat_blob_add_u32(head, settings->page_bytes);
	dat_blob_add_text(head, "zstd");
	dat_blob_add_text(head, ZSTD_versionString());
}

enum status dat_file_open(struct dat_file **result, const struct dat_file_settings *settings,
			  struct error *err)
{
	struct dat_file *file = xcalloc(1, sizeof(*file));
	struct dat_blob head = { 0 };
	enum status status;

	file->settings = *settings;
	file->is_stream = !settings->path;
	file->path = xstrdup(file->is_stream ? "standard output" : settings->path);
	file->fd = file->is_stream ? fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3) :
		   open(settings->path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (file->fd < 0 || (file->is_stream && !pieces_begin(file->fd))) {
		status = fail(file, "cannot create", err);
		goto out;
	}
	file->codec = ZSTD_createCCtx();
	if (!file->codec)
		abort();
	ZSTD_CCtx_setParameter(file->codec, ZSTD_c_compressionLevel, ZSTD_LEVEL);
	ZSTD_CCtx_setParameter(file->codec, ZSTD_c_contentSizeFlag, 0);
	begin_head(&head, settings);
	file->next_options = head.nr;
	dat_blob_add_u64(&head, 0);
	file->end = file->written = head.nr;
	status = write_at(file, 0, head.bytes, head.nr, err);
out:
	dat_blob_release(&head);
	if (status) {
		struct error ignored;

		dat_file_close(file, &ignored);
		return status;
	}
	*result = file;
	return RC_OK;
}

/* Packs into file->packed: the sizes after and before, then the frame. */
static void pack(struct dat_file *file, const void *bytes, size_t nr)
{
	const size_t bound = ZSTD_compressBound(nr);
	size_t packed;

	file->packed.nr = 0;
	dat_blob_add_u32(&file->packed, 0);
	dat_blob_add_u32(&file->packed, (uint32_t)nr);
	if (file->packed.capacity < bound + 8) {
		file->packed.capacity = bound + 8;
		file->packed.bytes = xrealloc(file->packed.bytes, file->packed.capacity, 1);
	}
	packed = ZSTD_compress2(file->codec, file->packed.bytes + 8, bound, bytes, nr);
	if (ZSTD_isError(packed))
		bug("zstd: %s", ZSTD_getErrorName(packed));
	memcpy(file->packed.bytes, &(uint32_t){ (uint32_t)packed }, sizeof(uint32_t));
	file->packed.nr = packed + 8;
}

static enum status write_section(struct dat_file *file, uint16_t id, uint16_t flags, const struct dat_blob *payload,
				 struct error *err)
{
	struct dat_blob section = { 0 };
	enum status status;

	dat_blob_add_u16(&section, id);
	dat_blob_add_u16(&section, flags);
	dat_blob_add_u32(&section, 0);		/* no name */
	dat_blob_add_u64(&section, payload->nr);
	dat_blob_add(&section, payload->bytes, payload->nr);
	status = write_at(file, file->end, section.bytes, section.nr, err);
	if (!status) {
		file->end += section.nr;
		file->written += section.nr;
	}
	dat_blob_release(&section);
	return status;
}

void dat_file_add_option(struct dat_file *file, enum dat_section id, const void *payload, size_t bytes)
{
	dat_blob_add_u16(&file->options, (uint16_t)id);
	dat_blob_add_u32(&file->options, (uint32_t)bytes);
	dat_blob_add(&file->options, payload, bytes);
}

enum status dat_file_add_section(struct dat_file *file, enum dat_section id, const struct dat_blob *payload,
				 struct error *err)
{
	const uint64_t offset = file->end;
	enum status status;

	pack(file, payload->bytes, payload->nr);
	if (file->regions && file->end + SECTION_HEADER_BYTES + file->packed.nr > file->regions[0].offset)
		return error_set(err, RC_OUTPUT, "%s: no room is left for what is written beside the events",
				 file->path);
	status = write_section(file, (uint16_t)id, IS_PACKED, &file->packed, err);
	if (!status && !file->regions)
		dat_file_add_option(file, id, &offset, sizeof(offset));
	return status;
}

enum status dat_file_add_headers(struct dat_file *file, struct error *err)
{
	const uint32_t page_bytes = file->settings.page_bytes;
	char *page = xasprintf("\tfield: u64 timestamp;\toffset:0;\tsize:8;\tsigned:0;\n"
			       "\tfield: local_t commit;\toffset:8;\tsize:8;\tsigned:1;\n"
			       "\tfield: int overwrite;\toffset:8;\tsize:1;\tsigned:1;\n"
			       "\tfield: char data;\toffset:16;\tsize:%u;\tsigned:1;\n", page_bytes - 16);
	struct dat_blob headers = { 0 };
	enum status status;

	dat_blob_add_text(&headers, "header_page");
	dat_blob_add_counted(&headers, page);
	dat_blob_add_text(&headers, "header_event");
	dat_blob_add_counted(&headers, "# compressed entry header\n\ttype_len    :    5 bits\n"
				       "\ttime_delta  :   27 bits\n\tarray       :   32 bits\n\n"
				       "\tpadding     : type == 29\n\ttime_extend : type == 30\n"
				       "\ttime_stamp : type == 31\n\tdata max type_len  == 28\n");
	status = dat_file_add_section(file, DAT_HEADER_INFO, &headers, err);
	dat_blob_release(&headers);
	free(page);
	return status;
}

/* Writes the options that wait, and only then tells of them where those before end. */
static enum status write_options(struct dat_file *file, struct error *err)
{
	const uint64_t offset = file->end, none = 0;
	enum status status;

	dat_file_add_option(file, DAT_OPTIONS, &none, sizeof(none));
	status = write_section(file, DAT_OPTIONS, 0, &file->options, err);
	if (!status)
		status = write_at(file, file->next_options, &offset, sizeof(offset), err);
	file->next_options = file->end - sizeof(none);
	dat_blob_release(&file->options);
	return status;
}

static uint64_t align_up(uint64_t offset)
{
	return (offset + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

/* The option that tells where the CPUs' data lies. Offsets are set when they are known. */
static void add_buffer_option(struct dat_file *file, uint64_t section)
{
	struct dat_blob option = { 0 };

	dat_blob_add_u64(&option, section);
	dat_blob_add_text(&option, "");		/* the name of the main buffer */
	dat_blob_add_text(&option, file->settings.clock);
	dat_blob_add_u32(&option, file->settings.page_bytes);
	dat_blob_add_u32(&option, file->settings.nr_cpus);
	for (uint32_t cpu = 0; cpu < file->settings.nr_cpus; cpu++) {
		struct region *region = &file->regions[cpu];

		/* after the header of the options' section, what stands before, and this option's own */
		region->entry = file->options.nr + 6 + option.nr;
		dat_blob_add_u32(&option, cpu);
		dat_blob_add_u64(&option, region->offset);
		dat_blob_add_u64(&option, 0);
	}
	dat_file_add_option(file, DAT_BUFFER, option.bytes, option.nr);
	dat_blob_release(&option);
}

/* Where the section of the CPUs' data will begin: behind the options, which tell of it. */
static uint64_t data_section(const struct dat_file *file)
{
	const uint64_t option = 8 + 1 + strlen(file->settings.clock) + 1 + 4 + 4 +
				file->settings.nr_cpus * UINT64_C(20);
	const uint64_t end_of_options = sizeof(uint64_t);

	return file->end + SECTION_HEADER_BYTES + file->options.nr + 6 + option + 6 + end_of_options;
}

enum status dat_file_begin_cpus(struct dat_file *file, struct error *err)
{
	const uint32_t nr_cpus = file->settings.nr_cpus;
	const uint64_t section = data_section(file), options = file->end + SECTION_HEADER_BYTES;
	const uint64_t first = align_up(section + SECTION_HEADER_BYTES + LATE_BYTES);
	const uint64_t share = (MAX_FILE_BYTES - first) / nr_cpus;
	struct dat_blob nothing = { 0 };
	enum status status;

	file->region_bytes = align_up(file->settings.max_bytes < share ? file->settings.max_bytes : share);
	file->regions = xcalloc(nr_cpus, sizeof(*file->regions));
	for (uint32_t cpu = 0; cpu < nr_cpus; cpu++) {
		file->regions[cpu].offset = first + cpu * file->region_bytes;
		file->regions[cpu].bytes = sizeof(uint32_t);
	}
	add_buffer_option(file, section);
	for (uint32_t cpu = 0; cpu < nr_cpus; cpu++)
		file->regions[cpu].entry += options;
	status = write_options(file, err);
	assert(status || file->end == section);
	if (!status)
		status = write_section(file, DAT_BUFFER, IS_PACKED, &nothing, err);
	return status;
}

/* The table says what the region holds, before the region itself does. */
static enum status tell_region(struct dat_file *file, const struct region *region, struct error *err)
{
	/* The table leaves the number of chunks out of the size. */
	uint64_t place[2] = { region->offset, region->bytes - sizeof(region->nr_chunks) };
	enum status status = write_at(file, region->entry + 4, place, sizeof(place), err);

	if (!status)
		status = write_at(file, region->offset, &region->nr_chunks, sizeof(region->nr_chunks), err);
	return status;
}

enum status dat_file_append(struct dat_file *file, uint32_t cpu, const void *pages, size_t bytes,
			    struct error *err)
{
	struct region *region = &file->regions[cpu];
	enum status status;

	pack(file, pages, bytes);
	if (region->bytes + file->packed.nr > file->region_bytes)
		return error_set(err, RC_OUTPUT, "%s: CPU %u has filled its part of the file", file->path, cpu);
	status = write_at(file, region->offset + region->bytes, file->packed.bytes, file->packed.nr, err);
	if (status)
		return status;
	region->bytes += file->packed.nr;
	region->nr_chunks++;
	file->written += file->packed.nr;
	return tell_region(file, region, err);
}

uint64_t dat_file_bytes(const struct dat_file *file)
{
	return file->written;
}

static enum status copy_within(struct dat_file *file, uint64_t from, uint64_t to, uint64_t bytes, struct error *err)
{
	const bool is_done = file->is_stream ? pieces_copy(file->fd, from, to, bytes) :
			     pieces_copy_within(file->fd, from, to, bytes);

	return is_done ? RC_OK : fail(file, "cannot move what was written", err);
}

/* A region is there twice while it is moved. What other programs were left of the disk stays theirs. */
static bool has_room(const struct dat_file *file, uint64_t bytes)
{
	const uint64_t least = file->settings.min_free_bytes;
	struct statvfs disk;
	uint64_t free_bytes;

	if (file->is_stream || fstatvfs(file->fd, &disk))
		return true;
	free_bytes = (uint64_t)disk.f_bavail * disk.f_frsize;
	return free_bytes >= least && free_bytes - least >= bytes;
}

/* Of a stream the end is cut off instead. */
static void free_range(const struct dat_file *file, uint64_t offset, uint64_t bytes)
{
	fallocate(file->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)offset, (off_t)align_up(bytes));
}

/*
 * Moves a region down to `to`, unless its new and old place overlap: the old one
 * must stay whole until the table names the new one.
 */
static enum status move_region(struct dat_file *file, struct region *region, uint64_t to, struct error *err)
{
	struct region moved = *region;
	enum status status = RC_OK;

	if (to + region->bytes > region->offset)
		return RC_OK;
	if (region->nr_chunks) {	/* of a silent CPU nothing was written yet */
		if (!has_room(file, align_up(region->bytes)))
			return error_set(err, RC_OUTPUT, "%s: no room is left to move what was written", file->path);
		status = copy_within(file, region->offset, to, region->bytes, err);
		if (status)
			free_range(file, to, region->bytes);
	}
	moved.offset = to;
	if (!status)
		status = tell_region(file, &moved, err);
	if (status)
		return status;
	free_range(file, region->offset, region->bytes);
	*region = moved;
	return RC_OK;
}

/* Failing costs nothing but room: the file is whole wherever the regions lie. False: they lie apart. */
static bool move_together(struct dat_file *file)
{
	uint64_t to = align_up(file->end);
	struct error ignored;
	bool is_together = true;

	for (uint32_t cpu = 0; cpu < file->settings.nr_cpus; cpu++) {
		struct region *region = &file->regions[cpu];

		is_together = region->offset == to || !move_region(file, region, to, &ignored);
		if (!is_together)
			break;
		to = align_up(region->offset + region->bytes);
	}
	for (uint32_t cpu = 0; cpu < file->settings.nr_cpus; cpu++) {
		const struct region *region = &file->regions[cpu];

		if (region->offset + region->bytes > file->end)
			file->end = region->offset + region->bytes;
	}
	return is_together;
}

enum status dat_file_end(struct dat_file *file, bool *is_sparse, struct error *err)
{
	enum status status = RC_OK;

	file->is_ended = true;
	*is_sparse = false;
	if (!file->regions)
		return RC_OK;
	if (file->options.nr)
		status = write_options(file, err);
	*is_sparse = !move_together(file);
	if ((file->is_stream ? !pieces_end(file->fd, file->end) : ftruncate(file->fd, (off_t)file->end)) && !status)
		status = fail(file, "cannot cut off what is not used", err);
	return status;
}

enum status dat_file_close(struct dat_file *file, struct error *err)
{
	enum status status = RC_OK;
	bool is_sparse;

	if (!file)
		return RC_OK;
	if (!file->is_ended)
		status = dat_file_end(file, &is_sparse, err);
	if (file->fd >= 0 && !status && fsync(file->fd) && errno != EINVAL)
		status = fail(file, "cannot flush", err);
	if (file->fd >= 0)
		close(file->fd);
	ZSTD_freeCCtx(file->codec);
	dat_blob_release(&file->packed);
	dat_blob_release(&file->options);
	free(file->regions);
	free(file->path);
	free(file);
	return status;
}
