// SPDX-License-Identifier: GPL-2.0-or-later
/* Opens files, folders and pipes alike. */
#include "base/input.h"

#include "base/pieces.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define BLOCK_BYTES (64 << 10)

/* A file without a name, on a disk if there is one to write to. */
static int open_nameless(void)
{
	int fd = open("/var/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	return fd >= 0 ? fd : memfd_create("recount", MFD_CLOEXEC);
}

static bool write_all(int to, const uint8_t *block, size_t bytes)
{
	while (bytes) {
		ssize_t nr = write(to, block, bytes);

		if (nr < 0 && errno != EINTR)
			return false;
		if (nr > 0) {
			block += nr;
			bytes -= (size_t)nr;
		}
	}
	return true;
}

/* Pieces are put where they belong: what is kept is the file that they make. */
static bool copy_all(int from, int to)
{
	uint8_t block[BLOCK_BYTES];
	size_t nr_head = 0;
	bool is_whole;

	while (nr_head < PIECES_HEAD_BYTES) {
		ssize_t nr = read(from, block + nr_head, PIECES_HEAD_BYTES - nr_head);

		if (nr < 0 && errno != EINTR)
			return false;
		if (!nr)
			break;
		nr_head += nr > 0 ? (size_t)nr : 0;
	}
	/* That it was cut off, the file that it makes tells by itself. */
	if (pieces_known(block, nr_head))
		return pieces_receive(from, to, &is_whole);
	if (!write_all(to, block, nr_head))
		return false;

	for (;;) {
		ssize_t nr = read(from, block, sizeof(block));

		if (!nr)
			return true;
		if (nr < 0 && errno != EINTR)
			return false;
		if (nr > 0 && !write_all(to, block, (size_t)nr))
			return false;
	}
}

/* What comes through a pipe is kept, and standard input is from then on what was kept. */
static bool keep_standard_input(void)
{
	int error, fd;

	if (isatty(STDIN_FILENO)) {
		errno = ENOTSUP;
		return false;
	}
	fd = open_nameless();
	if (fd < 0)
		return false;
	if (!copy_all(STDIN_FILENO, fd) || dup2(fd, STDIN_FILENO) < 0) {
		error = errno;
		close(fd);
		errno = error;
		return false;
	}
	close(fd);
	return true;
}

static bool is_pieces(int fd)
{
	char head[PIECES_HEAD_BYTES];
	const ssize_t nr = pread(fd, head, sizeof(head), 0);

	return nr > 0 && pieces_known(head, (size_t)nr);
}

/* A stream that was kept as it came: the file that it makes. Takes fd. */
static int put_together(int fd)
{
	int whole = open_nameless(), error;

	if (whole >= 0 && !copy_all(fd, whole)) {
		error = errno;
		close(whole);
		whole = -1;
		errno = error;
	}
	close(fd);
	if (whole >= 0)
		lseek(whole, 0, SEEK_SET);
	return whole;
}

static int open_standard_input(void)
{
	struct stat status;
	int fd;

	if (fstat(STDIN_FILENO, &status))
		return -1;
	if (!S_ISREG(status.st_mode) && !keep_standard_input())
		return -1;
	/* Not dup(): every opening has a position of its own. */
	fd = open("/proc/self/fd/0", O_RDONLY | O_CLOEXEC);
	return fd >= 0 && is_pieces(fd) ? put_together(fd) : fd;
}

int input_open(const char *path, bool *is_folder)
{
	int fd, inner;

	*is_folder = false;
	if (!strcmp(path, "-"))
		return open_standard_input();
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return -1;
	if (is_pieces(fd))
		return put_together(fd);
	inner = openat(fd, "data", O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (inner < 0)
		return fd;
	close(fd);
	*is_folder = true;
	return inner;
}

FILE *input_stream(const char *path)
{
	bool is_folder;
	int fd = input_open(path, &is_folder);
	FILE *stream = fd >= 0 ? fdopen(fd, "r") : NULL;

	if (fd >= 0 && !stream)
		close(fd);
	return stream;
}
