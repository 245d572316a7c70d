// SPDX-License-Identifier: GPL-2.0-or-later
/* A text as a source: its lines, one after the other, and what it is once they are read. */
#include "ops/op_text.h"

#include "base/input.h"
#include "base/xalloc.h"
#include "ops/op_sources.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define HAND_BEGIN_NS 1000000000	/* a text without clock begins here */
#define HAND_STEP_NS 1000000		/* and a line takes so long */
#define MAX_LINE (1u << 20)

static struct op_text *of(const struct op_source *source)
{
	return (struct op_text *)source;
}

/* --- messages --- */

bool text_fail(struct op_text *text, const char *format, ...)
{
	struct error reason;
	va_list args;

	va_start(args, format);
	vsnprintf(reason.text, sizeof(reason.text), format, args);
	va_end(args);
	text->status = error_set(text->err, RC_INPUT, "%s:%" PRIu64 ": %s", text->path, text->line_number, reason.text);
	return false;
}

bool text_done(struct op_text *text, const char *reason)
{
	return !reason || text_fail(text, "%s", reason);
}

/* --- lines --- */

/* All verbs after the header; the most frequent first. */
static const struct text_verb *const verb_tables[] = {
	text_plain_verbs, text_space_verbs, text_page_verbs, text_area_verbs, text_task_verbs, text_directive_verbs, text_row_verbs,
};

static const struct text_verb *find_verb(const struct text_verb *list, const char *name)
{
	for (; list->name; list++)
		if (!strcmp(list->name, name))
			return list;
	return NULL;
}

bool text_set_clock(struct op_text *text, uint64_t now_ns)
{
	if (now_ns < text->told.now_ns)
		return text_fail(text, "time goes back, from %" PRIu64 " to %" PRIu64, text->told.now_ns, now_ns);
	text->told.now_ns = now_ns;
	text->status = text->listener.advance(text->listener.context, now_ns);
	return !text->status;
}

/* @TIME, %TID and &CPU before the verb. */
static bool take_prefixes(struct op_text *text, bool *has_clock)
{
	char *word;
	uint64_t value;

	while ((word = op_line_peek(&text->line)) && (*word == '@' || *word == '%' || *word == '&')) {
		text->line.at++;
		if (!op_number(word + 1, &value) || (*word == '%' && value > UINT32_MAX) ||
		    (*word == '&' && value > UINT16_MAX))
			return text_fail(text, "'%s' is no %s", word,
					 *word == '@' ? "time" : *word == '&' ? "CPU" : "task id");
		if (*word == '&') {
			text->told.now_cpu = value;
			continue;
		}
		if (*word == '%') {
			text->told.now_tid = value;
			continue;
		}
		*has_clock = text->has_clock = true;
		if (!text_set_clock(text, value))
			return false;
	}
	return true;
}

static bool run_line(struct op_text *text)
{
	const struct text_verb *verb = NULL;
	bool has_clock = false;
	char *word;

	if (!take_prefixes(text, &has_clock))
		return false;
	if (!text->line.nr)
		return true;
	if (!text_word(text, "a verb", &word))
		return false;
	for (size_t i = 0; i < sizeof(verb_tables) / sizeof(verb_tables[0]) && !verb; i++)
		verb = find_verb(verb_tables[i], word);
	if (!verb && find_verb(text_head_verbs, word))
		return text_fail(text, "'%s' belongs before the first operation", word);
	if (!verb)
		return text_fail(text, "'%s' is no verb", word);
	if (verb->where != VERB_ANY && (verb->where == VERB_RECORDING) != text->is_recording)
		return text_fail(text, text->is_recording ? "'%s' is for texts by hand" : "'%s' is for recordings", word);
	if (verb->is_timed) {
		text->counts.used++;
		if (!text->is_recording && !has_clock && !text_set_clock(text, text->told.now_ns + HAND_STEP_NS))
			return false;
	}
	return verb->run(text);
}

/* RC_OK and a line in words; RC_END; or < 0. Lines without words are passed over. */
static enum status next_line(struct op_text *text)
{
	const char *reason;
	ssize_t nr;

	if (text->has_line) {
		text->has_line = false;
		text->line.at = 0;
		return RC_OK;
	}
	do {
		errno = 0;
		nr = getline(&text->buffer, &text->buffer_capacity, text->file);
		if (nr < 0 && !feof(text->file))
			return error_set(text->err, RC_INPUT, "%s: cannot read: %s", text->path, strerror(errno));
		if (nr < 0)
			return RC_END;
		text->line_number++;
		text->counts.read++;
		text->counts.bytes += (uint64_t)nr;
		if ((size_t)nr > MAX_LINE || strlen(text->buffer) != (size_t)nr) {
			text_fail(text, "this is no text");
			return text->status;
		}
		if (!text->is_recording) {
			free(text->shown);
			text->shown = xstrdup(text->buffer);
		}
		reason = op_line_split(&text->line, text->buffer);
		if (reason) {
			text_fail(text, "%s", reason);
			return text->status;
		}
	} while (!text->line.nr);
	return RC_OK;
}

/* --- the source --- */

static enum status read_head(struct op_text *text)
{
	enum status status = next_line(text);
	const struct text_verb *verb;
	char *word;

	if (status)
		return status < 0 ? status : error_set(text->err, RC_INPUT, "%s: it is empty", text->path);
	text->line.at = 1;
	if (!op_line_take(&text->line, "1")) {
		text_fail(text, "only version 1 of the language is known here");
		return text->status;
	}
	text->is_recording = op_line_take(&text->line, "recording");
	text->settings.is_written = !text->is_recording;
	if (!text_end(text))
		return text->status;
	while (!(status = next_line(text))) {
		text_word(text, "a verb", &word);
		verb = find_verb(text_head_verbs, word);
		if (!verb) {
			text->has_line = true;
			return RC_OK;
		}
		if (!verb->run(text) || !text_end(text))
			return text->status;
	}
	return status == RC_END ? RC_OK : status;
}

static enum status start(struct op_source *source, const struct op_listener *listener, struct error *err)
{
	struct op_text *text = of(source);

	if (listener->nr_rules)
		return error_set(err, RC_USAGE, "%s: a text names its containers itself: no section of --config may "
				 "match tasks", text->path);
	text->listener = *listener;
	text->told.op = listener->op;
	text->told.context = listener->context;
	text->told.now_ns = text->is_recording ? 0 : HAND_BEGIN_NS;
	return RC_OK;
}

static void finish_tasks(struct op_text *text)
{
	for (uint32_t i = 1; i < text->nr_tasks && text->listener.process; i++) {
		const struct text_task *task = &text->tasks[i];
		const struct told_mm *m = told_mm_at(&text->told, task->mm);
		struct process_record process = {
			.pid = task->pid, .tgid = task->tgid, .container = task->container, .comm = m->comm,
			.begin_ns = task->begin_ns, .end_ns = UINT64_MAX };

		memcpy(process.peak, m->peak, sizeof(process.peak));
		if (task->is_alive)
			text->listener.process(text->listener.context, &process);
	}
}

static enum status run(struct op_source *source, struct error *err)
{
	struct op_text *text = of(source);
	enum status status;

	text->err = err;
	while (!(status = next_line(text))) {
		text->status = RC_OK;
		if (text->is_over)
			text_fail(text, "nothing comes after end");
		else if (run_line(text))
			continue;
		status = text->status;
		break;
	}
	if (status == RC_END && text->is_recording && !text->is_over && feof(text->file))
		return error_set(err, RC_INPUT, "%s:%" PRIu64 ": the text is cut off: there is no line that says end",
				 text->path, text->line_number);
	if (status < 0)
		return status;
	finish_tasks(text);
	return RC_OK;
}

static const struct trace_info *info(const struct op_source *source)
{
	return &of(source)->info;
}

static const struct trace_counts *counts(const struct op_source *source)
{
	return &of(source)->counts;
}

static size_t notes(const struct op_source *source, const char *const **list, uint64_t *nr_more)
{
	*list = (const char *const *)of(source)->notes;
	*nr_more = of(source)->nr_more_notes;
	return of(source)->nr_notes;
}

static const struct op_settings *settings(const struct op_source *source)
{
	return &of(source)->settings;
}

static const struct facts *facts(const struct op_source *source)
{
	return told_facts(&of(source)->told);
}

static struct containers *containers(const struct op_source *source)
{
	return &of(source)->containers;
}

static const struct unmatched_count *unmatched_counts(const struct op_source *source)
{
	return of(source)->unmatched;
}

static const struct judge *judge(const struct op_source *source)
{
	return &of(source)->judge;
}

/* A text is whole. */
static const struct doubts *doubt(const struct op_source *source)
{
	static const struct doubts none;

	(void)source;
	return &none;
}

static uint64_t peak_pages(const struct op_source *source)
{
	return of(source)->told.pages.peak_alive;
}

static void close_text(struct op_source *source)
{
	struct op_text *text = of(source);

	if (text->file)
		fclose(text->file);
	for (size_t i = 0; i < text->info.nr_facts; i++) {
		free((char *)text->facts[i].key);
		free((char *)text->facts[i].value);
	}
	free(text->facts);
	for (size_t i = 0; i < text->nr_strings; i++)
		free(text->strings[i]);
	for (size_t i = 0; i < text->nr_notes; i++)
		free(text->notes[i]);
	for (size_t i = 1; i < text->nr_symbols; i++)
		free(text->symbols[i].name);
	for (size_t i = 1; i < text->nr_tasks; i++)
		free(text->tasks[i].name);
	free(text->notes);
	free(text->symbols);
	free(text->tasks);
	free(text->is_named);
	free(text->buffer);
	free(text->shown);
	map64_release(&text->symbol_by_hash);
	map64_release(&text->mm_by_number);
	map64_release(&text->page_by_number);
	containers_release(&text->containers);
	told_release(&text->told);
	free(text);
}

static const struct op_source_class op_text_class = {
	.name = "operations",
	.start = start,
	.run = run,
	.info = info,
	.counts = counts,
	.notes = notes,
	.settings = settings,
	.facts = facts,
	.containers = containers,
	.unmatched = unmatched_counts,
	.judge = judge,
	.doubt = doubt,
	.peak_pages = peak_pages,
	.close = close_text,
};

bool is_op_text(const char *path)
{
	static const char first[] = "recount-ops ";
	FILE *file = input_stream(path);
	size_t nr = 0;
	int c;

	if (!file)
		return false;
	while ((c = getc(file)) != EOF && (c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '#'))
		while (c == '#' && (c = getc(file)) != EOF && c != '\n')
			c = '#';
	while (c != EOF && nr < sizeof(first) - 1 && c == first[nr]) {
		nr++;
		c = getc(file);
	}
	fclose(file);
	return nr == sizeof(first) - 1;
}

enum status op_text_open(struct op_source **source, const char *path, struct error *err)
{
	struct op_text *text = xcalloc(1, sizeof(*text));
	enum status status;
	long bytes;

	text->base.class = &op_text_class;
	text->path = path;
	text->err = err;
	text->info = (struct trace_info){
		.format = "operations", .clock = "", .uname = "", .compression = "none", .page_size = 4096,
		.kinds = MM_ALL_KINDS, .calls = UINT64_MAX, .begin_ns = HAND_BEGIN_NS };
	told_init(&text->told);
	containers_init(&text->containers);
	xgrow(&text->symbols, 0, &text->symbols_capacity, sizeof(*text->symbols));
	xgrow(&text->tasks, 0, &text->tasks_capacity, sizeof(*text->tasks));
	text->nr_symbols = text->nr_tasks = 1;
	text->file = input_stream(path);
	if (!text->file) {
		status = error_set(err, RC_INPUT, "%s: cannot read: %s", path, strerror(errno));
	} else {
		if (!fseek(text->file, 0, SEEK_END) && (bytes = ftell(text->file)) > 0)
			text->info.bytes = (uint64_t)bytes;
		rewind(text->file);
		status = read_head(text);
	}
	if (status)
		close_text(&text->base);
	else
		*source = &text->base;
	return status;
}
