/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What one container held of one resource, in NR_SLOTS parts of the recording: the most of it at moments when all was sure,
 * and between what and what at the others (bounds.h, which has one for each).  Pages.
 *
 *	history_catch_up(&history, slot, &since);	what it missed of the notes before
 *	history_note(&history, slot, nr, &moment);	as it is now
 *	...
 *	history_close(&history, less, more)
 *
 * A note is a moment at which any container changed; each has a number, and one whose container did not change is left
 * out.  Doubt may have changed meanwhile: what came of that is made up before the next.
 */
#ifndef REPLAY_HISTORY_H
#define REPLAY_HISTORY_H

#include "replay/bounds.h"
#include "replay/since.h"

#include <stdbool.h>

#define NR_SLOTS 64		/* when they are used up, two become one */

/* A part of the recording: the most that was held in it. */
struct slot {
	uint64_t sure;		/* at moments without doubt */
	uint64_t low, high;	/* at the others; what gaps themselves held is added at the end */
	bool is_open;		/* there are others */
	bool is_unbounded;
};

struct history {			/* all zero, but for noted, is an empty one */
	struct slot slots[NR_SLOTS];
	uint64_t stepped;	/* held at the last step */
	uint64_t maxheld;	/* at the last note */
	struct slot now;	/* sure, low and high as of the last note */
	uint64_t held, noted;	/* then, and its number */
	bool is_any;		/* it held something of its own */
	struct bound bound;	/* when all has ended */
};

/* A container at one moment. */
struct moment {
	uint64_t held, maxheld;	/* maxheld: ever */
	bool is_open;		/* it may hold other than that: */
	uint64_t up, down;	/* so much more, so much less... */
	bool is_unbounded;	/* ...or whatever */
};

/* Doubt at the notes since all were noted; of `spared` the complement of doubts.down, so that its most is the least. */
struct doubt_since {
	struct since up, spared;
	uint64_t nr_notes;	/* the last one's number */
};

/* What came of it at the notes since its last one, in which nothing of it changed; then it is as at the latest. */
void history_catch_up(struct history *history, int slot, const struct doubt_since *since);

/* nr: the note's. */
void history_note(struct history *history, int slot, uint64_t nr, const struct moment *moment);

/* As history_note(), where no record was lost: nothing but what is sure is written. */
void history_note_sure(struct history *history, int slot, uint64_t held, uint64_t maxheld);

/* What was sure in the slots first..last is not: a gap is told of at its end. `up`: the most that may have come since it began. */
void history_unsettle(struct history *history, int first, int last, uint64_t up, bool is_unbounded);

/* Two slots become one. */
void history_fold(struct history *history);

/* Nothing of it is noted yet, but what it holds now. */
void history_restart(struct history *history);

/* less, more: what gaps themselves may have held. */
struct bound history_close(const struct history *history, uint64_t less, uint64_t more);

#endif
