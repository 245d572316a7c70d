// SPDX-License-Identifier: GPL-2.0-or-later
/* Three numbers and the bytes of a piece; copies and the end have none. */
#include "base/pieces.h"

#include "base/xalloc.h"

#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BLOCK_BYTES (1 << 20)
#define MAX_OFFSET (UINT64_C(1) << 48)

static const char head[PIECES_HEAD_BYTES] = "recount pieces1\n";

enum piece_kind { PIECE_BYTES = 1, PIECE_COPY = 2, PIECE_END = 3 };

/* kind, then: offset, bytes | from, to, bytes | size */
struct piece {
	uint64_t kind, numbers[3];
};

static bool write_all(int fd, const void *bytes, size_t nr)
{
	const char *at = bytes;

	while (nr) {
		ssize_t done = write(fd, at, nr);

		if (done < 0 && errno != EINTR)
			return false;
		if (done > 0) {
			at += done;
			nr -= (size_t)done;
		}
	}
	return true;
}

static bool write_piece(int fd, enum piece_kind kind, uint64_t one, uint64_t two, uint64_t three)
{
	const struct piece piece = { htole64(kind), { htole64(one), htole64(two), htole64(three) } };

	return write_all(fd, &piece, sizeof(piece));
}

bool pieces_begin(int fd)
{
	return write_all(fd, head, sizeof(head));
}

bool pieces_write(int fd, uint64_t offset, const void *bytes, size_t nr)
{
	return write_piece(fd, PIECE_BYTES, offset, nr, 0) && write_all(fd, bytes, nr);
}

bool pieces_copy(int fd, uint64_t from, uint64_t to, uint64_t nr)
{
	return write_piece(fd, PIECE_COPY, from, to, nr);
}

bool pieces_end(int fd, uint64_t size)
{
	return write_piece(fd, PIECE_END, size, 0, 0);
}

bool pieces_known(const void *bytes, size_t nr)
{
	return nr >= sizeof(head) && !memcmp(bytes, head, sizeof(head));
}

/* As many as there are up to nr. */
static size_t read_all(int fd, void *bytes, size_t nr)
{
	size_t done = 0;

	while (done < nr) {
		ssize_t more = read(fd, (char *)bytes + done, nr - done);

		if (more < 0 && errno == EINTR)
			continue;
		if (more <= 0)
			break;
		done += (size_t)more;
	}
	return done;
}

static bool write_at(int fd, uint64_t offset, const char *bytes, size_t nr)
{
	while (nr) {
		ssize_t done = pwrite(fd, bytes, nr, (off_t)offset);

		if (done < 0 && errno != EINTR)
			return false;
		if (done > 0) {
			bytes += done;
			offset += (uint64_t)done;
			nr -= (size_t)done;
		}
	}
	return true;
}

bool pieces_copy_within(int fd, uint64_t from, uint64_t to, uint64_t nr)
{
	char *block = xcalloc(1, BLOCK_BYTES);
	uint64_t done = 0;
	bool is_done = true;

	while (done < nr && is_done) {
		const size_t want = nr - done < BLOCK_BYTES ? (size_t)(nr - done) : BLOCK_BYTES;
		ssize_t got = pread(fd, block, want, (off_t)(from + done));

		if (!got)
			errno = EIO;	/* its end lies before that of what is to be copied */
		is_done = got > 0 && write_at(fd, to + done, block, (size_t)got);
		done += got > 0 ? (uint64_t)got : 0;
	}
	free(block);
	return is_done;
}

/* Bytes that end before they should leave what came. */
static bool receive_bytes(int from, int to, uint64_t offset, uint64_t nr, bool *is_over)
{
	char *block = xcalloc(1, BLOCK_BYTES);
	bool is_done = true;

	while (nr && is_done && !*is_over) {
		const size_t want = nr < BLOCK_BYTES ? (size_t)nr : BLOCK_BYTES, got = read_all(from, block, want);

		is_done = write_at(to, offset, block, got);
		*is_over = got < want;
		offset += got;
		nr -= got;
	}
	free(block);
	return is_done;
}

static bool is_possible(const uint64_t numbers[3])
{
	return numbers[0] < MAX_OFFSET && numbers[1] < MAX_OFFSET && numbers[2] < MAX_OFFSET;
}

bool pieces_receive(int from, int to, bool *is_whole)
{
	struct piece piece;
	bool is_over = false, is_done = true;

	*is_whole = false;
	while (is_done && !is_over && read_all(from, &piece, sizeof(piece)) == sizeof(piece)) {
		const uint64_t numbers[3] = {
			le64toh(piece.numbers[0]), le64toh(piece.numbers[1]), le64toh(piece.numbers[2]) };
		const uint64_t kind = le64toh(piece.kind);

		if (!is_possible(numbers) || (kind != PIECE_BYTES && kind != PIECE_COPY && kind != PIECE_END)) {
			errno = EBADMSG;
			return false;
		}
		if (kind == PIECE_BYTES)
			is_done = receive_bytes(from, to, numbers[0], numbers[1], &is_over);
		else if (kind == PIECE_COPY)
			is_done = pieces_copy_within(to, numbers[0], numbers[1], numbers[2]);
		else
			is_done = *is_whole = !ftruncate(to, (off_t)numbers[0]);
	}
	return is_done;
}
