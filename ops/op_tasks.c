// SPDX-License-Identifier: GPL-2.0-or-later
/* Tasks of a text by hand: they begin, fork, exec, move and end. */
#include "ops/op_text.h"

#include "base/xalloc.h"

#include <string.h>

#define FIRST_PID 1000

bool text_task(struct op_text *text, uint32_t *task)
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
	text->told.now_tid = text_task_at(text, *task)->pid;
	return text_task_at(text, *task)->is_alive || text_fail(text, "task '%s' has ended", word);
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

/* The first, or a thread of one that lives there. */
static void enter_mm(struct op_text *text, uint32_t task, uint32_t mm)
{
	struct told_mm *m = told_mm_at(&text->told, mm);
	struct text_task *t = text_task_at(text, task);

	t->mm = mm;
	t->before = m->last_task;
	t->after = 0;
	if (t->before)
		text_task_at(text, t->before)->after = task;
	m->last_task = task;
}

/* The last one ends it. */
static void leave_mm(struct op_text *text, const struct text_task *t)
{
	const uint32_t mm = t->mm;

	if (t->before)
		text_task_at(text, t->before)->after = t->after;
	*(t->after ? &text_task_at(text, t->after)->before : &told_mm_at(&text->told, mm)->last_task) = t->before;
	if (told_mm_at(&text->told, mm)->last_task)
		return;
	text_zap(text, mm, 0, UINT64_MAX, WHY_EXIT);
	told_mm_gone(&text->told, mm);
}

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
		text_task_at(text, task)->pid = text_task_at(text, task)->tgid = pid;
	text->told.now_tid = text_task_at(text, task)->pid;
	enter_mm(text, task, told_mm_new(&text->told, container, 0, VMA_INSERT, text_task_at(text, task)->pid, comm));
	return true;
}

static bool is_copied(const struct told_mm *parent, uint64_t vpn)
{
	const struct vma *vma = vma_find((struct vmas *)&parent->vmas, vpn);

	return !vma || vma_is_copied(vma);
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
			/* What is in swap may still be here for a scenario, so it hears of the copy. */
			told_map(told, &(struct told_entry){
				.mm = to, .vpn = vpn, .page = page, .why = WHY_FORK, .vma = TOLD_VMA_LOOKUP,
				.is_out = !(leaf->present & vpn_bit(vpn)) });
		}
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
	child = task_new(text, name, text_task_at(text, parent)->container);
	from = text_task_at(text, parent)->mm;
	mm = told_mm_new(told, text_task_at(text, child)->container, from, VMA_FORK,
			 text_task_at(text, child)->pid, name);
	enter_mm(text, child, mm);
	text_copy_areas(text, parent, child);
	text_task_at(text, child)->heap_begin = text_task_at(text, parent)->heap_begin;
	text_task_at(text, child)->heap_end = text_task_at(text, parent)->heap_end;
	m = told_mm_at(told, mm);
	vmas_fork(&m->vmas, &told_mm_at(told, from)->vmas);
	m->total_vm = m->vmas.pages;
	m->free_vpn = told_mm_at(told, from)->free_vpn;
	for (size_t i = 0; i < told_mm_at(told, mm)->vmas.nr; i++) {
		const struct vma *vma = &told_mm_at(told, mm)->vmas.all[i];

		told_range(told, &(struct mem_op){
			.kind = OP_VMA_MAP, .why = VMA_FORK, .mm = mm, .vpn = vma->begin,
			.pages = vma->end - vma->begin, .vma = vma_flags(vma), .from_mm = from });
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
	task = task_new(text, name, text_task_at(text, leader)->container);
	enter_mm(text, task, text_task_at(text, leader)->mm);
	text_task_at(text, task)->tgid = text_task_at(text, leader)->tgid;
	text_task_at(text, task)->parent = leader;
	return true;
}

static bool do_exec(struct op_text *text)
{
	struct text_task *t, left;
	uint32_t task;

	if (!text_task(text, &task) || !text_end(text))
		return false;
	t = text_task_at(text, task);
	left = *t;
	enter_mm(text, task, told_mm_new(&text->told, t->container, left.mm, VMA_INSERT, t->pid,
					 told_mm_at(&text->told, left.mm)->comm));
	t->heap_begin = t->heap_end = 0;
	t->parent = 0;
	leave_mm(text, &left);
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
	t = text_task_at(text, task);
	m = told_mm_at(&text->told, t->mm);
	process = (struct process_record){
		.pid = t->pid, .tgid = t->tgid, .container = t->container, .comm = m->comm,
		.begin_ns = t->begin_ns, .end_ns = text->told.now_ns };
	memcpy(process.peak, m->peak, sizeof(process.peak));
	if (text->listener.process)
		text->listener.process(text->listener.context, &process);
	t->is_alive = false;
	leave_mm(text, t);
	return true;
}

/* The address space follows the leader (models.md 1.2). */
static bool do_move(struct op_text *text)
{
	uint32_t task, container;
	struct text_task *t;

	if (!text_task(text, &task) || !text_container(text, &container) || !text_end(text))
		return false;
	t = text_task_at(text, task);
	t->container = container;
	if (t->tgid == t->pid && told_mm_at(&text->told, t->mm)->container != container)
		told_mm_move(&text->told, t->mm, container);
	return true;
}

const struct text_verb text_task_verbs[] = {
	{ "exec", do_exec, true, VERB_BY_HAND },
	{ "exit", do_exit, true, VERB_BY_HAND },
	{ "fork", do_fork, true, VERB_BY_HAND },
	{ "move", do_move, true, VERB_BY_HAND },
	{ "task", do_task, true, VERB_BY_HAND },
	{ "thread", do_thread, true, VERB_BY_HAND },
	{ NULL }
};
