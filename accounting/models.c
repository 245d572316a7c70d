// SPDX-License-Identifier: GPL-2.0-or-later
/* The table of charging models. */
#include "accounting/model.h"

#include <string.h>

extern const struct model_class bc_model;
extern const struct model_class cgroup2_model;
extern const struct model_class memcg_model;
extern const struct model_class rss07_model;

const struct model_class *const models[] = {
	&rss07_model,
	&bc_model,
	&memcg_model,
	&cgroup2_model,
	NULL,
};

const struct model_class *model_by_name(const char *name)
{
	for (size_t i = 0; models[i]; i++) {
		if (!strcmp(models[i]->name, name))
			return models[i];
	}
	return NULL;
}

bool model_has_resource(const struct model_class *model, const char *resource)
{
	for (const char *const *name = model->resources; *name; name++)
		if (!strcmp(*name, resource))
			return true;
	return false;
}

const struct model_class *model_of_resource(const char *resource)
{
	for (size_t i = 0; models[i]; i++) {
		if (model_has_resource(models[i], resource))
			return models[i];
	}
	return NULL;
}
