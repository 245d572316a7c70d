/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The container of perf's recordings: what it says of the recorded machine, the layouts of
 * its events' samples, the event formats, and where its records lie.
 *
 * In a file attributes stand before the records and everything else, the event formats
 * too, after them: a recording that was not finished lacks it.  In a pipe's file all of it
 * comes as records, first.  A folder holds such a file and more records beside it.
 */
#ifndef TRACES_PERF_DATA_H
#define TRACES_PERF_DATA_H

#include "base/map64.h"
#include "traces/event_reader.h"
#include "traces/format_table.h"
#include "traces/perf_layout.h"
#include "traces/perf_walk.h"

/* The layouts of a recording's samples, and whose a record is. */
struct perf_layouts {
	struct perf_layout *all;	/* one for each event */
	size_t nr, capacity;
	struct map64 by_id;		/* index into all, + 1 */
	uint16_t id_at;			/* of the id in every sample; 0 = there is none */
	bool is_uniform;		/* all are tracepoints with the same layout */
	bool has_uniform_trailer;
};

struct perf_data {
	struct trace_file file;
	struct reader_context *context;
	struct format_table *formats;
	struct perf_layouts layouts;
	struct perf_range records;	/* in the file */
	bool big_endian, is_pipe;
	const char *clock;		/* "" = the file does not say */
	char *host, *release, *arch;	/* "" = likewise */
	mm_kinds kinds;			/* of the tracepoints that were recorded */
	uint64_t calls;			/* likewise: entered and left */
	uint32_t nr_cpus;		/* online; 0 = not said */
	uint32_t most_cpus;		/* that can be; 0 = not said */
	uint32_t buffer_bytes;		/* of one CPU; 0 = not said */
	bool has_compression;
	uint64_t begin_ns, end_ns;	/* of the samples; 0 = not said */
};

bool perf_data_probe(const uint8_t *head, size_t bytes);

/* Takes the file, also when it fails; release in both cases. */
enum status perf_data_load(struct perf_data *data, const struct trace_file *file,
			   struct reader_context *context, struct error *err);
void perf_data_release(struct perf_data *data);

/* perf_layouts_of_sample() by the id in it. */
const struct perf_layout *perf_layouts_by_id(const struct perf_layouts *layouts,
					     const struct perf_record *record);

/* The layout of a sample; NULL: it names no event of this recording. */
static inline const struct perf_layout *perf_layouts_of_sample(const struct perf_layouts *layouts,
							       const struct perf_record *record)
{
	return layouts->is_uniform ? layouts->all : perf_layouts_by_id(layouts, record);
}

/* The layout of the trailer of another record; never NULL. */
const struct perf_layout *perf_layouts_of_trailer(const struct perf_layouts *layouts,
						  const struct perf_record *record);

/*
 * For the files of the container only.
 */

#define perf_note(data, format, ...) \
	notes_add(&(data)->context->notes, "%s: " format, (data)->file.path, ##__VA_ARGS__)

/* Adds an event: its attributes and the ids of its samples. */
void perf_data_add_attr(struct perf_data *data, const uint8_t *bytes, size_t nr_bytes,
			struct byte_cursor *ids);

/* One of the features behind the records, or of a HEADER_FEATURE record. */
void perf_data_read_feature(struct perf_data *data, uint32_t feature, struct byte_cursor *cursor);

/* The event formats: "tracing data", the head of a trace.dat of its own version. False: where they end is not known. */
bool perf_data_read_formats(struct perf_data *data, struct byte_cursor *cursor);

#endif
