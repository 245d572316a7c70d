// SPDX-License-Identifier: GPL-2.0-or-later
/* What a source tells, a line each, and beside it the facts that operations do not tell. */
#include "ops/op_writer.h"

#include "base/xalloc.h"
#include "ops/op_spelling.h"
#include "ops/op_words.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define PROGRESS_STEPS 65536

/* What the text has said of an address space. */
struct said_mm {
	uint64_t total_vm;
	char comm[MM_COMM_BYTES];
	bool is_alive;
};

struct writer {
	const struct op_writer_options *options;
	struct op_source *source;
	const struct facts *facts;
	FILE *out;
	uint64_t now_ns, said_ns, nr_steps, looked_step;
	uint32_t said_tid;
	uint16_t said_cpu;
	uint32_t nr_containers;
	struct said_mm *mms;
	size_t nr_mms;
	uint8_t *pages;		/* by number: 0 = not said, 1 = said, 2 = said dirty */
	size_t nr_pages;
};

/* --- the facts that operations do not tell --- */

static void say_containers(struct writer *writer)
{
	const struct containers *containers = writer->source->class->containers(writer->source);

	for (; writer->nr_containers < containers->nr; writer->nr_containers++) {
		const struct container *container = &containers->all[writer->nr_containers];

		if (!writer->nr_containers)
			continue;
		fprintf(writer->out, "container %" PRIu32 " ", writer->nr_containers);
		spell_text(writer->out, container->name);
		putc(' ', writer->out);
		spell_text(writer->out, container->path);
		if (container->is_v1)
			fputs(" v1", writer->out);
		putc('\n', writer->out);
	}
}

static struct said_mm *said_mm(struct writer *writer, uint32_t mm)
{
	if (mm >= writer->nr_mms) {
		size_t nr = mm * 2 + 64;

		writer->mms = xrealloc(writer->mms, nr, sizeof(*writer->mms));
		memset(writer->mms + writer->nr_mms, 0, (nr - writer->nr_mms) * sizeof(*writer->mms));
		writer->nr_mms = nr;
	}
	return &writer->mms[mm];
}

static void look_at_mm(struct writer *writer, uint32_t mm)
{
	struct said_mm *said = said_mm(writer, mm);
	struct mm_facts facts;
	const char *comm;

	writer->facts->class->mm(writer->facts, mm, &facts);
	if (!facts.is_alive || !said->is_alive)
		return;
	if (facts.total_vm != said->total_vm) {
		said->total_vm = facts.total_vm;
		fprintf(writer->out, "vm %" PRIu32 " %" PRIu64 "\n", mm, facts.total_vm);
	}
	comm = writer->facts->class->comm(writer->facts, mm);
	if (strncmp(comm, said->comm, MM_COMM_BYTES - 1)) {
		snprintf(said->comm, sizeof(said->comm), "%s", comm);
		fprintf(writer->out, "comm %" PRIu32 " ", mm);
		spell_text(writer->out, comm);
		putc('\n', writer->out);
	}
}

/* An operation may make a scenario ask for any address space: they change with events only. */
static void look_around(struct writer *writer, const struct mem_op *op)
{
	uint32_t nr_mms = writer->facts->class->nr_mms(writer->facts);

	if (writer->looked_step == writer->nr_steps) {
		if (op->mm && op->kind != OP_MM_NEW)
			look_at_mm(writer, op->mm);
		return;
	}
	writer->looked_step = writer->nr_steps;
	for (uint32_t mm = 1; mm < nr_mms; mm++)
		if (op->kind != OP_MM_NEW || mm != op->mm)
			look_at_mm(writer, mm);
}

static void look_at_page(struct writer *writer, const struct mem_op *op)
{
	uint64_t index;
	uint32_t file;

	if (!op->page)
		return;
	if (op->page >= writer->nr_pages) {
		size_t nr = op->page * (size_t)2 + 64;

		writer->pages = xrealloc(writer->pages, nr, 1);
		memset(writer->pages + writer->nr_pages, 0, nr - writer->nr_pages);
		writer->nr_pages = nr;
	}
	if (!writer->pages[op->page]) {
		fprintf(writer->out, "page %" PRIu32 " %s", op->page, page_kind_words[op->page_kind]);
		if (writer->facts->class->place(writer->facts, op->page, &file, &index))
			fprintf(writer->out, " of %" PRIu32 " %" PRIu64, file, index);
		putc('\n', writer->out);
		writer->pages[op->page] = 1;
	}
	if (writer->pages[op->page] == 1 && writer->facts->class->is_dirty(writer->facts, op->page)) {
		fprintf(writer->out, "dirty %" PRIu32 "\n", op->page);
		writer->pages[op->page] = 2;
	}
	if (op->kind == OP_PAGE_GONE)
		writer->pages[op->page] = 0;
}

/* What the line of an operation says of an address space beside the operation. */
static void remember_mm(struct writer *writer, const struct mem_op *op)
{
	struct said_mm *said = said_mm(writer, op->mm);

	*said = (struct said_mm){ .is_alive = op->kind == OP_MM_NEW };
	if (said->is_alive)
		snprintf(said->comm, sizeof(said->comm), "%s", writer->facts->class->comm(writer->facts, op->mm));
}

/* --- what the source tells --- */

static void on_op(void *context, struct mem_op *op)
{
	struct writer *writer = context;

	say_containers(writer);
	look_around(writer, op);
	look_at_page(writer, op);
	if (op->time_ns != writer->said_ns) {
		writer->said_ns = op->time_ns;
		putc('@', writer->out);
		spell_decimal(writer->out, op->time_ns);
		putc(' ', writer->out);
	}
	if (op->cpu != writer->said_cpu) {
		writer->said_cpu = op->cpu;
		putc('&', writer->out);
		spell_decimal(writer->out, op->cpu);
		putc(' ', writer->out);
	}
	if (op->tid != writer->said_tid) {
		writer->said_tid = op->tid;
		putc('%', writer->out);
		spell_decimal(writer->out, op->tid);
		putc(' ', writer->out);
	}
	if (op->kind == OP_MM_NEW || op->kind == OP_MM_GONE)
		remember_mm(writer, op);
	spell_op(writer->out, op, writer->facts);
	putc('\n', writer->out);
}

static void on_process(void *context, const struct process_record *process)
{
	struct writer *writer = context;

	say_containers(writer);
	fputs("process", writer->out);
	spell_number(writer->out, process->pid);
	spell_number(writer->out, process->tgid);
	spell_word(writer->out, "in");
	spell_number(writer->out, process->container);
	spell_word(writer->out, "comm ");
	spell_text(writer->out, process->comm);
	spell_known(writer->out, process->begin_ns, 0);
	spell_known(writer->out, process->end_ns, UINT64_MAX);
	spell_number(writer->out, process->peak[MM_ANONPAGES]);
	spell_number(writer->out, process->peak[MM_FILEPAGES]);
	spell_number(writer->out, process->peak[MM_SHMEMPAGES]);
	if (process->killed_ns) {
		spell_word(writer->out, "killed");
		spell_number(writer->out, process->killed_ns);
	}
	putc('\n', writer->out);
}

static void on_loss(void *context, const struct loss_record *loss)
{
	struct writer *writer = context;

	fputs("loss ", writer->out);
	spell_text(writer->out, loss->input);
	spell_number(writer->out, loss->cpu);
	spell_word(writer->out, gap_reason_words[loss->reason]);
	spell_known(writer->out, loss->begin_ns, 0);
	spell_known(writer->out, loss->end_ns, 0);
	spell_known(writer->out, loss->events, 0);
	putc('\n', writer->out);
}

static void on_shift(void *context, uint32_t mm, uint64_t from, uint64_t to)
{
	struct writer *writer = context;

	fputs("shift", writer->out);
	spell_number(writer->out, mm);
	spell_place(writer->out, from);
	spell_place(writer->out, to);
	putc('\n', writer->out);
}

static enum status on_advance(void *context, uint64_t now_ns)
{
	struct writer *writer = context;
	const struct op_writer_options *options = writer->options;

	if (now_ns > options->end_ns || ferror(writer->out))
		return RC_END;
	writer->now_ns = now_ns;
	writer->nr_steps++;
	if (options->progress && !(writer->nr_steps % PROGRESS_STEPS))
		options->progress(options->progress_context, writer->source->class->counts(writer->source)->bytes);
	return RC_OK;
}

static void setting_text(FILE *out, const char *name, const char *value)
{
	fprintf(out, "%s ", name);
	spell_text(out, value);
	putc('\n', out);
}

static void write_head(struct writer *writer)
{
	const struct trace_info *info = writer->source->class->info(writer->source);
	FILE *out = writer->out;

	fputs("recount-ops 1 recording\n", out);
	setting_text(out, "trace_format", info->format);
	if (info->fidelity)
		setting_text(out, "fidelity", info->fidelity);
	setting_text(out, "clock", info->clock);
	setting_text(out, "kernel", info->uname);
	fprintf(out, "page_size %" PRIu32 "\ncpus %" PRIu32 "\n", info->page_size, info->nr_cpus);
	fprintf(out, "span %" PRIu64 " %" PRIu64 "\n", info->begin_ns, info->end_ns);
	fprintf(out, "recorded 0x%" PRIx64 " 0x%" PRIx64 "\n", info->kinds, info->calls);
	for (size_t i = 0; i < info->nr_facts; i++) {
		fputs("fact ", out);
		spell_text(out, info->facts[i].key);
		putc(' ', out);
		spell_text(out, info->facts[i].value);
		putc('\n', out);
	}
	if (writer->options->begin_ns)
		fprintf(out, "count-from %" PRIu64 "\n", writer->options->begin_ns);
}

static void write_tail(struct writer *writer)
{
	struct op_source *source = writer->source;
	const struct unmatched_count *unmatched = source->class->unmatched(source);
	const struct judge *judge = source->class->judge(source);
	const char *const *notes;
	uint64_t nr_more = 0;
	size_t nr = source->class->notes(source, &notes, &nr_more);
	FILE *out = writer->out;

	say_containers(writer);
	for (size_t i = 0; i < nr; i++)
		setting_text(out, "note", notes[i]);
	if (nr_more)
		fprintf(out, "notes-more %" PRIu64 "\n", nr_more);
	for (enum unmatched_kind kind = 0; kind < UNMATCHED_NR; kind++)
		fprintf(out, "unmatched %s %" PRIu64 " %" PRIu64 "\n", unmatched_name(kind), unmatched[kind].count,
			unmatched[kind].pages);
	for (enum judge_class class = 0; class < JUDGE_NR; class++) {
		const struct judge_count *count = &judge->classes[class];

		fprintf(out, "checked %s %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64,
			judge_class_name(class), count->checked, count->exact, count->within_1, count->worst,
			count->sum_abs);
		if (count->open)
			fprintf(out, " open %" PRIu64 " %" PRIu64 " %" PRIu64, count->open, count->open_exact, count->outside);
		fputc('\n', out);
	}
	fprintf(out, "unchecked %" PRIu64 "\nunexplained %" PRIu64 "\n", judge->unchecked, judge->unexplained);
	fprintf(out, "end %" PRIu64 "\n", writer->now_ns);
}

enum status op_writer_write(struct op_source *source, const struct op_writer_options *options, FILE *out,
			    struct error *err)
{
	struct writer writer = { .options = options, .source = source, .out = out };
	const struct op_listener listener = {
		.context = &writer, .rules = options->rules, .nr_rules = options->nr_rules, .op = on_op,
		.process = on_process, .loss = on_loss, .shift = on_shift, .advance = on_advance,
	};
	enum status status = source->class->start(source, &listener, err);

	if (status)
		return status;
	writer.facts = source->class->facts(source);
	write_head(&writer);
	status = source->class->run(source, err);
	if (!status)
		write_tail(&writer);
	free(writer.mms);
	free(writer.pages);
	return !status && ferror(out) ? RC_END : status;
}
