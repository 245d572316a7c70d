// SPDX-License-Identifier: GPL-2.0-or-later
/* The tables of models, policies, switches and rules as text. */
#include "cmd/models.h"

#include "accounting/model.h"
#include "base/rules.h"
#include "reclaim/policy.h"

static void print_model(FILE *out, const struct model_class *model)
{
	fprintf(out, "  %-10s %s\n%13slimits", model->name, model->summary, "");
	for (const char *const *resource = model->resources; *resource; resource++)
		fprintf(out, "%s %s", resource == model->resources ? "" : ",", *resource);
	if (model->policy)
		fprintf(out, "; room is made by %s: %s\n", model->policy, policy_by_name(model->policy)->summary);
	else
		fputs("; a refused call fails\n", out);
}

static void print_switch(FILE *out, const struct switch_class *class)
{
	fprintf(out, "  %s=", class->name);
	for (const char *const *value = class->values; *value; value++)
		fprintf(out, "%s%s", value == class->values ? "" : "|", *value);
	fprintf(out, "  (%s, section %s)\n      %s\n      default: %s", class->model, class->section, class->summary,
		class->values[class->intended]);
	if (class->posted != class->intended)
		fprintf(out, ", with --rules posted: %s", class->values[class->posted]);
	fputc('\n', out);
	if (class->fixed)
		fprintf(out, "      cannot be changed: %s\n", class->fixed);
}

static void print_rule(FILE *out, const struct rule_class *class)
{
	fprintf(out, "  %-4s (%s, section %s)\n      posted:   %s\n      intended: %s\n", class->id, class->model,
		class->section, class->posted, class->intended);
	if (class->fixed)
		fprintf(out, "      cannot be chosen: %s\n", class->fixed);
}

void models_print(FILE *out)
{
	fputs("Sections are those of models.md, of cgroup2 those of cgroup2.md: the pages that rules were written from (HACKING.md).\n\n"
	      "Models, for --model, and the resources they limit:\n", out);
	for (const struct model_class *const *model = models; *model; model++)
		print_model(out, *model);
	fputs("\nSwitches, for --switch NAME=VALUE:\n", out);
	for (size_t i = 0; i < SWITCH_NR; i++)
		print_switch(out, &switch_classes[i]);
	fputs("\nRules, for --rule RULE=posted or RULE=intended; --rules chooses all of them and the\n"
	      "defaults of switches:\n", out);
	for (enum rule rule = 1; rule < RULE_NR; rule++)
		print_rule(out, &rule_classes[rule]);
}
