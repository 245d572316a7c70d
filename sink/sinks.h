/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The sinks there are, one line each: for sinks[]. */
#ifndef SINK_SINKS_H
#define SINK_SINKS_H

#include "sink/sink.h"

extern const struct sink_class sqlite_sink;
extern const struct sink_class text_sink;

#endif
