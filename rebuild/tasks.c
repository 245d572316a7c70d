// SPDX-License-Identifier: GPL-2.0-or-later
/* Tasks are born, execute, move and end, and with them the address spaces they live in (mm.c). */
#include "rebuild/state.h"

#include "base/xalloc.h"

#include <fnmatch.h>
#include <string.h>

uint32_t task_search(struct rebuild *rb, uint32_t tid)
{
	const size_t cpu = rb->now_cpu % LAST_CPUS;

	rb->last_of_cpu[cpu].tid = tid;
	rb->last_of_cpu[cpu].task = map64_get(&rb->task_by_tid, tid);
	return rb->last_of_cpu[cpu].task;
}

/* What is known of the number is so no longer. */
static void forget_last(struct rebuild *rb, uint32_t tid)
{
	for (size_t i = 0; i < LAST_CPUS; i++)
		if (rb->last_of_cpu[i].tid == tid)
			rb->last_of_cpu[i].tid = rb->last_of_cpu[i].task = 0;
}

uint32_t task_make(struct rebuild *rb, uint32_t tid)
{
	uint32_t task;

	if (rb->nr_free_tasks) {
		task = rb->free_tasks[--rb->nr_free_tasks];
	} else {
		xgrow(&rb->tasks, rb->nr_tasks, &rb->tasks_capacity, sizeof(*rb->tasks));
		task = rb->nr_tasks++;
		rb->tasks[task] = xcalloc(1, sizeof(struct task));
	}
	*rb->tasks[task] = (struct task){ .is_used = true, .tid = tid, .tgid = tid };
	map64_set(&rb->task_by_tid, tid, task);
	forget_last(rb, tid);
	return task;
}

void task_enter(struct rebuild *rb, uint32_t task, uint32_t mm)
{
	doubt_task_known(rb, task);
	task_at(rb, task)->mm = mm;
	task_at(rb, task)->mm_born = mm_at(rb, mm)->born;
}

void task_leave_ended(struct rebuild *rb, struct task *t)
{
	t->nr_mms_ended = rb->nr_mms_ended;
	if (t->held.is_held && mm_at(rb, t->held.mm)->born != t->held.mm_born)
		t->held.is_held = false;
	if (mm_at(rb, t->mm)->born == t->mm_born)
		return;
	t->mm = 0;
	t->mm_born = 0;
	t->is_walking = false;
}

void task_builds(struct rebuild *rb, uint32_t task, uint32_t mm)
{
	task_at(rb, task)->exec_mm = mm;
	mm_at(rb, mm)->building_task = task;
}

/* The container a config file gives a task, or the one it has. */
static uint32_t ruled_container(struct rebuild *rb, const struct task *t)
{
	for (size_t i = 0; i < rb->config.nr_rules; i++) {
		const struct container_rule *rule = &rb->config.rules[i];

		if (rule->pid >= 0 && rule->pid != t->tgid)
			continue;
		if (rule->comm && fnmatch(rule->comm, t->comm, 0))
			continue;
		if (rule->cgroup && fnmatch(rule->cgroup, rb->containers.all[t->container].path, 0))
			continue;
		return container_by_name(&rb->containers, rule->name);
	}
	return t->container;
}

void task_apply_rules(struct rebuild *rb, uint32_t task)
{
	struct task *t = task_at(rb, task);

	if (!rb->config.nr_rules)
		return;
	t->container = ruled_container(rb, t);
	if (t->mm && t->tid == t->tgid)
		mm_set_container(rb, t->mm, t->container);
}

uint32_t task_turns_up(struct rebuild *rb, uint32_t tid)
{
	uint32_t task = task_make(rb, tid);

	unmatched(rb, UNMATCHED_TASK, 0);
	doubt_task_found(rb, task);
	return task;
}

static void report(struct rebuild *rb, const struct task *t, uint64_t end_ns)
{
	struct process_record record = {
		.pid = t->tid, .tgid = t->tgid, .container = t->container, .comm = t->comm,
		.begin_ns = t->begin_ns, .end_ns = end_ns, .killed_ns = t->killed_ns,
	};

	for (int member = 0; t->mm && member < MM_NR_MEMBERS; member++)
		record.peak[member] = mm_at(rb, t->mm)->peak[member];
	if (rb->config.process)
		rb->config.process(rb->config.context, &record);
}

/* The task is gone for good: its number may come again. */
static void task_drop(struct rebuild *rb, uint32_t task)
{
	struct task *t = task_at(rb, task);

	kernel_stack_gone(rb, task);
	if (!t->is_exited)
		report(rb, t, rb->now_ns);
	late_forget(rb, task);
	map64_remove(&rb->task_by_tid, t->tid);
	forget_last(rb, t->tid);
	doubt_task_known(rb, task);
	t->is_used = false;
	xgrow(&rb->free_tasks, rb->nr_free_tasks, &rb->free_tasks_capacity, sizeof(*rb->free_tasks));
	rb->free_tasks[rb->nr_free_tasks++] = task;
}

/* A task number is seen again, or ended unseen: whatever it held ends now. */
static void task_forget(struct rebuild *rb, uint32_t task)
{
	uint32_t mm, exec_mm;

	task_leave_dead(rb, task_at(rb, task));
	mm = task_at(rb, task)->mm;
	exec_mm = task_at(rb, task)->exec_mm;
	fault_flush(rb, task);
	if (exec_mm)
		mm_end(rb, exec_mm);
	if (mm && !task_at(rb, task)->is_exited)
		mm_leave(rb, mm);
	task_drop(rb, task);
	if (mm && mm_at(rb, mm)->is_used && mm_at(rb, mm)->is_dying)
		mm_end(rb, mm);
}

/* What looked like the first page of an exec was a child's copy: a birth follows. */
static void exec_was_fork(struct rebuild *rb, uint32_t task)
{
	struct task *t = task_at(rb, task);
	uint32_t mm = t->exec_mm;

	if (!mm)
		return;
	if (!t->is_forking) {
		t->is_forking = true;
		t->fork_id = mm_at(rb, mm)->mm_id;
		memcpy(t->fork_known, mm_at(rb, mm)->known, sizeof(t->fork_known));
	}
	t->exec_mm = 0;
	entries_zap(rb, mm, 0, UINT64_MAX, WHY_CORRECT);
	mm_end(rb, mm);
}

static void task_born(struct rebuild *rb, uint32_t parent_task, const struct mm_event *event)
{
	uint32_t old = task_find(rb, event->task.pid), child, mm;
	struct task *c, *p;

	if (old)
		task_forget(rb, old);
	child = task_make(rb, event->task.pid);
	c = task_at(rb, child);
	p = task_at(rb, parent_task);
	c->begin_ns = event->time_ns;
	c->parent = p->tid;
	c->container = p->container;
	if (p->is_stray)
		doubt_task_found(rb, child);
	memcpy(c->comm, event->task.comm, sizeof(c->comm));
	if (event->task.clone_flags & MM_CLONE_THREAD)
		c->tgid = p->tgid;
	kernel_stack_born(rb, child, p->container);
	if (!(event->task.clone_flags & MM_CLONE_VM))
		exec_was_fork(rb, parent_task);
	p = task_at(rb, parent_task);
	if (event->task.clone_flags & MM_CLONE_VM)
		mm = p->mm;
	else
		mm = mm_fork(rb, parent_task, child);
	task_enter(rb, child, mm);
	if (mm) {
		mm_at(rb, mm)->nr_users++;
		mm_at(rb, mm)->is_dying = false;
	}
	task_apply_rules(rb, child);
}

/* The task leaves its address space for the one that exec built. */
static void exec_switch(struct rebuild *rb, uint32_t task)
{
	struct task *t = task_at(rb, task);
	uint32_t old = t->mm;

	late_forget(rb, task);
	task_enter(rb, task, t->exec_mm);
	t->exec_mm = 0;
	t->fault = (struct fault){ 0 };
	t->call = MM_CALL_NONE;
	t->is_walking = false;
	t->is_forking = false;
	t->has_execed = true;
	mm_at(rb, t->mm)->nr_users = 1;
	stack_made(rb, t->mm);
	/* Its exit_mmap, if it was the last user, has been: or was lost. */
	if (old && mm_at(rb, old)->is_used) {
		mm_leave(rb, old);
		if (mm_at(rb, old)->is_dying)
			mm_end(rb, old);
	}
}

static void renamed(struct rebuild *rb, uint32_t task, const struct mm_event *event)
{
	uint32_t named = event->task.pid == event->tid ? task : task_find(rb, event->task.pid);

	if (!named)
		return;
	memcpy(task_at(rb, named)->comm, event->task.comm, MM_COMM_BYTES);
	if (named == task && task_at(rb, task)->exec_mm)
		exec_switch(rb, task);
	task_apply_rules(rb, named);
}

static void executed(struct rebuild *rb, uint32_t task, const struct mm_event *event)
{
	struct task *t = task_at(rb, task);

	if (!t->exec_mm && !t->has_execed) {
		/* No counter showed the new address space being built: it begins here, with its arguments. */
		const bool is_known = rb->has_counters && !rb->is_late && !rb->doubt.is_any;
		uint32_t mm = mm_new(rb, t->container, t->tid, t->mm, is_known);

		mm_at(rb, mm)->has_arguments = is_known;
		mm_tell(rb, mm, VMA_INSERT);
		doubt_mm_made(rb, mm, 0, task_at(rb, task)->is_stray);
		task_builds(rb, task, mm);
	}
	if (task_at(rb, task)->exec_mm)
		exec_switch(rb, task);
	task_at(rb, task)->has_execed = false;
	image_named(rb, task, event->task.name);
}

static void exited(struct rebuild *rb, uint32_t task, const struct mm_event *event)
{
	uint32_t gone = event->task.pid == event->tid ? task : task_find(rb, event->task.pid);
	struct task *t;

	if (!gone)
		return;
	task_leave_dead(rb, task_at(rb, gone));
	t = task_at(rb, gone);
	if (t->is_exited)
		return;
	fault_flush(rb, gone);
	t = task_at(rb, gone);
	doubt_task_known(rb, gone);
	t->is_exited = true;
	t->is_walking = false;
	report(rb, t, event->time_ns);
	kernel_stack_gone(rb, gone);
	if (!t->mm || !mm_at(rb, t->mm)->is_used)
		return;
	mm_leave(rb, t->mm);
	/* Where no counter falls as it is torn down, it was: on those kernels this event comes last. */
	if (!rb->has_counters && mm_at(rb, t->mm)->is_dying) {
		mm_end(rb, t->mm);
		task_enter(rb, gone, 0);
	}
}

/* exit_mmap prints a pointer only: whose it is follows from who tears down what. */
static void mm_torn_down(struct rebuild *rb, uint32_t task)
{
	struct task *t = task_at(rb, task);
	uint32_t mm = t->teardown_mm;

	/* A fork came to nothing: what the child would have had is given back, by who wanted it. */
	if (t->is_forking && !t->is_exited) {
		t->is_forking = false;
		return;
	}
	if (!mm || !mm_at(rb, mm)->is_used)
		mm = t->mm;
	t->teardown_mm = 0;
	t->is_walking = false;
	if (!mm || !mm_at(rb, mm)->is_used)
		return;
	if (mm == t->exec_mm)
		t->exec_mm = 0;		/* exec failed */
	if (mm_at(rb, mm)->nr_users > 1)
		return;
	mm_end(rb, mm);
	t = task_at(rb, task);
	if (t->mm == mm) {
		if (!t->is_exited && !t->exec_mm) {
			/* Older kernels: the exit event comes after the teardown. */
			doubt_task_known(rb, task);
			t->is_exited = true;
			report(rb, t, rb->now_ns);
		}
		task_enter(rb, task, 0);
	}
}

void task_event(struct rebuild *rb, uint32_t task, const struct mm_event *event)
{
	uint32_t gone;

	switch (event->kind) {
	case MM_TASK_NEW:
		task_born(rb, task, event);
		break;
	case MM_TASK_RENAME:
		renamed(rb, task, event);
		break;
	case MM_TASK_EXEC:
		executed(rb, task, event);
		break;
	case MM_TASK_EXIT:
		exited(rb, task, event);
		break;
	case MM_TASK_FREE:
		gone = task_find(rb, event->task.pid);
		if (gone)
			task_forget(rb, gone);
		break;
	case MM_EXIT_MMAP:
		mm_torn_down(rb, task);
		break;
	default:
		break;
	}
}

void cgroup_event(struct rebuild *rb, const struct mm_event *event)
{
	const char *path = event_source_string(rb->config.source, event->cgroup.path);
	uint32_t container, task;
	struct task *t;

	if (event->kind != MM_CGROUP_ATTACH)
		return;
	if (!rb->has_root) {
		rb->has_root = true;
		rb->cgroup_root = event->cgroup.root;
	}
	if (rb->cgroup_root != event->cgroup.root) {
		unmatched(rb, UNMATCHED_HIERARCHY, 0);
		return;
	}
	container = container_by_cgroup(&rb->containers, event->cgroup.id, path);
	/* The hierarchy of v2 is the first there is. */
	rb->containers.all[container].is_v1 = event->cgroup.root != 0;
	task = task_by_tid(rb, event->cgroup.pid);
	t = task_at(rb, task);
	t->container = container;
	doubt_task_known(rb, task);
	t->is_stray = false;
	if (t->mm && t->tid == t->tgid)
		mm_set_container(rb, t->mm, container);
	task_apply_rules(rb, task);
}

void tasks_finish(struct rebuild *rb)
{
	for (uint32_t i = 1; i < rb->nr_tasks; i++)
		if (rb->tasks[i]->is_used)
			fault_flush(rb, i);
	for (uint32_t i = 1; i < rb->nr_tasks; i++)
		if (rb->tasks[i]->is_used && !rb->tasks[i]->is_exited)
			report(rb, rb->tasks[i], UINT64_MAX);
}
