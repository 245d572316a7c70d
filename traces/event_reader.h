/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One format of recordings: to add one, write a file that ends in such a class
 * and add it to event_readers[].
 */
#ifndef TRACES_EVENT_READER_H
#define TRACES_EVENT_READER_H

#include "base/status.h"
#include "traces/event_source.h"
#include "traces/event_stream.h"
#include "traces/notes.h"
#include "traces/strings.h"
#include "traces/trace_file.h"

#define PROBE_BYTES 65536	/* a text may begin with a long head */

struct format_bank;

/* What the readers of one event source share. */
struct reader_context {
	mm_kinds wanted;
	struct notes notes;
	struct strings strings;
	struct trace_counts counts;
	const struct format_bank *fallback;	/* for formats that are lost; NULL = none */
	struct format_bank *collect;	/* wants the formats that are read; NULL = nobody does */
};

struct event_reader {			/* base: first member of every reader */
	const struct event_reader_class *class;
	struct trace_info info;		/* its texts live as long as the reader */
	struct event_stream **streams;	/* one for each CPU with data */
	size_t nr_streams;
};

struct event_reader_class {
	const char *name;
	/* Whether a file that begins with these bytes (at most PROBE_BYTES) is of this format. */
	bool (*probe)(const uint8_t *head, size_t bytes);
	/* Takes the file, also when it fails; borrows the context until close. */
	enum status (*open)(struct event_reader **reader, const struct trace_file *file,
			    struct reader_context *context, struct error *err);
	/* Reads all for what of its info only that tells; before the first event. NULL: open says it all. */
	void (*survey)(struct event_reader *reader);
	/* There is a lot to read, and another CPU: a thread may do some of it ahead. NULL: there is nothing like that. */
	void (*read_ahead)(struct event_reader *reader);
	void (*close)(struct event_reader *reader);
};

extern const struct event_reader_class *const event_readers[];	/* NULL ends; add yours */
extern const struct event_reader_class trace_dat_reader;
extern const struct event_reader_class perf_data_reader;
extern const struct event_reader_class raw_pages_reader;
extern const struct event_reader_class text_reader;

#endif
