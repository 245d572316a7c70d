/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Table `run`: what was asked, what was read.
 *
 * Only what bears on the result: the same inputs and options give the same rows,
 * wherever the files lie and wherever the result goes.
 */
#ifndef CMD_RUN_ROWS_H
#define CMD_RUN_ROWS_H

#include "cmd/file_hash.h"
#include "cmd/limits.h"
#include "replay/replay.h"

struct run_facts {
	const char *command;
	const struct file_sum *inputs;
	size_t nr_inputs;
	const struct op_source *source;	/* read to its end */
	const struct replay_options *options;
	const struct replay_summary *summary;
	const char *combine;	/* as typed */
	bool is_posted;		/* --rules */
	uint64_t ram_pages;
	const struct limits *limits;
	const uint64_t *config_hash;	/* file_hash(); NULL = no --config */
};

enum status run_rows_put(const struct run_facts *facts, struct sink *sink, struct error *err);

#endif
