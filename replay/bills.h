/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who pays for what others use too: the charge of each container, as recorded, taken apart at one moment.
 *
 *	bills_op(bills, op)		before the worlds play it; the facts hold it, and maybe some that follow
 *	bills_write(bills, sink, err)	at the end
 *
 * The moment is that at which the container was charged for most or its processes mapped most, whichever
 * is more.  Which moment that is shows only when it is over, so nothing is counted page by page: when an
 * operation is about to make less of a container that has grown by a thirty-second since it was looked at, all
 * pages are gone through at once.  That is done no more often than operations pay for, so the
 * moment may be a little beside the peak: a row says when it was and what was held then.
 *
 * Only models whose charge is for pages have bills; a page of the page cache that nobody maps
 * is used by whoever pays for it, as far as this goes: who only reads it does not show.
 */
#ifndef REPLAY_BILLS_H
#define REPLAY_BILLS_H

#include "accounting/mem_op.h"
#include "rebuild/facts.h"
#include "replay/handover.h"
#include "replay/hierarchy.h"
#include "sink/sink.h"

struct world;
struct bills;

struct bills_config {
	struct world *const *worlds;	/* scenario 0 of each model; all is borrowed */
	size_t nr_worlds;
	const struct facts *facts;
	const struct hierarchy *hierarchy;
	/* Calls visit for each operation that the facts are ahead by, op first; they stand still until resume. */
	void (*hold)(void *context, const struct mem_op *op, op_visitor *visit, void *visiting);
	void (*resume)(void *context);
	void *context;
};

struct bills *bills_create(const struct bills_config *config);
void bills_destroy(struct bills *bills);	/* NULL is fine */

/* The containers there are have become more. */
void bills_containers(struct bills *bills, size_t nr_containers);

/* The part that counts begins: what was looked at so far does not count. */
void bills_restart(struct bills *bills);

/* Before an operation is played; pages below nr_rows have a row, and the others were in no operation yet. */
void bills_op(struct bills *bills, const struct mem_op *op, uint32_t nr_rows);

/* Looks at those that stand higher than ever before, and writes all. */
enum status bills_write(struct bills *bills, uint64_t now_ns, uint32_t nr_rows, struct sink *sink, struct error *err);

#endif
