// SPDX-License-Identifier: GPL-2.0-or-later
/* One line of text for whatever went wrong. */
#include "base/status.h"

#include <stdio.h>
#include <stdlib.h>

enum status error_set(struct error *err, enum status status, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(err->text, sizeof(err->text), format, args);
	va_end(args);
	return status;
}

enum status error_wrap(struct error *err, enum status status, const char *before, const char *after)
{
	struct error inner = *err;

	return error_set(err, status, "%s%s%s", before, inner.text, after);
}

_Noreturn void bug(const char *format, ...)
{
	va_list args;

	fputs("recount: bug: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	abort();
}
