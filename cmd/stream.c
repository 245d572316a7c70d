// SPDX-License-Identifier: GPL-2.0-or-later
/* Pieces from standard input, put together beside the output first. */
#include "cmd/stream.h"

#include "base/pieces.h"
#include "sink/output_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum status stream_check_output(struct error *err)
{
	return isatty(STDOUT_FILENO) ?
	       error_set(err, RC_USAGE, "record: --output: takes FILE: standard output is a terminal") : RC_OK;
}

static bool read_head(char head[PIECES_HEAD_BYTES])
{
	size_t nr = 0;
	ssize_t more;

	while (nr < PIECES_HEAD_BYTES && (more = read(STDIN_FILENO, head + nr, PIECES_HEAD_BYTES - nr)) > 0)
		nr += (size_t)more;
	return pieces_known(head, nr);
}

enum status stream_receive(const char *output, bool *is_whole, struct error *err)
{
	char head[PIECES_HEAD_BYTES];
	struct output_file file;
	enum status status;
	int fd;

	if (!read_head(head))
		return error_set(err, RC_INPUT, "standard input: is nothing that record -o - writes");
	status = output_file_open(&file, output, err);
	if (status)
		return status;
	fd = open(file.temporary, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0 || !pieces_receive(STDIN_FILENO, fd, is_whole))
		status = error_set(err, RC_OUTPUT, "%s: %s", output, strerror(errno));
	if (fd >= 0)
		close(fd);
	if (!status)
		status = output_file_commit(&file, err);
	output_file_close(&file);
	return status;
}
