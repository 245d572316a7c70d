/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Table `proofs`: what scenario 0 holds beside the kernel's own counters, as verify has it. */
#ifndef CMD_PROOF_ROWS_H
#define CMD_PROOF_ROWS_H

#include "sink/sink.h"
#include "verify/proof.h"

/* Of models that answer to counters which a kernel has; what could not be compared is left out. */
enum status proof_rows_put(const struct proof_row *rows, size_t nr, const struct op_source *source, struct sink *sink,
			   struct error *err);

#endif
