// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Preloaded into a program: its n-th allocation fails, n from RECOUNT_FAIL_ALLOC.  That it came
 * to that is told on descriptor RECOUNT_FAIL_FD, in one byte.
 *
 * None fails within libtraceevent: it does not look at what its own allocations return (1.7.1 and
 * later read at address 0), and nothing that calls it can help that.
 */
#include <dlfcn.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

struct tep_handle;

void *__libc_malloc(size_t bytes);
void *__libc_calloc(size_t nr, size_t bytes);
void *__libc_realloc(void *old, size_t bytes);
void *__libc_memalign(size_t alignment, size_t bytes);

int tep_parse_event(struct tep_handle *tep, const char *text, unsigned long bytes, const char *system);
int tep_parse_header_page(struct tep_handle *tep, char *text, unsigned long bytes, int long_bytes);

static atomic_long left = -1;	/* until it fails; below 0: never */
static _Thread_local int is_within;	/* libtraceevent */

__attribute__((constructor)) static void begin(void)
{
	const char *number = getenv("RECOUNT_FAIL_ALLOC");

	if (number)
		left = strtol(number, NULL, 10);
}

static int fails(void)
{
	const char *fd;

	if (is_within || left <= 0 || atomic_fetch_sub(&left, 1) != 1)
		return 0;
	fd = getenv("RECOUNT_FAIL_FD");
	if (fd && write(strtol(fd, NULL, 10), "x", 1) != 1)
		abort();
	errno = ENOMEM;
	return 1;
}

void *malloc(size_t bytes)
{
	return fails() ? NULL : __libc_malloc(bytes);
}

void *calloc(size_t nr, size_t bytes)
{
	return fails() ? NULL : __libc_calloc(nr, bytes);
}

void *realloc(void *old, size_t bytes)
{
	return fails() ? NULL : __libc_realloc(old, bytes);
}

void *aligned_alloc(size_t alignment, size_t bytes)
{
	return fails() ? NULL : __libc_memalign(alignment, bytes);
}

int tep_parse_event(struct tep_handle *tep, const char *text, unsigned long bytes, const char *system)
{
	int (*parse)(struct tep_handle *, const char *, unsigned long, const char *) = dlsym(RTLD_NEXT, "tep_parse_event");
	int code;

	is_within = 1;
	code = parse(tep, text, bytes, system);
	is_within = 0;
	return code;
}

int tep_parse_header_page(struct tep_handle *tep, char *text, unsigned long bytes, int long_bytes)
{
	int (*parse)(struct tep_handle *, char *, unsigned long, int) = dlsym(RTLD_NEXT, "tep_parse_header_page");
	int code;

	is_within = 1;
	code = parse(tep, text, bytes, long_bytes);
	is_within = 0;
	return code;
}
