/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Bytes as a recording of any format: read to the end, printed, and what must hold checked. */
#ifndef TESTS_FUZZ_RECORDING_H
#define TESTS_FUZZ_RECORDING_H

#include <stddef.h>
#include <stdint.h>

void read_recording(const uint8_t *data, size_t bytes);

#endif
