// SPDX-License-Identifier: GPL-2.0-or-later
/* Numbers go before the ending, so that names sort as the files follow each other. */
#include "cmd/segments.h"

#include "base/xalloc.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Returns new. */
static char *name_of(const struct segments *segments, uint32_t number)
{
	const char *slash = strrchr(segments->output, '/');
	const char *base = slash ? slash + 1 : segments->output, *ending = strrchr(base, '.');

	if (!segments->is_split)
		return xstrdup(segments->output);
	if (!ending || ending == base)
		ending = base + strlen(base);
	return xasprintf("%.*s.%03" PRIu32 "%s", (int)(ending - segments->output), segments->output, number, ending);
}

bool segments_are_stream(const struct segments *segments)
{
	return !strcmp(segments->output, "-");
}

static void begin(struct segments *segments)
{
	char *name = name_of(segments, segments->number);

	free(segments->part);
	segments->part = segments_are_stream(segments) ? NULL : xasprintf("%s.part", name);
	free(name);
}

void segments_init(struct segments *segments, const char *output, bool is_split, uint32_t keep)
{
	*segments = (struct segments){ .output = output, .is_split = is_split, .keep = keep, .number = 1, .oldest = 1 };
	begin(segments);
}

enum status segments_end(struct segments *segments, struct error *err)
{
	char *name = name_of(segments, segments->number);
	enum status status = RC_OK;

	if (segments->part && rename(segments->part, name))
		status = error_set(err, RC_OUTPUT, "%s: cannot be renamed to %s: %s", segments->part, name,
				   strerror(errno));
	free(name);
	return status;
}

void segments_next(struct segments *segments)
{
	segments->number++;
	while (segments->keep && segments->number - segments->oldest > segments->keep) {
		char *name = name_of(segments, segments->oldest++);

		unlink(name);
		free(name);
	}
	begin(segments);
}

void segments_pin(struct segments *segments)
{
	segments->oldest = segments->number;
}

void segments_release(struct segments *segments)
{
	free(segments->part);
}
