// SPDX-License-Identifier: GPL-2.0-or-later
/* Pages, their entries and who is charged, as a recording is written: a verb gives one operation, or names an object. */
#include "ops/op_text.h"

#include "ops/op_words.h"

#include <ctype.h>
#include <inttypes.h>
#include <string.h>

#define MAX_FOLIO (1 << 20)	/* pages; more is a mistake */

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
		else if (op_line_take(&text->line, "tail"))
			entry->is_tail = true;
		else if (op_line_take(&text->line, "out"))
			entry->is_out = true;
		else if (op_line_peek(&text->line) && !strcmp(op_line_peek(&text->line), "by")) {
			if (!text_reclaim_by(text, &entry->by))
				return false;
		}
		else if (!op_line_take(&text->line, "vma"))
			break;
		else if (!text_letters(text, &flags))
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
	uint32_t page;

	if (!text_entry(text, &entry))
		return false;
	take_why(text, &entry.why);
	if (!entry_flags(text, &entry))
		return false;
	/* What a recording's kernel swapped out is in a slot there; who wants one by hand says swapout. */
	if (text->is_recording && entry.why == WHY_RECLAIM && told_find(&text->told, entry.mm, entry.vpn, &page) &&
	    page_at(&text->told.pages, page)->kind == PAGE_ANON)
		return text_done(text, told_swap_out(&text->told, &entry));
	return text_done(text, told_unmap(&text->told, &entry));
}

static bool do_use(struct op_text *text)
{
	struct told_entry entry = { .why = WHY_FILE };

	if (!text_entry(text, &entry))
		return false;
	entry.is_perhaps = op_line_take(&text->line, "perhaps");
	return entry_flags(text, &entry) && text_done(text, told_use(&text->told, &entry));
}

static bool on_whose_behalf(struct op_text *text, struct mem_op *op)
{
	enum reclaim_by by;

	for (;;) {
		if (op_line_take(&text->line, "in")) {
			if (!text_container(text, &op->container))
				return false;
		} else if (op_line_take(&text->line, "mm")) {
			if (!text_mm(text, &op->mm))
				return false;
		} else if (op_line_take(&text->line, "pages")) {
			if (!text_number(text, "pages", &op->pages))
				return false;
		} else if (op_line_take(&text->line, "write")) {
			op->is_write = true;
		} else if (op_line_take(&text->line, "tail")) {
			op->is_tail = true;
		} else if (op_line_take(&text->line, "again")) {
			op->is_again = true;
		} else if (op_line_take(&text->line, "out")) {
			op->is_out = true;
		} else if (op_line_peek(&text->line) && !strcmp(op_line_peek(&text->line), "by")) {
			if (!text_reclaim_by(text, &by))
				return false;
			op->by = by;
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
	if (kind == OP_CACHE_ADD && op.pages > MAX_FOLIO)
		return text_fail(text, "a folio has %d pages at most", MAX_FOLIO);
	if (kind != OP_USE) {
		page_at(&text->told.pages, op.page)->is_cached = kind == OP_CACHE_ADD;
		page_at(&text->told.pages, op.page)->is_out = op.by != BY_REQUEST;
	}
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
	uint64_t number = 0, zone = 0, index = 0;
	uint32_t file = 0;
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
	if (op_line_peek(&text->line) && strcmp(op_line_peek(&text->line), "zone") &&
	    strcmp(op_line_peek(&text->line), "of")) {
		text_word(text, "a kind", &what);
		if (word_index(page_kind_words, PAGE_SHMEM + 1, what) < 0)
			return text_fail(text, "'%s' is not anon, file or shmem", what);
		kind = word_index(page_kind_words, PAGE_SHMEM + 1, what);
	}
	if (op_line_take(&text->line, "zone") && !text_number(text, "a zone", &zone))
		return false;
	if (op_line_take(&text->line, "of") &&
	    (!text_number_below(text, "the number of a file", TEXT_RANGE_MAX, &file) ||
	     !text_number(text, "an index", &index)))
		return false;
	if (index >> 40)
		return text_fail(text, "no file is that large");
	if (zone && zone >= text->settings.machine.nr_zones)
		return text_fail(text, "there is no zone %" PRIu64 ": the first is 0, each has its set zone", zone);
	if (!text_end(text))
		return false;
	kind = page_new(&text->told.pages, kind);
	page_at(&text->told.pages, kind)->zone = (uint8_t)zone;
	if (file)
		told_place(&text->told, kind, file, index);
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

/* Kernel memory: pages, and objects of slab in 4096ths of a page. */
static bool kernel_op(struct op_text *text, enum op_kind kind)
{
	struct mem_op op = { .kind = kind };

	if (!text_container(text, &op.container) || !text_number(text, "pages", &op.pages))
		return false;
	if (op_line_peek(&text->line) && !text_number(text, "slab", &op.slab))
		return false;
	if (!text_end(text))
		return false;
	if ((op.pages | op.slab) >> 40)
		return text_fail(text, "no kernel has that much");
	told_emit(&text->told, &op);
	return true;
}

/* What was dirty at that time or before has been written back. */
static bool do_written(struct op_text *text)
{
	struct mem_op op = { .kind = OP_WRITTEN };

	if (!text_container(text, &op.container) || !text_number(text, "a time in nanoseconds", &op.until_ns) ||
	    !text_end(text))
		return false;
	told_emit(&text->told, &op);
	return true;
}

static bool do_kernel_charge(struct op_text *text)
{
	return kernel_op(text, OP_KERNEL_CHARGE);
}

static bool do_kernel_uncharge(struct op_text *text)
{
	return kernel_op(text, OP_KERNEL_UNCHARGE);
}

static bool do_container(struct op_text *text)
{
	char *word = op_line_peek(&text->line), *path = (char *)"";
	uint32_t container;
	uint64_t number;
	bool is_v1;

	if (word && op_number(word, &number)) {
		text->line.at++;
		if (number != text->containers.nr)
			return text_fail(text, "containers are numbered from 1 on: this is %zu", text->containers.nr);
		if (!text_word(text, "a name", &word))
			return false;
		if (text_find_container(text, word) >= 0)
			return text_fail(text, "there is a '%s' already", word);
	} else if (!text_name(text, "a container", &word)) {
		return false;
	}
	if (op_line_peek(&text->line))
		text_word(text, "a path", &path);
	is_v1 = op_line_take(&text->line, "v1");
	if (!text_end(text))
		return false;
	container = container_add(&text->containers, word, path);
	text->containers.all[container].is_v1 = is_v1;
	return true;
}

/* The most frequent first. */
const struct text_verb text_plain_verbs[] = {
	{ "map", do_map, true },
	{ "unmap", do_unmap, true },
	{ "page", do_page },
	{ "gone", do_gone, true },
	{ "use", do_use, true },
	{ "copy", do_copy, true },
	{ "access", do_access, true },
	{ "cache-add", do_cache_add, true },
	{ "written", do_written, true },
	{ "cache-del", do_cache_del, true },
	{ "clean", do_clean },
	{ "container", do_container },
	{ "dirty", do_dirty },
	{ "kernel-charge", do_kernel_charge, true },
	{ "kernel-uncharge", do_kernel_uncharge, true },
	{ "shm-lock", do_shm_lock, true },
	{ "shm-unlock", do_shm_unlock, true },
	{ NULL }
};
