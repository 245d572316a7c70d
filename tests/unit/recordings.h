/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where recordings are: small ones in tests/data, larger ones in the folder that RECOUNT_TRACES names. */
#ifndef TESTS_UNIT_RECORDINGS_H
#define TESTS_UNIT_RECORDINGS_H

#include <stdbool.h>
#include <stddef.h>

/* Fills path; false = it is in neither, and the test may skip. */
bool find_recording(const char *name, char *path, size_t bytes);

#endif
