// SPDX-License-Identifier: GPL-2.0-or-later
/* A bit a frame: marked by us, seen in this look; and the kernel's word of 64, read once a look. */
#include "recorder/idle_pages.h"

#include "base/xalloc.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BITMAP "/sys/kernel/mm/page_idle/bitmap"
#define FLAGS "/proc/kpageflags"

/* Documentation/admin-guide/mm/pagemap.rst */
#define KPF_COMPOUND_TAIL (UINT64_C(1) << 16)
#define KPF_IDLE (UINT64_C(1) << 25)

#define CHUNK_WORDS 512			/* of 64 frames: 128 MiB */
#define CHUNK_FRAMES (CHUNK_WORDS * 64)
#define MAX_FOLIO 512			/* frames; of larger ones only the first so many can bear a mark */
#define MAX_FRAMES (UINT64_C(1) << 40)

struct chunk {
	uint64_t marked[CHUNK_WORDS];	/* idle since the last look, unless used */
	uint64_t seen[CHUNK_WORDS];	/* in this look: to be marked when it ends */
	uint64_t firsts[CHUNK_WORDS];	/* of folios that were seen in this look: they bear the mark */
	uint64_t idle[CHUNK_WORDS];	/* as the kernel says */
	uint64_t is_read[CHUNK_WORDS / 64];	/* words of idle that are of this look */
};

struct idle_pages {
	int bitmap, flags;
	struct chunk **chunks;		/* NULL where nothing was looked at */
	uint64_t last_tail, last_first;	/* the next one belongs to the same folio */
	size_t nr_chunks;
};

static int open_file(const char *root, const char *name, int mode)
{
	char *path = xasprintf("%s%s", root, name);
	int fd = open(path, mode | O_CLOEXEC);

	free(path);
	return fd;
}

enum status idle_pages_open(struct idle_pages **result, const char *root, struct error *err)
{
	struct idle_pages *idle = xcalloc(1, sizeof(*idle));

	idle->bitmap = open_file(root, BITMAP, O_RDWR);
	idle->flags = open_file(root, FLAGS, O_RDONLY);
	if (idle->bitmap < 0 || idle->flags < 0) {
		error_set(err, RC_INPUT, "%s: %s", idle->bitmap < 0 ? BITMAP : FLAGS, strerror(errno));
		idle_pages_close(idle);
		return RC_INPUT;
	}
	*result = idle;
	return RC_OK;
}

/* Of the chunk of a frame; made when new. */
static struct chunk *chunk_of(struct idle_pages *idle, uint64_t pfn)
{
	const size_t at = (size_t)(pfn / CHUNK_FRAMES);

	if (at >= idle->nr_chunks) {
		const size_t nr = at + 1 + at / 2;

		idle->chunks = xrealloc(idle->chunks, nr, sizeof(struct chunk *));
		memset(idle->chunks + idle->nr_chunks, 0, (nr - idle->nr_chunks) * sizeof(struct chunk *));
		idle->nr_chunks = nr;
	}
	if (!idle->chunks[at])
		idle->chunks[at] = xcalloc(1, sizeof(struct chunk));
	return idle->chunks[at];
}

static uint64_t read_word(int fd, uint64_t word)
{
	uint64_t bits = 0;

	return pread(fd, &bits, sizeof(bits), (off_t)(word * sizeof(bits))) == sizeof(bits) ? bits : 0;
}

void idle_pages_begin(struct idle_pages *idle)
{
	for (size_t i = 0; i < idle->nr_chunks; i++) {
		if (!idle->chunks[i])
			continue;
		memset(idle->chunks[i]->seen, 0, sizeof(idle->chunks[i]->seen));
		memset(idle->chunks[i]->firsts, 0, sizeof(idle->chunks[i]->firsts));
		memset(idle->chunks[i]->is_read, 0, sizeof(idle->chunks[i]->is_read));
	}
}

/* The kernel keeps one mark for a folio, at its first frame. */
static uint64_t first_of_folio(struct idle_pages *idle, uint64_t pfn)
{
	const uint64_t block = pfn / MAX_FOLIO * MAX_FOLIO;	/* folios are aligned to their size */
	uint64_t flags[MAX_FOLIO] = { 0 }, first = pfn;

	if (!(read_word(idle->flags, pfn) & KPF_COMPOUND_TAIL))
		return pfn;
	if (pfn == idle->last_tail + 1 && pfn % MAX_FOLIO) {
		idle->last_tail = pfn;
		return idle->last_first;
	}
	if (pread(idle->flags, flags, (pfn - block + 1) * sizeof(*flags), (off_t)(block * sizeof(*flags))) < 0)
		return pfn;
	while (first > block && flags[first - block] & KPF_COMPOUND_TAIL)
		first--;
	idle->last_tail = pfn;
	idle->last_first = first;
	return first;
}

static bool is_idle(const struct idle_pages *idle, struct chunk *chunk, uint64_t pfn)
{
	const uint32_t word = (uint32_t)(pfn / 64 % CHUNK_WORDS);

	if (!(chunk->is_read[word / 64] >> word % 64 & 1)) {
		chunk->is_read[word / 64] |= UINT64_C(1) << word % 64;
		chunk->idle[word] = read_word(idle->bitmap, pfn / 64);
	}
	return chunk->idle[word] >> pfn % 64 & 1;
}

bool idle_pages_was_used(struct idle_pages *idle, uint64_t pfn)
{
	const uint64_t bit = UINT64_C(1) << pfn % 64;
	const uint32_t word = (uint32_t)(pfn / 64 % CHUNK_WORDS);
	struct chunk *chunk, *of_first;
	uint64_t first;

	if (pfn >= MAX_FRAMES)
		return false;
	chunk = chunk_of(idle, pfn);
	if (chunk->seen[word] & bit)
		return false;
	chunk->seen[word] |= bit;
	first = first_of_folio(idle, pfn);
	of_first = chunk_of(idle, first);
	of_first->firsts[first / 64 % CHUNK_WORDS] |= UINT64_C(1) << first % 64;
	return chunk->marked[word] & bit && !is_idle(idle, of_first, first);
}

/* Which frames of a word bear the mark: tails bear that of their folio. */
static uint64_t marked_of(struct idle_pages *idle, uint64_t word, uint64_t wanted)
{
	uint64_t flags[64] = { 0 }, marked = 0;

	if (pread(idle->flags, flags, sizeof(flags), (off_t)(word * sizeof(flags))) < 0)
		return 0;
	for (uint64_t bits = wanted; bits; bits &= bits - 1) {
		const int i = __builtin_ctzll(bits);
		uint64_t flag = flags[i];

		if (flag & KPF_COMPOUND_TAIL)
			flag = read_word(idle->flags, first_of_folio(idle, word * 64 + (uint64_t)i));
		if (flag & KPF_IDLE)
			marked |= UINT64_C(1) << i;
	}
	return marked;
}

/* Bits that are not set change nothing. */
static void mark(struct idle_pages *idle, size_t at, uint32_t i)
{
	const uint64_t word = at * CHUNK_WORDS + i, wanted = idle->chunks[at]->firsts[i];

	if (wanted && pwrite(idle->bitmap, &wanted, sizeof(wanted), (off_t)(word * sizeof(wanted))) < 0)
		return;		/* memory that is gone: its flags will say that it bears no mark */
}

void idle_pages_end(struct idle_pages *idle)
{
	for (size_t at = 0; at < idle->nr_chunks; at++) {
		for (uint32_t i = 0; idle->chunks[at] && i < CHUNK_WORDS; i++)
			mark(idle, at, i);
	}
	/* When all are written: the first frame of a folio may be in another word. */
	for (size_t at = 0; at < idle->nr_chunks; at++) {
		struct chunk *chunk = idle->chunks[at];

		for (uint32_t i = 0; chunk && i < CHUNK_WORDS; i++)
			chunk->marked[i] = chunk->seen[i] ?
				marked_of(idle, at * CHUNK_WORDS + i, chunk->seen[i]) : 0;
	}
}

void idle_pages_close(struct idle_pages *idle)
{
	if (!idle)
		return;
	for (size_t i = 0; i < idle->nr_chunks; i++)
		free(idle->chunks[i]);
	free(idle->chunks);
	if (idle->bitmap >= 0)
		close(idle->bitmap);
	if (idle->flags >= 0)
		close(idle->flags);
	free(idle);
}
