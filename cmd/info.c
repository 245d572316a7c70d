// SPDX-License-Identifier: GPL-2.0-or-later
/* recount info: what is in a recording, and what it is good for. */
#include "base/text.h"
#include "base/xalloc.h"
#include "cmd/command.h"
#include "cmd/drives.h"
#include "cmd/inputs.h"
#include "cmd/json.h"
#include "cmd/output.h"
#include "cmd/progress.h"

#include <inttypes.h>
#include <libsmartcols/libsmartcols.h>
#include <stdlib.h>
#include <string.h>

#define PROGRESS_EVENTS 4096
#define MAX_LOSSES 1000		/* kept for printing; all are counted */

/* A cgroup that tasks were moved to. */
struct container {
	uint64_t id;
	char *path;
	uint64_t nr_tasks;	/* attached, one counted each time */
};

struct loss {
	struct mm_gap gap;
	uint16_t cpu;
};

/* What a full pass finds. */
struct findings {
	const struct invocation *call;
	struct event_source *source;
	uint64_t begin_ns, end_ns;	/* asked for */
	uint64_t first_ns, last_ns;	/* seen; last 0 = nothing was */
	uint64_t kinds[MM_NR_KINDS];
	struct container *containers;	/* by path */
	size_t nr_containers, containers_capacity;
	struct loss *losses;
	size_t nr_losses, losses_capacity;
	uint64_t all_losses;
};

static void see_attach(struct findings *findings, const struct mm_event *event)
{
	const char *path = event_source_string(findings->source, event->cgroup.path);
	size_t at = 0;

	while (at < findings->nr_containers && strcmp(findings->containers[at].path, path) < 0)
		at++;
	if (at == findings->nr_containers || strcmp(findings->containers[at].path, path)) {
		xgrow(&findings->containers, findings->nr_containers, &findings->containers_capacity,
		      sizeof(*findings->containers));
		memmove(findings->containers + at + 1, findings->containers + at,
			(findings->nr_containers - at) * sizeof(*findings->containers));
		findings->containers[at] = (struct container){ event->cgroup.id, xstrdup(path), 0 };
		findings->nr_containers++;
	}
	findings->containers[at].nr_tasks++;
}

static void see_gap(struct findings *findings, const struct mm_event *event)
{
	if (findings->all_losses++ >= MAX_LOSSES)
		return;
	xgrow(&findings->losses, findings->nr_losses, &findings->losses_capacity,
	      sizeof(*findings->losses));
	findings->losses[findings->nr_losses++] = (struct loss){ event->gap, event->cpu };
}

static void see(struct findings *findings, const struct mm_event *event)
{
	if (event->kind == MM_GAP) {
		see_gap(findings, event);
		return;
	}
	if (!findings->last_ns)
		findings->first_ns = event->time_ns;
	findings->last_ns = event->time_ns;
	findings->kinds[event->kind]++;
	if (event->kind == MM_CGROUP_ATTACH)
		see_attach(findings, event);
}

static enum status read_all(struct findings *findings, struct error *err)
{
	const struct mm_event *event;
	struct progress progress;
	enum status status;
	uint64_t nr = 0;

	progress_begin(&progress, event_source_info(findings->source)->bytes,
		       findings->call->has_progress && !findings->call->is_quiet);
	while (!(status = event_source_next(findings->source, &event, err))) {
		if (event->time_ns > findings->end_ns)
			break;
		if (event->time_ns >= findings->begin_ns)
			see(findings, event);
		if (!(++nr % PROGRESS_EVENTS))
			progress_update(&progress, event_source_counts(findings->source)->bytes);
	}
	progress_end(&progress);
	return status < 0 ? status : RC_OK;
}

/* A table of text and numbers. */
struct lines {
	struct libscols_table *table;
};

static void lines_begin(struct lines *lines, FILE *out, const char *const *names, size_t nr_left)
{
	lines->table = xneed(scols_new_table());
	scols_table_set_termforce(lines->table, SCOLS_TERMFORCE_NEVER);
	scols_table_enable_noencoding(lines->table, 1);
	scols_table_set_stream(lines->table, out);
	for (size_t i = 0; names[i]; i++)
		xneed(scols_table_new_column(lines->table, names[i], 0, i < nr_left ? 0 : SCOLS_FL_RIGHT));
}

/* Takes both. */
static void lines_add(struct lines *lines, char *first, char *second)
{
	struct libscols_line *line = xneed(scols_table_new_line(lines->table, NULL));

	scols_line_refer_data(line, 0, first);
	scols_line_refer_data(line, 1, second);
}

static void lines_end(struct lines *lines)
{
	if (scols_print_table(lines->table))
		xneed(NULL);
	scols_unref_table(lines->table);
}

static void print_head(const struct findings *findings, FILE *out)
{
	const struct trace_info *info = event_source_info(findings->source);
	const struct trace_counts *counts = event_source_counts(findings->source);
	char *page = size_to_text((struct size){ info->page_size, false });

	for (size_t i = 0; i < findings->call->nr_operands; i++) {
		char *name = text_printable(findings->call->operands[i]);

		fprintf(out, "%-10s %s\n", i ? "" : "file", name);
		free(name);
	}
	fprintf(out, "%-10s %s, compression %s, %" PRIu64 " bytes\n", "format", info->format,
		info->compression, info->bytes);
	if (info->fidelity)
		fprintf(out, "%-10s %s\n", "fidelity", info->fidelity);
	fprintf(out, "%-10s %s\n", "kernel", *info->uname ? info->uname : "not said");
	fprintf(out, "%-10s %s\n", "clock", *info->clock ? info->clock : "not said");
	if (findings->last_ns)
		fprintf(out, "%-10s %.9f to %.9f s: %.6f s\n", "span", (double)findings->first_ns / 1e9,
			(double)findings->last_ns / 1e9,
			(double)(findings->last_ns - findings->first_ns) / 1e9);
	else
		fprintf(out, "%-10s no events\n", "span");
	fprintf(out, "%-10s %" PRIu32 ", in %" PRIu32 " buffer%s\n", "CPUs", info->nr_cpus,
		info->nr_buffers, info->nr_buffers == 1 ? "" : "s");
	fprintf(out, "%-10s %s\n", "pages", page);
	fprintf(out, "%-10s %" PRIu64 " read, %" PRIu64 " used, %" PRIu64 " of other kinds, %" PRIu64
		" known to be lost\n", "events", counts->read, counts->used, counts->skipped, counts->lost);
	free(page);
}

static void print_kinds(const struct findings *findings, FILE *out)
{
	static const char *const names[] = { "EVENT", "COUNT", NULL };
	const struct trace_info *info = event_source_info(findings->source);
	struct lines lines;

	fputc('\n', out);
	lines_begin(&lines, out, names, 1);
	for (unsigned int kind = 0; kind < MM_NR_KINDS; kind++) {
		if (kind == MM_GAP || (!findings->kinds[kind] && !(info->kinds & MM_KIND_BIT(kind))))
			continue;
		lines_add(&lines, xstrdup(mm_kind_name((enum mm_kind)kind)),
			  xasprintf("%" PRIu64, findings->kinds[kind]));
	}
	lines_end(&lines);
}

static void print_containers(const struct findings *findings, FILE *out)
{
	static const char *const names[] = { "CONTAINER", "TASKS ATTACHED", NULL };
	struct lines lines;

	if (!findings->nr_containers) {
		fputs("\nNo task was moved to a container while recording.\n", out);
		return;
	}
	fputc('\n', out);
	lines_begin(&lines, out, names, 1);
	for (size_t i = 0; i < findings->nr_containers; i++)
		lines_add(&lines, text_printable(findings->containers[i].path),
			  xasprintf("%" PRIu64, findings->containers[i].nr_tasks));
	lines_end(&lines);
}

static const char *reason_text(uint32_t reason)
{
	static const char *const texts[] = {
		[MM_GAP_OVERRUN] = "the recorder could not keep up",
		[MM_GAP_DAMAGE] = "bytes of the file cannot be read",
		[MM_GAP_FORMAT] = "an event without its format",
	};

	return reason < sizeof(texts) / sizeof(*texts) ? texts[reason] : "unknown";
}

static void print_losses(const struct findings *findings, FILE *out)
{
	enum { MAX_SHOWN = 20 };

	fputc('\n', out);
	if (!findings->all_losses)
		fputs("Nothing is known to be lost.\n", out);
	for (size_t i = 0; i < findings->nr_losses && i < MAX_SHOWN; i++) {
		const struct mm_gap *gap = &findings->losses[i].gap;

		if (findings->losses[i].cpu == MM_ANY_CPU)
			fputs("lost: any cpu: ", out);
		else
			fprintf(out, "lost: cpu %u: ", findings->losses[i].cpu);
		if (gap->lost)
			fprintf(out, "%" PRIu64 " events", gap->lost);
		else
			fputs("an unknown number of events", out);
		if (gap->begin_ns)
			fprintf(out, " after %.6f s", (double)gap->begin_ns / 1e9);
		if (gap->end_ns)
			fprintf(out, " before %.6f s", (double)gap->end_ns / 1e9);
		fprintf(out, ": %s\n", reason_text(gap->reason));
	}
	if (findings->all_losses > MAX_SHOWN)
		fprintf(out, "lost: %" PRIu64 " more holes\n", findings->all_losses - MAX_SHOWN);
}

static void print_drives(const struct findings *findings, FILE *out)
{
	const struct trace_info *info = event_source_info(findings->source);

	for (const struct drive_class *class = drive_classes; class->resource; class++) {
		fprintf(out, "\nmodel %s: can be driven: %s\n", class->resource, drive_grade(class, info));
		for (const struct drive_need *need = NULL; (need = drive_unmet(class, info, need));)
			fprintf(out, "  without %s: %s\n", need->names, need->without);
	}
}

static void print_facts(const struct findings *findings, FILE *out)
{
	static const char *const names[] = { "MACHINE", "", NULL };
	const struct trace_info *info = event_source_info(findings->source);
	struct lines lines;

	if (!info->nr_facts)
		return;
	fputc('\n', out);
	lines_begin(&lines, out, names, 2);
	for (size_t i = 0; i < info->nr_facts; i++)
		lines_add(&lines, text_printable(info->facts[i].key), text_printable(info->facts[i].value));
	lines_end(&lines);
}

static void print_notes(const struct findings *findings, FILE *out)
{
	const char *const *notes;
	uint64_t nr_more;
	size_t nr = event_source_notes(findings->source, &notes, &nr_more);

	for (size_t i = 0; i < nr; i++) {
		char *note = text_printable(notes[i]);

		fprintf(out, "%snote: %s\n", i ? "" : "\n", note);
		free(note);
	}
	if (nr_more)
		fprintf(out, "note: %" PRIu64 " more like these\n", nr_more);
}

static void print_people(const struct findings *findings, FILE *out)
{
	print_head(findings, out);
	print_kinds(findings, out);
	print_containers(findings, out);
	print_losses(findings, out);
	print_facts(findings, out);
	print_drives(findings, out);
	print_notes(findings, out);
}

static void json_head(const struct findings *findings, struct json *json)
{
	const struct trace_info *info = event_source_info(findings->source);
	const struct trace_counts *counts = event_source_counts(findings->source);

	json_begin(json, "files", '[');
	for (size_t i = 0; i < findings->call->nr_operands; i++)
		json_text(json, NULL, findings->call->operands[i]);
	json_end(json, ']');
	json_text(json, "format", info->format);
	json_text(json, "fidelity", info->fidelity ? info->fidelity : "full");
	json_text(json, "compression", info->compression);
	json_number(json, "bytes", info->bytes);
	json_text(json, "kernel", info->uname);
	json_text(json, "clock", info->clock);
	json_number(json, "begin_ns", findings->first_ns);
	json_number(json, "end_ns", findings->last_ns);
	json_number(json, "cpus", info->nr_cpus);
	json_number(json, "buffers", info->nr_buffers);
	json_number(json, "page_size", info->page_size);
	json_number(json, "events_read", counts->read);
	json_number(json, "events_used", counts->used);
	json_number(json, "events_skipped", counts->skipped);
	json_number(json, "events_lost", counts->lost);
	json_number(json, "gaps", findings->all_losses);
}

static void json_kinds(const struct findings *findings, struct json *json)
{
	const struct trace_info *info = event_source_info(findings->source);

	json_begin(json, "events", '{');
	for (unsigned int kind = 0; kind < MM_NR_KINDS; kind++) {
		if (kind != MM_GAP && (findings->kinds[kind] || info->kinds & MM_KIND_BIT(kind)))
			json_number(json, mm_kind_name((enum mm_kind)kind), findings->kinds[kind]);
	}
	json_end(json, '}');
}

static void json_containers(const struct findings *findings, struct json *json)
{
	json_begin(json, "containers", '[');
	for (size_t i = 0; i < findings->nr_containers; i++) {
		json_begin(json, NULL, '{');
		json_text(json, "path", findings->containers[i].path);
		json_number(json, "id", findings->containers[i].id);
		json_number(json, "tasks_attached", findings->containers[i].nr_tasks);
		json_end(json, '}');
	}
	json_end(json, ']');
}

/* 0 = unknown. */
static void json_known(struct json *json, const char *key, uint64_t number)
{
	if (number)
		json_number(json, key, number);
	else
		json_null(json, key);
}

static void json_losses(const struct findings *findings, struct json *json)
{
	json_begin(json, "losses", '[');
	for (size_t i = 0; i < findings->nr_losses; i++) {
		const struct mm_gap *gap = &findings->losses[i].gap;

		json_begin(json, NULL, '{');
		json_text(json, "input", event_source_input(findings->source, gap->input));
		if (findings->losses[i].cpu != MM_ANY_CPU)
			json_number(json, "cpu", findings->losses[i].cpu);
		json_known(json, "begin_ns", gap->begin_ns);
		json_known(json, "end_ns", gap->end_ns);
		json_known(json, "events", gap->lost);
		json_number(json, "offset", gap->offset);
		json_number(json, "bytes", gap->bytes);
		json_text(json, "reason", reason_text(gap->reason));
		json_end(json, '}');
	}
	json_end(json, ']');
}

static void json_drives(const struct findings *findings, struct json *json)
{
	const struct trace_info *info = event_source_info(findings->source);

	json_begin(json, "models", '[');
	for (const struct drive_class *class = drive_classes; class->resource; class++) {
		json_begin(json, NULL, '{');
		json_text(json, "resource", class->resource);
		json_text(json, "driven", drive_grade(class, info));
		json_begin(json, "missing", '[');
		for (const struct drive_need *need = NULL; (need = drive_unmet(class, info, need));) {
			json_begin(json, NULL, '{');
			json_text(json, "events", need->names);
			json_text(json, "means", need->without);
			json_end(json, '}');
		}
		json_end(json, ']');
		json_end(json, '}');
	}
	json_end(json, ']');
}

static void json_facts(const struct findings *findings, struct json *json)
{
	const struct trace_info *info = event_source_info(findings->source);

	json_begin(json, "machine", '[');
	for (size_t i = 0; i < info->nr_facts; i++) {
		json_begin(json, NULL, '{');
		json_text(json, "key", info->facts[i].key);
		json_text(json, "value", info->facts[i].value);
		json_end(json, '}');
	}
	json_end(json, ']');
}

static void json_notes(const struct findings *findings, struct json *json)
{
	const char *const *notes;
	uint64_t nr_more;
	size_t nr = event_source_notes(findings->source, &notes, &nr_more);

	json_begin(json, "notes", '[');
	for (size_t i = 0; i < nr; i++)
		json_text(json, NULL, notes[i]);
	json_end(json, ']');
	json_number(json, "more_notes", nr_more);
}

static void print_json(const struct findings *findings, struct json *json)
{
	json_begin(json, NULL, '{');
	json_head(findings, json);
	json_kinds(findings, json);
	json_containers(findings, json);
	json_losses(findings, json);
	json_facts(findings, json);
	json_drives(findings, json);
	json_notes(findings, json);
	json_end(json, '}');
}

static enum status read_recording(struct findings *findings, struct error *err)
{
	const struct invocation *call = findings->call;
	enum status status = event_source_open_with(&findings->source, &(struct event_source_request){
		.paths = call->operands, .nr_paths = call->nr_operands, .wanted = MM_ALL_KINDS,
		.formats = call->formats }, err);

	if (!status)
		status = resolve_range(call, event_source_info(findings->source), &findings->begin_ns,
				       &findings->end_ns, err);
	return status ? status : read_all(findings, err);
}

static void print_all(const struct findings *findings, size_t nr, bool is_json, FILE *out)
{
	struct json json = { .out = out };

	if (is_json && nr > 1)
		json_begin(&json, NULL, '[');
	for (size_t i = 0; i < nr; i++) {
		if (is_json)
			print_json(&findings[i], &json);
		else
			print_people(&findings[i], out);
		if (!is_json && i + 1 < nr)
			fputs("\n\n", out);
	}
	if (is_json && nr > 1)
		json_end(&json, ']');
}

static enum status inform(const struct invocation *call, struct findings *findings, size_t nr,
			  enum exit_code *damage, struct error *err)
{
	struct output output;
	enum status status = RC_OK;

	for (size_t i = 0; i < nr && !status; i++)
		status = read_recording(&findings[i], err);
	if (!status)
		status = output_open(&output, call->output, err);
	if (status)
		return status;
	print_all(findings, nr, !strcmp(call->format, "json"), output.stream);
	status = output_commit(&output, err);
	output_close(&output);
	*damage = EXIT_DONE;
	for (size_t i = 0; i < nr && !status; i++) {
		if (complain_damage(findings[i].call, findings[i].source) != EXIT_DONE)
			*damage = EXIT_DAMAGED;
	}
	return status;
}

static void findings_release(struct findings *findings)
{
	for (size_t i = 0; i < findings->nr_containers; i++)
		free(findings->containers[i].path);
	free(findings->containers);
	free(findings->losses);
	event_source_close(findings->source);
}

static enum exit_code info_run(int argc, char **argv)
{
	struct invocation call, *recordings = NULL;
	struct findings *findings = NULL;
	struct error err = { "" };
	enum exit_code exit_code;
	enum status status;
	size_t nr = 0;

	if (!invocation_parse(&call, &info_command, NULL, argc, argv, &exit_code))
		return exit_code;
	status = group_inputs(&call, &recordings, &nr, &err);
	if (!status) {
		findings = xcalloc(nr, sizeof(*findings));
		for (size_t i = 0; i < nr; i++)
			findings[i].call = &recordings[i];
		status = inform(&call, findings, nr, &exit_code, &err);
	}
	if (status)
		exit_code = complain_status(status, &err);
	for (size_t i = 0; i < nr; i++) {
		findings_release(&findings[i]);
		free((void *)recordings[i].operands);
	}
	free(findings);
	free(recordings);
	invocation_release(&call);
	return exit_code;
}

static const struct option_spec options[] = { { NULL } };
static const char *const formats[] = { "table", "json", NULL };

const struct command info_command = {
	.name = "info",
	.operands = "FILE...",
	.summary = "what is in a recording: clock, span, events, containers, losses, models it can drive",
	.details = "Files of one clock and kernel whose times overlap or follow each other within a second, or that\n"
		   "have one trace id, are one recording. Of several recordings each is told of, in turn.",
	.options = options,
	.formats = formats,
	.takes = TAKES_RANGE | TAKES_PROGRESS,
	.max_operands = SIZE_MAX,
	.run = info_run,
};
