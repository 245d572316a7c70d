// SPDX-License-Identifier: GPL-2.0-or-later
/* Reads pages and hands them on in chunks that pack well. */
#include "recorder/cpu_pages.h"

#include "base/xalloc.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <tracefs.h>

#define CHUNK_PAGES 64

struct cpu_pages {
	struct tracefs_cpu *tracefs;
	uint32_t cpu, page_bytes;
	uint32_t nr_pages;	/* that wait in the chunk */
	uint8_t *chunk;
};

enum status cpu_pages_open(struct cpu_pages **result, struct instance *instance, uint32_t cpu,
			   struct error *err)
{
	struct tracefs_cpu *tracefs = tracefs_cpu_open(instance->tracefs, (int)cpu, true);
	struct cpu_pages *pages;

	if (!tracefs && errno == ENOENT)
		return RC_END;
	if (!tracefs)
		return error_set(err, RC_INPUT, "ring buffer of CPU %u: %s", cpu, strerror(errno));
	pages = xcalloc(1, sizeof(*pages));
	pages->tracefs = tracefs;
	pages->cpu = cpu;
	pages->page_bytes = (uint32_t)tracefs_cpu_read_size(tracefs);
	pages->chunk = xcalloc(CHUNK_PAGES, pages->page_bytes);
	*result = pages;
	return RC_OK;
}

static enum status write_chunk(struct cpu_pages *pages, struct dat_file *file, struct error *err)
{
	const uint32_t nr = pages->nr_pages;

	pages->nr_pages = 0;
	return nr ? dat_file_append(file, pages->cpu, pages->chunk, (size_t)nr * pages->page_bytes, err) : RC_OK;
}

static uint8_t *next_page(const struct cpu_pages *pages)
{
	return pages->chunk + (size_t)pages->nr_pages * pages->page_bytes;
}

/* A page was read into its place: what it does not fill is cleared. */
static enum status add_page(struct cpu_pages *pages, int nr_read, struct dat_file *file, struct error *err)
{
	memset(next_page(pages) + nr_read, 0, pages->page_bytes - (uint32_t)nr_read);
	return ++pages->nr_pages == CHUNK_PAGES ? write_chunk(pages, file, err) : RC_OK;
}

enum status cpu_pages_take(struct cpu_pages *pages, struct dat_file *file, uint64_t *bytes,
			   struct error *err)
{
	enum status status = RC_OK;
	int nr;

	while (!status && (nr = tracefs_cpu_buffered_read(pages->tracefs, next_page(pages), true)) > 0) {
		*bytes += (uint32_t)nr;
		status = add_page(pages, nr, file, err);
	}
	return status ? status : write_chunk(pages, file, err);
}

enum status cpu_pages_cut(struct cpu_pages *pages, struct dat_file *file, uint64_t *bytes, struct error *err)
{
	enum status status = cpu_pages_take(pages, file, bytes, err);
	int nr = status ? 0 : tracefs_cpu_flush(pages->tracefs, next_page(pages));

	/* The page that is not full; what comes meanwhile is the next file's. */
	if (nr > 0) {
		*bytes += (uint32_t)nr;
		status = add_page(pages, nr, file, err);
	}
	return status ? status : write_chunk(pages, file, err);
}

enum status cpu_pages_finish(struct cpu_pages *pages, struct dat_file *file, struct error *err)
{
	enum status status = RC_OK;
	int nr;

	while (!status && (nr = tracefs_cpu_flush(pages->tracefs, next_page(pages))) > 0)
		status = add_page(pages, nr, file, err);
	return status ? status : write_chunk(pages, file, err);
}

void cpu_pages_close(struct cpu_pages *pages)
{
	if (!pages)
		return;
	tracefs_cpu_close(pages->tracefs);
	free(pages->chunk);
	free(pages);
}
