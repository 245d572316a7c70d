/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What recount replay was asked for.
 *
 *	struct replay_settings settings = REPLAY_SETTINGS_INIT;
 *	invocation_parse(... replay_options, &settings ...)
 *	replay_settings_release(&settings);
 *
 * Texts are borrowed from the command line.
 */
#ifndef CMD_REPLAY_SETTINGS_H
#define CMD_REPLAY_SETTINGS_H

#include "accounting/model.h"
#include "cmd/command.h"
#include "cmd/conditions.h"
#include "cmd/limits.h"
#include "cmd/values.h"

#define MAX_MODELS 16
#define MAX_RESOURCES 64

/* A build for developers checks by default. */
#ifdef RECOUNT_CHECKS
#define REPLAY_SETTINGS_INIT { .has_check = true }
#else
#define REPLAY_SETTINGS_INIT { .has_check = false }
#endif

/* What the options say; sizes become pages when the trace has said how large those are. */
struct replay_settings {
	struct conditions conditions;	/* first: options are given its address */
	const struct model_class *models[MAX_MODELS + 1];
	const char *resources[MAX_RESOURCES + 1];	/* of models, for limits */
	const char **limit_texts;
	size_t nr_limit_texts, limit_texts_capacity;
	const char *config_path;
	enum combine combine;
	uint64_t interval_ns;
	struct size max_memory;	/* number 0 = whatever it takes */
	bool is_dry;
	uint64_t nr_runs;	/* 0 = 1 */
	uint64_t nr_threads;	/* 0 = as many as are of use */
	uint64_t nr_jobs;	/* 0 = the operands are one recording */
	bool has_check, has_models;	/* has_models: they were asked for by name */
	bool is_resumed;
	bool is_verified;
};

extern const struct option_spec replay_options[];

/* All models there are, where none was asked for by name. */
void replay_settings_default_models(struct replay_settings *settings);
void replay_settings_release(struct replay_settings *settings);

#endif
