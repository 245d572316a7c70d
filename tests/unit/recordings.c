// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/unit/recordings.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

bool find_recording(const char *name, char *path, size_t bytes)
{
	const char *folder = getenv("RECOUNT_TRACES");

	snprintf(path, bytes, "%s/%s", TESTS_DATA, name);
	if (!access(path, R_OK))
		return true;
	snprintf(path, bytes, "%s/ftrace/%s", folder ? folder : "", name);
	return folder && !access(path, R_OK);
}
