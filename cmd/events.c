// SPDX-License-Identifier: GPL-2.0-or-later
/* recount events: the typed events, one a line. */
#include "base/xalloc.h"
#include "cmd/command.h"
#include "cmd/event_rows.h"
#include "cmd/inputs.h"
#include "cmd/output.h"
#include "cmd/progress.h"
#include "traces/event_line.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PROGRESS_EVENTS 4096

struct settings {
	mm_kinds wanted;	/* 0 = all */
};

static enum status set_kinds(void *context, const char *value, struct error *err)
{
	struct settings *settings = context;
	char *copy = xstrdup(value), *rest = copy, *name;
	enum status status = RC_OK;

	while (!status && (name = strsep(&rest, ","))) {
		unsigned int kind = 0;

		while (kind < MM_NR_KINDS && strcmp(mm_kind_name((enum mm_kind)kind), name))
			kind++;
		if (kind == MM_NR_KINDS)
			status = error_set(err, RC_USAGE, "'%s' is no kind of event: recount info lists those there are",
					   name);
		else
			settings->wanted |= MM_KIND_BIT(kind);
	}
	free(copy);
	return status;
}

static const struct option_spec options[] = {
	{ "kind", 'k', "NAME,...", "only these kinds, as the lines name them", set_kinds },
	{ NULL }
};

/* One call at work. */
struct listing {
	const struct invocation *call;
	mm_kinds wanted;
	struct event_source *source;
	struct progress progress;
	FILE *out;
	uint64_t begin_ns, end_ns;
	uint64_t nr_printed;
	char line[EVENT_LINE_BYTES];
};

static bool is_of_rows(const struct listing *listing, enum event_rows_form *form)
{
	*form = strcmp(listing->call->format, "csv") ? EVENT_ROWS_JSON : EVENT_ROWS_CSV;
	return strcmp(listing->call->format, "table");
}

static void print_event(struct listing *listing, const struct mm_event *event)
{
	size_t length = event_line_format(listing->source, event, listing->line);
	enum event_rows_form form;

	if (is_of_rows(listing, &form)) {
		event_rows_put(listing->out, form, listing->line, !listing->nr_printed++);
		return;
	}
	fwrite(listing->line, 1, length, listing->out);
	fputc('\n', listing->out);
}

static enum status list_events(struct listing *listing, struct error *err)
{
	const struct mm_event *event;
	enum status status;
	uint64_t nr = 0;

	while (!(status = event_source_next(listing->source, &event, err))) {
		if (event->time_ns > listing->end_ns)
			return RC_END;
		if (!(++nr % PROGRESS_EVENTS))
			progress_update(&listing->progress, event_source_counts(listing->source)->bytes);
		if (event->time_ns < listing->begin_ns || !(listing->wanted & MM_KIND_BIT(event->kind)))
			continue;
		print_event(listing, event);
		if (ferror(listing->out))	/* the rest would be for nobody */
			return RC_END;
	}
	return status;
}

static enum status print_all(struct listing *listing, struct output *output, struct error *err)
{
	enum event_rows_form form;
	enum status status;
	bool is_rows = is_of_rows(listing, &form);

	listing->out = output->stream;
	if (is_rows)
		event_rows_begin(listing->out, form);
	progress_begin(&listing->progress, event_source_info(listing->source)->bytes,
		       listing->call->has_progress && !listing->call->is_quiet &&
		       !isatty(fileno(output->stream)));
	status = list_events(listing, err);
	progress_end(&listing->progress);
	if (is_rows && status == RC_END)
		event_rows_end(listing->out, form);
	return status == RC_END ? output_commit(output, err) : status;
}

static enum status run(struct listing *listing, enum exit_code *damage, struct error *err)
{
	const struct invocation *call = listing->call;
	struct output output;
	enum status status = event_source_open_with(&listing->source, &(struct event_source_request){
		.paths = call->operands, .nr_paths = call->nr_operands, .wanted = listing->wanted,
		.formats = call->formats }, err);

	if (status)
		return status;
	status = resolve_source_range(call, listing->source, &listing->begin_ns, &listing->end_ns, err);
	if (!status)
		status = output_open(&output, call->output, err);
	if (status)
		return status;
	status = print_all(listing, &output, err);
	output_close(&output);
	if (!status)
		*damage = complain_damage(call, listing->source);
	return status;
}

static enum exit_code events_run(int argc, char **argv)
{
	struct settings settings = { 0 };
	struct listing listing = { 0 };
	struct invocation call;
	struct error err = { "" };
	enum exit_code exit_code;
	enum status status;

	if (!invocation_parse(&call, &events_command, &settings, argc, argv, &exit_code))
		return exit_code;
	sort_inputs(&call);
	listing.call = &call;
	listing.wanted = settings.wanted ? settings.wanted : MM_ALL_KINDS;
	status = run(&listing, &exit_code, &err);
	if (status)
		exit_code = complain_status(status, &err);
	event_source_close(listing.source);
	invocation_release(&call);
	return exit_code;
}

static const char *const formats[] = { "table", "json", "csv", NULL };

const struct command events_command = {
	.name = "events",
	.operands = "FILE...",
	.summary = "the typed memory-management events of a recording, one a line",
	.options = options,
	.formats = formats,
	.takes = TAKES_RANGE,
	.max_operands = SIZE_MAX,
	.run = events_run,
};
