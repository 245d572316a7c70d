/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What commands do alike with the recordings they read. */
#ifndef CMD_INPUTS_H
#define CMD_INPUTS_H

#include "cmd/command.h"
#include "traces/event_source.h"

/* Moments of --begin and --end on the trace's clock; end UINT64_MAX = to the end. */
enum status resolve_source_range(const struct invocation *call, struct event_source *source,
				 uint64_t *begin_ns, uint64_t *end_ns, struct error *err);
/* The same, of what is known already. */
enum status resolve_range(const struct invocation *call, const struct trace_info *info,
			  uint64_t *begin_ns, uint64_t *end_ns, struct error *err);

/*
 * The recordings that the operands are, each as a call of its own: returns new
 * *recordings, to be freed after the operands of each.
 */
enum status group_inputs(const struct invocation *call, struct invocation **recordings, size_t *nr, struct error *err);

/* The operands in the order of their names: files of one recording give one result in any order. Owned by the call. */
void sort_inputs(struct invocation *call);

/*
 * Says on stderr what is missing or damaged, unless -q.  EXIT_DAMAGED if
 * anything is, else EXIT_DONE.
 */
enum exit_code complain_damage(const struct invocation *call, struct event_source *source);

/* The same of what is not an event source; nr_more notes were not kept. */
enum exit_code complain_notes(const struct invocation *call, const struct trace_counts *counts,
			      const char *const *notes, size_t nr, uint64_t nr_more);

#endif
