// SPDX-License-Identifier: GPL-2.0-or-later
/* A set with a list beside it, so that clearing takes as long as there are members. */
#include "replay/touched.h"

#include "base/xalloc.h"

#include <stdlib.h>
#include <string.h>

void touched_add_new(struct touched *touched, uint32_t container)
{
	if (container >= touched->nr_known) {
		size_t nr = (size_t)container + container / 2 + 16;

		touched->is_in = xrealloc(touched->is_in, nr, sizeof(*touched->is_in));
		memset(touched->is_in + touched->nr_known, 0, (nr - touched->nr_known) * sizeof(*touched->is_in));
		touched->nr_known = nr;
	}
	touched->is_in[container] = true;
	xgrow(&touched->all, touched->nr, &touched->capacity, sizeof(*touched->all));
	touched->all[touched->nr++] = container;
}

void touched_clear(struct touched *touched)
{
	for (size_t i = 0; i < touched->nr; i++)
		touched->is_in[touched->all[i]] = false;
	touched->nr = 0;
	touched->is_rest = false;
}

void touched_release(struct touched *touched)
{
	free(touched->all);
	free(touched->is_in);
	*touched = (struct touched){ 0 };
}
