/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What recount record was asked for.
 *
 *	struct record_settings settings;
 *	record_settings_init(&settings);
 *	invocation_parse(... record_options ...)
 *	record_settings_check(&settings, call, &err);
 *	targets_release(&settings.targets);
 */
#ifndef CMD_RECORD_SETTINGS_H
#define CMD_RECORD_SETTINGS_H

#include "cmd/command.h"
#include "recorder/recorder.h"

#define LAST_FILES 4		/* into so many files goes what --last keeps, and one that is being written */

struct record_settings {
	struct targets targets;
	struct recorder_settings recorder;
	uint64_t split_ns, split_bytes;	/* a file of its own for each; 0 = one for all */
	uint64_t last_ns;		/* only what is no older stays; 0 = everything */
	bool is_cleanup, is_list, is_receive;
};

extern const struct option_spec record_options[];

void record_settings_init(struct record_settings *settings);

/* Options that do not go together, and whom to record. */
enum status record_settings_check(const struct record_settings *settings, const struct invocation *call,
				  struct error *err);

#endif
