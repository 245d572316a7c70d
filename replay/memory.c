// SPDX-License-Identifier: GPL-2.0-or-later
/* Sums up what worlds.c, series.c, incidents.c and the sink may come to keep. */
#include "replay/memory.h"

#include "replay/worlds.h"

#define ROWS_BLOCK UINT64_C(1024)	/* whole pages of memory, whatever a row has */
#define STEP_BYTES 24		/* of a packed row of usage, twice: its array doubles */
#define ENTRY_BYTES 48		/* of a page in a map that grows, of entries that came back by an assumed use */
#define REUSE_BYTES 64		/* of a page that waits for its use: 16, in an array of which a quarter may be in use */
#define USAGE_BYTES 64		/* of a row of usage in a database: 37 to 45 */
#define INCIDENT_BYTES 256	/* of a row of incidents with its texts */
#define HEAP_BYTES (UINT64_C(128) << 10)	/* glibc's M_TOP_PAD and M_TRIM_THRESHOLD: free at the end of a thread's heap */
#define OTHER_THREADS 5		/* beside those that play scenarios: main, unpack, decode, hash, play scenario 0 */
#define WORLD_BYTES 65536	/* counters and marks by container, address space and file */

struct sum {
	const struct replay_options *options;
	const struct replay_summary *survey;
	struct replay_memory *memory;
	uint64_t nr_rows, nr_steps;
};

static void add_world(struct sum *sum, const struct world_config *config, bool is_assumed)
{
	sum->memory->nr_worlds++;
	sum->memory->rows += (world_config_row_bytes(config) + world_config_list_bytes(config)) * sum->nr_rows + WORLD_BYTES;
	if (is_assumed)
		sum->memory->rows += sum->nr_rows * (ENTRY_BYTES + (sum->options->reuse_ns ? REUSE_BYTES : 0));
	/* Nothing is cleaned in a leader, so no other has more dirty pages; what is read again may be in larger folios. */
	if (world_config_may_assume(config))
		sum->memory->rows += 2 * sum->survey->beside_bytes;
}

/* Who shares a world writes rows of its own, of what that one keeps. */
static void add_history(struct sum *sum, const struct world_config *config, bool leaves)
{
	uint64_t rows = sum->nr_steps * sum->survey->nr_containers, kept = leaves ? rows : 0, nr_resources = 0;

	for (const char *const *resource = config->model->resources; *resource; resource++)
		nr_resources++;
	sum->memory->histories += nr_resources * kept * STEP_BYTES;
	sum->memory->output += nr_resources * rows * USAGE_BYTES;
	/* Reclaim and charges that failed; that both go on at every step is rare. */
	if (world_config_limits(config)) {
		sum->memory->histories += kept * sizeof(struct closed_incident);
		sum->memory->output += rows * INCIDENT_BYTES;
	}
}

/* Of those that limit nothing the leader is one a thread: only in the first the world as recorded may be it. */
static void add_member(struct sum *sum, const struct world_config *config, bool leaves, bool *has_leader)
{
	add_history(sum, config, leaves);
	if (leaves) {
		add_world(sum, config, false);
		if (world_config_may_assume(config))
			add_world(sum, config, true);
	} else if (!world_config_limits(config) && !*has_leader) {
		for (uint64_t i = 0; i < sum->options->nr_threads; i++)
			add_world(sum, config, false);
		*has_leader = true;
	}
}

/* Of a model whose worlds lie beside each other, in each thread. */
static void add_spare(struct sum *sum, const struct world_config *config)
{
	sum->memory->rows += sum->options->nr_threads * records_spare_bytes(world_config_row_bytes(config)) * sum->nr_rows;
}

void replay_memory(const struct replay_options *options, const struct replay_summary *survey, uint64_t survey_bytes,
		   const bool *leaves, struct replay_memory *memory)
{
	uint64_t length_ns = survey->end_ns - survey->begin_ns, nr_threads = options->nr_threads;
	size_t nr_played = options->nr_scenarios * replay_runs(options), nr_models = replay_members(options) / (nr_played + 1);
	struct sum sum = { .options = options, .survey = survey, .memory = memory,
			   .nr_rows = (survey->nr_pages / ROWS_BLOCK + 1) * ROWS_BLOCK,
			   .nr_steps = options->interval_ns ? length_ns / options->interval_ns + 2 : REPLAY_STEPS + 2 };

	*memory = (struct replay_memory){ .facts = nr_threads * survey_bytes,
					  .heaps = (nr_threads + OTHER_THREADS) * HEAP_BYTES };
	for (size_t m = 0; m < nr_models; m++) {
		bool has_leader = false, has_spare = false;

		for (size_t s = 0; s < nr_played; s++) {
			struct world_config config = { .scenario = (uint32_t)s + 1, .spec = &options->scenarios[s / replay_runs(options)],
						       .model = options->models[m], .options = options };

			config.has_policy = config.model->policy && world_config_limits(&config);
			if (config.has_policy && !has_spare)
				add_spare(&sum, &config);
			has_spare |= config.has_policy;
			add_member(&sum, &config, leaves[(s + 1) * nr_models + m], &has_leader);
		}
	}
	if (memory->output > SINK_CACHE_KIB * UINT64_C(1024))
		memory->output = SINK_CACHE_KIB * UINT64_C(1024);
	memory->total = memory->facts + memory->rows + memory->histories + memory->output + memory->heaps;
}
