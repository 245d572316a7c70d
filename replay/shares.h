/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who shares with whom in one model: of each container and another, what one pays and
 * the other maps.
 *
 *	share_of(&found, container, other)->paid++;	while pages are gone through
 *	shares_take(&own, &found, container);		what a container's bill keeps of it
 *	shares_write(&own, resource, sink, err);
 */
#ifndef REPLAY_SHARES_H
#define REPLAY_SHARES_H

#include "base/map64.h"
#include "sink/sink.h"

#include <stddef.h>
#include <stdint.h>

struct share {
	uint32_t container, other;
	uint64_t paid, unpaid;	/* it pays and the other maps; it maps and the other pays */
};

struct shares {
	struct share *all;
	size_t nr, capacity;
	struct map64 places;	/* container and other: index + 1; of those that share_of() made */
};

void shares_release(struct shares *shares);

/* Made when it is new; good until the next one is. */
struct share *share_of(struct shares *shares, uint32_t container, uint32_t other);

/* own becomes the container's part of what was found. */
void shares_take(struct shares *own, const struct shares *found, uint32_t container);

/* A row each, in the order of the others. */
enum status shares_write(struct shares *shares, const char *resource, struct sink *sink, struct error *err);

#endif
