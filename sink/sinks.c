// SPDX-License-Identifier: GPL-2.0-or-later
/* The table of sinks. */
#include "sink/sinks.h"

#include <stddef.h>

const struct sink_class *const sinks[] = {
	&sqlite_sink,
	&text_sink,
	NULL
};
