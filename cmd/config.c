// SPDX-License-Identifier: GPL-2.0-or-later
/* The INI file, by libinih. */
#include "cmd/config.h"

#include "base/xalloc.h"
#include "cmd/values.h"

#include <errno.h>
#include <ini.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SECTION_WORD "container "
#define MAX_NAME 48		/* of a section or key: libinih cuts what is longer */

struct loader {
	FILE *file;
	const char *path;
	struct config *config;
	struct limits *limits;
	struct error *err;
	enum status status;	/* of the first thing that went wrong */
	unsigned int line, bad_line;
	bool has_rule;		/* the section at hand has one: the last of config */
};

static int fail(struct loader *loader, enum status status, const char *text)
{
	if (loader->status)
		return 0;
	loader->bad_line = loader->line;
	loader->status = error_set(loader->err, status, "%s:%u: %s", loader->path, loader->line, text);
	return 0;
}

/* A line that does not fit would be read as two. */
static char *read_line(char *line, int size, void *context)
{
	struct loader *loader = context;
	const char *bracket;

	if (loader->status || !fgets(line, size, loader->file))
		return NULL;
	loader->line++;
	if (!strchr(line, '\n') && !feof(loader->file)) {
		int next = fgetc(loader->file);

		if (next != EOF) {
			fail(loader, RC_INPUT, "the line is too long");
			return NULL;
		}
	}
	bracket = line + strspn(line, " \t");
	if (*bracket != '[')
		return line;
	loader->has_rule = false;
	if (strcspn(bracket, "]\n") <= MAX_NAME)
		return line;
	fail(loader, RC_INPUT, "the name of the section is too long");
	return NULL;
}

static struct container_rule *rule_of_section(struct loader *loader, const char *name)
{
	struct config *config = loader->config;

	if (!loader->has_rule) {
		xgrow(&config->rules, config->nr_rules, &config->capacity, sizeof(*config->rules));
		config->rules[config->nr_rules++] =
			(struct container_rule){ .name = xstrdup(name), .pid = -1 };
		loader->has_rule = true;
	}
	return &config->rules[config->nr_rules - 1];
}

static int set_pid(struct loader *loader, const char *name, const char *value)
{
	struct error err;
	uint64_t pid;

	if (parse_number(value, 1, 0x7fffffff, &pid, &err))
		return fail(loader, RC_USAGE, err.text);
	rule_of_section(loader, name)->pid = (int64_t)pid;
	return 1;
}

static int set_glob(struct loader *loader, const char **glob, const char *value)
{
	if (*glob)
		return fail(loader, RC_USAGE, "the key is given twice: use a second section");
	if (!*value)
		return fail(loader, RC_USAGE, "the value is empty");
	*glob = xstrdup(value);
	return 1;
}

static int set_limit(struct loader *loader, const char *name, const char *key, const char *value)
{
	struct error err;

	if (!limits_add_named(loader->limits, name, key, value, &err))
		return 1;
	return fail(loader, RC_USAGE, err.text);
}

static int handle(void *context, const char *section, const char *key, const char *value)
{
	struct loader *loader = context;
	const char *name = section + strlen(SECTION_WORD);

	if (loader->status)
		return 0;
	if (strncmp(section, SECTION_WORD, strlen(SECTION_WORD)) || !name[strspn(name, " ")])
		return fail(loader, RC_USAGE, "a key stands in a section [container NAME]");
	name += strspn(name, " ");
	if (!strcmp(key, "match.cgroup"))
		return set_glob(loader, &rule_of_section(loader, name)->cgroup, value);
	if (!strcmp(key, "match.comm"))
		return set_glob(loader, &rule_of_section(loader, name)->comm, value);
	if (!strcmp(key, "match.pid"))
		return set_pid(loader, name, value);
	if (!strncmp(key, "match.", strlen("match.")))
		return fail(loader, RC_USAGE, "unknown key: there are match.cgroup, match.comm, match.pid");
	return set_limit(loader, name, key, value);
}

enum status config_load(struct config *config, const char *path, struct limits *limits,
			struct error *err)
{
	struct loader loader = { .file = fopen(path, "re"), .path = path, .config = config,
				 .limits = limits, .err = err };
	int rc;

	if (!loader.file)
		return error_set(err, RC_INPUT, "%s: cannot read: %s", path, strerror(errno));
	rc = ini_parse_stream(read_line, &loader, handle, &loader);
	if (ferror(loader.file)) {
		loader.status = error_set(err, RC_INPUT, "%s: cannot read: %s", path, strerror(errno));
	} else if (rc > 0 && (!loader.status || (unsigned int)rc < loader.bad_line)) {
		loader.status = RC_OK;	/* what libinih did not understand came first */
		loader.line = (unsigned int)rc;
		fail(&loader, RC_USAGE, "neither [container NAME], KEY = VALUE nor a comment");
	}
	fclose(loader.file);
	return loader.status;
}

void config_release(struct config *config)
{
	for (size_t i = 0; i < config->nr_rules; i++) {
		free((void *)config->rules[i].name);
		free((void *)config->rules[i].cgroup);
		free((void *)config->rules[i].comm);
	}
	free(config->rules);
	*config = (struct config){ 0 };
}
