// SPDX-License-Identifier: GPL-2.0-or-later
/* Address spaces and their ranges, as a recording is written. */
#include "ops/op_text.h"

#include "ops/op_words.h"

#include <inttypes.h>

static bool do_mm(struct op_text *text)
{
	uint32_t container = 0, from = 0, pid = 0;
	char *comm = (char *)"", *word;
	enum vma_why why = VMA_INSERT;
	uint64_t number;

	if (!text_number(text, "the number of an address space", &number))
		return false;
	if (map64_get(&text->mm_by_number, number))
		return text_fail(text, "there is an address space %" PRIu64 " already", number);
	for (;;) {
		if (op_line_take(&text->line, "in")) {
			if (!text_container(text, &container))
				return false;
		} else if (op_line_take(&text->line, "from")) {
			if (!text_mm(text, &from))
				return false;
		} else if (op_line_take(&text->line, "pid")) {
			if (!text_number_below(text, "a pid", UINT32_MAX, &pid))
				return false;
		} else if (op_line_take(&text->line, "comm")) {
			if (!text_word(text, "a name", &comm))
				return false;
		} else if (op_line_take(&text->line, "why")) {
			if (!text_word(text, "a reason", &word))
				return false;
			if (word_index(vma_why_words, VMA_NR, word) < 0)
				return text_fail(text, "'%s' is no reason", word);
			why = word_index(vma_why_words, VMA_NR, word);
		} else {
			break;
		}
	}
	if (!text_end(text))
		return false;
	map64_set(&text->mm_by_number, number, told_mm_new(&text->told, container, from, why, pid, comm));
	return true;
}

static bool do_mm_move(struct op_text *text)
{
	uint32_t mm, container;

	if (!text_mm(text, &mm) || !text_container(text, &container) || !text_end(text))
		return false;
	told_mm_move(&text->told, mm, container);
	return true;
}

static bool do_mm_gone(struct op_text *text)
{
	char *word = op_line_peek(&text->line);
	uint64_t number;
	uint32_t mm;

	if (!text_mm(text, &mm) || !text_end(text))
		return false;
	if (!op_number(word, &number))
		return text_fail(text, "a task ends by exit");
	map64_remove(&text->mm_by_number, number);
	return text_done(text, told_mm_gone(&text->told, mm));
}

static bool do_vm(struct op_text *text)
{
	uint32_t mm;

	return text_mm(text, &mm) && text_number(text, "pages", &told_mm_at(&text->told, mm)->total_vm) &&
	       text_end(text);
}

static bool do_comm(struct op_text *text)
{
	uint32_t mm;
	char *comm;

	if (!text_mm(text, &mm) || !text_word(text, "a name", &comm) || !text_end(text))
		return false;
	told_mm_comm(&text->told, mm, comm);
	return true;
}

static bool do_shift(struct op_text *text)
{
	uint64_t from, to;
	uint32_t mm;

	return text_mm(text, &mm) && text_vpn(text, mm, &from) && text_vpn(text, mm, &to) && text_end(text) &&
	       text_done(text, told_shift(&text->told, mm, from, to));
}

static bool range_op(struct op_text *text, enum op_kind kind)
{
	struct mem_op op = { .kind = kind };
	char *word;
	int why;

	if (!text_mm(text, &op.mm) || !text_number(text, "a place", &op.vpn))
		return false;
	if (kind == OP_VMA_MOVE && (!text_number(text, "pages", &op.old_pages) || !text_number(text, "a place", &op.to_vpn)))
		return false;
	if (!text_number(text, "pages", &op.pages) || !text_word(text, "a reason", &word))
		return false;
	why = word_index(vma_why_words, VMA_NR, word);
	if (why < 0)
		return text_fail(text, "'%s' is no reason for a VMA", word);
	op.why = why;
	if ((kind == OP_VMA_CHANGE || kind == OP_VMA_MOVE) && !text_letters(text, &op.old_vma))
		return false;
	if (!text_letters(text, &op.vma))
		return false;
	if (op_line_take(&text->line, "resident") && !text_number(text, "pages", &op.resident))
		return false;
	if (op_line_take(&text->line, "from") && !text_mm(text, &op.from_mm))
		return false;
	if (!text_end(text))
		return false;
	if ((op.vpn | op.to_vpn | op.pages | op.old_pages) >> 53)
		return text_fail(text, "no address space is that large");
	told_range(&text->told, &op);
	return true;
}

static bool do_vma_map(struct op_text *text)
{
	return range_op(text, OP_VMA_MAP);
}

static bool do_vma_unmap(struct op_text *text)
{
	return range_op(text, OP_VMA_UNMAP);
}

static bool do_vma_change(struct op_text *text)
{
	return range_op(text, OP_VMA_CHANGE);
}

static bool do_vma_move(struct op_text *text)
{
	return range_op(text, OP_VMA_MOVE);
}

/* The most frequent first. */
const struct text_verb text_space_verbs[] = {
	{ "vm", do_vm },
	{ "comm", do_comm },
	{ "mm", do_mm, true },
	{ "mm-gone", do_mm_gone, true },
	{ "mm-move", do_mm_move, true },
	{ "shift", do_shift, true },
	{ "vma-change", do_vma_change, true },
	{ "vma-map", do_vma_map, true },
	{ "vma-move", do_vma_move, true },
	{ "vma-unmap", do_vma_unmap, true },
	{ NULL }
};
