// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What calls.dat records: calls that fill, share, keep apart or give back ranges, and forks between them.
 * Its argument is a file of 16 pages that are cached.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/sched.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGE 4096
#define RW (PROT_READ | PROT_WRITE)

static char *map(size_t pages, int prot, int flags)
{
	return mmap(NULL, pages * PAGE, prot, flags | MAP_ANONYMOUS, -1, 0);
}

static void child(void)
{
	pid_t pid = fork();

	if (!pid)
		_exit(0);
	waitpid(pid, NULL, 0);
}

int main(int argc, char **argv)
{
	char *kept = map(64, RW, MAP_PRIVATE), *none = map(64, RW, MAP_PRIVATE), *empty = map(64, RW, MAP_PRIVATE);
	char *shared, *copy;
	int fd = open(argv[argc - 1], O_RDONLY);

	memset(kept, 1, 64 * PAGE);
	memset(none, 1, 64 * PAGE);
	memset(empty, 1, 64 * PAGE);
	madvise(none, 64 * PAGE, MADV_DONTFORK);
	madvise(empty, 64 * PAGE, MADV_WIPEONFORK);
	child();
	child();
	/* Fails when the address space has been copied: the descriptor has no place to be told. */
	syscall(SYS_clone3, &(struct clone_args){ .flags = CLONE_PIDFD, .pidfd = 8, .exit_signal = 17 },
		sizeof(struct clone_args));
	child();
	/* Ranges that differ in advice are given back one by one. */
	for (int i = 0; i < 64; i += 2)
		madvise(kept + i * PAGE, PAGE, MADV_RANDOM);
	madvise(kept, 64 * PAGE, MADV_DONTNEED);
	/* Shared memory, of which the call looks for each page before it makes one. */
	shared = map(48, RW, MAP_SHARED | MAP_POPULATE);
	shared[0] = 1;
	/* A file's pages are mapped, then replaced by copies. */
	copy = mmap(NULL, 16 * PAGE, RW, MAP_PRIVATE, fd, 0);
	for (int i = 0; i < 16; i++)
		(void)*(volatile char *)(copy + i * PAGE);
	madvise(copy, 16 * PAGE, MADV_POPULATE_WRITE);
	mlock2(none, 64 * PAGE, MLOCK_ONFAULT);
	mlock(map(24, RW, MAP_SHARED), 24 * PAGE);
	map(24, PROT_NONE, MAP_PRIVATE);
	mlockall(MCL_FUTURE);
	map(32, RW, MAP_PRIVATE);
	sbrk(32 * PAGE);
	munlockall();
	child();
	return 0;
}
