// SPDX-License-Identifier: GPL-2.0-or-later
/* Words and names of a text: what they are numbers of, and the places they mean. */
#include "ops/op_text.h"

#include "base/xalloc.h"
#include "ops/op_words.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* --- words --- */

bool text_word(struct op_text *text, const char *what, char **word)
{
	*word = op_line_peek(&text->line);
	if (!*word)
		return text_fail(text, "the line ends where %s should be", what);
	text->line.at++;
	return true;
}

bool text_number(struct op_text *text, const char *what, uint64_t *value)
{
	char *word;

	if (!text_word(text, what, &word))
		return false;
	return op_number(word, value) || text_fail(text, "'%s' is no number: %s should be", word, what);
}

bool text_number_below(struct op_text *text, const char *what, uint64_t bound, uint32_t *value)
{
	uint64_t number;

	if (!text_number(text, what, &number))
		return false;
	*value = number;
	return number < bound || text_fail(text, "%" PRIu64 " is too large for %s", number, what);
}

bool text_letters(struct op_text *text, uint8_t *flags)
{
	char *word;
	int set;

	if (!text_word(text, "flags of a VMA", &word))
		return false;
	set = vma_from_letters(word);
	*flags = set;
	return set >= 0 || text_fail(text, "'%s' are no flags: " VMA_LETTERS " are, or -", word);
}

bool text_end(struct op_text *text)
{
	char *word = op_line_peek(&text->line);

	return !word || text_fail(text, "'%s' is too much", word);
}

/* --- names --- */

static uint64_t hash_of(const char *name)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (; *name; name++)
		hash = (hash ^ (unsigned char)*name) * UINT64_C(0x100000001b3);
	return hash;
}

struct symbol *text_find_symbol(struct op_text *text, const char *name)
{
	for (uint32_t i = map64_get(&text->symbol_by_hash, hash_of(name)); i; i = text->symbols[i].next)
		if (!strcmp(text->symbols[i].name, name))
			return &text->symbols[i];
	return NULL;
}

struct symbol *text_add_symbol(struct op_text *text, const char *name, enum symbol_kind kind, uint32_t number)
{
	uint64_t hash = hash_of(name);

	xgrow(&text->symbols, text->nr_symbols, &text->symbols_capacity, sizeof(*text->symbols));
	text->symbols[text->nr_symbols] = (struct symbol){
		.name = xstrdup(name), .kind = kind, .number = number,
		.next = map64_get(&text->symbol_by_hash, hash) };
	map64_set(&text->symbol_by_hash, hash, text->nr_symbols);
	return &text->symbols[text->nr_symbols++];
}

int64_t text_find_container(const struct op_text *text, const char *name)
{
	for (size_t i = 0; i < text->containers.nr; i++)
		if (!strcmp(text->containers.all[i].name, name))
			return i;
	return -1;
}

bool text_name(struct op_text *text, const char *what, char **name)
{
	if (!text_word(text, what, name))
		return false;
	if (!isalpha((unsigned char)**name) && **name != '_')
		return text_fail(text, "'%s' is no name: %s begins with a letter", *name, what);
	for (const char *at = *name; *at; at++)
		if (!isalnum((unsigned char)*at) && !strchr("_.-", *at))
			return text_fail(text, "'%s' is no name: letters, digits, _ . and - are", *name);
	if (text_find_symbol(text, *name) || text_find_container(text, *name) >= 0)
		return text_fail(text, "there is a '%s' already", *name);
	return true;
}

bool text_container(struct op_text *text, uint32_t *container)
{
	uint64_t number;
	int64_t found;
	char *word;

	if (!text_word(text, "a container", &word))
		return false;
	found = op_number(word, &number) ? (number < text->containers.nr ? (int64_t)number : -1) :
		text_find_container(text, word);
	*container = found;
	return found >= 0 || text_fail(text, "there is no container '%s'", word);
}

bool text_mm(struct op_text *text, uint32_t *mm)
{
	const struct symbol *symbol;
	uint64_t number;
	char *word;

	if (!text_word(text, "a task", &word))
		return false;
	if (op_number(word, &number)) {
		*mm = map64_get(&text->mm_by_number, number);
		return *mm || text_fail(text, "there is no address space %s", word);
	}
	symbol = text_find_symbol(text, word);
	if (!symbol || symbol->kind != SYMBOL_TASK)
		return text_fail(text, "there is no task '%s'", word);
	if (!text->tasks[symbol->number].is_alive)
		return text_fail(text, "task '%s' has ended", word);
	*mm = text->tasks[symbol->number].mm;
	return true;
}

bool text_page(struct op_text *text, uint32_t *page)
{
	const struct symbol *symbol;
	struct file_chunk *chunk;
	uint64_t number;
	char *word, *colon;

	*page = 0;
	if (!text_word(text, "a page", &word))
		return false;
	if (op_number(word, &number)) {
		*page = map64_get(&text->page_by_number, number);
		return *page || text_fail(text, "there is no page %s", word);
	}
	colon = strchr(word, ':');
	if (colon)
		*colon = '\0';
	symbol = text_find_symbol(text, word);
	if (colon && symbol && symbol->kind == SYMBOL_FILE && op_number(colon + 1, &number) && number < UINT32_MAX) {
		chunk = file_find_chunk(&text->told.pages, symbol->number, number);
		*page = chunk ? chunk->pages[number & 63] : 0;
		return *page || text_fail(text, "page %s of '%s' is not cached", colon + 1, word);
	}
	if (!colon && symbol && symbol->kind == SYMBOL_PAGE)
		*page = symbol->number;
	return *page || text_fail(text, "there is no page '%s'", word);
}

bool text_is_named(const struct op_text *text, uint32_t page)
{
	return page < text->nr_named && text->is_named[page];
}

void text_set_named(struct op_text *text, uint32_t page, bool is_named)
{
	if (page >= text->nr_named) {
		size_t nr = page * (size_t)2 + 64;

		text->is_named = xrealloc(text->is_named, nr, 1);
		memset(text->is_named + text->nr_named, 0, nr - text->nr_named);
		text->nr_named = nr;
	}
	text->is_named[page] = is_named;
}

/* --- places --- */

/* The area of that name in an address space; a thread means what its leader does. */
static const struct symbol *find_area(struct op_text *text, uint32_t mm, const char *name, size_t length)
{
	const struct symbol *found = NULL;

	for (uint32_t task = told_mm_at(&text->told, mm)->last_task; task && !found; task = text->tasks[task].parent) {
		char *full = xasprintf("%s/%.*s", text->tasks[task].name, (int)length, name);

		found = text_find_symbol(text, full);
		free(full);
	}
	return found;
}

bool text_range(struct op_text *text, uint32_t mm, uint64_t *first, uint64_t *last)
{
	const struct symbol *area = NULL;
	char *word, *dots, *plus;
	uint64_t base = 0, offset = 0;

	if (!text_word(text, "a place", &word))
		return false;
	dots = strstr(word, "..");
	if (dots)
		*dots = '\0';
	if (!isdigit((unsigned char)*word)) {
		plus = strchr(word, '+');
		area = find_area(text, mm, word, plus ? (size_t)(plus - word) : strlen(word));
		if (!area)
			return text_fail(text, "there is no area '%s' here", word);
		base = area->vpn;
		if (plus && !op_number(plus + 1, &offset))
			return text_fail(text, "'%s' is no number", plus + 1);
		*last = plus ? base + offset : base + area->pages - 1;
	} else if (!op_number(word, &offset)) {
		return text_fail(text, "'%s' is no place", word);
	} else {
		*last = offset;
	}
	*first = base + offset;
	if (dots && !op_number(dots + 2, last))
		return text_fail(text, "'%s' is no place", dots + 2);
	if (dots)
		*last += base;
	if (*last < *first || *last - *first >= TEXT_RANGE_MAX || *last >= UINT64_C(1) << 52)
		return text_fail(text, "'%s' is no range of at most %" PRIu64 " pages", word, TEXT_RANGE_MAX);
	return true;
}

bool text_vpn(struct op_text *text, uint32_t mm, uint64_t *vpn)
{
	uint64_t last;

	if (!text_range(text, mm, vpn, &last))
		return false;
	if (*vpn == last)
		return true;
	/* The name of an area is its first page where one is meant. */
	return text->line.words[text->line.at - 1][0] > '9' || text_fail(text, "one page is meant, not a range");
}

bool text_reclaim_by(struct op_text *text, enum reclaim_by *by)
{
	char *word;
	int found;

	*by = BY_REQUEST;
	if (!op_line_take(&text->line, "by"))
		return true;
	if (!text_word(text, "for what", &word))
		return false;
	found = word_index(reclaim_by_words, BY_MACHINE + 1, word);
	*by = found;
	return found >= 0 || text_fail(text, "'%s' is not request, limit or machine", word);
}
