// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A trace.dat's events as the perf.data that `perf record -c 1` would have written of them, for programs that read only that.
 *
 * usage: to_perf TRACE PERF-DATA
 *
 * TRACE is of version 6.  Its records become samples as they are, in order of time.  What perf notes and ftrace does not is
 * left out: addresses (0), processes (a thread's own number), names of tasks, and what is mapped.
 */
#include <trace-cmd.h>

#include <linux/perf_event.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NR_TYPES 65536		/* common_type has 16 bits */
#define ROUND 65536		/* samples; some megabytes, as buffers of perf hold */
#define FINISHED_ROUND 68
#define TRACING_DATA 1		/* bits of features */
#define NR_CPUS 7
#define SAMPLE_TIME 21

struct section {
	uint64_t offset, size;
};

struct file_header {
	char magic[8];
	uint64_t size, attr_size;
	struct section attrs, data, event_types;
	uint64_t features[4];
};

struct sample {
	struct perf_event_header header;
	uint64_t ip;
	uint32_t pid, tid;
	uint64_t time, id;
	uint32_t cpu, reserved;
	uint64_t period;
	uint32_t raw_bytes;
};

#define SAMPLE_BYTES (offsetof(struct sample, raw_bytes) + sizeof(uint32_t))
#define SAMPLE_TYPE (PERF_SAMPLE_IP | PERF_SAMPLE_TID | PERF_SAMPLE_TIME | PERF_SAMPLE_ID | PERF_SAMPLE_CPU | \
		     PERF_SAMPLE_PERIOD | PERF_SAMPLE_RAW)

/* As on any x86 kernel that is not moved; perf kmem looks up who allocates there. */
struct kernel_map {
	struct perf_event_header header;
	uint32_t pid, tid;
	uint64_t begin, bytes, at;
	char name[24];
	uint64_t id[4];		/* task, time, event, CPU: of nobody */
};

static const struct kernel_map kernel_map = {
	.header = { PERF_RECORD_MMAP, PERF_RECORD_MISC_KERNEL, sizeof(kernel_map) }, .pid = (uint32_t)-1,
	.begin = 0xffffffff81000000, .bytes = 0x2000000, .at = 0xffffffff81000000, .name = "[kernel.kallsyms]_text",
};

struct writing {
	struct tep_handle *tep;
	FILE *file;
	uint64_t nr_samples, nr_lost;
	uint32_t nr_cpus[2];		/* there are, are in use */
	uint64_t times_ns[2];		/* of the first sample, of the last */
	bool happened[NR_TYPES];
};

static int write_sample(struct tracecmd_input *input, struct tep_record *record, int cpu, void *context)
{
	static const char zeroes[8];
	static const struct perf_event_header round_end = { .type = FINISHED_ROUND, .size = sizeof(round_end) };
	struct writing *writing = context;
	/* the kernel lets raw data end where the next record may begin */
	uint32_t raw_bytes = (((uint32_t)record->size + 4 + 7) & ~7U) - 4;
	int type = tep_data_type(writing->tep, record);
	uint32_t tid = (uint32_t)tep_data_pid(writing->tep, record);
	struct sample sample = {
		.header = { PERF_RECORD_SAMPLE, PERF_RECORD_MISC_KERNEL, (uint16_t)(SAMPLE_BYTES + raw_bytes) },
		.pid = tid, .tid = tid, .time = record->ts, .id = (uint64_t)type, .cpu = (uint32_t)cpu, .period = 1,
		.raw_bytes = raw_bytes,
	};

	(void)input;
	if (!writing->nr_samples)
		writing->times_ns[0] = record->ts;
	writing->times_ns[1] = record->ts;
	writing->nr_lost += record->missed_events != 0;
	writing->happened[type & (NR_TYPES - 1)] = true;
	fwrite(&sample, SAMPLE_BYTES, 1, writing->file);
	fwrite(record->data, (size_t)record->size, 1, writing->file);
	fwrite(zeroes, raw_bytes - (uint32_t)record->size, 1, writing->file);
	if (++writing->nr_samples % ROUND == 0)
		fwrite(&round_end, sizeof(round_end), 1, writing->file);
	return 0;
}

static struct section write_part(FILE *file, const void *part, size_t nr_bytes)
{
	struct section section = { (uint64_t)ftell(file), nr_bytes };

	fwrite(part, nr_bytes, 1, file);
	return section;
}

/* The head of a trace.dat up to its number of CPUs is perf's tracing data, but for the version. */
static struct section write_tracing_data(FILE *from, FILE *to)
{
	static const char mark[10] = "options  ", version[] = "0.6";
	struct section section = { (uint64_t)ftell(to), 0 };
	size_t room = 64 << 20;
	char *head = malloc(room), *end;

	room = head ? fread(head, 1, room, from) : 0;
	end = room > 12 && !memcmp(head + 10, "6", 2) ? memmem(head, room, mark, sizeof(mark)) : NULL;
	if (end) {
		fwrite(head, 10, 1, to);
		fwrite(version, sizeof(version), 1, to);
		fwrite(head + 12, (size_t)(end - 4 - head) - 12, 1, to);
		section.size = (uint64_t)ftell(to) - section.offset;
	}
	free(head);
	return section;
}

/* An attribute and an identifier for each event that happened. */
static struct section write_attrs(const struct writing *writing)
{
	struct section section;
	struct section ids = { (uint64_t)ftell(writing->file), sizeof(uint64_t) };

	for (uint64_t type = 0; type < NR_TYPES; type++)
		if (writing->happened[type])
			fwrite(&type, sizeof(type), 1, writing->file);
	section.offset = (uint64_t)ftell(writing->file);
	for (uint64_t type = 0; type < NR_TYPES; type++) {
		struct perf_event_attr attr = { .type = PERF_TYPE_TRACEPOINT, .size = sizeof(attr), .config = type,
						.sample_period = 1, .sample_type = SAMPLE_TYPE, .sample_id_all = 1 };

		if (!writing->happened[type])
			continue;
		fwrite(&attr, sizeof(attr), 1, writing->file);
		fwrite(&ids, sizeof(ids), 1, writing->file);
		ids.offset += ids.size;
	}
	section.size = (uint64_t)ftell(writing->file) - section.offset;
	return section;
}

static int convert(struct tracecmd_input *input, FILE *from, struct writing *writing)
{
	struct file_header header = { .magic = "PERFILE2", .size = sizeof(header),
				      .features = { 1 << TRACING_DATA | 1 << NR_CPUS | 1 << SAMPLE_TIME },
				      .attr_size = sizeof(struct perf_event_attr) + sizeof(struct section) };
	struct section features[3] = { { 0, 0 } };	/* in the order of their bits */

	writing->tep = tracecmd_get_tep(input);
	writing->nr_cpus[0] = writing->nr_cpus[1] = (uint32_t)tep_get_cpus(writing->tep);
	fwrite(&header, sizeof(header), 1, writing->file);
	fwrite(&kernel_map, sizeof(kernel_map), 1, writing->file);
	if (tracecmd_iterate_events(input, NULL, 0, write_sample, writing) < 0 || writing->nr_lost)
		return -1;
	header.data = (struct section){ sizeof(header), (uint64_t)ftell(writing->file) - sizeof(header) };
	fwrite(features, sizeof(features), 1, writing->file);	/* their place, right behind the records */
	features[0] = write_tracing_data(from, writing->file);
	features[1] = write_part(writing->file, writing->nr_cpus, sizeof(writing->nr_cpus));
	features[2] = write_part(writing->file, writing->times_ns, sizeof(writing->times_ns));
	header.attrs = write_attrs(writing);
	fseek(writing->file, (long)(header.data.offset + header.data.size), SEEK_SET);
	fwrite(features, sizeof(features), 1, writing->file);
	rewind(writing->file);
	fwrite(&header, sizeof(header), 1, writing->file);
	return features[0].size ? 0 : -1;
}

int main(int argc, char **argv)
{
	struct tracecmd_input *input = argc == 3 ? tracecmd_open(argv[1], TRACECMD_FL_LOAD_NO_PLUGINS) : NULL;
	FILE *from = input ? fopen(argv[1], "rb") : NULL;
	struct writing *writing = calloc(1, sizeof(*writing));
	int failed = -1;

	if (from && writing && (writing->file = fopen(argv[2], "wb"))) {
		failed = convert(input, from, writing);
		failed |= ferror(writing->file) | fclose(writing->file);
		if (failed)
			remove(argv[2]);
	}
	if (failed)
		fprintf(stderr, "to_perf: needs a trace.dat of version 6 that lost nothing, and room for a perf.data\n");
	else
		printf("%llu\n", (unsigned long long)writing->nr_samples);
	free(writing);
	if (from)
		fclose(from);
	if (input)
		tracecmd_close(input);
	return failed ? 1 : 0;
}
