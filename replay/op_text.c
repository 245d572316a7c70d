// SPDX-License-Identifier: GPL-2.0-or-later
/* A text as a source: its lines, its names, and the verbs a recording is written with. */
#include "replay/op_text.h"

#include "base/rules.h"
#include "base/xalloc.h"
#include "replay/op_words.h"
#include "replay/replay.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define HAND_BEGIN_NS 1000000000	/* a text without clock begins here */
#define HAND_STEP_NS 1000000		/* and a line takes so long */
#define MAX_PAGE_SIZE (1u << 24)
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

static int64_t find_container(const struct op_text *text, const char *name)
{
	for (size_t i = 0; i < text->containers.nr; i++)
		if (!strcmp(text->containers.all[i].name, name))
			return i;
	return -1;
}

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

static bool number_below(struct op_text *text, const char *what, uint64_t bound, uint32_t *value)
{
	uint64_t number;

	if (!text_number(text, what, &number))
		return false;
	*value = number;
	return number < bound || text_fail(text, "%" PRIu64 " is too large for %s", number, what);
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
	if (text_find_symbol(text, *name) || find_container(text, *name) >= 0)
		return text_fail(text, "there is a '%s' already", *name);
	return true;
}

bool text_end(struct op_text *text)
{
	char *word = op_line_peek(&text->line);

	return !word || text_fail(text, "'%s' is too much", word);
}

bool text_container(struct op_text *text, uint32_t *container)
{
	uint64_t number;
	int64_t found;
	char *word;

	if (!text_word(text, "a container", &word))
		return false;
	found = op_number(word, &number) ? (number < text->containers.nr ? (int64_t)number : -1) :
		find_container(text, word);
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
	uint32_t task = 0;

	for (uint32_t i = 1; i < text->nr_tasks; i++)
		if (text->tasks[i].mm == mm && text->tasks[i].is_alive)
			task = i;
	for (; task && !found; task = text->tasks[task].parent) {
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

/* --- verbs of the header --- */

static bool keep_text(struct op_text *text, const char **setting)
{
	char *word;

	if (!text_word(text, "a text", &word))
		return false;
	if (text->nr_strings == sizeof(text->strings) / sizeof(text->strings[0]))
		return text_fail(text, "it is said twice");
	*setting = text->strings[text->nr_strings++] = xstrdup(word);
	return true;
}

static bool head_trace_format(struct op_text *text)
{
	return keep_text(text, &text->info.format);
}

static bool head_clock(struct op_text *text)
{
	return keep_text(text, &text->info.clock);
}

static bool head_fidelity(struct op_text *text)
{
	return keep_text(text, &text->info.fidelity);
}

static bool head_kernel(struct op_text *text)
{
	return keep_text(text, &text->info.uname);
}

static bool head_page_size(struct op_text *text)
{
	uint32_t bytes;

	if (!number_below(text, "a page size", MAX_PAGE_SIZE, &bytes))
		return false;
	if (bytes < 512 || bytes & (bytes - 1))
		return text_fail(text, "a page size is a power of two from 512 on");
	text->info.page_size = bytes;
	return true;
}

static bool head_cpus(struct op_text *text)
{
	return number_below(text, "a number of CPUs", UINT32_MAX, &text->info.nr_cpus);
}

static bool head_span(struct op_text *text)
{
	return text_number(text, "the first time", &text->info.begin_ns) &&
	       text_number(text, "the last time", &text->info.end_ns);
}

static bool head_recorded(struct op_text *text)
{
	return text_number(text, "a set of kinds", &text->info.kinds) &&
	       text_number(text, "a set of calls", &text->info.calls);
}

static bool head_count_from(struct op_text *text)
{
	return text_number(text, "a time", &text->settings.begin_ns);
}

static bool set_zone(struct op_text *text)
{
	struct op_settings *settings = &text->settings;
	uint32_t i = settings->machine.nr_zones;

	if (i == RECLAIM_MAX_ZONES)
		return text_fail(text, "there are at most %d zones", RECLAIM_MAX_ZONES);
	settings->has_zones = true;
	settings->machine.nr_zones++;
	return text_number(text, "active pages", &settings->machine.zones[i].nr_active) &&
	       text_number(text, "inactive pages", &settings->machine.zones[i].nr_inactive);
}

static bool set_swap(struct op_text *text)
{
	struct op_settings *settings = &text->settings;

	settings->has_swap = true;
	settings->machine.swap_pages = op_line_take(&text->line, "none") ? 0 : UINT64_MAX;
	if (!settings->machine.swap_pages || op_line_take(&text->line, "unlimited"))
		return true;
	return text_number(text, "pages of swap", &settings->machine.swap_pages);
}

static bool head_set(struct op_text *text)
{
	struct op_settings *settings = &text->settings;
	char *word;

	if (!text_word(text, "a setting", &word))
		return false;
	if (!strcmp(word, "zone"))
		return set_zone(text);
	if (!strcmp(word, "swap"))
		return set_swap(text);
	if (!strcmp(word, "swappiness")) {
		settings->has_swappiness = true;
		return number_below(text, "swappiness", 101, &settings->machine.swappiness);
	}
	if (!strcmp(word, "mapped-ratio")) {
		settings->has_mapped_ratio = true;
		return number_below(text, "a percentage", 101, &settings->machine.mapped_ratio);
	}
	return text_fail(text, "'%s' is no setting: there are mapped-ratio, swap, swappiness and zone",
			 word);
}

static bool head_rules(struct op_text *text)
{
	text->settings.is_posted = op_line_take(&text->line, "posted");
	return text->settings.is_posted || op_line_take(&text->line, "intended") ||
	       text_fail(text, "rules are posted or intended");
}

/* rule D36 posted, switch bc.rss on: the same as --rule D36=posted, --switch bc.rss=on. */
static bool choice(struct op_text *text, bool is_switch)
{
	struct op_settings *settings = &text->settings;
	struct rules scratch = { 0 };
	struct error err;
	char *name, *value, *chosen;

	if (!text_word(text, "a name", &name) || !text_word(text, "a value", &value))
		return false;
	if (settings->nr_choices == sizeof(settings->choices) / sizeof(settings->choices[0]))
		return text_fail(text, "there are more choices than a replay can need");
	chosen = settings->choices[settings->nr_choices].text;
	snprintf(chosen, sizeof(settings->choices[0].text), "%s=%s", name, value);
	if (is_switch ? rules_parse_switch(&scratch, chosen, &err) : rules_parse_rule(&scratch, chosen, &err))
		return text_fail(text, "%s", err.text);
	settings->choices[settings->nr_choices++].is_switch = is_switch;
	return true;
}

static bool head_rule(struct op_text *text)
{
	return choice(text, false);
}

static bool head_switch(struct op_text *text)
{
	return choice(text, true);
}

static const struct text_verb head_verbs[] = {
	{ "clock", head_clock },
	{ "count-from", head_count_from },
	{ "cpus", head_cpus },
	{ "fidelity", head_fidelity },
	{ "kernel", head_kernel },
	{ "page_size", head_page_size },
	{ "recorded", head_recorded },
	{ "rule", head_rule },
	{ "rules", head_rules },
	{ "set", head_set },
	{ "span", head_span },
	{ "switch", head_switch },
	{ "trace_format", head_trace_format },
	{ NULL }
};

/* --- verbs that give one operation --- */

static bool number_letters(struct op_text *text, uint8_t *flags)
{
	char *word;
	int set;

	if (!text_word(text, "flags of a VMA", &word))
		return false;
	set = vma_from_letters(word);
	*flags = set;
	return set >= 0 || text_fail(text, "'%s' are no flags: " VMA_LETTERS " are, or -", word);
}

static bool entry_flags(struct op_text *text, struct told_entry *entry)
{
	uint8_t flags;

	entry->vma = text->is_recording ? 0 : TOLD_VMA_LOOKUP;
	entry->is_young = op_why_is_young(entry->why);
	for (;;) {
		if (op_line_take(&text->line, "young"))
			entry->is_young = true;
		else if (op_line_take(&text->line, "old"))
			entry->is_young = false;
		else if (op_line_take(&text->line, "write"))
			entry->is_write = true;
		else if (op_line_take(&text->line, "locked"))
			entry->is_locked = true;
		else if (!op_line_take(&text->line, "vma"))
			break;
		else if (!number_letters(text, &flags))
			return false;
		else
			entry->vma = flags;
	}
	if (entry->vma > 0 && entry->vma & VMA_LOCKED)
		entry->is_locked = true;
	return text_end(text);
}

/* A word that says why, if the next one does. */
static void take_why(struct op_text *text, enum op_why *why)
{
	const char *word = op_line_peek(&text->line);
	int found = word ? word_index(op_why_words, WHY_NR, word) : -1;

	if (found < 0)
		return;
	*why = found;
	text->line.at++;
}

static bool is_place(const char *word)
{
	return word && (isdigit((unsigned char)*word) || strchr(word, '+'));
}

static bool do_map(struct op_text *text)
{
	struct told_entry entry = { 0 };

	if (!text_mm(text, &entry.mm) || !text_page(text, &entry.page))
		return false;
	entry.vpn = told_mm_at(&text->told, entry.mm)->free_vpn;
	if (is_place(op_line_peek(&text->line)) && !text_vpn(text, entry.mm, &entry.vpn))
		return false;
	entry.why = page_at(&text->told.pages, entry.page)->kind == PAGE_ANON ? WHY_ANON : WHY_FILE;
	take_why(text, &entry.why);
	return entry_flags(text, &entry) && text_done(text, told_map(&text->told, &entry));
}

static bool do_copy(struct op_text *text)
{
	struct told_entry entry = { .why = WHY_COPY };

	return text_mm(text, &entry.mm) && text_vpn(text, entry.mm, &entry.vpn) && text_page(text, &entry.page) &&
	       entry_flags(text, &entry) && text_done(text, told_copy(&text->told, &entry));
}

/* Where an address space maps the page. */
static bool find_entry(struct op_text *text, struct told_entry *entry)
{
	const struct told *told = &text->told;

	for (uint32_t ref = page_at(&told->pages, entry->page)->rmap; ref; ref = ref_pte(&told->pool, ref)->next) {
		if (ref_leaf(&told->pool, ref)->mm != entry->mm)
			continue;
		entry->vpn = ref_vpn(&told->pool, ref);
		return true;
	}
	return text_fail(text, "the page is not mapped there");
}

/* A place, or the page that is there. */
static bool text_entry(struct op_text *text, struct told_entry *entry)
{
	if (!text_mm(text, &entry->mm))
		return false;
	if (is_place(op_line_peek(&text->line)))
		return text_vpn(text, entry->mm, &entry->vpn);
	return text_page(text, &entry->page) && find_entry(text, entry);
}

static bool do_unmap(struct op_text *text)
{
	struct told_entry entry = { .why = WHY_ZAP };

	if (!text_entry(text, &entry))
		return false;
	take_why(text, &entry.why);
	return entry_flags(text, &entry) && text_done(text, told_unmap(&text->told, &entry));
}

static bool do_use(struct op_text *text)
{
	struct told_entry entry = { .why = WHY_FILE };

	return text_entry(text, &entry) && entry_flags(text, &entry) &&
	       text_done(text, told_use(&text->told, &entry));
}

static bool on_whose_behalf(struct op_text *text, struct mem_op *op)
{
	for (;;) {
		if (op_line_take(&text->line, "in")) {
			if (!text_container(text, &op->container))
				return false;
		} else if (op_line_take(&text->line, "mm")) {
			if (!text_mm(text, &op->mm))
				return false;
		} else {
			return text_end(text);
		}
	}
}

static bool page_op(struct op_text *text, enum op_kind kind, enum op_why why)
{
	struct mem_op op = { .kind = kind };

	if (!text_page(text, &op.page))
		return false;
	take_why(text, &why);
	op.why = why;
	op.page_kind = page_at(&text->told.pages, op.page)->kind;
	if (!on_whose_behalf(text, &op))
		return false;
	told_emit(&text->told, &op);
	return true;
}

static bool do_access(struct op_text *text)
{
	return page_op(text, OP_USE, WHY_FILE);
}

static bool do_cache_add(struct op_text *text)
{
	return page_op(text, OP_CACHE_ADD, WHY_FILE);
}

static bool do_cache_del(struct op_text *text)
{
	return page_op(text, OP_CACHE_DEL, WHY_FILE);
}

static bool do_gone(struct op_text *text)
{
	char *word = op_line_peek(&text->line);
	uint64_t number;
	uint32_t page;

	if (!text_page(text, &page) || !text_end(text))
		return false;
	if (!text_done(text, told_page_gone(&text->told, page)))
		return false;
	text_set_named(text, page, false);
	if (op_number(word, &number))
		map64_remove(&text->page_by_number, number);
	else if (text_find_symbol(text, word))
		text_find_symbol(text, word)->number = 0;
	return true;
}

static bool do_page(struct op_text *text)
{
	uint32_t kind = PAGE_ANON;
	uint64_t number = 0, zone = 0;
	char *word = op_line_peek(&text->line), *what;
	struct symbol *symbol;
	bool is_number = word && op_number(word, &number);

	if (is_number && map64_get(&text->page_by_number, number))
		return text_fail(text, "there is a page %s already", word);
	symbol = word && !is_number ? text_find_symbol(text, word) : NULL;
	if (is_number || (symbol && symbol->kind == SYMBOL_PAGE && !symbol->number))
		text->line.at++;
	else if (!text_name(text, "a page", &word))
		return false;
	if (op_line_peek(&text->line) && strcmp(op_line_peek(&text->line), "zone")) {
		text_word(text, "a kind", &what);
		if (word_index(page_kind_words, PAGE_SHMEM + 1, what) < 0)
			return text_fail(text, "'%s' is not anon, file or shmem", what);
		kind = word_index(page_kind_words, PAGE_SHMEM + 1, what);
	}
	if (op_line_take(&text->line, "zone") && !text_number(text, "a zone", &zone))
		return false;
	if (zone && zone >= text->settings.machine.nr_zones)
		return text_fail(text, "there is no zone %" PRIu64 ": the first is 0, each has its set zone", zone);
	if (!text_end(text))
		return false;
	kind = page_new(&text->told.pages, kind);
	page_at(&text->told.pages, kind)->zone = (uint8_t)zone;
	text_set_named(text, kind, true);
	if (is_number)
		map64_set(&text->page_by_number, number, kind);
	else if (symbol)
		symbol->number = kind;
	else
		text_add_symbol(text, word, SYMBOL_PAGE, kind);
	return true;
}

static bool set_dirty(struct op_text *text, bool is_dirty)
{
	uint32_t page;

	if (!text_page(text, &page) || !text_end(text))
		return false;
	page_at(&text->told.pages, page)->is_dirty = is_dirty;
	return true;
}

static bool do_dirty(struct op_text *text)
{
	return set_dirty(text, true);
}

static bool do_clean(struct op_text *text)
{
	return set_dirty(text, false);
}

static bool do_mm(struct op_text *text)
{
	uint32_t container = 0, from = 0, pid = 0;
	char *comm = (char *)"", *word;
	enum vma_why why = VMA_INSERT;
	uint64_t number;

	if (!text_number(text, "the number of an address space", &number))
		return false;
	if (map64_get(&text->mm_by_number, number))
		return text_fail(text, "there is an address space %" PRIu64 " already", number);
	for (;;) {
		if (op_line_take(&text->line, "in")) {
			if (!text_container(text, &container))
				return false;
		} else if (op_line_take(&text->line, "from")) {
			if (!text_mm(text, &from))
				return false;
		} else if (op_line_take(&text->line, "pid")) {
			if (!number_below(text, "a pid", UINT32_MAX, &pid))
				return false;
		} else if (op_line_take(&text->line, "comm")) {
			if (!text_word(text, "a name", &comm))
				return false;
		} else if (op_line_take(&text->line, "why")) {
			if (!text_word(text, "a reason", &word))
				return false;
			if (word_index(vma_why_words, VMA_NR, word) < 0)
				return text_fail(text, "'%s' is no reason", word);
			why = word_index(vma_why_words, VMA_NR, word);
		} else {
			break;
		}
	}
	if (!text_end(text))
		return false;
	map64_set(&text->mm_by_number, number, told_mm_new(&text->told, container, from, why, pid, comm));
	return true;
}

static bool do_mm_move(struct op_text *text)
{
	uint32_t mm, container;

	if (!text_mm(text, &mm) || !text_container(text, &container) || !text_end(text))
		return false;
	told_mm_move(&text->told, mm, container);
	return true;
}

static bool do_mm_gone(struct op_text *text)
{
	char *word = op_line_peek(&text->line);
	uint64_t number;
	uint32_t mm;

	if (!text_mm(text, &mm) || !text_end(text))
		return false;
	if (!op_number(word, &number))
		return text_fail(text, "a task ends by exit");
	map64_remove(&text->mm_by_number, number);
	return text_done(text, told_mm_gone(&text->told, mm));
}

static bool do_vm(struct op_text *text)
{
	uint32_t mm;

	return text_mm(text, &mm) && text_number(text, "pages", &told_mm_at(&text->told, mm)->total_vm) &&
	       text_end(text);
}

static bool do_comm(struct op_text *text)
{
	uint32_t mm;
	char *comm;

	if (!text_mm(text, &mm) || !text_word(text, "a name", &comm) || !text_end(text))
		return false;
	told_mm_comm(&text->told, mm, comm);
	return true;
}

static bool do_shift(struct op_text *text)
{
	uint64_t from, to;
	uint32_t mm;

	return text_mm(text, &mm) && text_vpn(text, mm, &from) && text_vpn(text, mm, &to) && text_end(text) &&
	       text_done(text, told_shift(&text->told, mm, from, to));
}

static bool range_op(struct op_text *text, enum op_kind kind)
{
	struct mem_op op = { .kind = kind };
	char *word;
	int why;

	if (!text_mm(text, &op.mm) || !text_number(text, "a place", &op.vpn))
		return false;
	if (kind == OP_VMA_MOVE && (!text_number(text, "pages", &op.old_pages) || !text_number(text, "a place", &op.to_vpn)))
		return false;
	if (!text_number(text, "pages", &op.pages) || !text_word(text, "a reason", &word))
		return false;
	why = word_index(vma_why_words, VMA_NR, word);
	if (why < 0)
		return text_fail(text, "'%s' is no reason for a VMA", word);
	op.why = why;
	if ((kind == OP_VMA_CHANGE || kind == OP_VMA_MOVE) && !number_letters(text, &op.old_vma))
		return false;
	if (!number_letters(text, &op.vma))
		return false;
	if (op_line_take(&text->line, "resident") && !text_number(text, "pages", &op.resident))
		return false;
	if (op_line_take(&text->line, "from") && !text_mm(text, &op.from_mm))
		return false;
	if (!text_end(text))
		return false;
	if ((op.vpn | op.to_vpn | op.pages | op.old_pages) >> 53)
		return text_fail(text, "no address space is that large");
	told_range(&text->told, &op);
	return true;
}

static bool do_vma_map(struct op_text *text)
{
	return range_op(text, OP_VMA_MAP);
}

static bool do_vma_unmap(struct op_text *text)
{
	return range_op(text, OP_VMA_UNMAP);
}

static bool do_vma_change(struct op_text *text)
{
	return range_op(text, OP_VMA_CHANGE);
}

static bool do_vma_move(struct op_text *text)
{
	return range_op(text, OP_VMA_MOVE);
}

static bool shm_op(struct op_text *text, enum op_kind kind)
{
	struct mem_op op = { .kind = kind };

	if (!text_number(text, "pages", &op.pages) || !on_whose_behalf(text, &op))
		return false;
	told_emit(&text->told, &op);
	return true;
}

static bool do_shm_lock(struct op_text *text)
{
	return shm_op(text, OP_SHM_LOCK);
}

static bool do_shm_unlock(struct op_text *text)
{
	return shm_op(text, OP_SHM_UNLOCK);
}

static bool do_container(struct op_text *text)
{
	char *word = op_line_peek(&text->line), *path = (char *)"";
	uint64_t number;

	if (word && op_number(word, &number)) {
		text->line.at++;
		if (number != text->containers.nr)
			return text_fail(text, "containers are numbered from 1 on: this is %zu", text->containers.nr);
		if (!text_word(text, "a name", &word))
			return false;
		if (find_container(text, word) >= 0)
			return text_fail(text, "there is a '%s' already", word);
	} else if (!text_name(text, "a container", &word)) {
		return false;
	}
	if (op_line_peek(&text->line))
		text_word(text, "a path", &path);
	if (!text_end(text))
		return false;
	container_add(&text->containers, word, path);
	return true;
}

/* --- verbs for what is no operation --- */

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

	if (!number_below(text, "a pid", UINT32_MAX, &process.pid) ||
	    !number_below(text, "a pid", UINT32_MAX, &process.tgid))
		return false;
	if (!op_line_take(&text->line, "in") || !text_container(text, &process.container) ||
	    !op_line_take(&text->line, "comm") || !text_word(text, "a name", &comm))
		return text->status ? false : text_fail(text, "a process is PID TGID in CONTAINER comm NAME ...");
	process.comm = comm;
	if (!known_number(text, 0, &process.begin_ns) || !known_number(text, UINT64_MAX, &process.end_ns) ||
	    !text_number(text, "pages", &process.peak[MM_ANONPAGES]) ||
	    !text_number(text, "pages", &process.peak[MM_FILEPAGES]) ||
	    !text_number(text, "pages", &process.peak[MM_SHMEMPAGES]) || !text_end(text))
		return false;
	if (text->listener.process)
		text->listener.process(text->listener.context, &process);
	return true;
}

static bool do_loss(struct op_text *text)
{
	struct loss_record loss = { 0 };
	char *input, *reason;

	if (!text_word(text, "a file", &input) || !number_below(text, "a CPU", UINT32_MAX, &loss.cpu) ||
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
		return text_number(text, "a number", &count->checked) && text_number(text, "a number", &count->exact) &&
		       text_number(text, "a number", &count->within_1) && text_number(text, "pages", &count->worst) &&
		       text_number(text, "pages", &count->sum_abs) && text_end(text);
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

static bool set_clock(struct op_text *text, uint64_t now_ns)
{
	if (now_ns < text->told.now_ns)
		return text_fail(text, "time goes back, from %" PRIu64 " to %" PRIu64, text->told.now_ns, now_ns);
	text->told.now_ns = now_ns;
	text->status = text->listener.advance(text->listener.context, now_ns);
	return !text->status;
}

static bool do_end(struct op_text *text)
{
	uint64_t now_ns;

	if (!text_number(text, "a time", &now_ns) || !text_end(text))
		return false;
	text->is_over = true;
	return set_clock(text, now_ns);
}

/* The most frequent first. */
static const struct text_verb verbs[] = {
	{ "map", do_map, true },
	{ "unmap", do_unmap, true },
	{ "page", do_page },
	{ "gone", do_gone, true },
	{ "use", do_use, true },
	{ "copy", do_copy, true },
	{ "vm", do_vm },
	{ "access", do_access, true },
	{ "cache-add", do_cache_add, true },
	{ "cache-del", do_cache_del, true },
	{ "clean", do_clean },
	{ "comm", do_comm },
	{ "container", do_container },
	{ "dirty", do_dirty },
	{ "mm", do_mm, true },
	{ "mm-gone", do_mm_gone, true },
	{ "mm-move", do_mm_move, true },
	{ "shift", do_shift, true },
	{ "shm-lock", do_shm_lock, true },
	{ "shm-unlock", do_shm_unlock, true },
	{ "vma-change", do_vma_change, true },
	{ "vma-map", do_vma_map, true },
	{ "vma-move", do_vma_move, true },
	{ "vma-unmap", do_vma_unmap, true },
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

/* --- lines --- */

static const struct text_verb *find_verb(const struct text_verb *list, const char *name)
{
	for (; list->name; list++)
		if (!strcmp(list->name, name))
			return list;
	return NULL;
}

/* @TIME and %TID before the verb. */
static bool take_prefixes(struct op_text *text, bool *has_clock)
{
	char *word;
	uint64_t value;

	while ((word = op_line_peek(&text->line)) && (*word == '@' || *word == '%')) {
		text->line.at++;
		if (!op_number(word + 1, &value) || (*word == '%' && value > UINT32_MAX))
			return text_fail(text, "'%s' is no %s", word, *word == '@' ? "time" : "task id");
		if (*word == '%') {
			text->told.now_tid = value;
			continue;
		}
		*has_clock = text->has_clock = true;
		if (!set_clock(text, value))
			return false;
	}
	return true;
}

static bool run_line(struct op_text *text)
{
	const struct text_verb *verb;
	bool has_clock = false;
	char *word;

	if (!take_prefixes(text, &has_clock))
		return false;
	if (!text->line.nr)
		return true;
	if (!text_word(text, "a verb", &word))
		return false;
	verb = find_verb(verbs, word);
	if (!verb)
		verb = find_verb(text_hand_verbs, word);
	if (!verb && find_verb(head_verbs, word))
		return text_fail(text, "'%s' belongs before the first operation", word);
	if (!verb)
		return text_fail(text, "'%s' is no verb", word);
	if (verb->where != VERB_ANY && (verb->where == VERB_RECORDING) != text->is_recording)
		return text_fail(text, text->is_recording ? "'%s' is for texts by hand" : "'%s' is for recordings", word);
	if (verb->is_timed) {
		text->counts.used++;
		if (!text->is_recording && !has_clock && !set_clock(text, text->told.now_ns + HAND_STEP_NS))
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
		verb = find_verb(head_verbs, word);
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

static uint64_t peak_pages(const struct op_source *source)
{
	return of(source)->told.pages.peak_alive;
}

static void close_text(struct op_source *source)
{
	struct op_text *text = of(source);

	if (text->file)
		fclose(text->file);
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
	.peak_pages = peak_pages,
	.close = close_text,
};

bool is_op_text(const char *path)
{
	static const char first[] = "recount-ops ";
	FILE *file = fopen(path, "re");
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
	text->file = fopen(path, "re");
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
