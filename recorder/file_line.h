/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Files of one line, as /proc and /sys have them.
 */
#ifndef RECORDER_FILE_LINE_H
#define RECORDER_FILE_LINE_H

#include <stdbool.h>
#include <stddef.h>

/* The first line, without its end. False, and "": there is no such file, or nothing in it. */
bool file_line(const char *path, char *text, size_t bytes);

#endif
