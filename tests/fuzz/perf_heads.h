/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What comes before the records of a perf.data that came through a pipe, made once. */
#ifndef TESTS_FUZZ_PERF_HEADS_H
#define TESTS_FUZZ_PERF_HEADS_H

#include "../unit/perf_recording.h"

#define NR_PERF_HEADS 4

/* Of `choice` bit 0: samples of several layouts, not of one; bit 1: the other byte order. */
const struct bytes *perf_head(uint8_t choice);

#endif
