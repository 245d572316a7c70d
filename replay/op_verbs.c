// SPDX-License-Identifier: GPL-2.0-or-later
/* The verbs people write: each does what the kernel of the models would. */
#include "replay/op_text.h"

#include "accounting/model.h"
#include "base/xalloc.h"
#include "replay/op_words.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_PID 1000

static struct text_task *task_at(const struct op_text *text, uint32_t task)
{
	return &text->tasks[task];
}

static bool text_task(struct op_text *text, uint32_t *task)
{
	const struct symbol *symbol;
	char *word;

	*task = 0;
	if (!text_word(text, "a task", &word))
		return false;
	symbol = text_find_symbol(text, word);
	if (!symbol || symbol->kind != SYMBOL_TASK)
		return text_fail(text, "there is no task '%s'", word);
	*task = symbol->number;
	text->told.now_tid = task_at(text, *task)->pid;
	return task_at(text, *task)->is_alive || text_fail(text, "task '%s' has ended", word);
}

static uint32_t task_new(struct op_text *text, const char *name, uint32_t container)
{
	uint32_t task = text->nr_tasks;

	xgrow(&text->tasks, text->nr_tasks, &text->tasks_capacity, sizeof(*text->tasks));
	text->nr_tasks++;
	text->tasks[task] = (struct text_task){
		.name = xstrdup(name), .pid = FIRST_PID + task, .tgid = FIRST_PID + task,
		.container = container, .is_alive = true, .begin_ns = text->told.now_ns };
	text_add_symbol(text, name, SYMBOL_TASK, task);
	return task;
}

static uint8_t flags_of(const struct vma *vma)
{
	return (vma->is_write ? VMA_WRITE : 0) | (vma->is_shared ? VMA_SHARED : 0) |
	       (vma->is_file ? VMA_FILE : 0) | (vma->is_locked ? VMA_LOCKED : 0);
}

/* --- pages --- */

/* An unnamed page that nothing holds any more ends. */
static void put_page(struct op_text *text, uint32_t page)
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
static void unmap_all(struct op_text *text, uint32_t page, enum op_why why, bool is_swap)
{
	struct told *told = &text->told;
	uint32_t ref;

	while ((ref = page_at(&told->pages, page)->rmap)) {
		struct told_entry entry = { .mm = ref_leaf(&told->pool, ref)->mm, .vpn = ref_vpn(&told->pool, ref),
					    .why = why, .vma = TOLD_VMA_LOOKUP };

		if (is_swap)
			told_swap_out(told, &entry);
		else
			told_unmap(told, &entry);
	}
}

/* Whatever stands in [begin, end). */
static void zap(struct op_text *text, uint32_t mm, uint64_t begin, uint64_t end, enum op_why why)
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
			put_page(text, page);
		}
		for (; swap; swap &= swap - 1) {
			uint64_t vpn = leaf->base + __builtin_ctzll(swap);
			uint32_t page = leaf->pte[vpn & 63].page;

			told_drop_swap(&text->told, mm, vpn);
			put_page(text, page);
		}
	}
}

/* --- life of tasks --- */

static bool do_task(struct op_text *text)
{
	uint64_t pid = 0;
	uint32_t container = 0, task;
	char *name, *comm;

	if (!text_name(text, "a task", &name))
		return false;
	comm = name;
	for (;;) {
		if (op_line_take(&text->line, "in")) {
			if (!text_container(text, &container))
				return false;
		} else if (op_line_take(&text->line, "pid")) {
			if (!text_number(text, "a pid", &pid))
				return false;
		} else if (op_line_take(&text->line, "comm")) {
			if (!text_word(text, "a name", &comm))
				return false;
		} else {
			break;
		}
	}
	if (!text_end(text))
		return false;
	task = task_new(text, name, container);
	if (pid)
		task_at(text, task)->pid = task_at(text, task)->tgid = pid;
	text->told.now_tid = task_at(text, task)->pid;
	task_at(text, task)->mm = told_mm_new(&text->told, container, 0, VMA_INSERT,
						task_at(text, task)->pid, comm);
	return true;
}

static bool is_copied(const struct told_mm *parent, uint64_t vpn)
{
	const struct vma *vma = vma_find((struct vmas *)&parent->vmas, vpn);

	return !vma || vma->has_anon;
}

static void copy_entries(struct op_text *text, uint32_t from, uint32_t to)
{
	struct told *told = &text->told;

	for (size_t i = 0; i < told_mm_at(told, from)->table.nr; i++) {
		const struct leaf *leaf = told_mm_at(told, from)->table.leaves[i];

		for (uint64_t bits = leaf->present | leaf->swap; bits; bits &= bits - 1) {
			uint64_t vpn = leaf->base + __builtin_ctzll(bits);
			uint32_t page = leaf->pte[vpn & 63].page;

			if (!is_copied(told_mm_at(told, from), vpn))
				continue;
			if (leaf->present & vpn_bit(vpn))
				told_map(told, &(struct told_entry){
					.mm = to, .vpn = vpn, .page = page, .why = WHY_FORK, .vma = TOLD_VMA_LOOKUP });
			else
				pte_set_swap(&told->pages, page_table_leaf(&told_mm_at(told, to)->table, &told->pool, vpn),
					     vpn, page);
		}
	}
}

/* From now on the task, and children to come, mean that by the name. */
static void name_area(struct op_text *text, uint32_t task, const char *name, uint64_t vpn, uint64_t pages)
{
	char *full = xasprintf("%s/%s", task_at(text, task)->name, name);
	struct symbol *symbol = text_find_symbol(text, full);

	if (!symbol)
		symbol = text_add_symbol(text, full, SYMBOL_AREA, 0);
	free(full);
	symbol->vpn = vpn;
	symbol->pages = pages;
}

/* The child means by each name what the parent does now. */
static void copy_areas(struct op_text *text, uint32_t parent, uint32_t child)
{
	size_t nr = text->nr_symbols, length = strlen(task_at(text, parent)->name);

	for (size_t i = 1; i < nr; i++) {
		const struct symbol area = text->symbols[i];

		if (area.kind == SYMBOL_AREA && !strncmp(area.name, task_at(text, parent)->name, length) &&
		    area.name[length] == '/')
			name_area(text, child, area.name + length + 1, area.vpn, area.pages);
	}
}

static bool do_fork(struct op_text *text)
{
	struct told *told = &text->told;
	struct told_mm *m;
	uint32_t parent, child, from, mm;
	char *name;

	if (!text_task(text, &parent) || !text_name(text, "a task", &name) || !text_end(text))
		return false;
	child = task_new(text, name, task_at(text, parent)->container);
	from = task_at(text, parent)->mm;
	mm = told_mm_new(told, task_at(text, child)->container, from, VMA_FORK, task_at(text, child)->pid, name);
	task_at(text, child)->mm = mm;
	copy_areas(text, parent, child);
	task_at(text, child)->heap_begin = task_at(text, parent)->heap_begin;
	task_at(text, child)->heap_end = task_at(text, parent)->heap_end;
	m = told_mm_at(told, mm);
	vmas_copy(&m->vmas, &told_mm_at(told, from)->vmas);
	m->total_vm = m->vmas.pages;
	m->free_vpn = told_mm_at(told, from)->free_vpn;
	for (size_t i = 0; i < told_mm_at(told, mm)->vmas.nr; i++) {
		struct vma *vma = &told_mm_at(told, mm)->vmas.all[i];

		vma->is_locked = false;		/* mlock is not inherited */
		told_range(told, &(struct mem_op){
			.kind = OP_VMA_MAP, .why = VMA_FORK, .mm = mm, .vpn = vma->begin,
			.pages = vma->end - vma->begin, .vma = flags_of(vma), .from_mm = from });
	}
	copy_entries(text, from, mm);
	return true;
}

/* A task that shares the address space. */
static bool do_thread(struct op_text *text)
{
	uint32_t leader, task;
	char *name;

	if (!text_task(text, &leader) || !text_name(text, "a task", &name) || !text_end(text))
		return false;
	task = task_new(text, name, task_at(text, leader)->container);
	task_at(text, task)->mm = task_at(text, leader)->mm;
	task_at(text, task)->tgid = task_at(text, leader)->tgid;
	task_at(text, task)->parent = leader;
	return true;
}

static void leave_mm(struct op_text *text, uint32_t mm)
{
	for (uint32_t i = 1; i < text->nr_tasks; i++)
		if (text->tasks[i].is_alive && text->tasks[i].mm == mm)
			return;
	zap(text, mm, 0, UINT64_MAX, WHY_EXIT);
	told_mm_gone(&text->told, mm);
}

static bool do_exec(struct op_text *text)
{
	struct text_task *t;
	uint32_t task, old;

	if (!text_task(text, &task) || !text_end(text))
		return false;
	t = task_at(text, task);
	old = t->mm;
	t->mm = told_mm_new(&text->told, t->container, old, VMA_INSERT, t->pid,
			    told_mm_at(&text->told, old)->comm);
	t->heap_begin = t->heap_end = 0;
	t->parent = 0;
	leave_mm(text, old);
	return true;
}

static bool do_exit(struct op_text *text)
{
	struct text_task *t;
	struct process_record process;
	const struct told_mm *m;
	uint32_t task;

	if (!text_task(text, &task) || !text_end(text))
		return false;
	t = task_at(text, task);
	m = told_mm_at(&text->told, t->mm);
	process = (struct process_record){
		.pid = t->pid, .tgid = t->tgid, .container = t->container, .comm = m->comm,
		.begin_ns = t->begin_ns, .end_ns = text->told.now_ns };
	memcpy(process.peak, m->peak, sizeof(process.peak));
	if (text->listener.process)
		text->listener.process(text->listener.context, &process);
	t->is_alive = false;
	leave_mm(text, t->mm);
	return true;
}

/* The address space follows the leader (models.md 1.2). */
static bool do_move(struct op_text *text)
{
	uint32_t task, container;
	struct text_task *t;

	if (!text_task(text, &task) || !text_container(text, &container) || !text_end(text))
		return false;
	t = task_at(text, task);
	t->container = container;
	if (t->tgid == t->pid && told_mm_at(&text->told, t->mm)->container != container)
		told_mm_move(&text->told, t->mm, container);
	return true;
}

/* --- VMAs --- */

static void set_total_vm(struct op_text *text, uint32_t mm)
{
	told_mm_at(&text->told, mm)->total_vm = told_mm_at(&text->told, mm)->vmas.pages;
}

static void unmap_range(struct op_text *text, uint32_t mm, uint64_t begin, uint64_t end)
{
	struct told_mm *m = told_mm_at(&text->told, mm);

	zap(text, mm, begin, end, WHY_ZAP);
	vma_split(&m->vmas, begin);
	vma_split(&m->vmas, end);
	for (size_t i = vma_from(&m->vmas, begin); i < m->vmas.nr && m->vmas.all[i].begin < end; i++) {
		const struct vma *vma = &m->vmas.all[i];

		told_range(&text->told, &(struct mem_op){
			.kind = OP_VMA_UNMAP, .why = VMA_MMAP, .mm = mm, .vpn = vma->begin,
			.pages = vma->end - vma->begin, .vma = flags_of(vma) });
	}
	vma_remove(&m->vmas, begin, end);
	set_total_vm(text, mm);
}

static void map_range(struct op_text *text, uint32_t mm, const struct vma *vma, enum vma_why why, uint8_t more)
{
	struct told_mm *m = told_mm_at(&text->told, mm);
	struct mem_op op = {
		.kind = OP_VMA_MAP, .why = why, .mm = mm, .vpn = vma->begin,
		.pages = vma->end - vma->begin, .vma = flags_of(vma) | more };

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
	op.old_vma = flags_of(vma);
	vma->is_write = driver & VMA_WRITE;
	vma->is_locked = driver & VMA_LOCKED;
	op.vma = flags_of(vma);
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
	mm = task_at(text, task)->mm;
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
		name_area(text, task, name, vma.begin, pages);
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
	mm = task_at(text, task)->mm;
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
				     .pages = vma->end - vma->begin, .old_vma = flags_of(vma) };

		has_any = true;
		if (change == CHANGE_WRITE || change == CHANGE_READ)
			vma->is_write = change == CHANGE_WRITE;
		else
			vma->is_locked = change == CHANGE_LOCK;
		op.vma = flags_of(vma);
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
	mm = task_at(text, task)->mm;
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
	uint32_t page;

	for (uint64_t i = 0; i < pages; i++) {
		if (told_find_swap(&text->told, mm, from + i, &page)) {
			struct told_mm *m = told_mm_at(&text->told, mm);

			pte_set_swap(&text->told.pages, page_table_leaf(&m->table, &text->told.pool, to + i), to + i, page);
			told_drop_swap(&text->told, mm, from + i);
		} else if (!told_shift(&text->told, mm, from + i, to + i) && text->listener.shift) {
			text->listener.shift(text->listener.context, mm, from + i, to + i);
		}
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
		.to_vpn = to, .vma = flags_of(&moved), .old_vma = flags_of(&moved) });
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
	mm = task_at(text, task)->mm;
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
		name_area(text, task, name, to, pages);
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
	t = task_at(text, task);
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
	name_area(text, task, "brk", t->heap_begin, pages);
	return true;
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
		if (is_swapped) {
			told_drop_swap(told, mm, vpn);
			told_map(told, &entry);
		}
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
		put_page(text, page);
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
		vma_find(&told_mm_at(told, mm)->vmas, vpn)->has_anon = true;
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
	mm = task_at(text, task)->mm;
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
		mm = task_at(text, task)->mm;
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
		unmap_all(text, page, why, false);
		uncache_page(text, page);
		put_page(text, page);
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
	uint32_t page;

	if (!text_page(text, &page) || !text_end(text))
		return false;
	if (page_at(&text->told.pages, page)->kind != PAGE_ANON)
		return text_fail(text, "only anonymous pages are swapped out by name");
	if (!page_at(&text->told.pages, page)->mapcount)
		return text_fail(text, "nothing maps the page");
	unmap_all(text, page, WHY_RECLAIM, true);
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
	m = told_mm_at(told, task_at(text, task)->mm);
	for (size_t i = 0; i < m->table.nr; i++) {
		const struct leaf *leaf = m->table.leaves[i];

		for (uint64_t bits = leaf->swap; bits; bits &= bits - 1) {
			uint64_t vpn = leaf->base + __builtin_ctzll(bits);

			if (!told_find_swap(told, task_at(text, task)->mm, vpn, &found) || found != page)
				continue;
			if (op_line_take(&text->line, "bad"))
				return text_end(text) && text_done(text, told_map(told, &(struct told_entry){
					.mm = task_at(text, task)->mm, .vpn = vpn, .page = page, .why = WHY_SWAP_BAD,
					.vma = TOLD_VMA_LOOKUP }));
			if (op_line_take(&text->line, "write"))
				return text_end(text) && touch(text, task_at(text, task)->mm, vpn, true, 0);
			return text_end(text) && touch(text, task_at(text, task)->mm, vpn, false, 0);
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

/* --- what is said to the scenario --- */

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

const struct text_verb text_hand_verbs[] = {
	{ "brk", do_brk, true, VERB_BY_HAND },
	{ "evict", do_evict, true, VERB_BY_HAND },
	{ "exec", do_exec, true, VERB_BY_HAND },
	{ "exit", do_exit, true, VERB_BY_HAND },
	{ "expect", do_expect, false, VERB_BY_HAND },
	{ "file", do_file, false, VERB_BY_HAND },
	{ "force-empty", do_force_empty, true, VERB_BY_HAND },
	{ "fork", do_fork, true, VERB_BY_HAND },
	{ "limit", do_limit, false, VERB_BY_HAND },
	{ "migrate", do_migrate, true, VERB_BY_HAND },
	{ "mlock", do_mlock, true, VERB_BY_HAND },
	{ "mmap", do_mmap, true, VERB_BY_HAND },
	{ "move", do_move, true, VERB_BY_HAND },
	{ "mprotect", do_mprotect, true, VERB_BY_HAND },
	{ "mremap", do_mremap, true, VERB_BY_HAND },
	{ "munlock", do_munlock, true, VERB_BY_HAND },
	{ "munmap", do_munmap, true, VERB_BY_HAND },
	{ "read", do_read, true, VERB_BY_HAND },
	{ "reclaim", do_reclaim, true, VERB_BY_HAND },
	{ "shmem", do_shmem, false, VERB_BY_HAND },
	{ "swapin", do_swapin, true, VERB_BY_HAND },
	{ "swapout", do_swapout, true, VERB_BY_HAND },
	{ "task", do_task, true, VERB_BY_HAND },
	{ "thread", do_thread, true, VERB_BY_HAND },
	{ "touch", do_touch, true, VERB_BY_HAND },
	{ "truncate", do_truncate, true, VERB_BY_HAND },
	{ NULL }
};
