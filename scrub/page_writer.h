/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Records of one CPU as pages of a ring buffer (formats.md A.2), into a trace.dat.
 *
 *	page_writer_init(&writer, file, cpu, page_bytes);
 *	page_writer_add(&writer, time_ns, record, bytes, &err);	in the order of time
 *	page_writer_lost(&writer, nr, &err);			between two records
 *	page_writer_end(&writer, &err);
 *	page_writer_release(&writer);
 */
#ifndef SCRUB_PAGE_WRITER_H
#define SCRUB_PAGE_WRITER_H

#include "base/status.h"
#include "recorder/dat_file.h"

#include <stdbool.h>
#include <stdint.h>

struct page_writer {
	struct dat_file *file;		/* borrowed */
	uint32_t cpu, page_bytes;
	struct dat_blob chunk;		/* whole pages */
	uint8_t *page;
	uint32_t used;			/* of the page, its header included; 0 = none is begun */
	uint64_t time_ns;		/* of the last record */
	bool has_lost;			/* before this page */
	uint64_t lost;			/* how many; 0 = unknown */
};

void page_writer_init(struct page_writer *writer, struct dat_file *file, uint32_t cpu, uint32_t page_bytes);
enum status page_writer_add(struct page_writer *writer, uint64_t time_ns, const void *record, uint32_t bytes,
			    struct error *err);
enum status page_writer_lost(struct page_writer *writer, uint64_t time_ns, uint64_t nr, struct error *err);
enum status page_writer_end(struct page_writer *writer, struct error *err);
void page_writer_release(struct page_writer *writer);

#endif
