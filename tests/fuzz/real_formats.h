/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The event formats of a real recording (tests/data/forkcow.dat), read and compiled once, for those who
 * try what comes after them.
 */
#ifndef TESTS_FUZZ_REAL_FORMATS_H
#define TESTS_FUZZ_REAL_FORMATS_H

#include "traces/format_table.h"

/* As texts. */
const struct format_bank *real_bank(void);

/* All that recount knows, for a machine of either byte order with longs of 4 or 8 bytes. */
struct format_table *real_formats(bool big_endian, uint8_t long_bytes);

#endif
