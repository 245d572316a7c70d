// SPDX-License-Identifier: GPL-2.0-or-later
/* What a reader needs to understand the events: header texts, formats, names. */
#include "recorder/instance.h"

#include "base/xalloc.h"
#include "recorder/wanted.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <tracefs.h>

static enum status write_headers(const struct instance *instance, struct dat_file *file, struct error *err)
{
	static const char *const names[] = { "header_page", "header_event" };
	struct dat_blob blob = { 0 };
	enum status status;

	for (size_t i = 0; i < 2; i++) {
		char path[32], *text;

		snprintf(path, sizeof(path), "events/%s", names[i]);
		text = tracefs_instance_file_read(instance->tracefs, path, NULL);
		dat_blob_add_text(&blob, names[i]);
		dat_blob_add_counted(&blob, text);
		free(text);
	}
	status = dat_file_add_section(file, DAT_HEADER_INFO, &blob, err);
	dat_blob_release(&blob);
	return status;
}

/* ftrace's own record types, which every buffer may hold. */
static enum status write_internal_formats(const struct instance *instance, struct dat_file *file,
					  struct error *err)
{
	char **names = tracefs_system_events(tracefs_instance_get_trace_dir(instance->tracefs), "ftrace");
	struct dat_blob blob = { 0 }, formats = { 0 };
	uint32_t nr = 0;
	enum status status;

	for (size_t i = 0; names && names[i]; i++) {
		char *text = tracefs_event_file_read(NULL, "ftrace", names[i], "format", NULL);

		if (text) {
			dat_blob_add_counted(&formats, text);
			nr++;
		}
		free(text);
	}
	tracefs_list_free(names);
	dat_blob_add_u32(&blob, nr);
	dat_blob_add(&blob, formats.bytes, formats.nr);
	status = dat_file_add_section(file, DAT_FTRACE_FORMATS, &blob, err);
	dat_blob_release(&blob);
	dat_blob_release(&formats);
	return status;
}

/* The events of one system, which stand together in the table. */
static const struct wanted_event *add_system(const struct instance *instance, const struct wanted_event *event,
					     struct dat_blob *blob, uint32_t *nr_systems)
{
	const char *const system = event->system;
	struct dat_blob formats = { 0 };
	uint32_t nr = 0;

	for (; event->name && !strcmp(event->system, system); event++) {
		char *text = tracefs_event_file_read(instance->tracefs, system, event->name, "format", NULL);

		if (text) {
			dat_blob_add_counted(&formats, text);
			nr++;
		}
		free(text);
	}
	if (nr) {
		dat_blob_add_text(blob, system);
		dat_blob_add_u32(blob, nr);
		dat_blob_add(blob, formats.bytes, formats.nr);
		(*nr_systems)++;
	}
	dat_blob_release(&formats);
	return event;
}

static enum status write_event_formats(const struct instance *instance, struct dat_file *file,
				       struct error *err)
{
	const struct wanted_event *event = wanted_events;
	struct dat_blob blob = { 0 };
	uint32_t nr_systems = 0;
	enum status status;

	dat_blob_add_u32(&blob, 0);
	while (event->name)
		event = add_system(instance, event, &blob, &nr_systems);
	memcpy(blob.bytes, &nr_systems, sizeof(nr_systems));
	status = dat_file_add_section(file, DAT_EVENT_FORMATS, &blob, err);
	dat_blob_release(&blob);
	return status;
}

/* Symbols are not needed to read these events and would tell of the host: the sections are there, and empty. */
static enum status write_no_symbols(struct dat_file *file, struct error *err)
{
	static const enum dat_section sections[] = { DAT_KALLSYMS, DAT_PRINTK };
	enum status status = RC_OK;

	for (size_t i = 0; i < 2 && !status; i++) {
		struct dat_blob blob = { 0 };

		dat_blob_add_u32(&blob, 0);
		status = dat_file_add_section(file, sections[i], &blob, err);
		dat_blob_release(&blob);
	}
	return status;
}

/*
 * Names of tasks that were there before: events tell those of the others. The
 * kernel's own list would name tasks that nobody asked for.
 */
static enum status write_names(const struct dat_blob *names, struct dat_file *file, struct error *err)
{
	struct dat_blob blob = { 0 };
	enum status status;

	dat_blob_add_u64(&blob, names->nr);
	dat_blob_add(&blob, names->bytes, names->nr);
	status = dat_file_add_section(file, DAT_CMDLINES, &blob, err);
	dat_blob_release(&blob);
	return status;
}

static void add_options(const struct instance *instance, struct dat_file *file)
{
	char *clocks = tracefs_instance_file_read(instance->tracefs, "trace_clock", NULL);
	struct utsname name;

	if (clocks)
		dat_file_add_option(file, DAT_TRACECLOCK, clocks, strlen(clocks) + 1);
	free(clocks);
	if (!uname(&name)) {
		/* without the host's name: a recording may leave it */
		char *text = xasprintf("%s %s %s", name.sysname, name.release, name.machine);

		dat_file_add_option(file, DAT_UNAME, text, strlen(text) + 1);
		free(text);
	}
	/* By this the reader knows that statistics stand at the end, unless the recorder was killed. */
	dat_file_add_option(file, DAT_VERSION, "recount", sizeof("recount"));
	dat_file_add_option(file, DAT_CPUCOUNT, &instance->nr_cpus, sizeof(instance->nr_cpus));
}

enum status instance_write_formats(const struct instance *instance, const struct dat_blob *names,
				   struct dat_file *file, struct error *err)
{
	enum status status = write_headers(instance, file, err);

	if (!status)
		status = write_internal_formats(instance, file, err);
	if (!status)
		status = write_event_formats(instance, file, err);
	if (!status)
		status = write_no_symbols(file, err);
	if (!status)
		status = write_names(names, file, err);
	if (!status)
		add_options(instance, file);
	return status;
}
