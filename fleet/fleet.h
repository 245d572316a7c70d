/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Databases of single runs, and of fleets, as one FLEET.db.
 *
 *	fleet_create(&fleet, path, err);
 *	fleet_add(fleet, "a.db", err);		RUN.db or FLEET.db, any number of times, in any order
 *	fleet_commit(fleet, err);		now, and only now, it is there
 *	notes = fleet_notes(fleet, &nr);
 *	fleet_close(fleet);
 *
 * A recording counts once: the same run given again is left out and noted, another run of the same recording is
 * refused.  The bytes depend on the runs and their names, not on the order or the nesting in which they came.
 */
#ifndef FLEET_FLEET_H
#define FLEET_FLEET_H

#include "base/status.h"

#include <stddef.h>

struct fleet;

/* Nothing is at path before fleet_commit(); it may be one of those that are added. */
enum status fleet_create(struct fleet **fleet, const char *path, struct error *err);

/* path is borrowed until close.  RC_INPUT: is no such database, or damaged. */
enum status fleet_add(struct fleet *fleet, const char *path, struct error *err);

/* Of what was added, at least one.  RC_INPUT: they do not fit together. */
enum status fleet_commit(struct fleet *fleet, struct error *err);

/* What was left out, a line each; borrowed until close. */
const char *const *fleet_notes(const struct fleet *fleet, size_t *nr);

void fleet_close(struct fleet *fleet);	/* NULL is fine */

#endif
