// SPDX-License-Identifier: GPL-2.0-or-later
/* Time ranges, which files are one recording, and what to say of a damaged one. */
#include "cmd/inputs.h"

#include "base/xalloc.h"
#include "traces/recording_parts.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum status resolve_range(const struct invocation *call, const struct trace_info *info,
			  uint64_t *begin_ns, uint64_t *end_ns, struct error *err)
{
	const bool is_from_end = call->begin.base == TIME_BEFORE_END || call->end.base == TIME_BEFORE_END;
	uint64_t begin = time_resolve(&call->begin, info->begin_ns, info->end_ns);
	uint64_t end = call->end.base == TIME_NONE ? UINT64_MAX :
		       time_resolve(&call->end, info->begin_ns, info->end_ns);

	if (is_from_end && info->end_ns == TRACE_END_UNKNOWN)
		return error_set(err, RC_USAGE, "%s: %s: does not say when it ends, so no time can be counted from there",
				 call->command->name, call->operands[0]);
	if (begin >= end)
		return error_set(err, RC_USAGE, "%s: --begin: takes TIME: %.6f s is not before --end at %.6f s",
				 call->command->name, (double)begin / 1e9, (double)end / 1e9);
	/* The end of a recording is known exactly only when it has been read. */
	if (info->end_ns && begin > info->end_ns + UINT64_C(1000000000))
		return error_set(err, RC_USAGE, "%s: --begin: takes TIME: the trace ends at %.6f s, before %.6f s",
				 call->command->name, (double)info->end_ns / 1e9, (double)begin / 1e9);
	*begin_ns = begin;
	*end_ns = end;
	return RC_OK;
}

enum status resolve_source_range(const struct invocation *call, struct event_source *source,
				 uint64_t *begin_ns, uint64_t *end_ns, struct error *err)
{
	if (call->begin.base != TIME_NONE || call->end.base != TIME_NONE)
		event_source_survey(source);
	return resolve_range(call, event_source_info(source), begin_ns, end_ns, err);
}

static enum status open_each(const struct invocation *call, struct event_source **sources, struct error *err)
{
	enum status status = RC_OK;

	for (size_t i = 0; i < call->nr_operands && !status; i++)
		status = event_source_open_with(&sources[i], &(struct event_source_request){
			.paths = &call->operands[i], .nr_paths = 1, .formats = call->formats }, err);
	return status;
}

/* The operands with this number; returns new. */
static const char **operands_of(const struct invocation *call, const size_t *numbers, size_t number, size_t *nr)
{
	const char **operands = xcalloc(call->nr_operands + 1, sizeof(*operands));

	*nr = 0;
	for (size_t i = 0; i < call->nr_operands; i++)
		if (numbers[i] == number)
			operands[(*nr)++] = call->operands[i];
	return operands;
}

enum status group_inputs(const struct invocation *call, struct invocation **recordings, size_t *nr, struct error *err)
{
	struct event_source **sources = xcalloc(call->nr_operands, sizeof(struct event_source *));
	const struct trace_info **infos = xcalloc(call->nr_operands, sizeof(struct trace_info *));
	size_t *numbers = xcalloc(call->nr_operands, sizeof(*numbers));
	enum status status = call->nr_operands > 1 ? open_each(call, sources, err) : RC_OK;

	if (!status) {
		for (size_t i = 0; i < call->nr_operands && sources[i]; i++) {
			event_source_survey(sources[i]);
			infos[i] = event_source_info(sources[i]);
		}
		*nr = call->nr_operands > 1 ? parts_group(infos, call->nr_operands, numbers) : 1;
		*recordings = xcalloc(*nr, sizeof(**recordings));
		for (size_t i = 0; i < *nr; i++) {
			(*recordings)[i] = *call;
			(*recordings)[i].operands = operands_of(call, numbers, i, &(*recordings)[i].nr_operands);
		}
	}
	for (size_t i = 0; i < call->nr_operands; i++)
		event_source_close(sources[i]);
	free(sources);
	free(infos);
	free(numbers);
	return status;
}

static int compare_names(const void *one, const void *other)
{
	const char *a = *(const char *const *)one, *b = *(const char *const *)other;
	const char *a_slash = strrchr(a, '/'), *b_slash = strrchr(b, '/');
	int order = strverscmp(a_slash ? a_slash + 1 : a, b_slash ? b_slash + 1 : b);

	return order ? order : strcmp(a, b);
}

void sort_inputs(struct invocation *call)
{
	const char **sorted = xcalloc(call->nr_operands + 1, sizeof(*sorted));

	memcpy(sorted, call->operands, call->nr_operands * sizeof(*sorted));
	qsort(sorted, call->nr_operands, sizeof(*sorted), compare_names);
	call->sorted = sorted;
	call->operands = sorted;
}

enum exit_code complain_notes(const struct invocation *call, const struct trace_counts *counts,
			      const char *const *notes, size_t nr, uint64_t nr_more)
{
	if (!nr && !nr_more && !counts->gaps)
		return EXIT_DONE;
	if (call->is_quiet)
		return EXIT_DAMAGED;
	for (size_t i = 0; i < nr; i++)
		complain("%s", notes[i]);
	if (nr_more)
		complain("%s: %" PRIu64 " more notes like these", call->operands[0], nr_more);
	if (counts->gaps && counts->lost)
		complain("%s: %" PRIu64 " gap%s in the recording, %" PRIu64 " events known to be lost",
			 call->operands[0], counts->gaps, counts->gaps == 1 ? "" : "s", counts->lost);
	else if (counts->gaps)
		complain("%s: %" PRIu64 " gap%s in the recording, an unknown number of events lost",
			 call->operands[0], counts->gaps, counts->gaps == 1 ? "" : "s");
	return EXIT_DAMAGED;
}

enum exit_code complain_damage(const struct invocation *call, struct event_source *source)
{
	const char *const *notes;
	uint64_t nr_more = 0;
	size_t nr = event_source_notes(source, &notes, &nr_more);

	return complain_notes(call, event_source_counts(source), notes, nr, nr_more);
}
