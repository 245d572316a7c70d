/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A recording that leaves the host while it is made: record -o - at one end of a
 * pipe, record --receive at the other (or any command that reads recordings).
 */
#ifndef CMD_STREAM_H
#define CMD_STREAM_H

#include "base/status.h"

#include <stdbool.h>

/* RC_USAGE: standard output is a terminal. */
enum status stream_check_output(struct error *err);

/* What comes through standard input as the file that it was made as. *is_whole: its recorder ended it. */
enum status stream_receive(const char *output, bool *is_whole, struct error *err);

#endif
