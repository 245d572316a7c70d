// SPDX-License-Identifier: GPL-2.0-or-later
/* Verbs and what follows them, in the words of op_words.h. */
#include "ops/op_spelling.h"

#include "ops/op_words.h"

void spell_text(FILE *out, const char *value)
{
	putc('"', out);
	for (const unsigned char *at = (const unsigned char *)value; *at; at++) {
		if (*at == '"' || *at == '\\')
			fprintf(out, "\\%c", *at);
		else if (*at < 0x20 || *at >= 0x7f)
			fprintf(out, "\\x%02x", *at);
		else
			putc(*at, out);
	}
	putc('"', out);
}

/* Numbers are most of what is written: faster than printf. */
void spell_decimal(FILE *out, uint64_t value)
{
	char digits[20];
	size_t nr = sizeof(digits);

	do
		digits[--nr] = '0' + value % 10;
	while (value /= 10);
	fwrite(digits + nr, 1, sizeof(digits) - nr, out);
}

static void hexadecimal(FILE *out, uint64_t value)
{
	char digits[18];
	size_t nr = sizeof(digits);

	do
		digits[--nr] = "0123456789abcdef"[value & 15];
	while (value >>= 4);
	digits[--nr] = 'x';
	digits[--nr] = '0';
	fwrite(digits + nr, 1, sizeof(digits) - nr, out);
}

void spell_word(FILE *out, const char *value)
{
	putc(' ', out);
	fputs(value, out);
}

void spell_number(FILE *out, uint64_t value)
{
	putc(' ', out);
	spell_decimal(out, value);
}

void spell_place(FILE *out, uint64_t vpn)
{
	putc(' ', out);
	hexadecimal(out, vpn);
}

void spell_known(FILE *out, uint64_t value, uint64_t unknown)
{
	if (value == unknown)
		spell_word(out, "-");
	else
		spell_number(out, value);
}

static void letters(FILE *out, uint8_t flags)
{
	char set[8];

	vma_letters(flags, set);
	spell_word(out, set);
}

/* --- operations --- */

static void out_by(FILE *out, const struct mem_op *op)
{
	if (op->is_out)
		spell_word(out, "out");
	if (op->by) {
		spell_word(out, "by");
		spell_word(out, reclaim_by_words[op->by]);
	}
}

static void entry_flags(FILE *out, const struct mem_op *op)
{
	if (op->kind == OP_MAP && op->is_young != op_why_is_young(op->why))
		spell_word(out, op->is_young ? "young" : "old");
	if (op->is_write)
		spell_word(out, "write");
	if (op->is_tail)
		spell_word(out, "tail");
	if (op->is_locked && !(op->vma & VMA_LOCKED))
		spell_word(out, "locked");
	out_by(out, op);
	if (op->vma) {
		spell_word(out, "vma");
		letters(out, op->vma);
	}
}

static void on_whose_behalf(FILE *out, const struct mem_op *op)
{
	if (op->container) {
		spell_word(out, "in");
		spell_number(out, op->container);
	}
	if (op->mm) {
		spell_word(out, "mm");
		spell_number(out, op->mm);
	}
	if (op->pages && (op->kind == OP_USE || op->kind == OP_CACHE_ADD)) {
		spell_word(out, "pages");
		spell_number(out, op->pages);
	}
	if (op->is_write)
		spell_word(out, "write");
	if (op->is_tail)
		spell_word(out, "tail");
	if (op->is_again)
		spell_word(out, "again");
	out_by(out, op);
}

static void write_map(FILE *out, const struct mem_op *op)
{
	if (op->old_page) {
		fputs("copy", out);
		spell_number(out, op->mm);
		spell_place(out, op->vpn);
		spell_number(out, op->page);
	} else {
		fputs("map", out);
		spell_number(out, op->mm);
		spell_number(out, op->page);
		spell_place(out, op->vpn);
		spell_word(out, op_why_words[op->why]);
	}
	entry_flags(out, op);
}

static void write_use(FILE *out, const struct mem_op *op)
{
	if (op->mm) {
		fputs("use", out);
		spell_number(out, op->mm);
		spell_place(out, op->vpn);
		if (op->is_perhaps)
			spell_word(out, "perhaps");
		entry_flags(out, op);
		return;
	}
	fputs("access", out);
	spell_number(out, op->page);
	on_whose_behalf(out, op);
}

static void write_range(FILE *out, const struct mem_op *op, const char *verb)
{
	fputs(verb, out);
	spell_number(out, op->mm);
	spell_place(out, op->vpn);
	if (op->kind == OP_VMA_MOVE) {
		spell_number(out, op->old_pages);
		spell_place(out, op->to_vpn);
	}
	spell_number(out, op->pages);
	spell_word(out, vma_why_words[op->why]);
	if (op->kind == OP_VMA_CHANGE || op->kind == OP_VMA_MOVE)
		letters(out, op->old_vma);
	letters(out, op->vma);
	if (op->resident) {
		spell_word(out, "resident");
		spell_number(out, op->resident);
	}
	if (op->from_mm) {
		spell_word(out, "from");
		spell_number(out, op->from_mm);
	}
}

static void write_mm_new(FILE *out, const struct mem_op *op, const struct facts *facts)
{
	struct mm_facts mm;

	facts->class->mm(facts, op->mm, &mm);
	fputs("mm", out);
	spell_number(out, op->mm);
	spell_word(out, "in");
	spell_number(out, op->container);
	if (op->from_mm) {
		spell_word(out, "from");
		spell_number(out, op->from_mm);
	}
	spell_word(out, "why");
	spell_word(out, vma_why_words[op->why]);
	spell_word(out, "pid");
	spell_number(out, mm.pid);
	spell_word(out, "comm ");
	spell_text(out, facts->class->comm(facts, op->mm));
}

void spell_op(FILE *out, const struct mem_op *op, const struct facts *facts)
{
	switch ((enum op_kind)op->kind) {
	case OP_MAP:
		write_map(out, op);
		break;
	case OP_UNMAP:
		fputs("unmap", out);
		spell_number(out, op->mm);
		spell_place(out, op->vpn);
		spell_word(out, op_why_words[op->why]);
		entry_flags(out, op);
		break;
	case OP_USE:
		write_use(out, op);
		break;
	case OP_PAGE_GONE:
		fputs("gone", out);
		spell_number(out, op->page);
		break;
	case OP_CACHE_ADD:
	case OP_CACHE_DEL:
		fputs(op->kind == OP_CACHE_ADD ? "cache-add" : "cache-del", out);
		spell_number(out, op->page);
		spell_word(out, op_why_words[op->why]);
		on_whose_behalf(out, op);
		break;
	case OP_VMA_MAP:
		write_range(out, op, "vma-map");
		break;
	case OP_VMA_UNMAP:
		write_range(out, op, "vma-unmap");
		break;
	case OP_VMA_CHANGE:
		write_range(out, op, "vma-change");
		break;
	case OP_VMA_MOVE:
		write_range(out, op, "vma-move");
		break;
	case OP_SHM_LOCK:
	case OP_SHM_UNLOCK:
		fputs(op->kind == OP_SHM_LOCK ? "shm-lock" : "shm-unlock", out);
		spell_number(out, op->pages);
		on_whose_behalf(out, op);
		break;
	case OP_MM_NEW:
		write_mm_new(out, op, facts);
		break;
	case OP_MM_MOVE:
		fputs("mm-move", out);
		spell_number(out, op->mm);
		spell_number(out, op->container);
		break;
	case OP_MM_GONE:
		fputs("mm-gone", out);
		spell_number(out, op->mm);
		break;
	case OP_KERNEL_CHARGE:
	case OP_KERNEL_UNCHARGE:
		fputs(op->kind == OP_KERNEL_CHARGE ? "kernel-charge" : "kernel-uncharge", out);
		spell_number(out, op->container);
		spell_number(out, op->pages);
		spell_number(out, op->slab);
		break;
	case OP_WRITTEN:
		fputs("written", out);
		spell_number(out, op->container);
		spell_number(out, op->until_ns);
		break;
	case OP_FORCE_EMPTY:	/* no event tells of it */
	case OP_NR_KINDS:
		break;
	}
}
