// SPDX-License-Identifier: GPL-2.0-or-later
/* Write beside, flush, rename over. */
#include "sink/output_file.h"

#include "base/xalloc.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Returns new: the folder of path. */
static char *folder_of(const char *path)
{
	char *copy = xstrdup(path);
	char *folder = xstrdup(dirname(copy));

	free(copy);
	return folder;
}

/* The process id in the name of a temporary file that begins with prefix; 0 = it is none. */
static pid_t owner_of(const char *name, const char *prefix)
{
	size_t length = strlen(prefix);
	char *end;
	long pid;

	if (strncmp(name, prefix, length) || !isdigit((unsigned char)name[length]))
		return 0;
	pid = strtol(name + length, &end, 10);
	return *end || pid > 0x7fffffff ? 0 : (pid_t)pid;
}

/* Its process has ended, and no process of another pid namespace is writing it. */
static bool is_stale(int folder, const char *name, pid_t owner)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	bool stale = false;
	int fd;

	if (owner != getpid() && (!kill(owner, 0) || errno != ESRCH))
		return false;
	fd = openat(folder, name, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return false;
	stale = !fcntl(fd, F_GETLK, &lock) && lock.l_type == F_UNLCK;
	close(fd);
	return stale;
}

static void remove_stale(const char *folder, const char *prefix)
{
	DIR *dir = opendir(folder);
	const struct dirent *entry;

	if (!dir)
		return;
	while ((entry = readdir(dir))) {
		pid_t owner = owner_of(entry->d_name, prefix);

		if (owner && is_stale(dirfd(dir), entry->d_name, owner))
			unlinkat(dirfd(dir), entry->d_name, 0);
	}
	closedir(dir);
}

/* What is at path now can be replaced. */
static enum status check_target(const char *path, const char *target, struct error *err)
{
	struct stat st;

	if (!*path)
		return error_set(err, RC_OUTPUT, "cannot write: the name of the output is empty");
	if (path[strlen(path) - 1] == '/')
		return error_set(err, RC_OUTPUT, "%s: cannot write: a folder, not a file", path);
	if (stat(target, &st))
		return RC_OK;
	if (S_ISDIR(st.st_mode))
		return error_set(err, RC_OUTPUT, "%s: cannot write: a folder, not a file", path);
	if (!S_ISREG(st.st_mode))
		return error_set(err, RC_OUTPUT, "%s: cannot write: not a regular file", path);
	return RC_OK;
}

/* Outlives its output_file: exit() still has it. */
struct leftover {
	char *path;		/* NULL = nothing to remove */
};

static void remove_leftover(int code, void *leftover)
{
	const char *path = ((struct leftover *)leftover)->path;

	(void)code;
	if (path)
		unlink(path);
}

/* Returns new, for ever. */
static struct leftover *expect_leftover(const char *temporary)
{
	struct leftover *leftover = xcalloc(1, sizeof(*leftover));

	leftover->path = xstrdup(temporary);
	on_exit(remove_leftover, leftover);
	return leftover;
}

static void forget_leftover(struct leftover *leftover)
{
	free(leftover->path);
	leftover->path = NULL;
}

enum status output_file_open(struct output_file *file, const char *path, struct error *err)
{
	char *target = realpath(path, NULL);
	char *folder, *name, *prefix, *temporary;
	struct leftover *leftover;
	enum status status;
	int fd = -1;

	if (!target)
		target = xstrdup(path);
	status = check_target(path, target, err);
	if (status) {
		free(target);
		return status;
	}
	folder = folder_of(target);
	name = xstrdup(strrchr(target, '/') ? strrchr(target, '/') + 1 : target);
	prefix = xasprintf(".%s.tmp-", name);
	temporary = xasprintf("%s/%s%d", folder, prefix, (int)getpid());
	remove_stale(folder, prefix);
	leftover = expect_leftover(temporary);
	fd = open(temporary, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	if (fd < 0) {
		forget_leftover(leftover);
		status = error_set(err, RC_OUTPUT, "%s: cannot write: %s", path, strerror(errno));
		free(target);
		free(temporary);
	} else {
		*file = (struct output_file){ xstrdup(path), target, temporary, leftover, fd };
	}
	free(prefix);
	free(name);
	free(folder);
	return status;
}

static int sync_folder(const char *folder)
{
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int rc = fd < 0 ? -1 : fsync(fd);

	/* Some file systems cannot flush a folder: then the rename is all there is. */
	if (rc && (errno == EINVAL || errno == ENOTSUP || errno == EACCES))
		rc = 0;
	if (fd >= 0)
		close(fd);
	return rc;
}

/* After the rename there is nothing left that could fail for want of memory. */
static enum status replace_target(struct output_file *file, const char *folder, struct error *err)
{
	if (fsync(file->fd) && errno != EINVAL && errno != ENOTSUP)
		return error_set(err, RC_OUTPUT, "%s: cannot write: %s", file->path, strerror(errno));
	if (rename(file->temporary, file->target))
		return error_set(err, RC_OUTPUT, "%s: cannot write: %s", file->path, strerror(errno));
	free(file->temporary);
	file->temporary = NULL;
	forget_leftover(file->leftover);
	if (sync_folder(folder))
		return error_set(err, RC_OUTPUT, "%s: written, but its folder cannot be flushed: %s",
				 file->path, strerror(errno));
	return RC_OK;
}

enum status output_file_commit(struct output_file *file, struct error *err)
{
	char *folder = folder_of(file->target);
	enum status status = replace_target(file, folder, err);

	free(folder);
	return status;
}

void output_file_close(struct output_file *file)
{
	if (!file->path)
		return;
	if (file->temporary)
		unlink(file->temporary);
	forget_leftover(file->leftover);
	close(file->fd);
	free(file->temporary);
	free(file->target);
	free(file->path);
	*file = (struct output_file){ .fd = -1 };
}
