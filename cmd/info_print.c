// SPDX-License-Identifier: GPL-2.0-or-later
/* What recount info says, for people and for programs. */
#include "cmd/findings.h"

#include "base/text.h"
#include "base/xalloc.h"
#include "cmd/drives.h"
#include "reports/lines.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define NS_PER_S UINT64_C(1000000000)

static struct libscols_table *begin_lines(const char *const *names, size_t nr_left)
{
	struct libscols_table *lines = lines_create();

	for (size_t i = 0; names[i]; i++)
		lines_column(lines, names[i], i < nr_left ? 0 : SCOLS_FL_RIGHT);
	return lines;
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
		fprintf(out, "%-10s %" PRIu64 ".%09" PRIu64 " to %" PRIu64 ".%09" PRIu64 " s: %.6f s\n", "span",
			findings->first_ns / NS_PER_S, findings->first_ns % NS_PER_S,
			findings->last_ns / NS_PER_S, findings->last_ns % NS_PER_S,
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
	struct libscols_table *lines;

	fputc('\n', out);
	lines = begin_lines(names, 1);
	for (unsigned int kind = 0; kind < MM_NR_KINDS; kind++) {
		if (kind == MM_GAP || (!findings->kinds[kind] && !(info->kinds & MM_KIND_BIT(kind))))
			continue;
		lines_add(lines, (char *[]){ xstrdup(mm_kind_name((enum mm_kind)kind)),
			  xasprintf("%" PRIu64, findings->kinds[kind]) }, 2);
	}
	lines_print(lines, out);
	scols_unref_table(lines);
}

static void print_containers(const struct findings *findings, FILE *out)
{
	static const char *const names[] = { "CONTAINER", "TASKS ATTACHED", NULL };
	struct libscols_table *lines;

	if (!findings->nr_containers) {
		fputs("\nNo task was moved to a container while recording.\n", out);
		return;
	}
	fputc('\n', out);
	lines = begin_lines(names, 1);
	for (size_t i = 0; i < findings->nr_containers; i++)
		lines_add(lines, (char *[]){ text_printable(findings->containers[i].path),
			  xasprintf("%" PRIu64, findings->containers[i].nr_tasks) }, 2);
	lines_print(lines, out);
	scols_unref_table(lines);
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
	const struct trace_counts *counts = event_source_counts(findings->source);

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
	/* The recorder may have counted what its pages could not say. */
	if (findings->all_losses > 1 && counts->lost)
		fprintf(out, "lost: in all %" PRIu64 " events are known to be lost, in %" PRIu64 " holes\n", counts->lost,
			findings->all_losses);
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
	struct libscols_table *lines;

	if (!info->nr_facts)
		return;
	fputc('\n', out);
	lines = begin_lines(names, 2);
	for (size_t i = 0; i < info->nr_facts; i++)
		lines_add(lines, (char *[]){ text_printable(info->facts[i].key), text_printable(info->facts[i].value) }, 2);
	lines_print(lines, out);
	scols_unref_table(lines);
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

void info_print_people(const struct findings *findings, FILE *out)
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

void info_print_json(const struct findings *findings, struct json *json)
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
