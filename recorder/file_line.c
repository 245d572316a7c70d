// SPDX-License-Identifier: GPL-2.0-or-later
/* Opened, read and closed: for what is asked for once. */
#include "recorder/file_line.h"

#include <stdio.h>
#include <string.h>

bool file_line(const char *path, char *text, size_t bytes)
{
	FILE *in = fopen(path, "re");
	const bool is_read = in && fgets(text, (int)bytes, in);

	if (in)
		fclose(in);
	text[is_read ? strcspn(text, "\n") : 0] = '\0';
	return is_read;
}
