/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How far a run's figures can be trusted: what was lost and what that can change, what could not be read or
 * matched, how often the replay foretold the kernel's own counter, and how far off it is from others.
 */
#ifndef REPORTS_TRUST_H
#define REPORTS_TRUST_H

#include "reports/run_db.h"

#include <stdio.h>

/* The same for programs: sections of a report. */
extern const char trust_losses_sql[], trust_unmatched_sql[], trust_checks_sql[], trust_proofs_sql[];

/* For people: some lines. */
enum status trust_print(struct run_db *run, FILE *out, struct error *err);

#endif
