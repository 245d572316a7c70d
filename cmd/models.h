/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What `recount replay --help-models` says: models, resources, switches, rules; all from their tables. */
#ifndef CMD_MODELS_H
#define CMD_MODELS_H

#include <stdio.h>

void models_print(FILE *out);

#endif
