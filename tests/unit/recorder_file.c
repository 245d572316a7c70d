// SPDX-License-Identifier: GPL-2.0-or-later
/* The part of a recorder that comes before its events. */
#include "tests/unit/recorder_file.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void add_format(struct dat_file *file, const struct recording_format *format)
{
	struct dat_blob formats = { 0 };
	struct error err;

	dat_blob_add_u32(&formats, 1);
	dat_blob_add_text(&formats, format->system);
	dat_blob_add_u32(&formats, 1);
	dat_blob_add_counted(&formats, format->text);
	assert_int_equal(dat_file_add_section(file, DAT_EVENT_FORMATS, &formats, &err), RC_OK);
	dat_blob_release(&formats);
}

struct dat_file *recorder_file_begin_with(const struct dat_file_settings *settings,
					  const struct recording_format *format)
{
	struct dat_file *file;
	struct error err;

	assert_int_equal(dat_file_open(&file, settings, &err), RC_OK);
	assert_int_equal(dat_file_add_headers(file, &err), RC_OK);
	add_format(file, format);
	dat_file_add_option(file, DAT_VERSION, "recount", sizeof("recount"));
	assert_int_equal(dat_file_begin_cpus(file, &err), RC_OK);
	return file;
}

struct dat_file *recorder_file_begin(const char *path, uint32_t nr_cpus, uint64_t max_bytes,
				     const struct recording_format *format)
{
	const struct dat_file_settings settings = {
		.path = path, .clock = "mono", .nr_cpus = nr_cpus, .page_bytes = PAGE, .max_bytes = max_bytes,
	};

	return recorder_file_begin_with(&settings, format);
}
