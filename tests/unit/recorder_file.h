/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A recording as a recorder writes it, ready for what its CPUs have. */
#ifndef TESTS_UNIT_RECORDER_FILE_H
#define TESTS_UNIT_RECORDER_FILE_H

#include "recorder/dat_file.h"
#include "tests/unit/traces_recording.h"

/* Returns new: nr_cpus CPUs of one kind of event, at most max_bytes. */
struct dat_file *recorder_file_begin(const char *path, uint32_t nr_cpus, uint64_t max_bytes,
				     const struct recording_format *format);

/* The same of any settings; pages are of PAGE bytes. */
struct dat_file *recorder_file_begin_with(const struct dat_file_settings *settings,
					  const struct recording_format *format);

#endif
