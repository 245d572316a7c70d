/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What `recount verify` says beside its tables: lines for people, numbers for programs. */
#ifndef CMD_VERIFY_NOTES_H
#define CMD_VERIFY_NOTES_H

#include "cmd/verify_print.h"

#include <stdio.h>

/* Which values of rss_stat are not in the table, and what of it the recording does not tell. */
void verify_note_checks(const struct verified *verified, FILE *out);
/* Samples each by itself; nothing where there are none. */
void verify_note_samples(const struct verified *verified, FILE *out);
/* Rows that are not compared. */
void verify_note_why_not(const struct verified *verified, FILE *out);

void verify_put_open(struct json *json, const struct judge *judge);
void verify_put_samples(struct json *json, const struct verified *verified);

#endif
