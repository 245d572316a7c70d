// SPDX-License-Identifier: GPL-2.0-or-later
/* Any text of operations (docs/ops.md), told to somebody who asks about each of them. */
#include "recording.h"

#include "ops/op_sources.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static const struct facts *facts_of(void *context)
{
	const struct op_source *source = context;

	return source->class->facts(source);
}

/* Whatever a world may ask of the page. */
static void ask(void *context, struct mem_op *op)
{
	const struct facts *facts = facts_of(context);
	struct mm_facts mm_facts;
	uint64_t vpn, stamp;
	uint32_t mm;

	must(op->kind < OP_NR_KINDS);
	must(op->page < facts->class->nr_pages(facts) || !op->page);
	if (!op->page || !facts->class->entry(facts, op->page, &mm, &vpn, &stamp))
		return;
	must(mm < facts->class->nr_mms(facts));
	facts->class->mm(facts, mm, &mm_facts);
	must(facts->class->comm(facts, mm));
	facts->class->is_locked(facts, op->page);
}

static void count_entry(void *context, uint64_t vpn, uint32_t page, uint64_t stamp, bool is_old, bool is_out)
{
	(void)vpn, (void)page, (void)stamp, (void)is_old, (void)is_out;
	++*(uint64_t *)context;
}

static void end_process(void *context, const struct process_record *process)
{
	must(process->end_ns >= process->begin_ns);
	(void)context;
}

static enum status advance(void *context, uint64_t now_ns)
{
	(void)context, (void)now_ns;
	return RC_OK;
}

static enum status direct(void *context, const struct directive *directive, struct error *err)
{
	(void)context, (void)directive, (void)err;
	return RC_OK;
}

static void run(struct op_source *source)
{
	const struct op_listener listener = {
		.context = source, .op = ask, .process = end_process, .advance = advance, .directive = direct,
	};
	const struct facts *facts;
	uint64_t nr_entries = 0;
	struct error err;

	if (source->class->start(source, &listener, &err))
		return;
	source->class->run(source, &err);
	facts = facts_of(source);
	for (uint32_t mm = 1; mm < facts->class->nr_mms(facts); mm++)
		facts->class->visit(facts, mm, count_entry, &nr_entries);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	static const char magic[] = "recount-ops ";
	const size_t before = sizeof(magic) - 1;
	const bool is_whole = bytes && (data[0] == '#' || data[0] == 'r');
	const char *path = recording_of((struct piece[]){
		{ magic, is_whole ? 0 : before, 0 }, { data, bytes, is_whole ? 0 : before },
	}, 2, bytes + (is_whole ? 0 : before));
	struct op_source *source;
	struct error err;

	if (!op_text_open(&source, path, &err)) {
		run(source);
		op_source_close(source);
	}
	return 0;
}
