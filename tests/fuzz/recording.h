/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Bytes as a recording of any format: read to the end, printed, and what must hold checked.
 *
 * They lie in one file in memory that is made once, and may be of several pieces: a head that
 * makes sense, made once too, and what is tried. So most of the time is spent reading.
 */
#ifndef TESTS_FUZZ_RECORDING_H
#define TESTS_FUZZ_RECORDING_H

#include "traces/event_source.h"
#include "traces/trace_file.h"

#include <stddef.h>
#include <stdint.h>

struct piece {
	const void *bytes;
	size_t nr;
	size_t offset;		/* where it begins; zeros lie between pieces */
};

/* The path of a file that holds them until the next call; `bytes`: how long it is. */
const char *recording_of(const struct piece *pieces, size_t nr_pieces, size_t bytes);

void read_recording(const char *path);

/* Bytes as a file that is open already, until the next call. For parts of readers: nothing but reading it costs. */
const struct trace_file *file_of(const void *bytes, size_t nr);

/* Ends the program, as a bug that was found. */
void must(bool is_true);

/* What holds of all events of a source, in the order in which it gives them. */
struct witness {
	uint64_t time_ns, nr;
};

void witness_see(struct witness *witness, const struct mm_event *event);
/* And of the counts, when all have come. */
void witness_end(const struct witness *witness, const struct trace_counts *counts);

#endif
