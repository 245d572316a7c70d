/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Operations and their values as text: the inverse of op_line.h and the verbs of op_plain.c
 * and op_spaces.c.  Whatever is spelled after a verb has a blank before it, but for texts.
 */
#ifndef OPS_OP_SPELLING_H
#define OPS_OP_SPELLING_H

#include "accounting/mem_op.h"
#include "rebuild/facts.h"

#include <stdio.h>

/* In quotes, whatever it holds; no blank before it. */
void spell_text(FILE *out, const char *value);
/* No blank before it. */
void spell_decimal(FILE *out, uint64_t value);

void spell_word(FILE *out, const char *value);
void spell_number(FILE *out, uint64_t value);
void spell_place(FILE *out, uint64_t vpn);
/* A number, or - for unknown. */
void spell_known(FILE *out, uint64_t value, uint64_t unknown);

/* Its line without the end; the facts name what a new address space belongs to. */
void spell_op(FILE *out, const struct mem_op *op, const struct facts *facts);

#endif
