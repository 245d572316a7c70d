/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What tells that a file is the one that a result was made from.
 *
 *	hashing = hashing_start(files, nr);
 *	(something else, for as long as it takes)
 *	status = hashing_join(hashing, err);
 */
#ifndef CMD_FILE_HASH_H
#define CMD_FILE_HASH_H

#include "base/status.h"

#include <stddef.h>
#include <stdint.h>

struct file_sum {
	const char *path;
	uint64_t hash;		/* FNV-1a, 64 bits, over a whole file, or all files of a folder that is a recording */
	uint64_t bytes;
};

enum status file_hash(struct file_sum *file, struct error *err);

struct hashing;

/* Of files that can be opened already, by a thread where one can be had; borrows them until joined. */
struct hashing *hashing_start(struct file_sum *files, size_t nr);
enum status hashing_join(struct hashing *hashing, struct error *err);
/* Instead of that: nobody wants to know any more. */
void hashing_abandon(struct hashing *hashing);

#endif
