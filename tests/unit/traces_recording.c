// SPDX-License-Identifier: GPL-2.0-or-later
/* A small writer of trace.dat; its only reader is the code under test. */
#include "traces_recording.h"

#include "base/xalloc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

const char format_alloc[] = "name: mm_page_alloc\nID: 653\n" FORMAT_COMMON
	"\tfield:unsigned long pfn;\toffset:8;\tsize:8;\tsigned:0;\n"
	"\tfield:unsigned int order;\toffset:16;\tsize:4;\tsigned:0;\n"
	"\tfield:unsigned long gfp_flags;\toffset:24;\tsize:8;\tsigned:0;\n"
	"\tfield:int migratetype;\toffset:32;\tsize:4;\tsigned:1;\n\n"
	"print fmt: \"page=%p\", (((struct page *)vmemmap_base) + (REC->pfn))\n";

const char format_rss[] = "name: rss_stat\nID: 646\n" FORMAT_COMMON
	"\tfield:unsigned int mm_id;\toffset:8;\tsize:4;\tsigned:0;\n"
	"\tfield:unsigned int curr;\toffset:12;\tsize:4;\tsigned:0;\n"
	"\tfield:int member;\toffset:16;\tsize:4;\tsigned:1;\n"
	"\tfield:long size;\toffset:24;\tsize:8;\tsigned:1;\n\n"
	"print fmt: \"size=%ldB\", REC->size\n";

const char format_mkdir[] = "name: cgroup_mkdir\nID: 544\n" FORMAT_COMMON
	"\tfield:int root;\toffset:8;\tsize:4;\tsigned:1;\n"
	"\tfield:int level;\toffset:12;\tsize:4;\tsigned:1;\n"
	"\tfield:u64 id;\toffset:16;\tsize:8;\tsigned:0;\n"
	"\tfield:__data_loc char[] path;\toffset:24;\tsize:4;\tsigned:0;\n\n"
	"print fmt: \"path=%s\", __get_str(path)\n";

const char format_other[] = "name: vm_unmapped_area\nID: 700\n" FORMAT_COMMON
	"\tfield:int what;\toffset:8;\tsize:4;\tsigned:1;\n\n"
	"print fmt: \"%d\", REC->what\n";

static const char format_print[] = "name: print\nID: 5\n" FORMAT_COMMON
	"\tfield:unsigned long ip;\toffset:8;\tsize:8;\tsigned:0;\n\n"
	"print fmt: \"%lx\", REC->ip\n";

const char *__lsan_default_suppressions(void);

/* libtraceevent forgets some memory when a format text is damaged. */
const char *__lsan_default_suppressions(void)
{
	return "leak:libtraceevent\n";
}

void put(struct bytes *bytes, const void *data, size_t nr)
{
	if (!nr)
		return;
	if (bytes->nr + nr > bytes->capacity) {
		bytes->capacity = (bytes->nr + nr) * 2;
		bytes->data = xrealloc(bytes->data, bytes->capacity, 1);
	}
	memcpy(bytes->data + bytes->nr, data, nr);
	bytes->nr += nr;
}

static void store(uint8_t *at, uint64_t value, int nr, bool big_endian)
{
	for (int i = 0; i < nr; i++)
		at[i] = value >> 8 * (big_endian ? nr - 1 - i : i);
}

static void put_number(struct bytes *bytes, uint64_t value, int nr)
{
	uint8_t at[8];

	store(at, value, nr, bytes->big_endian);
	put(bytes, at, nr);
}

void put_u8(struct bytes *bytes, uint8_t value)
{
	put(bytes, &value, 1);
}

void put_u16(struct bytes *bytes, uint16_t value)
{
	put_number(bytes, value, 2);
}

void put_u32(struct bytes *bytes, uint32_t value)
{
	put_number(bytes, value, 4);
}

void put_u64(struct bytes *bytes, uint64_t value)
{
	put_number(bytes, value, 8);
}

void put_text(struct bytes *bytes, const char *text)
{
	put(bytes, text, strlen(text) + 1);
}

void put_zeros(struct bytes *bytes, size_t nr)
{
	while (nr--)
		put_u8(bytes, 0);
}

void set_u32(struct bytes *bytes, size_t at, uint32_t value)
{
	store(bytes->data + at, value, 4, bytes->big_endian);
}

void set_u64(struct bytes *bytes, size_t at, uint64_t value)
{
	store(bytes->data + at, value, 8, bytes->big_endian);
}

void bytes_release(struct bytes *bytes)
{
	free(bytes->data);
	*bytes = (struct bytes){ 0 };
}

void page_begin(struct bytes *bytes, uint64_t time, uint32_t long_bytes)
{
	put_u64(bytes, time);
	put_zeros(bytes, long_bytes);
}

void page_header(struct bytes *bytes, uint32_t type, uint32_t delta)
{
	put_u32(bytes, bytes->big_endian ? type << 27 | delta : delta << 5 | type);
}

void page_alloc(struct bytes *bytes, uint32_t delta, uint32_t tid, uint64_t pfn)
{
	page_header(bytes, 9, delta);
	put_u16(bytes, ID_ALLOC);
	put_u16(bytes, 0);
	put_u32(bytes, tid);
	put_u64(bytes, pfn);
	put_u64(bytes, bytes->big_endian ? UINT64_C(3) << 32 : 3);	/* order, then 4 bytes of padding */
	put_u64(bytes, 0x140cca);
	put_u32(bytes, 1);
}

void page_data(struct bytes *bytes, uint32_t delta, uint16_t id, uint32_t tid, uint32_t payload)
{
	page_header(bytes, 2 + payload / 4, delta);
	put_u16(bytes, id);
	put_u16(bytes, 0);
	put_u32(bytes, tid);
	put_zeros(bytes, payload);
}

void page_end(struct bytes *bytes, uint32_t long_bytes, uint32_t flags, uint64_t lost)
{
	size_t start = (bytes->nr - 1) / PAGE * PAGE;
	uint32_t used = bytes->nr - start - 8 - long_bytes;

	store(bytes->data + start + 8, flags | used, long_bytes, bytes->big_endian);
	if (flags & UINT32_C(1) << 30)
		put_number(bytes, lost, long_bytes);
	put_zeros(bytes, start + PAGE - bytes->nr);
}

void put_option(struct bytes *options, uint16_t id, const void *data, uint32_t bytes)
{
	put_u16(options, id);
	put_u32(options, bytes);
	put(options, data, bytes);
}

static void put_format(struct bytes *bytes, const char *text)
{
	put_u64(bytes, strlen(text));
	put(bytes, text, strlen(text));
}

static void put_event_formats(struct bytes *bytes, const struct recording_format *formats)
{
	uint32_t nr = 0;

	if (formats) {
		while (formats[nr].system)
			nr++;
		put_u32(bytes, nr);
		for (uint32_t i = 0; i < nr; i++) {
			put_text(bytes, formats[i].system);
			put_u32(bytes, 1);
			put_format(bytes, formats[i].text);
		}
		return;
	}
	put_u32(bytes, 3);
	put_text(bytes, "kmem");
	put_u32(bytes, 2);
	put_format(bytes, format_alloc);
	put_format(bytes, format_rss);
	put_text(bytes, "cgroup");
	put_u32(bytes, 1);
	put_format(bytes, format_mkdir);
	put_text(bytes, "mmap");
	put_u32(bytes, 1);
	put_format(bytes, format_other);
}

static void put_ftrace_formats(struct bytes *bytes)
{
	put_u32(bytes, 1);
	put_format(bytes, format_print);
}

/* Where the u64 size of header_page stands in them is told. */
static size_t put_headers(struct bytes *bytes, uint32_t long_bytes)
{
	char text[256];
	size_t at;

	snprintf(text, sizeof(text),
		 "\tfield: u64 timestamp;\toffset:0;\tsize:8;\tsigned:0;\n"
		 "\tfield: local_t commit;\toffset:8;\tsize:%u;\tsigned:1;\n"
		 "\tfield: int overwrite;\toffset:8;\tsize:1;\tsigned:1;\n"
		 "\tfield: char data;\toffset:%u;\tsize:%u;\tsigned:1;\n",
		 long_bytes, 8 + long_bytes, PAGE - 8 - long_bytes);
	put_text(bytes, "header_page");
	at = bytes->nr;
	put_format(bytes, text);
	put_text(bytes, "header_event");
	put_format(bytes, "# compressed entry header\n");
	return at;
}

void put_tracing_data(struct bytes *bytes)
{
	put(bytes, "\x17\x08\x44tracing", 10);
	put_text(bytes, "0.6");
	put_u8(bytes, bytes->big_endian);
	put_u8(bytes, 8);
	put_u32(bytes, PAGE);
	put_headers(bytes, 8);
	put_ftrace_formats(bytes);
	put_event_formats(bytes, NULL);
	put_u32(bytes, 0);	/* symbols */
	put_u32(bytes, 0);	/* texts of printk */
	put_u64(bytes, 0);	/* names of tasks */
}

static size_t squeeze(const char *compression, const void *from, size_t nr, uint8_t *to,
		      size_t room)
{
	uLongf bytes = room;

	if (!strcmp(compression, "zstd"))
		return ZSTD_compress(to, room, from, nr, 1);
	if (compress2(to, &bytes, from, nr, 1) != Z_OK)
		abort();
	return bytes;
}

/* u32 packed size, u32 size, bytes. */
static void put_packed(struct bytes *file, const char *compression, const void *data, size_t nr)
{
	size_t room = nr * 2 + 1024;
	uint8_t *packed = xcalloc(1, room);
	size_t bytes = squeeze(compression, data, nr, packed, room);

	put_u32(file, bytes);
	put_u32(file, nr);
	put(file, packed, bytes);
	free(packed);
}

static size_t put_section(struct bytes *file, uint16_t id, const char *compression,
			  const struct bytes *payload)
{
	bool is_packed = id && strcmp(compression, "none");
	size_t at = file->nr;

	put_u16(file, id);
	put_u16(file, is_packed);
	put_u32(file, 0);
	put_u64(file, payload->nr);
	if (is_packed) {
		put_packed(file, compression, payload->data, payload->nr);
		set_u64(file, at + 8, file->nr - at - 16);
	} else {
		put(file, payload->data, payload->nr);
	}
	return at;
}

static void align(struct bytes *file)
{
	put_zeros(file, -file->nr % PAGE);
}

/* A CPU's pages, two in a chunk; the size without the count of chunks. */
static uint64_t put_cpu_data(struct bytes *file, const struct recording *recording,
			     const struct bytes *pages)
{
	size_t start = file->nr;
	uint32_t nr_chunks = 0;

	if (!strcmp(recording->compression, "none")) {
		put(file, pages->data, pages->nr);
		return pages->nr;
	}
	put_u32(file, 0);
	for (size_t at = 0; at < pages->nr; at += 2 * PAGE, nr_chunks++) {
		size_t nr = pages->nr - at < 2 * PAGE ? pages->nr - at : 2 * PAGE;

		put_packed(file, recording->compression, pages->data + at, nr);
	}
	set_u32(file, start, nr_chunks);
	return file->nr - start - 4;
}

static size_t nr_in_buffer(const struct recording *recording, size_t first)
{
	size_t nr = 0;

	while (first + nr < 4 && recording->cpus[first + nr].pages &&
	       !strcmp(recording->cpus[first + nr].buffer, recording->cpus[first].buffer))
		nr++;
	return nr;
}

/* The data of one buffer, and the option that tells of it. */
static void put_v7_buffer(const struct recording *recording, struct bytes *file, size_t first,
			  size_t nr, struct bytes *options, struct recording_map *map)
{
	struct bytes option = { .big_endian = file->big_endian };
	size_t section = file->nr;

	put_u16(file, 3);
	put_u16(file, strcmp(recording->compression, "none") != 0);
	put_u32(file, 0);
	put_u64(file, 0);
	put_u64(&option, section);
	put_text(&option, recording->cpus[first].buffer);
	put_text(&option, "mono");
	put_u32(&option, PAGE);
	put_u32(&option, nr);
	for (size_t i = first; i < first + nr; i++) {
		align(file);
		map->data[i] = file->nr;
		put_u32(&option, recording->cpus[i].cpu);
		put_u64(&option, file->nr);
		put_u64(&option, put_cpu_data(file, recording, recording->cpus[i].pages));
	}
	set_u64(file, section + 8, file->nr - section - 16);
	put_option(options, 3, option.data, option.nr);
	bytes_release(&option);
}

static void put_option_u64(struct bytes *options, uint16_t id, uint64_t value)
{
	put_u16(options, id);
	put_u32(options, 8);
	put_u64(options, value);
}

static void make_v7(const struct recording *recording, struct bytes *file,
		    struct recording_map *map)
{
	struct bytes payload = { .big_endian = file->big_endian };
	struct bytes first = payload, second = payload;
	size_t first_options, at, size_at;

	put_text(file, recording->compression);
	put_text(file, "1");
	first_options = file->nr;
	put_u64(file, 0);

	size_at = put_headers(&payload, recording->long_bytes);
	at = put_section(file, 16, recording->compression, &payload);
	map->header_page_size = at + 16 + size_at;
	put_option_u64(&first, 16, at);
	payload.nr = 0;
	put_ftrace_formats(&payload);
	put_option_u64(&first, 17, put_section(file, 17, recording->compression, &payload));
	payload.nr = 0;
	put_event_formats(&payload, recording->formats);
	put_option_u64(&first, 18, put_section(file, 18, recording->compression, &payload));
	put(&first, recording->options.data, recording->options.nr);
	put_option_u64(&first, 0, 0);
	at = put_section(file, 0, "none", &first);
	set_u64(file, first_options, at);
	map->options = at + 16;
	map->done = at + 16 + first.nr - 8;

	for (size_t i = 0, nr; i < 4 && recording->cpus[i].pages; i += nr) {
		nr = nr_in_buffer(recording, i);
		put_v7_buffer(recording, file, i, nr, &second, map);
	}
	put_option_u64(&second, 0, 0);
	set_u64(file, map->done, file->nr);
	put_section(file, 0, "none", &second);
	bytes_release(&payload);
	bytes_release(&first);
	bytes_release(&second);
}

/* Tables of CPUs with their places still open; where they stand is told. */
static size_t put_v6_table(struct bytes *file, size_t nr)
{
	size_t at;

	put(file, "flyrecord", 10);
	at = file->nr;
	put_zeros(file, nr * 16);
	return at;
}

static void put_symbols(struct bytes *file, uint32_t bytes)
{
	static const char symbol[] = "ffffffff81000000 T a_symbol_of_the_kernel\n";

	for (; bytes >= sizeof(symbol) - 1; bytes -= sizeof(symbol) - 1)
		put(file, symbol, sizeof(symbol) - 1);
	put_zeros(file, bytes);
}

static void make_v6(const struct recording *recording, struct bytes *file,
		    struct recording_map *map)
{
	size_t buffers[4] = { 0 }, tables[4] = { 0 };
	size_t top = nr_in_buffer(recording, 0);

	map->header_page_size = put_headers(file, recording->long_bytes);
	put_ftrace_formats(file);
	put_event_formats(file, recording->formats);
	put_u32(file, recording->symbol_bytes);
	put_symbols(file, recording->symbol_bytes);
	put_u32(file, 0);
	put_u64(file, 0);
	put_u32(file, top);
	put(file, "options  ", 10);
	map->options = file->nr;
	put(file, recording->options.data, recording->options.nr);
	for (size_t i = top; i < 4 && recording->cpus[i].pages; i += nr_in_buffer(recording, i)) {
		const char *name = recording->cpus[i].buffer;

		put_u16(file, 3);
		put_u32(file, 8 + strlen(name) + 1);
		buffers[i] = file->nr;
		put_u64(file, 0);
		put_text(file, name);
	}
	put_u16(file, 0);
	tables[0] = put_v6_table(file, top);
	put_u64(file, 6);
	put(file, "[mono]", 6);
	for (size_t i = top; i < 4 && recording->cpus[i].pages; i += nr_in_buffer(recording, i)) {
		set_u64(file, buffers[i], file->nr);
		tables[i] = put_v6_table(file, top);
	}
	for (size_t i = 0, table = 0; i < 4 && recording->cpus[i].pages; i++) {
		if (tables[i])
			table = i;
		align(file);
		map->data[i] = file->nr;
		set_u64(file, tables[table] + recording->cpus[i].cpu * 16, file->nr);
		set_u64(file, tables[table] + recording->cpus[i].cpu * 16 + 8,
			recording->cpus[i].pages->nr);
		put(file, recording->cpus[i].pages->data, recording->cpus[i].pages->nr);
	}
}

void recording_make(const struct recording *recording, struct bytes *file,
		    struct recording_map *map)
{
	*file = (struct bytes){ .big_endian = recording->big_endian };
	*map = (struct recording_map){ 0 };
	put(file, "\x17\x08\x44tracing", 10);
	put_text(file, recording->version == 6 ? "6" : "7");
	put_u8(file, recording->big_endian);
	put_u8(file, recording->long_bytes);
	put_u32(file, PAGE);
	if (recording->version == 6)
		make_v6(recording, file, map);
	else
		make_v7(recording, file, map);
}

const char *bytes_to_file(const struct bytes *bytes)
{
	static char paths[4][256];
	static size_t nr;
	char *path = paths[nr++ % 4];
	const char *folder = getenv("TMPDIR");
	int fd;

	snprintf(path, sizeof(paths[0]), "%s/recount-test-XXXXXX", folder ? folder : "/tmp");
	fd = mkstemp(path);
	if (fd < 0 || write(fd, bytes->data, bytes->nr) != (ssize_t)bytes->nr)
		abort();
	close(fd);
	return path;
}

void bytes_from_file(struct bytes *bytes, const char *name)
{
	char *path = xasprintf("%s/%s", TESTS_DATA, name);
	FILE *file = fopen(path, "rb");
	uint8_t block[4096];
	size_t nr;

	*bytes = (struct bytes){ 0 };
	if (!file)
		abort();
	while ((nr = fread(block, 1, sizeof(block), file)))
		put(bytes, block, nr);
	fclose(file);
	free(path);
}
