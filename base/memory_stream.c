// SPDX-License-Identifier: GPL-2.0-or-later
/* A cookie that grows. */
#include "base/memory_stream.h"

#include "base/xalloc.h"

#include <string.h>
#include <sys/types.h>

static ssize_t append(void *cookie, const char *data, size_t nr)
{
	struct memory_stream *memory = cookie;

	if (memory->capacity - memory->bytes <= nr) {
		memory->capacity = 2 * memory->capacity + nr + 1;
		memory->text = xrealloc(memory->text, memory->capacity, 1);
	}
	memcpy(memory->text + memory->bytes, data, nr);
	memory->bytes += nr;
	return (ssize_t)nr;
}

FILE *memory_stream_open(struct memory_stream *memory)
{
	*memory = (struct memory_stream){ .text = xcalloc(1, 1), .capacity = 1 };
	memory->stream = xneed(fopencookie(memory, "w", (cookie_io_functions_t){ .write = append }));
	return memory->stream;
}

char *memory_stream_close(struct memory_stream *memory)
{
	fclose(memory->stream);
	memory->text[memory->bytes] = '\0';
	return memory->text;
}
