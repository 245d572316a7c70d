/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The words of the language of operations that name values of an enum.
 *
 * Each table is indexed by its enum; reader and writer use the same, so what is
 * written is read back.
 */
#ifndef OPS_OP_WORDS_H
#define OPS_OP_WORDS_H

#include "accounting/mem_op.h"

#include <stdbool.h>
#include <stddef.h>

extern const char *const op_why_words[WHY_NR];
extern const char *const reclaim_by_words[BY_MACHINE + 1];
extern const char *const vma_why_words[VMA_NR];
extern const char *const page_kind_words[PAGE_SHMEM + 1];
extern const char *const gap_reason_words[3];

/* Index of word among the first nr of words, or -1. */
int word_index(const char *const *words, size_t nr, const char *word);

/* Whether an entry set for that reason counts as used, when nothing else is said. */
bool op_why_is_young(enum op_why why);

#define VMA_LETTERS "wsflaxe"	/* bit i of enum vma_flags is letter i */

/* A set of vma_flags as letters, "-" for none; text holds 8 bytes. */
void vma_letters(uint8_t flags, char *text);
/* The set, or -1. */
int vma_from_letters(const char *text);

#endif
