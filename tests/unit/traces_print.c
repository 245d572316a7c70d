// SPDX-License-Identifier: GPL-2.0-or-later
/* Prints every event of a recording; for tests that compare whole recordings. */
#include "traces/event_line.h"

#include <stdio.h>

int main(int argc, char **argv)
{
	static char line[EVENT_LINE_BYTES];
	const struct mm_event *event;
	struct event_source *source;
	const char *const *notes;
	enum status status;
	struct error err = { { 0 } };
	uint64_t nr_more;
	size_t nr_notes;

	status = event_source_open(&source, (const char *const *)argv + 1, argc - 1, MM_ALL_KINDS,
				   &err);
	if (status) {
		fprintf(stderr, "%s\n", err.text);
		return 2;
	}
	while (!(status = event_source_next(source, &event, &err))) {
		event_line_format(source, event, line);
		puts(line);
	}
	nr_notes = event_source_notes(source, &notes, &nr_more);
	for (size_t i = 0; i < nr_notes; i++)
		fprintf(stderr, "%s\n", notes[i]);
	event_source_close(source);
	return nr_notes ? 3 : 0;
}
