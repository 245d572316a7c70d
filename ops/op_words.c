// SPDX-License-Identifier: GPL-2.0-or-later
/* Tables of words. */
#include "ops/op_words.h"

#include <string.h>

const char *const op_why_words[WHY_NR] = {
	[WHY_ANON] = "anon",
	[WHY_COPY] = "copy",
	[WHY_FILE] = "file",
	[WHY_AROUND] = "around",
	[WHY_SWAP_IN] = "swap-in",
	[WHY_SWAP_BAD] = "swap-bad",
	[WHY_EXEC_ARG] = "exec-arg",
	[WHY_FORK] = "fork",
	[WHY_MIGRATE] = "migrate",
	[WHY_ZAP] = "zap",
	[WHY_EXIT] = "exit",
	[WHY_RECLAIM] = "reclaim",
	[WHY_CORRECT] = "correct",
};

const char *const vma_why_words[VMA_NR] = {
	[VMA_MMAP] = "mmap",
	[VMA_BRK] = "brk",
	[VMA_ELF_BRK] = "elf-brk",
	[VMA_STACK] = "stack",
	[VMA_INSERT] = "insert",
	[VMA_ELF] = "elf",
	[VMA_FORK] = "fork",
	[VMA_DRIVER] = "driver",
};

const char *const reclaim_by_words[BY_MACHINE + 1] = {
	[BY_REQUEST] = "request",
	[BY_LIMIT] = "limit",
	[BY_MACHINE] = "machine",
};

const char *const page_kind_words[PAGE_SHMEM + 1] = {
	[PAGE_ANON] = "anon",
	[PAGE_FILE] = "file",
	[PAGE_SHMEM] = "shmem",
};

const char *const gap_reason_words[3] = { "overrun", "damage", "format" };

int word_index(const char *const *words, size_t nr, const char *word)
{
	for (size_t i = 0; i < nr; i++)
		if (!strcmp(words[i], word))
			return (int)i;
	return -1;
}

bool op_why_is_young(enum op_why why)
{
	return why == WHY_ANON || why == WHY_COPY || why == WHY_FILE || why == WHY_SWAP_IN || why == WHY_EXEC_ARG;
}

void vma_letters(uint8_t flags, char *text)
{
	size_t nr = 0;

	for (size_t i = 0; VMA_LETTERS[i]; i++)
		if (flags & 1 << i)
			text[nr++] = VMA_LETTERS[i];
	if (!nr)
		text[nr++] = '-';
	text[nr] = '\0';
}

int vma_from_letters(const char *text)
{
	int flags = 0;

	for (; *text; text++) {
		const char *letter = strchr(VMA_LETTERS, *text);

		if (*text == '-')
			continue;
		if (!letter)
			return -1;
		flags |= 1 << (letter - VMA_LETTERS);
	}
	return flags;
}
