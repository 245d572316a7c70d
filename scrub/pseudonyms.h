/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names that say nothing in place of names that do, and small numbers in place of
 * the kernel's: the same for the same, in the order in which they are first met.
 *
 *	struct pseudonyms names = { 0 };
 *	pseudonym(&names, PSEUDONYM_TASK, "redis-server")		"task1"
 *	pseudonym_path(&names, "/system.slice/redis.service", text)	"/c1/c2"
 *	pseudonym_number(&names, NUMBER_INODE, inode)			1
 *	pseudonyms_release(&names);
 */
#ifndef SCRUB_PSEUDONYMS_H
#define SCRUB_PSEUDONYMS_H

#include "base/map64.h"

#include <stddef.h>
#include <stdint.h>

enum pseudonym_kind { PSEUDONYM_TASK, PSEUDONYM_PROGRAM, PSEUDONYM_CONTAINER, PSEUDONYM_DISK, PSEUDONYM_KINDS };
enum number_kind { NUMBER_INODE, NUMBER_CGROUP, NUMBER_MM, NUMBER_MM_ID, NUMBER_KINDS };

#define PSEUDONYM_PATH_BYTES 1024

struct pseudonym {
	char *original, *text;
};

struct pseudonyms {		/* all zero is empty */
	struct pseudonym *all[PSEUDONYM_KINDS];
	size_t nr[PSEUDONYM_KINDS], capacity[PSEUDONYM_KINDS];
	struct map64 by_hash[PSEUDONYM_KINDS];
	struct map64 numbers[NUMBER_KINDS];
	uint32_t nr_numbers[NUMBER_KINDS];
};

/* Borrowed until release; "" stays "". */
const char *pseudonym(struct pseudonyms *names, enum pseudonym_kind kind, const char *original);

/* Each part of a path for itself, so that what lay below what still does. */
void pseudonym_path(struct pseudonyms *names, const char *path, char text[PSEUDONYM_PATH_BYTES]);

/* 0 stays 0. */
uint64_t pseudonym_number(struct pseudonyms *names, enum number_kind kind, uint64_t original);

void pseudonyms_release(struct pseudonyms *names);

#endif
