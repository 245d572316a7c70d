/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How long the kernel's records are that are no samples: most say it twice, by their header and by what they hold.
 *
 *	if (!perf_body_fits(&record, layout->trailer_bytes, big_endian))
 *		its size or its type is damaged
 */
#ifndef TRACES_PERF_BODY_H
#define TRACES_PERF_BODY_H

#include "traces/perf_walk.h"

/* True too where its type's length is not known. */
bool perf_body_fits(const struct perf_record *record, uint32_t trailer_bytes, bool big_endian);

#endif
