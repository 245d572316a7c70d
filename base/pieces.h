/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A file that is not written from its begin to its end, on its way through a pipe:
 * pieces, and where in the file they belong. Received, they make the same file.
 *
 *	pieces_begin(fd)			the sender
 *	pieces_write(fd, offset, bytes, nr)
 *	pieces_copy(fd, from, to, nr)		what is there already, to another place
 *	pieces_end(fd, size)
 *
 *	if (pieces_known(head, nr))		the receiver, which has read the head
 *		pieces_receive(from, to, &is_whole)	into an empty file
 *
 * What is cut off anywhere makes the file that was there until then. All numbers are
 * little endian.
 */
#ifndef BASE_PIECES_H
#define BASE_PIECES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PIECES_HEAD_BYTES 16

/* False, and errno: it cannot be written. */
bool pieces_begin(int fd);
bool pieces_write(int fd, uint64_t offset, const void *bytes, size_t nr);
bool pieces_copy(int fd, uint64_t from, uint64_t to, uint64_t nr);
bool pieces_end(int fd, uint64_t size);

bool pieces_known(const void *head, size_t nr);

/*
 * from: behind the head. *is_whole: the sender ended it. False, and errno: no pieces (EBADMSG),
 * or they cannot be written.
 */
bool pieces_receive(int from, int to, bool *is_whole);

/* The same in a file of one's own, whose places do not overlap. */
bool pieces_copy_within(int fd, uint64_t from, uint64_t to, uint64_t nr);

#endif
