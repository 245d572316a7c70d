/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The lines of a format file that describe fields, without anything else.
 *
 *	\tfield:unsigned long pfn;\toffset:8;\tsize:8;\tsigned:0;
 *
 * libtraceevent reads kernels' texts, but texts that no kernel wrote can make it
 * crash.  So it gets only lines of exactly this form; others are left out, and a
 * field that is missed is then missed like one the kernel does not have.
 */
#ifndef TRACES_FORMAT_TEXT_H
#define TRACES_FORMAT_TEXT_H

#include <stddef.h>

/*
 * Well-formed field lines of the text, and one blank line where it has its first
 * among them: it divides the common fields from the event's own.  Returns new.
 */
char *format_text_fields(const char *text, size_t bytes);

#endif
