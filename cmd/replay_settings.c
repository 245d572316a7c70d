// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmd/replay_settings.h"

#include "base/xalloc.h"
#include "cmd/models.h"
#include "replay/runs.h"

#include <stdlib.h>
#include <string.h>

#define MAX_THREADS 256
#define MAX_JOBS 1024

static enum status set_limit(void *context, const char *value, struct error *err)
{
	struct replay_settings *settings = context;

	(void)err;	/* parsed when the models are known */
	xgrow(&settings->limit_texts, settings->nr_limit_texts, &settings->limit_texts_capacity,
	      sizeof(*settings->limit_texts));
	settings->limit_texts[settings->nr_limit_texts++] = value;
	return RC_OK;
}

static enum status set_combine(void *context, const char *value, struct error *err)
{
	static const char *const names[] = { [COMBINE_EACH] = "each", [COMBINE_ZIP] = "zip",
					     [COMBINE_CROSS] = "cross", NULL };
	int chosen = choose(names, value, err);

	if (chosen < 0)
		return RC_USAGE;
	((struct replay_settings *)context)->combine = (enum combine)chosen;
	return RC_OK;
}

static enum status set_config(void *context, const char *value, struct error *err)
{
	struct replay_settings *settings = context;

	if (settings->config_path)
		return error_set(err, RC_USAGE, "'%s' is a second one", value);
	settings->config_path = value;
	return RC_OK;
}

/* By its name, or by what it limits: `rss` is whichever model limits that. */
static const struct model_class *find_model(const char *name)
{
	const struct model_class *found = model_by_name(name);

	return found ? found : model_of_resource(name);
}

static enum status unknown_model(const char *name, struct error *err)
{
	char names[200] = "";
	size_t used = 0;

	for (const struct model_class *const *model = models; *model && used < sizeof(names); model++)
		used += (size_t)snprintf(names + used, sizeof(names) - used, "%s%s", used ? ", " : "",
					 (*model)->name);
	return error_set(err, RC_USAGE, "'%s' is no model: there are %s", name, names);
}

static enum status set_models(void *context, const char *value, struct error *err)
{
	struct replay_settings *settings = context;
	char *copy = xstrdup(value), *rest = copy, *name;
	enum status status = RC_OK;
	size_t nr = 0;

	settings->has_models = true;
	while (!status && (name = strsep(&rest, ","))) {
		const struct model_class *model = find_model(name);

		if (!model)
			status = unknown_model(name, err);
		for (size_t i = 0; i < nr && !status; i++) {
			if (settings->models[i] == model)
				status = error_set(err, RC_USAGE, "'%s' is given twice", name);
		}
		if (!status && nr == MAX_MODELS)
			status = error_set(err, RC_USAGE, "more than %d models", MAX_MODELS);
		if (!status)
			settings->models[nr++] = model;
	}
	settings->models[nr] = NULL;
	free(copy);
	return status;
}

static enum status set_help_models(void *context, const char *value, struct error *err)
{
	(void)context, (void)value, (void)err;
	models_print(stdout);
	return RC_END;
}

static enum status set_interval(void *context, const char *value, struct error *err)
{
	uint64_t ns;
	enum status status = parse_duration(value, &ns, err);

	if (!status && !ns)
		return error_set(err, RC_USAGE, "the step is 0");
	if (!status)
		((struct replay_settings *)context)->interval_ns = ns;
	return status;
}

static enum status set_dry_run(void *context, const char *value, struct error *err)
{
	(void)value, (void)err;
	((struct replay_settings *)context)->is_dry = true;
	return RC_OK;
}

static enum status set_max_memory(void *context, const char *value, struct error *err)
{
	struct replay_settings *settings = context;
	enum status status = parse_size(value, &settings->max_memory, err);

	if (!status && !settings->max_memory.number)
		return error_set(err, RC_USAGE, "nothing fits into 0");
	return status;
}

static enum status set_runs(void *context, const char *value, struct error *err)
{
	return parse_number(value, 1, RUNS_MAX, &((struct replay_settings *)context)->nr_runs, err);
}

static enum status set_threads(void *context, const char *value, struct error *err)
{
	return parse_number(value, 1, MAX_THREADS, &((struct replay_settings *)context)->nr_threads, err);
}

static enum status set_jobs(void *context, const char *value, struct error *err)
{
	return parse_number(value, 1, MAX_JOBS, &((struct replay_settings *)context)->nr_jobs, err);
}

static enum status set_resume(void *context, const char *value, struct error *err)
{
	(void)value, (void)err;
	((struct replay_settings *)context)->is_resumed = true;
	return RC_OK;
}

static enum status set_verify(void *context, const char *value, struct error *err)
{
	(void)value, (void)err;
	((struct replay_settings *)context)->is_verified = true;
	return RC_OK;
}

static enum status set_check(void *context, const char *value, struct error *err)
{
	(void)value, (void)err;
	((struct replay_settings *)context)->has_check = true;
	return RC_OK;
}

const struct option_spec replay_options[] = {
	{ "limit", 'l', "[CONTAINER:]RESOURCE=VALUES", "what to try, any number of times:\n"
	  "64M,128M,unlimited or 64M..1G/x1.25 (both ends are in) or\n"
	  "50%,100% of the container's own unlimited peak; pairs\n"
	  "BARRIER:LIMIT for privvmpages and lockedpages, HIGH:MAX for\n"
	  "memory; CONTAINER is a name, path or glob, default * (every\n"
	  "container; the host only by its name)", set_limit },
	{ "combine", 0, "each|zip|cross", "scenarios from several --limit: one for each value\n"
	  "(default), values in pairs, or all combinations", set_combine },
	{ "config", 'c', "FILE", "containers and limits: [container NAME] with match.cgroup,\n"
	  "match.comm, match.pid and RESOURCE = VALUES", set_config, .is_path = true },
	{ "model", 'm', "NAME,...", "who pays for which page (default: all that exist\n"
	  "and the recording can drive)", set_models },
	CONDITION_OPTIONS,
	{ "help-models", 0, NULL, "print models, resources, rules and switches, and do nothing", set_help_models },
	{ "interval", 'i', "TIME", "step of the time series (default: about 2,000 steps)", set_interval },
	{ "runs", 0, "N", "play each scenario N times, a few pages apart once it reclaims: its\n"
	  "outcome is the middle one's, beside it lowest and highest (default: 1)", set_runs },
	{ "threads", 0, "N", "play the scenarios in N threads (default: as many as\n"
	  "there are CPUs and a use for; 1 with --jobs): the same result", set_threads, .is_how = true },
	{ "dry-run", 0, NULL, "read the recording once, say how much memory the scenarios\n"
	  "may take, and replay none; no -o is needed, as nothing is\n"
	  "written", set_dry_run, .is_how = true, .writes_nothing = true },
	{ "max-memory", 0, "SIZE", "do the same first, refuse what may take more, and end\n"
	  "should it come to take more nevertheless", set_max_memory, .is_how = true },
	{ "jobs", 'j', "N", "each FILE is a recording of its own: replay N at once, each\n"
	  "into FOLDER/FILE.db; -o names the folder", set_jobs, .is_how = true },
	{ "resume", 0, NULL, "do nothing where the result is there already: of the same\n"
	  "recount, options and contents of the files", set_resume, .is_how = true },
	{ "verify", 0, NULL, "keep how far the recorded scenario is from the kernel's own\n"
	  "counters of containers, where the recording has them", set_verify },
	{ "check", 0, NULL, "check the models' invariants after every operation: slow", set_check },
	{ NULL }
};

void replay_settings_default_models(struct replay_settings *settings)
{
	for (size_t i = 0; models[i] && i < MAX_MODELS && !settings->models[i]; i++) {
		settings->models[i] = models[i];
		settings->models[i + 1] = NULL;
	}
}

void replay_settings_release(struct replay_settings *settings)
{
	free(settings->limit_texts);
	conditions_release(&settings->conditions);
}
