// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Workloads that benchmarks/pairs records without a limit and under one.
 *
 * usage: pairs cache FILE | pairs anon MIB ROUNDS | pairs share FILE
 *
 * The same every time: what is random comes of a fixed seed.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define PAGE 4096
#define CHUNK (16 * PAGE)

static uint64_t next_random(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed;
}

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

static int open_file(const char *path, uint64_t *pages)
{
	int fd = open(path, O_RDONLY);
	struct stat st;

	if (fd < 0 || fstat(fd, &st))
		fail(path);
	*pages = (uint64_t)st.st_size / PAGE;
	return fd;
}

/* An eighth of the file is read again and again, in chunks; the rest is swept twice, as a backup does. */
static void cache(const char *path)
{
	static char buffer[CHUNK];
	uint64_t pages, seed = 88172645463325252u;
	int fd = open_file(path, &pages);
	uint64_t chunks = pages * PAGE / CHUNK, hot = chunks / 8;

	for (uint64_t i = 0; i < 2 * chunks; i++) {
		if (pread(fd, buffer, CHUNK, (off_t)(i % chunks * CHUNK)) < 0)
			fail("read");
		for (int again = 0; again < 2; again++)
			if (pread(fd, buffer, CHUNK, (off_t)(next_random(&seed) % hot * CHUNK)) < 0)
				fail("read");
	}
}

/* All is written once; then four in five uses are of a fifth of it. */
static void anon(uint64_t mib, uint64_t rounds)
{
	uint64_t pages = mib * 1024 * 1024 / PAGE, hot = pages / 5, seed = 88172645463325252u;
	char *memory = mmap(NULL, pages * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED)
		fail("mmap");
	for (uint64_t i = 0; i < pages; i++)
		memset(memory + i * PAGE, (int)i, 64);
	for (uint64_t i = 0; i < rounds * pages; i++) {
		uint64_t number = next_random(&seed);
		uint64_t page = number % 5 ? number / 5 % hot : hot + number / 5 % (pages - hot);

		memory[page * PAGE + number % 64]++;
	}
}

/* The file is read through, then a quarter of it mapped and touched. */
static void share(const char *path)
{
	static char buffer[CHUNK];
	uint64_t pages, seed = 88172645463325252u;
	int fd = open_file(path, &pages);
	volatile char *map;
	char sum = 0;

	for (uint64_t i = 0; i < pages * PAGE / CHUNK; i++)
		if (pread(fd, buffer, CHUNK, (off_t)(i * CHUNK)) < 0)
			fail("read");
	map = mmap(NULL, pages / 4 * PAGE, PROT_READ, MAP_SHARED, fd, 0);
	if (map == MAP_FAILED)
		fail("mmap");
	for (uint64_t i = 0; i < 2 * pages; i++)
		sum += map[next_random(&seed) % (pages / 4) * PAGE];
	if (write(STDOUT_FILENO, &sum, 0) < 0)
		fail("write");
}

int main(int argc, char **argv)
{
	if (argc == 3 && !strcmp(argv[1], "cache"))
		cache(argv[2]);
	else if (argc == 4 && !strcmp(argv[1], "anon"))
		anon(strtoull(argv[2], NULL, 10), strtoull(argv[3], NULL, 10));
	else if (argc == 3 && !strcmp(argv[1], "share"))
		share(argv[2]);
	else
		return 1;
	return 0;
}
