// SPDX-License-Identifier: GPL-2.0-or-later
/* Areas of an address space: mmap, and what changes, moves or removes a mapping. */
#include "ops/op_text.h"

#include "base/xalloc.h"
#include "ops/op_words.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* --- names of areas --- */

static struct symbol *add_area(struct op_text *text, uint32_t task, const char *full)
{
	struct text_task *t = text_task_at(text, task);
	struct symbol *symbol = text_add_symbol(text, full, SYMBOL_AREA, 0);
	uint32_t number = symbol - text->symbols;

	*(t->last_area ? &text->symbols[t->last_area].next_area : &t->first_area) = number;
	t->last_area = number;
	return symbol;
}

void text_name_area(struct op_text *text, uint32_t task, const char *name, uint64_t vpn, uint64_t pages)
{
	char *full = xasprintf("%s/%s", text_task_at(text, task)->name, name);
	struct symbol *symbol = text_find_symbol(text, full);

	if (!symbol)
		symbol = add_area(text, task, full);
	free(full);
	symbol->vpn = vpn;
	symbol->pages = pages;
}

void text_copy_areas(struct op_text *text, uint32_t parent, uint32_t child)
{
	size_t length = strlen(text_task_at(text, parent)->name) + 1;
	uint32_t next;

	for (uint32_t i = text_task_at(text, parent)->first_area; i; i = next) {
		const struct symbol area = text->symbols[i];

		next = area.next_area;
		text_name_area(text, child, area.name + length, area.vpn, area.pages);
	}
}

/* --- mappings --- */

static void set_total_vm(struct op_text *text, uint32_t mm)
{
	told_mm_at(&text->told, mm)->total_vm = told_mm_at(&text->told, mm)->vmas.pages;
}

static void unmap_range(struct op_text *text, uint32_t mm, uint64_t begin, uint64_t end)
{
	struct told_mm *m = told_mm_at(&text->told, mm);

	text_zap(text, mm, begin, end, WHY_ZAP);
	vma_split(&m->vmas, begin);
	vma_split(&m->vmas, end);
	for (size_t i = vma_from(&m->vmas, begin); i < m->vmas.nr && m->vmas.all[i].begin < end; i++) {
		const struct vma *vma = &m->vmas.all[i];

		told_range(&text->told, &(struct mem_op){
			.kind = OP_VMA_UNMAP, .why = VMA_MMAP, .mm = mm, .vpn = vma->begin,
			.pages = vma->end - vma->begin, .vma = vma_flags(vma) });
	}
	vma_remove(&m->vmas, begin, end);
	set_total_vm(text, mm);
}

static void map_range(struct op_text *text, uint32_t mm, const struct vma *vma, enum vma_why why, uint8_t more)
{
	struct told_mm *m = told_mm_at(&text->told, mm);
	struct mem_op op = {
		.kind = OP_VMA_MAP, .why = why, .mm = mm, .vpn = vma->begin,
		.pages = vma->end - vma->begin, .vma = vma_flags(vma) | more };

	vma_add(&m->vmas, vma);
	if (vma->end + 1 > m->free_vpn)
		m->free_vpn = vma->end + 1;	/* a gap: areas by name are not merged */
	set_total_vm(text, mm);
	told_range(&text->told, &op);
}

static bool take_file(struct op_text *text, struct vma *vma)
{
	const struct symbol *symbol;
	char *word, *colon;

	if (!text_word(text, "a file", &word))
		return false;
	colon = strchr(word, ':');
	if (colon)
		*colon = '\0';
	symbol = text_find_symbol(text, word);
	if (!symbol || symbol->kind != SYMBOL_FILE)
		return text_fail(text, "there is no file '%s'", word);
	if (colon && (!op_number(colon + 1, &vma->first_index) || vma->first_index > UINT32_MAX))
		return text_fail(text, "'%s' is no page of a file", colon + 1);
	vma->file = symbol->number;
	vma->is_file = true;
	return true;
}

/* What a driver makes of the flags in its ->mmap. */
static bool take_driver(struct op_text *text, int *driver)
{
	char *word;

	if (!text_word(text, "flags", &word))
		return false;
	*driver = vma_from_letters(word);
	if (*driver < 0 || *driver & ~(VMA_WRITE | VMA_LOCKED))
		return text_fail(text, "'%s' is nothing a driver makes of a mapping: w, l, wl or - is", word);
	return true;
}

/* *driver stays as it is when no driver is named. */
static bool mmap_words(struct op_text *text, struct vma *vma, enum vma_why *why, uint8_t *more, int *driver)
{
	bool has_protection = false;
	char *word;

	while (text->line.at < text->line.nr) {
		if (op_line_take(&text->line, "private")) {
			vma->is_shared = false;
		} else if (op_line_take(&text->line, "shared")) {
			vma->is_shared = true;
		} else if (op_line_take(&text->line, "write")) {
			vma->is_write = has_protection = true;
		} else if (op_line_take(&text->line, "read")) {
			has_protection = true;
		} else if (op_line_take(&text->line, "locked")) {
			vma->is_locked = true;
		} else if (op_line_take(&text->line, "execprio")) {
			*more |= VMA_EXECPRIO;
		} else if (op_line_take(&text->line, "file")) {
			if (!take_file(text, vma))
				return false;
		} else if (op_line_take(&text->line, "driver")) {
			if (!take_driver(text, driver))
				return false;
		} else if (op_line_take(&text->line, "as")) {
			if (!text_word(text, "a reason", &word))
				return false;
			if (word_index(vma_why_words, VMA_NR, word) < 0)
				return text_fail(text, "'%s' is no reason for a VMA", word);
			*why = word_index(vma_why_words, VMA_NR, word);
		} else if (op_line_take(&text->line, "at")) {
			if (!text_number(text, "a place", &vma->begin))
				return false;
		} else {
			return text_end(text);
		}
	}
	if (!has_protection)
		vma->is_write = !vma->is_file;
	return true;
}

/* The VMA was charged with the flags that were asked for. */
static void drive_range(struct op_text *text, uint32_t mm, uint64_t begin, uint64_t end, int driver)
{
	struct told_mm *m = told_mm_at(&text->told, mm);
	struct mem_op op = { .kind = OP_VMA_CHANGE, .why = VMA_DRIVER, .mm = mm, .vpn = begin, .pages = end - begin };
	struct vma *vma;

	vma_split(&m->vmas, begin);
	vma_split(&m->vmas, end);
	vma = vma_find(&m->vmas, begin);
	op.old_vma = vma_flags(vma);
	vma->is_write = driver & VMA_WRITE;
	vma->is_locked = driver & VMA_LOCKED;
	op.vma = vma_flags(vma);
	vma_merge(&m->vmas, begin, end);
	if (op.vma != op.old_vma)
		told_range(&text->told, &op);
}

/* mmap A NAME|PLACE PAGES ...: a name is placed above everything else. */
static bool do_mmap(struct op_text *text)
{
	struct vma vma = { .fd = -1 };
	enum vma_why why = VMA_MMAP;
	uint64_t pages;
	uint8_t more = 0;
	uint32_t task, mm;
	int driver = -1;
	char *name;

	if (!text_task(text, &task) || !text_word(text, "an area", &name) || !text_number(text, "pages", &pages))
		return false;
	mm = text_task_at(text, task)->mm;
	vma.begin = told_mm_at(&text->told, mm)->free_vpn;
	if (!isalpha((unsigned char)*name) && !op_number(name, &vma.begin))
		return text_fail(text, "'%s' is no area: a name or a number is", name);
	if (!mmap_words(text, &vma, &why, &more, &driver))
		return false;
	if (!pages || pages >= TEXT_RANGE_MAX << 16 || vma.begin >= UINT64_C(1) << 52)
		return text_fail(text, "no mapping has that size or place");
	vma.end = vma.begin + pages;
	if (vma.is_shared && !vma.is_file) {
		vma.file = file_new(&text->told.pages, true);
		vma.is_file = true;
		more |= VMA_SHM_ANON;
	}
	if (isalpha((unsigned char)*name))
		text_name_area(text, task, name, vma.begin, pages);
	unmap_range(text, mm, vma.begin, vma.end);
	map_range(text, mm, &vma, why, more);
	if (driver >= 0)
		drive_range(text, mm, vma.begin, vma.end, driver);
	return true;
}

static bool do_munmap(struct op_text *text)
{
	uint64_t first, last;
	uint32_t task, mm;

	if (!text_task(text, &task))
		return false;
	mm = text_task_at(text, task)->mm;
	if (!text_range(text, mm, &first, &last) || !text_end(text))
		return false;
	unmap_range(text, mm, first, last + 1);
	return true;
}

static uint64_t count_resident(const struct told_mm *m, const struct vma *vma)
{
	uint64_t counts[MM_NR_MEMBERS];

	page_table_count(&m->table, vma->begin, vma->end, counts);
	return counts[MM_FILEPAGES] + counts[MM_ANONPAGES] + counts[MM_SHMEMPAGES];
}

enum change { CHANGE_WRITE, CHANGE_READ, CHANGE_LOCK, CHANGE_UNLOCK };

static bool change_range(struct op_text *text, uint32_t mm, uint64_t begin, uint64_t end, enum change change)
{
	struct told_mm *m = told_mm_at(&text->told, mm);
	bool has_any = false;

	vma_split(&m->vmas, begin);
	vma_split(&m->vmas, end);
	for (size_t i = vma_from(&m->vmas, begin); i < m->vmas.nr && m->vmas.all[i].begin < end; i++) {
		struct vma *vma = &m->vmas.all[i];
		struct mem_op op = { .kind = OP_VMA_CHANGE, .why = VMA_MMAP, .mm = mm, .vpn = vma->begin,
				     .pages = vma->end - vma->begin, .old_vma = vma_flags(vma) };

		has_any = true;
		if (change == CHANGE_WRITE || change == CHANGE_READ)
			vma->is_write = change == CHANGE_WRITE;
		else
			vma->is_locked = change == CHANGE_LOCK;
		op.vma = vma_flags(vma);
		op.resident = count_resident(m, vma);
		if (op.vma != op.old_vma)
			told_range(&text->told, &op);
	}
	vma_merge(&m->vmas, begin, end);
	return has_any || text_fail(text, "nothing is mapped there");
}

static bool range_verb(struct op_text *text, enum change change)
{
	uint64_t first, last;
	uint32_t task, mm;

	if (!text_task(text, &task))
		return false;
	mm = text_task_at(text, task)->mm;
	if (!text_range(text, mm, &first, &last))
		return false;
	if (change == CHANGE_WRITE && op_line_take(&text->line, "read"))
		change = CHANGE_READ;
	else if (change == CHANGE_WRITE && !op_line_take(&text->line, "write"))
		return text_fail(text, "mprotect is to read or write");
	return text_end(text) && change_range(text, mm, first, last + 1, change);
}

static bool do_mprotect(struct op_text *text)
{
	return range_verb(text, CHANGE_WRITE);
}

static bool do_mlock(struct op_text *text)
{
	return range_verb(text, CHANGE_LOCK);
}

static bool do_munlock(struct op_text *text)
{
	return range_verb(text, CHANGE_UNLOCK);
}

/* Entries and swap slots of [from, from + pages) stand at `to`. */
static void move_entries(struct op_text *text, uint32_t mm, uint64_t from, uint64_t to, uint64_t pages)
{
	for (uint64_t i = 0; i < pages; i++) {
		if (!told_shift(&text->told, mm, from + i, to + i) && text->listener.shift)
			text->listener.shift(text->listener.context, mm, from + i, to + i);
	}
}

/* `old` pages at first become `pages`, there or elsewhere; where they are then, or 0. */
static uint64_t remap(struct op_text *text, uint32_t mm, uint64_t first, uint64_t old, uint64_t pages, bool is_move)
{
	struct told_mm *m = told_mm_at(&text->told, mm);
	struct vma moved = *vma_find(&m->vmas, first);
	const struct vma *next;
	uint64_t to = is_move ? m->free_vpn : first;

	moved.first_index += first - moved.begin;
	moved.begin = to;
	moved.end = to + pages;
	if (is_move) {
		move_entries(text, mm, first, to, old);
	} else {
		next = &m->vmas.all[vma_from(&m->vmas, first + old)];
		if (next < m->vmas.all + m->vmas.nr && next->begin < moved.end) {
			text_fail(text, "there is no room to grow: say move");
			return 0;
		}
	}
	vma_remove(&m->vmas, first, first + old);
	vma_add(&m->vmas, &moved);
	if (moved.end + 1 > m->free_vpn)
		m->free_vpn = moved.end + 1;
	set_total_vm(text, mm);
	told_range(&text->told, &(struct mem_op){
		.kind = OP_VMA_MOVE, .why = VMA_MMAP, .mm = mm, .vpn = first, .old_pages = old, .pages = pages,
		.to_vpn = to, .vma = vma_flags(&moved), .old_vma = vma_flags(&moved) });
	return to;
}

/* mremap A RANGE PAGES [move]: the range is one VMA or a part of it. */
static bool do_mremap(struct op_text *text)
{
	uint64_t first, last, pages, old, to;
	const struct vma *found;
	uint32_t task, mm;
	bool is_move;
	char *name;

	if (!text_task(text, &task))
		return false;
	mm = text_task_at(text, task)->mm;
	name = op_line_peek(&text->line);
	if (!text_range(text, mm, &first, &last) || !text_number(text, "pages", &pages))
		return false;
	is_move = op_line_take(&text->line, "move");
	if (!text_end(text))
		return false;
	old = last + 1 - first;
	found = vma_find(&told_mm_at(&text->told, mm)->vmas, first);
	if (!found || found->end <= last)
		return text_fail(text, "no one VMA is there");
	if (!pages || pages >= TEXT_RANGE_MAX)
		return text_fail(text, "no mapping has that size");
	if (pages < old) {
		unmap_range(text, mm, first + pages, first + old);
		old = pages;
	}
	to = first;
	if (pages != old || is_move)
		to = remap(text, mm, first, old, pages, is_move);
	name[strcspn(name, "+")] = '\0';
	if (to && isalpha((unsigned char)*name))
		text_name_area(text, task, name, to, pages);
	return to;
}

/* brk A PAGES: how large the heap is now; it can be named "brk". */
static bool do_brk(struct op_text *text)
{
	struct vma vma = { .fd = -1, .is_write = true, .is_heap = true };
	struct text_task *t;
	uint64_t pages, end;
	uint32_t task;

	if (!text_task(text, &task) || !text_number(text, "pages", &pages) || !text_end(text))
		return false;
	if (pages >= TEXT_RANGE_MAX)
		return text_fail(text, "no heap has that size");
	t = text_task_at(text, task);
	if (!t->heap_begin)
		t->heap_begin = t->heap_end = UINT64_C(1) << 40;	/* nothing else is placed there */
	end = t->heap_begin + pages;
	if (end < t->heap_end) {
		unmap_range(text, t->mm, end, t->heap_end);
	} else if (end > t->heap_end) {
		uint64_t free_vpn = told_mm_at(&text->told, t->mm)->free_vpn;

		vma.begin = t->heap_end;
		vma.end = end;
		map_range(text, t->mm, &vma, VMA_BRK, 0);
		told_mm_at(&text->told, t->mm)->free_vpn = free_vpn;
	}
	t->heap_end = end;
	text_name_area(text, task, "brk", t->heap_begin, pages);
	return true;
}

const struct text_verb text_area_verbs[] = {
	{ "brk", do_brk, true, VERB_BY_HAND },
	{ "mlock", do_mlock, true, VERB_BY_HAND },
	{ "mmap", do_mmap, true, VERB_BY_HAND },
	{ "mprotect", do_mprotect, true, VERB_BY_HAND },
	{ "mremap", do_mremap, true, VERB_BY_HAND },
	{ "munlock", do_munlock, true, VERB_BY_HAND },
	{ "munmap", do_munmap, true, VERB_BY_HAND },
	{ NULL }
};
