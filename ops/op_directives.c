// SPDX-License-Identifier: GPL-2.0-or-later
/* What a text says to its scenario: limits, reclaim, and what is expected of it. */
#include "ops/op_text.h"

#include "accounting/model.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>

static bool say(struct op_text *text, const struct directive *directive)
{
	struct error err = { "" };
	enum status status;
	size_t length;

	if (!text_end(text))
		return false;
	if (!text->listener.directive)
		return true;
	status = text->listener.directive(text->listener.context, directive, &err);
	if (!status)
		return true;
	length = strcspn(text->shown, "#\n");
	while (length && isspace((unsigned char)text->shown[length - 1]))
		length--;
	if (err.text[0])
		text->status = error_set(text->err, status, "%s:%" PRIu64 ": %.*s: %s", text->path, text->line_number,
					 (int)length, text->shown, err.text);
	else
		text->status = status;
	return false;
}

static bool pages_or_unlimited(struct op_text *text, const char *word, uint64_t *pages)
{
	if (!strcmp(word, "unlimited")) {
		*pages = PAGES_UNLIMITED;
		return true;
	}
	return op_number(word, pages) || text_fail(text, "'%s' is no number of pages", word);
}

/* limit c1 rss 4; limit c1 privvmpages 10:12 */
static bool do_limit(struct op_text *text)
{
	struct directive directive = { .kind = DIRECTIVE_LIMIT };
	char *resource, *value, *colon;

	if (!text_container(text, &directive.container) || !text_word(text, "a resource", &resource) ||
	    !text_word(text, "a limit", &value))
		return false;
	directive.resource = resource;
	colon = strchr(value, ':');
	if (colon)
		*colon = '\0';
	if (!pages_or_unlimited(text, value, &directive.barrier) ||
	    !pages_or_unlimited(text, colon ? colon + 1 : value, &directive.limit))
		return false;
	text->told.seq++;	/* what it reclaims is unmapped at a moment of its own */
	return say(text, &directive);
}

/* reclaim c1 [RESOURCE] */
static bool do_reclaim(struct op_text *text)
{
	struct directive directive = { .kind = DIRECTIVE_RECLAIM };

	if (!text_container(text, &directive.container))
		return false;
	directive.resource = op_line_peek(&text->line);
	text->line.at += directive.resource != NULL;
	text->told.seq++;	/* what it unmaps is unmapped at a moment of its own */
	return say(text, &directive);
}

static bool expected_value(struct op_text *text, int64_t *value)
{
	uint64_t number;
	char *word;
	bool is_negative;

	if (!text_word(text, "a number", &word))
		return false;
	if (!strcmp(word, "yes") || !strcmp(word, "no")) {
		*value = *word == 'y';
		return true;
	}
	is_negative = *word == '-';
	if (!pages_or_unlimited(text, word + is_negative, &number))
		return false;
	*value = is_negative ? -(int64_t)number : (int64_t)number;
	return true;
}

/* expect reclaim FIGURE N [RESOURCE] */
static bool expect_reclaim(struct op_text *text, struct directive *directive)
{
	char *figure;

	directive->about = EXPECT_RECLAIM;
	if (!text_word(text, "a figure", &figure) || !expected_value(text, &directive->value))
		return false;
	directive->figure = figure;
	directive->resource = op_line_peek(&text->line);
	text->line.at += directive->resource != NULL;
	return true;
}

/* expect denied ENOMEM [RESOURCE] */
static bool expect_denied(struct op_text *text, struct directive *directive)
{
	static const struct { const char *name; int number; } errors[] = {
		{ "ENOMEM", ENOMEM }, { "EAGAIN", EAGAIN }, { "EPERM", EPERM }, { "EBUSY", EBUSY }, { "SIGSEGV", 0 }, { "none", -1 } };
	char *word;

	directive->about = EXPECT_DENIED;
	if (!text_word(text, "an errno", &word))
		return false;
	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		if (strcmp(errors[i].name, word))
			continue;
		directive->value = errors[i].number;
		directive->resource = op_line_peek(&text->line);
		text->line.at += directive->resource != NULL;
		return true;
	}
	return text_fail(text, "'%s' is no errno that a model gives", word);
}

/* expect A killed|alive [RESOURCE] */
static bool expect_task(struct op_text *text, struct directive *directive)
{
	directive->about = EXPECT_KILLED;
	if (!text_mm(text, &directive->mm))
		return false;
	directive->value = op_line_take(&text->line, "killed");
	if (!directive->value && !op_line_take(&text->line, "alive"))
		return text_fail(text, "a task is killed or alive");
	directive->resource = op_line_peek(&text->line);
	text->line.at += directive->resource != NULL;
	return true;
}

/* expect P payer C|none [RESOURCE]; expect P mapped N [RESOURCE] */
static bool expect_page(struct op_text *text, struct directive *directive)
{
	uint32_t container;

	if (!text_page(text, &directive->page))
		return false;
	if (op_line_take(&text->line, "payer")) {
		directive->about = EXPECT_PAYER;
		directive->value = -1;
		if (!op_line_take(&text->line, "none")) {
			if (!text_container(text, &container))
				return false;
			directive->value = container;
		}
	} else if (op_line_take(&text->line, "mapped")) {
		directive->about = EXPECT_MAPPED;
		if (!expected_value(text, &directive->value))
			return false;
	} else {
		return text_fail(text, "of a page, payer or mapped is expected");
	}
	directive->resource = op_line_peek(&text->line);
	text->line.at += directive->resource != NULL;
	return true;
}

/* expect C RESOURCE [FIGURE] N; expect C RESOURCE incidents KIND N */
static bool expect_container(struct op_text *text, struct directive *directive)
{
	char *word;

	if (!text_container(text, &directive->container) || !text_word(text, "a resource", &word))
		return false;
	directive->resource = word;
	directive->figure = "held";
	directive->about = EXPECT_FIGURE;
	word = op_line_peek(&text->line);
	if (word && isalpha((unsigned char)*word) && strcmp(word, "unlimited")) {
		text->line.at++;
		directive->figure = word;
		if (!strcmp(word, "incidents")) {
			directive->about = EXPECT_INCIDENTS;
			if (!text_word(text, "a kind of incident", &word))
				return false;
			directive->figure = word;
		}
	}
	return expected_value(text, &directive->value);
}

static bool do_expect(struct op_text *text)
{
	struct directive directive = { .kind = DIRECTIVE_EXPECT };
	const struct symbol *symbol;
	char *word;
	bool is_said;

	directive.is_recorded = op_line_take(&text->line, "recorded");
	directive.is_assumed = op_line_take(&text->line, "assumed");
	word = op_line_peek(&text->line);
	if (!word)
		return text_fail(text, "the line ends where what is expected should be");
	symbol = text_find_symbol(text, word);
	if (!strcmp(word, "reclaim") && op_line_take(&text->line, "reclaim"))
		is_said = expect_reclaim(text, &directive);
	else if (op_line_take(&text->line, "denied"))
		is_said = expect_denied(text, &directive);
	else if (op_line_take(&text->line, "page"))
		is_said = expect_page(text, &directive);
	else if (symbol && symbol->kind == SYMBOL_TASK)
		is_said = expect_task(text, &directive);
	else if (symbol || strchr(word, ':'))
		is_said = expect_page(text, &directive);
	else
		is_said = expect_container(text, &directive);
	return is_said && say(text, &directive);
}

const struct text_verb text_directive_verbs[] = {
	{ "expect", do_expect, false, VERB_BY_HAND },
	{ "limit", do_limit, false, VERB_BY_HAND },
	{ "reclaim", do_reclaim, true, VERB_BY_HAND },
	{ NULL }
};
