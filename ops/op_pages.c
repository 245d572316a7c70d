// SPDX-License-Identifier: GPL-2.0-or-later
/* Pages in a text by hand: touched, read, swapped, moved, dropped, as the kernel of the models would. */
#include "ops/op_text.h"

#include <string.h>

void text_put_page(struct op_text *text, uint32_t page)
{
	const struct page *p = page_at(&text->told.pages, page);

	if (page && !p->mapcount && !p->swapcount && !p->is_cached && !text_is_named(text, page))
		told_page_gone(&text->told, page);
}

/* A page of a file, brought into the page cache on behalf of mm when it is not there. */
static uint32_t cached_page(struct op_text *text, uint32_t mm, uint32_t container, uint32_t file, uint64_t index)
{
	struct file_chunk *chunk = file_find_chunk(&text->told.pages, file, index);
	uint32_t page = chunk ? chunk->pages[index & 63] : 0;

	if (page && page_at(&text->told.pages, page)->is_cached)
		return page;
	page = file_page(&text->told.pages, file, index);
	page_at(&text->told.pages, page)->is_cached = true;
	told_emit(&text->told, &(struct mem_op){
		.kind = OP_CACHE_ADD, .page = page, .page_kind = page_at(&text->told.pages, page)->kind,
		.mm = mm, .container = container });
	return page;
}

static void uncache_page(struct op_text *text, uint32_t page)
{
	struct page *p = page_at(&text->told.pages, page);

	if (!p->is_cached)
		return;
	p->is_cached = false;
	told_emit(&text->told, &(struct mem_op){ .kind = OP_CACHE_DEL, .page = page, .page_kind = p->kind });
}

/* Every entry of a page goes, oldest first. */
static void unmap_all(struct op_text *text, uint32_t page, enum op_why why, bool is_swap, enum reclaim_by by)
{
	struct told *told = &text->told;
	uint32_t ref;

	while ((ref = page_at(&told->pages, page)->rmap)) {
		struct told_entry entry = { .mm = ref_leaf(&told->pool, ref)->mm, .vpn = ref_vpn(&told->pool, ref),
					    .why = why, .vma = TOLD_VMA_LOOKUP, .by = by };

		if (is_swap)
			told_swap_out(told, &entry);
		else
			told_unmap(told, &entry);
	}
}

void text_zap(struct op_text *text, uint32_t mm, uint64_t begin, uint64_t end, enum op_why why)
{
	const struct page_table *table = &told_mm_at(&text->told, mm)->table;

	for (size_t i = page_table_from(table, begin); i < table->nr && table->leaves[i]->base < end; i++) {
		const struct leaf *leaf = table->leaves[i];
		uint64_t range = leaf_range(leaf, begin, end), present = leaf->present & range, swap = leaf->swap & range;

		for (; present; present &= present - 1) {
			uint64_t vpn = leaf->base + __builtin_ctzll(present);
			uint32_t page = leaf->pte[vpn & 63].page;

			told_unmap(&text->told, &(struct told_entry){
				.mm = mm, .vpn = vpn, .why = why, .vma = TOLD_VMA_LOOKUP });
			text_put_page(text, page);
		}
		for (; swap; swap &= swap - 1) {
			uint64_t vpn = leaf->base + __builtin_ctzll(swap);
			uint32_t page = leaf->pte[vpn & 63].page;

			told_unmap(&text->told, &(struct told_entry){
				.mm = mm, .vpn = vpn, .why = WHY_ZAP, .vma = TOLD_VMA_LOOKUP, .is_out = true });
			text_put_page(text, page);
		}
	}
}

/* --- use of memory --- */

/* The kernel of the models: anonymous memory that only reads have touched is the zero page. */
static bool touch(struct op_text *text, uint32_t mm, uint64_t vpn, bool is_write, uint32_t new_page)
{
	struct told *told = &text->told;
	struct told_mm *m = told_mm_at(told, mm);
	struct vma *vma = vma_find(&m->vmas, vpn);
	struct told_entry entry = { .mm = mm, .vpn = vpn, .vma = TOLD_VMA_LOOKUP, .is_young = true };
	bool is_private = !vma || !vma->is_shared, is_swapped, is_alone;
	const struct page *p;
	uint32_t page = 0;

	if (m->vmas.nr && !vma)
		return text_fail(text, "no VMA is there");
	if (vma && is_write && !vma->is_write)
		return text_fail(text, "the VMA there is not writable");
	is_swapped = told_find_swap(told, mm, vpn, &page);
	if (is_swapped || told_find(told, mm, vpn, &page)) {
		p = page_at(&told->pages, page);
		is_alone = p->kind == PAGE_ANON ? p->mapcount + p->swapcount == 1 : !vma || !is_private;
		entry.is_write = is_write && is_alone;
		entry.page = page;
		entry.why = is_swapped ? WHY_SWAP_IN : WHY_FILE;
		entry.is_out = is_swapped;
		if (is_swapped)
			told_map(told, &entry);
		entry.is_out = false;
		if (!is_write || is_alone) {
			if (!is_swapped)
				told_use(told, &entry);
			if (is_write && p->kind != PAGE_ANON)
				page_at(&told->pages, page)->is_dirty = true;
			return true;
		}
		entry.page = new_page ? new_page : page_new(&told->pages, PAGE_ANON);
		entry.why = WHY_COPY;
		entry.is_write = true;
		told_copy(told, &entry);
		text_put_page(text, page);
	} else if (vma && vma->file) {
		page = cached_page(text, mm, m->container, vma->file, vma->first_index + (vpn - vma->begin));
		entry.is_write = is_write;
		entry.why = is_write && is_private ? WHY_COPY : WHY_FILE;
		entry.page = page;
		if (entry.why == WHY_COPY)
			entry.page = new_page ? new_page : page_new(&told->pages, PAGE_ANON);
		else if (is_write)
			page_at(&told->pages, page)->is_dirty = true;
		told_map(told, &entry);
	} else if (is_write) {
		entry.page = new_page ? new_page : page_new(&told->pages, PAGE_ANON);
		entry.is_write = true;
		entry.why = WHY_ANON;
		told_map(told, &entry);
	} else {
		return true;
	}
	if (vma && page_at(&told->pages, entry.page)->kind == PAGE_ANON)
		vma_make_anon(&told_mm_at(told, mm)->vmas, vma_find(&told_mm_at(told, mm)->vmas, vpn));
	return true;
}

/* touch A RANGE [read|write] [as P] */
static bool do_touch(struct op_text *text)
{
	uint64_t first, last;
	uint32_t task, mm, page = 0;
	struct symbol *symbol = NULL;
	bool is_write;
	char *name = NULL;

	if (!text_task(text, &task))
		return false;
	mm = text_task_at(text, task)->mm;
	if (!text_range(text, mm, &first, &last))
		return false;
	is_write = op_line_take(&text->line, "write");
	if (!is_write)
		op_line_take(&text->line, "read");
	if (op_line_take(&text->line, "as")) {
		symbol = op_line_peek(&text->line) ? text_find_symbol(text, op_line_peek(&text->line)) : NULL;
		if (symbol && symbol->kind == SYMBOL_PAGE && !symbol->number)
			name = text->line.words[text->line.at++];
		else if (!text_name(text, "a page", &name))
			return false;
	}
	if (!text_end(text))
		return false;
	if (name && first != last)
		return text_fail(text, "one name is for one page");
	for (uint64_t vpn = first; vpn <= last; vpn++)
		if (!touch(text, mm, vpn, is_write, page))
			return false;
	if (!name)
		return true;
	if (!told_find(&text->told, mm, first, &page))
		return text_fail(text, "this maps no page that could have a name");
	/* The page lives as it would without: the name ends with it. */
	if (symbol)
		symbol->number = page;
	else
		text_add_symbol(text, name, SYMBOL_PAGE, page);
	return true;
}

static bool new_file(struct op_text *text, bool is_shmem)
{
	char *name;

	if (!text_name(text, "a file", &name) || !text_end(text))
		return false;
	text_add_symbol(text, name, SYMBOL_FILE, file_new(&text->told.pages, is_shmem));
	return true;
}

static bool do_file(struct op_text *text)
{
	return new_file(text, false);
}

static bool do_shmem(struct op_text *text)
{
	return new_file(text, true);
}

/* F, F:3 or F:0..9: pages of a file. */
static bool file_range(struct op_text *text, uint32_t *file, uint64_t *first, uint64_t *last)
{
	const struct symbol *symbol;
	char *word, *colon, *dots;

	if (!text_word(text, "pages of a file", &word))
		return false;
	colon = strchr(word, ':');
	if (!colon)
		return text_fail(text, "'%s' is no page of a file: F:3 or F:0..9 is", word);
	*colon = '\0';
	symbol = text_find_symbol(text, word);
	if (!symbol || symbol->kind != SYMBOL_FILE)
		return text_fail(text, "there is no file '%s'", word);
	dots = strstr(colon + 1, "..");
	if (dots)
		*dots = '\0';
	if (!op_number(colon + 1, first) || !op_number(dots ? dots + 2 : colon + 1, last) || *last < *first ||
	    *last >= UINT32_MAX || *last - *first >= TEXT_RANGE_MAX)
		return text_fail(text, "'%s' is no range of pages", colon + 1);
	*file = symbol->number;
	return true;
}

/* read A F:0..49: read(2); mmapped or not, the pages are used. */
static bool do_read(struct op_text *text)
{
	const struct symbol *symbol;
	uint32_t task = 0, file, page, mm = 0, container;
	uint64_t first, last;
	char *word = op_line_peek(&text->line);

	symbol = word ? text_find_symbol(text, word) : NULL;
	if (symbol) {
		if (!text_task(text, &task))
			return false;
		mm = text_task_at(text, task)->mm;
		container = told_mm_at(&text->told, mm)->container;
	} else if (!text_container(text, &container)) {
		return false;
	}
	if (!file_range(text, &file, &first, &last) || !text_end(text))
		return false;
	for (uint64_t i = first; i <= last; i++) {
		page = cached_page(text, mm, container, file, i);
		told_emit(&text->told, &(struct mem_op){
			.kind = OP_USE, .why = WHY_FILE, .page = page, .container = container,
			.page_kind = page_at(&text->told.pages, page)->kind });
	}
	return true;
}

static bool drop_pages(struct op_text *text, enum op_why why)
{
	uint64_t first, last;
	uint32_t file;

	if (!file_range(text, &file, &first, &last) || !text_end(text))
		return false;
	for (uint64_t i = first; i <= last; i++) {
		struct file_chunk *chunk = file_find_chunk(&text->told.pages, file, i);
		uint32_t page = chunk ? chunk->pages[i & 63] : 0;

		if (!page)
			continue;
		unmap_all(text, page, why, false, BY_REQUEST);
		uncache_page(text, page);
		text_put_page(text, page);
	}
	return true;
}

static bool do_truncate(struct op_text *text)
{
	return drop_pages(text, WHY_ZAP);
}

static bool do_evict(struct op_text *text)
{
	return drop_pages(text, WHY_RECLAIM);
}

static bool do_swapout(struct op_text *text)
{
	enum reclaim_by by;
	uint32_t page;

	if (!text_page(text, &page) || !text_reclaim_by(text, &by) || !text_end(text))
		return false;
	if (page_at(&text->told.pages, page)->kind != PAGE_ANON)
		return text_fail(text, "only anonymous pages are swapped out by name");
	if (!page_at(&text->told.pages, page)->mapcount)
		return text_fail(text, "nothing maps the page");
	unmap_all(text, page, WHY_RECLAIM, true, by);
	return true;
}

/* swapin A P [write|bad] */
static bool do_swapin(struct op_text *text)
{
	struct told *told = &text->told;
	uint32_t task, page, found;
	struct told_mm *m;

	if (!text_task(text, &task) || !text_page(text, &page))
		return false;
	m = told_mm_at(told, text_task_at(text, task)->mm);
	for (size_t i = 0; i < m->table.nr; i++) {
		const struct leaf *leaf = m->table.leaves[i];

		for (uint64_t bits = leaf->swap; bits; bits &= bits - 1) {
			uint64_t vpn = leaf->base + __builtin_ctzll(bits);

			if (!told_find_swap(told, text_task_at(text, task)->mm, vpn, &found) || found != page)
				continue;
			if (op_line_take(&text->line, "bad"))
				return text_end(text) && text_done(text, told_map(told, &(struct told_entry){
					.mm = text_task_at(text, task)->mm, .vpn = vpn, .page = page, .why = WHY_SWAP_BAD,
					.vma = TOLD_VMA_LOOKUP }));
			if (op_line_take(&text->line, "write"))
				return text_end(text) && touch(text, text_task_at(text, task)->mm, vpn, true, 0);
			return text_end(text) && touch(text, text_task_at(text, task)->mm, vpn, false, 0);
		}
	}
	return text_fail(text, "the page is not in swap there");
}

/* Unmapped and mapped again, in the order of its entries. */
static bool do_migrate(struct op_text *text)
{
	struct told *told = &text->told;
	uint32_t page;

	if (!text_page(text, &page) || !text_end(text))
		return false;
	for (int pass = 0; pass < 2; pass++) {
		for (uint32_t ref = page_at(&told->pages, page)->rmap; ref; ref = ref_pte(&told->pool, ref)->next) {
			struct told_entry entry = { .mm = ref_leaf(&told->pool, ref)->mm, .page = page, .why = WHY_MIGRATE,
						    .vpn = ref_vpn(&told->pool, ref), .vma = TOLD_VMA_LOOKUP };

			if (pass)
				told_map(told, &entry);
			else
				told_unmap(told, &entry);
		}
	}
	return true;
}

/* force-empty C: also what rmdir does; -EBUSY while a task is there. */
static bool do_force_empty(struct op_text *text)
{
	uint32_t container;

	if (!text_container(text, &container) || !text_end(text))
		return false;
	for (uint32_t mm = 1; mm < text->told.nr_mms; mm++)
		if (told_mm_at(&text->told, mm)->is_alive && told_mm_at(&text->told, mm)->container == container)
			return text_fail(text, "a task is in the container still");
	told_emit(&text->told, &(struct mem_op){ .kind = OP_FORCE_EMPTY, .container = container });
	return true;
}

const struct text_verb text_page_verbs[] = {
	{ "evict", do_evict, true, VERB_BY_HAND },
	{ "file", do_file, false, VERB_BY_HAND },
	{ "force-empty", do_force_empty, true, VERB_BY_HAND },
	{ "migrate", do_migrate, true, VERB_BY_HAND },
	{ "read", do_read, true, VERB_BY_HAND },
	{ "shmem", do_shmem, false, VERB_BY_HAND },
	{ "swapin", do_swapin, true, VERB_BY_HAND },
	{ "swapout", do_swapout, true, VERB_BY_HAND },
	{ "touch", do_touch, true, VERB_BY_HAND },
	{ "truncate", do_truncate, true, VERB_BY_HAND },
	{ NULL }
};
