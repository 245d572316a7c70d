// SPDX-License-Identifier: GPL-2.0-or-later
/* What benchmarks/run measures against: libtracecmd opens a recording, walks it and counts. */
#include <trace-cmd.h>

#include <stdio.h>

static int count(struct tracecmd_input *input, struct tep_record *record, int cpu, void *nr_events)
{
	(void)input, (void)record, (void)cpu;
	++*(unsigned long *)nr_events;
	return 0;
}

int main(int argc, char **argv)
{
	struct tracecmd_input *input = argc == 2 ? tracecmd_open(argv[1], TRACECMD_FL_LOAD_NO_PLUGINS) : NULL;
	unsigned long nr_events = 0;

	if (!input || tracecmd_iterate_events(input, NULL, 0, count, &nr_events) < 0)
		return 1;
	tracecmd_close(input);
	printf("%lu\n", nr_events);
	return 0;
}
