// SPDX-License-Identifier: GPL-2.0-or-later
/* Files byte by byte, holes at once. */
#include "cmd/file_hash.h"

#include "base/input.h"
#include "base/xalloc.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define HASH_BEGIN UINT64_C(0xcbf29ce484222325)
#define HASH_PRIME UINT64_C(0x100000001b3)
#define READ_BYTES (1u << 18)

struct hash {
	uint64_t value, bytes;
	const atomic_bool *is_unwanted;	/* nobody waits for it any more; NULL = somebody does */
};

/* As many zeros, without looking at each: all of a hole. */
static void hash_zeros(struct hash *hash, uint64_t nr)
{
	uint64_t factor = HASH_PRIME;

	hash->bytes += nr;
	for (; nr; nr >>= 1, factor *= factor) {
		if (nr & 1)
			hash->value *= factor;
	}
}

/* Steps over a hole at the position; a recording that was killed has gigabytes of them. */
static void skip_hole(int fd, struct hash *hash)
{
	const off_t at = lseek(fd, 0, SEEK_CUR), end = lseek(fd, 0, SEEK_END);
	off_t data = lseek(fd, at, SEEK_DATA);

	if (data < 0)		/* none follows, or nobody knows */
		data = errno == ENXIO ? end : at;
	if (at >= 0 && data > at)
		hash_zeros(hash, (uint64_t)(data - at));
	lseek(fd, data, SEEK_SET);
}

static bool hash_descriptor(int fd, struct hash *hash)
{
	unsigned char *buffer = xcalloc(READ_BYTES, 1);
	ssize_t nr;

	for (;;) {
		skip_hole(fd, hash);
		nr = hash->is_unwanted && atomic_load(hash->is_unwanted) ? 0 : read(fd, buffer, READ_BYTES);
		if (nr <= 0)
			break;
		for (ssize_t i = 0; i < nr; i++)
			hash->value = (hash->value ^ buffer[i]) * HASH_PRIME;
		hash->bytes += (uint64_t)nr;
	}
	free(buffer);
	return !nr;
}

/* The other files of a recording that is a folder, one after the other: data.0, data.1... */
static bool hash_parts(const char *folder, struct hash *hash)
{
	bool is_whole = true;

	for (unsigned int i = 0; is_whole; i++) {
		char *path = xasprintf("%s/data.%u", folder, i);
		int fd = open(path, O_RDONLY | O_CLOEXEC);

		free(path);
		if (fd < 0)
			break;
		is_whole = hash_descriptor(fd, hash);
		close(fd);
	}
	return is_whole;
}

static enum status hash_file(struct file_sum *file, const atomic_bool *is_unwanted, struct error *err)
{
	struct hash all = { .value = HASH_BEGIN, .is_unwanted = is_unwanted };
	const char *path = file->path;
	bool is_folder, is_whole;
	int fd = input_open(path, &is_folder);

	is_whole = fd >= 0 && hash_descriptor(fd, &all) && (!is_folder || hash_parts(path, &all));
	if (!is_whole)
		error_set(err, RC_INPUT, "%s: cannot read: %s", path, strerror(errno));
	if (fd >= 0)
		close(fd);
	if (!is_whole)
		return RC_INPUT;
	file->hash = all.value;
	file->bytes = all.bytes;
	return RC_OK;
}

enum status file_hash(struct file_sum *file, struct error *err)
{
	return hash_file(file, NULL, err);
}

/* --- beside something else --- */

struct hashing {
	struct file_sum *files;
	size_t nr;
	enum status status;
	struct error err;
	pthread_t thread;
	bool is_running;
	atomic_bool is_unwanted;
};

static void *hash_all(void *context)
{
	struct hashing *hashing = context;

	for (size_t i = 0; i < hashing->nr && !hashing->status; i++)
		hashing->status = hash_file(&hashing->files[i], &hashing->is_unwanted, &hashing->err);
	return NULL;
}

struct hashing *hashing_start(struct file_sum *files, size_t nr)
{
	struct hashing *hashing = xcalloc(1, sizeof(*hashing));

	hashing->files = files;
	hashing->nr = nr;
	hashing->is_running = !pthread_create(&hashing->thread, NULL, hash_all, hashing);
	if (!hashing->is_running)
		hash_all(hashing);
	return hashing;
}

enum status hashing_join(struct hashing *hashing, struct error *err)
{
	enum status status;

	if (hashing->is_running)
		pthread_join(hashing->thread, NULL);
	status = hashing->status;
	if (status)
		*err = hashing->err;
	free(hashing);
	return status;
}

void hashing_abandon(struct hashing *hashing)
{
	struct error ignored;

	atomic_store(&hashing->is_unwanted, true);
	hashing_join(hashing, &ignored);
}
