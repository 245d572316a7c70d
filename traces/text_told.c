// SPDX-License-Identifier: GPL-2.0-or-later
/* Numbers and names of a line to the events of its record. */
#include "traces/text_told.h"

#include "traces/text_value.h"

#include <string.h>

/* What a line says; the parent's where it has one. */
struct told {
	uint32_t pid, tid, parent_pid, parent_tid;
	const char *comm;
	size_t comm_bytes;
};

struct told_record {
	const char *name;
	const char *mark;	/* with which the rest of the line begins */
	mm_kinds kinds;
	bool (*read)(const char *at, const char *end, struct told *told);
};

static bool take(const char **at, const char *end, char c)
{
	if (*at == end || **at != c)
		return false;
	++*at;
	return true;
}

static bool take_number(const char **at, const char *end, uint32_t *number)
{
	uint64_t value;

	if (!text_value_decimal(at, end, &value) || value > UINT32_MAX)
		return false;
	*number = value;
	return true;
}

/* "(7:8):(1:2)": task 8 of process 7, and whose child it is. */
static bool read_pair(const char *at, const char *end, struct told *told)
{
	return take(&at, end, '(') && take_number(&at, end, &told->pid) && take(&at, end, ':') &&
	       take_number(&at, end, &told->tid) && take(&at, end, ')') && take(&at, end, ':') &&
	       take(&at, end, '(') && take_number(&at, end, &told->parent_pid) && take(&at, end, ':') &&
	       take_number(&at, end, &told->parent_tid) && take(&at, end, ')');
}

/* ": name:7/8", or " exec: name:7/8": task 8 has that name now. */
static bool read_comm(const char *at, const char *end, struct told *told)
{
	const char *name = memmem(at, end - at, ": ", 2), *slash = memrchr(at, '/', end - at), *colon, *digits;

	colon = slash ? memrchr(at, ':', slash - at) : NULL;
	if (!name || !colon || colon < name + 2 || colon - name - 2 >= MM_COMM_BYTES)
		return false;
	digits = slash + 1;
	told->comm = name + 2;
	told->comm_bytes = colon - name - 2;
	return take_number(&digits, end, &told->tid);
}

#define KIND(kind) MM_KIND_BIT(kind)

static const struct told_record records[] = {
	{ "PERF_RECORD_FORK", "(", KIND(MM_TASK_NEW), read_pair },
	{ "PERF_RECORD_EXIT", "(", KIND(MM_TASK_EXIT) | KIND(MM_TASK_FREE), read_pair },
	{ "PERF_RECORD_COMM", " exec", KIND(MM_TASK_RENAME) | KIND(MM_TASK_EXEC), read_comm },
	{ "PERF_RECORD_COMM", "", KIND(MM_TASK_RENAME), read_comm },
};

const struct told_record *text_told_find(const struct text_head *head)
{
	if (head->body_form != BODY_RECORD)
		return NULL;
	for (size_t i = 0; i < sizeof(records) / sizeof(records[0]); i++) {
		const struct told_record *record = &records[i];
		const size_t mark = strlen(record->mark);

		if (head->name_bytes == strlen(record->name) && !memcmp(head->name, record->name, head->name_bytes) &&
		    (size_t)(head->end - head->body) >= mark && !memcmp(head->body, record->mark, mark))
			return record;
	}
	return NULL;
}

mm_kinds text_told_kinds(const struct told_record *record)
{
	return record->kinds;
}

static void fill(const struct told *told, enum mm_kind kind, struct strings *strings, struct mm_event *event)
{
	*event = (struct mm_event){ .kind = kind, .tid = kind == MM_TASK_NEW ? told->parent_tid : told->tid };
	event->task.pid = told->tid;
	if (told->comm_bytes)
		memcpy(event->task.comm, told->comm, told->comm_bytes);
	if (kind == MM_TASK_EXEC) {
		event->task.parent = told->tid;
		event->task.name = strings_add(strings, told->comm, told->comm_bytes);
		memset(event->task.comm, 0, sizeof(event->task.comm));
	}
	/* A thread is known by its process, vfork is not told from fork. */
	if (kind == MM_TASK_NEW && told->pid == told->parent_pid)
		event->task.clone_flags = MM_CLONE_VM | MM_CLONE_THREAD;
}

bool text_told_read(const struct told_record *record, const struct text_head *head, mm_kinds kinds,
		    struct strings *strings, struct mm_event events[TOLD_EVENTS], size_t *nr)
{
	/* In the order in which a perf.data gives them. */
	static const enum mm_kind order[] = { MM_TASK_NEW, MM_TASK_EXIT, MM_TASK_FREE, MM_TASK_RENAME, MM_TASK_EXEC };
	struct told told = { 0 };

	*nr = 0;
	if (!record->read(head->body, head->end, &told))
		return false;
	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
		if (record->kinds & kinds & KIND(order[i]))
			fill(&told, order[i], strings, &events[(*nr)++]);
	}
	return true;
}
