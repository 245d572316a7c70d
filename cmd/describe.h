/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The commands and their options, told to others than people at a terminal: shells and man. */
#ifndef CMD_DESCRIBE_H
#define CMD_DESCRIBE_H

#include "cmd/command.h"

/* Prints a completion script for "bash", "zsh" or "fish"; NULL or another is wrong usage. */
enum exit_code describe_completion(const char *shell);

/* Prints the man page of a command, or of recount itself for "recount", as scdoc reads it. */
enum exit_code describe_page(const char *name);

#endif
