/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Inputs by the names that people give them, to be read at any position.
 *
 * "-" is the standard input.  If that is a pipe, all of it is kept in a file without a name
 * first, which takes its place: "-" can be opened again, and gives the same.  A folder is the
 * file `data` in it: perf can make a folder of a recording.  Of a stream of pieces
 * (base/pieces.h) it is the file that they make.
 */
#ifndef BASE_INPUT_H
#define BASE_INPUT_H

#include <stdbool.h>
#include <stdio.h>

/* A new descriptor of a file, closed on exec; or -1 and errno. */
int input_open(const char *path, bool *is_folder);
/* The same as a stream; or NULL and errno. */
FILE *input_stream(const char *path);

#endif
