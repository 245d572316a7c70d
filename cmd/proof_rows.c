// SPDX-License-Identifier: GPL-2.0-or-later
/* A row a container, model and figure. */
#include "cmd/proof_rows.h"

#include <string.h>

static bool has_kernel_counters(const char *model)
{
	return !strcmp(model, "memcg") || !strcmp(model, "cgroup2");
}

/* -1: samples name one that the recording does not have. */
static int64_t container_named(const struct op_source *source, const char *name)
{
	const struct containers *containers = source->class->containers(source);

	for (size_t i = 0; i < containers->nr; i++)
		if (!strcmp(containers->all[i].name, name))
			return (int64_t)i;
	return -1;
}

static enum status put(const struct proof_row *proof, uint32_t container, const struct tolerances *tolerances, struct sink *sink,
		       struct error *err)
{
	const struct gauge *gauge = &proof->gauge;

	return sink->class->put(sink, &(struct row){
		.kind = ROW_PROOF,
		.proof = {
			.container = container, .resource = model_by_name(proof->model)->resources[0], .figure = proof->figure,
			.against = against_name(proof->against), .mean_pages = gauge_mean(gauge), .error_pages = gauge_error(gauge),
			.lasting_pages = gauge_lasting(gauge), .worst_pages = gauge->worst,
			.final_pages = gauge->counted.now, .final_off_pages = gauge->replayed.now - gauge->counted.now,
			.peak_pages = gauge->counted.peak, .peak_off_pages = gauge->replayed.peak - gauge->counted.peak,
			.verdict = grade_name(proof_grade(proof, tolerances)),
		},
	}, err);
}

enum status proof_rows_put(const struct proof_row *rows, size_t nr, const struct op_source *source, struct sink *sink,
			   struct error *err)
{
	struct tolerances tolerances;
	enum status status = RC_OK;

	tolerances_default(&tolerances, source->class->info(source)->nr_cpus);
	for (size_t i = 0; i < nr && !status; i++) {
		int64_t container = container_named(source, rows[i].container);

		if (rows[i].is_compared && has_kernel_counters(rows[i].model) && container >= 0)
			status = put(&rows[i], (uint32_t)container, &tolerances, sink, err);
	}
	return status;
}
