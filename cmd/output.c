// SPDX-License-Identifier: GPL-2.0-or-later
/* One stream for every command's result. */
#include "cmd/output.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static enum status open_file(struct output *output, const char *path, struct error *err)
{
	enum status status = output_file_open(&output->file, path, err);
	int fd;

	if (status)
		return status;
	fd = dup(output->file.fd);
	output->stream = fd < 0 ? NULL : fdopen(fd, "w");
	if (output->stream)
		return RC_OK;
	status = error_set(err, RC_OUTPUT, "%s: cannot write: %s", path, strerror(errno));
	output_file_close(&output->file);
	return status;
}

enum status output_open(struct output *output, const char *path, struct error *err)
{
	struct stat st;

	*output = (struct output){ .stream = stdout, .name = path };
	if (!path || !strcmp(path, "-")) {
		output->name = "standard output";
		return RC_OK;
	}
	if (stat(path, &st) || S_ISREG(st.st_mode) || S_ISDIR(st.st_mode))
		return open_file(output, path, err);
	output->stream = fopen(path, "we");
	if (!output->stream)
		return error_set(err, RC_OUTPUT, "%s: cannot write: %s", path, strerror(errno));
	return RC_OK;
}

enum status output_commit(struct output *output, struct error *err)
{
	bool has_failed = ferror(output->stream);

	errno = has_failed ? errno : 0;
	if (fflush(output->stream) || has_failed) {
		clearerr(output->stream);	/* said here, not again at the end */
		if (errno == EPIPE) {
			err->text[0] = 0;
			return RC_OUTPUT;
		}
		return error_set(err, RC_OUTPUT, "%s: cannot write: %s", output->name,
				 strerror(errno ? errno : EIO));
	}
	return output->file.path ? output_file_commit(&output->file, err) : RC_OK;
}

void output_close(struct output *output)
{
	if (output->stream && output->stream != stdout)
		fclose(output->stream);
	output_file_close(&output->file);
	output->stream = NULL;
}
