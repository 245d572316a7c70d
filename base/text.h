/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Text from a recording: any bytes at all, made safe to keep and to show.
 *
 * Names come from programs that may be hostile: they can hold control
 * characters, marks that turn the reading direction, and bytes that are no UTF-8.
 */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stddef.h>
#include <stdint.h>

/*
 * Bytes (1..4) of the well-formed UTF-8 character at text, which is not at its
 * end, and the character; 0 = the byte there starts none.
 */
size_t utf8_decode(const char *text, uint32_t *character);

/* Returns new: text with every byte that is no UTF-8 written as \xNN. */
char *text_utf8(const char *text);

/* Returns new: text_utf8() with everything that does not print as itself escaped too (\n, \x1b, \u202e). */
char *text_printable(const char *text);

/* Returns new: the last part of a path, without its ending, as ".db". */
char *text_stem(const char *path, const char *ending);

#endif
