// SPDX-License-Identifier: GPL-2.0-or-later
/* What a recording says besides operations: rows and counts of RUN.db that come from its events. */
#include "ops/op_text.h"

#include "base/xalloc.h"
#include "ops/op_words.h"

#include <string.h>

/* A number, or - for unknown. */
static bool known_number(struct op_text *text, uint64_t unknown, uint64_t *value)
{
	*value = unknown;
	return op_line_take(&text->line, "-") || text_number(text, "a number or -", value);
}

static bool do_process(struct op_text *text)
{
	struct process_record process = { 0 };
	char *comm;

	if (!text_number_below(text, "a pid", UINT32_MAX, &process.pid) ||
	    !text_number_below(text, "a pid", UINT32_MAX, &process.tgid))
		return false;
	if (!op_line_take(&text->line, "in") || !text_container(text, &process.container) ||
	    !op_line_take(&text->line, "comm") || !text_word(text, "a name", &comm))
		return text->status ? false : text_fail(text, "a process is PID TGID in CONTAINER comm NAME ...");
	process.comm = comm;
	if (!known_number(text, 0, &process.begin_ns) || !known_number(text, UINT64_MAX, &process.end_ns) ||
	    !text_number(text, "pages", &process.peak[MM_ANONPAGES]) ||
	    !text_number(text, "pages", &process.peak[MM_FILEPAGES]) ||
	    !text_number(text, "pages", &process.peak[MM_SHMEMPAGES]) ||
	    (op_line_take(&text->line, "killed") && !text_number(text, "a time", &process.killed_ns)) || !text_end(text))
		return false;
	if (text->listener.process)
		text->listener.process(text->listener.context, &process);
	return true;
}

static bool do_loss(struct op_text *text)
{
	struct loss_record loss = { 0 };
	char *input, *reason;

	if (!text_word(text, "a file", &input) || !text_number_below(text, "a CPU", UINT32_MAX, &loss.cpu) ||
	    !text_word(text, "a reason", &reason))
		return false;
	if (word_index(gap_reason_words, 3, reason) < 0)
		return text_fail(text, "'%s' is not overrun, damage or format", reason);
	loss.input = input;
	loss.reason = word_index(gap_reason_words, 3, reason);
	if (!known_number(text, 0, &loss.begin_ns) || !known_number(text, 0, &loss.end_ns) ||
	    !known_number(text, 0, &loss.events) || !text_end(text))
		return false;
	text->counts.gaps++;
	text->counts.lost += loss.events;
	if (text->listener.loss)
		text->listener.loss(text->listener.context, &loss);
	return true;
}

static bool do_note(struct op_text *text)
{
	char *word;

	if (!text_word(text, "a text", &word) || !text_end(text))
		return false;
	xgrow(&text->notes, text->nr_notes, &text->notes_capacity, sizeof(*text->notes));
	text->notes[text->nr_notes++] = xstrdup(word);
	return true;
}

static bool do_notes_more(struct op_text *text)
{
	return text_number(text, "a number", &text->nr_more_notes) && text_end(text);
}

static bool do_unmatched(struct op_text *text)
{
	char *word;

	if (!text_word(text, "a kind", &word))
		return false;
	for (enum unmatched_kind kind = 0; kind < UNMATCHED_NR; kind++)
		if (!strcmp(unmatched_name(kind), word))
			return text_number(text, "a number", &text->unmatched[kind].count) &&
			       text_number(text, "pages", &text->unmatched[kind].pages) && text_end(text);
	return text_fail(text, "'%s' is no kind of unmatched operation", word);
}

static bool do_checked(struct op_text *text)
{
	char *word;

	if (!text_word(text, "a class", &word))
		return false;
	for (enum judge_class class = 0; class < JUDGE_NR; class++) {
		struct judge_count *count = &text->judge.classes[class];

		if (strcmp(judge_class_name(class), word))
			continue;
		if (!text_number(text, "a number", &count->checked) || !text_number(text, "a number", &count->exact) ||
		    !text_number(text, "a number", &count->within_1) || !text_number(text, "pages", &count->worst) ||
		    !text_number(text, "pages", &count->sum_abs))
			return false;
		if (op_line_take(&text->line, "open") &&
		    (!text_number(text, "a number", &count->open) || !text_number(text, "a number", &count->open_exact) ||
		     !text_number(text, "a number", &count->outside)))
			return false;
		return text_end(text);
	}
	return text_fail(text, "'%s' is no class of predictions", word);
}

static bool do_unchecked(struct op_text *text)
{
	return text_number(text, "a number", &text->judge.unchecked) && text_end(text);
}

static bool do_unexplained(struct op_text *text)
{
	return text_number(text, "pages", &text->judge.unexplained) && text_end(text);
}

static bool do_end(struct op_text *text)
{
	uint64_t now_ns;

	if (!text_number(text, "a time", &now_ns) || !text_end(text))
		return false;
	text->is_over = true;
	return text_set_clock(text, now_ns);
}

const struct text_verb text_row_verbs[] = {
	{ "checked", do_checked, .where = VERB_RECORDING },
	{ "end", do_end, .where = VERB_RECORDING },
	{ "loss", do_loss, .where = VERB_RECORDING },
	{ "note", do_note, .where = VERB_RECORDING },
	{ "notes-more", do_notes_more, .where = VERB_RECORDING },
	{ "process", do_process, .where = VERB_RECORDING },
	{ "unchecked", do_unchecked, .where = VERB_RECORDING },
	{ "unexplained", do_unexplained, .where = VERB_RECORDING },
	{ "unmatched", do_unmatched, .where = VERB_RECORDING },
	{ NULL }
};
