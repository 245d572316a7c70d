// SPDX-License-Identifier: GPL-2.0-or-later
/* The register is complete, and a set is what was asked for. */
#include "base/rules.h"
#include "accounting/model.h"
#include "reclaim/policy.h"

#include "tests/unit/test.h"

#include <stdlib.h>
#include <string.h>

static bool is_owner(const char *name)
{
	return model_by_name(name) || policy_by_name(name) || !strcmp(name, "core") || !strcmp(name, "memcg") ||
	       !strcmp(name, "ubc");
}

static void rules_are_complete(void **state)
{
	(void)state;
	assert_true(RULE_NR <= 64);
	assert_null(rule_classes[0].id);
	for (int rule = 1; rule < RULE_NR; rule++) {
		const struct rule_class *class = &rule_classes[rule];

		assert_non_null(class->id);
		if (rule <= D38_OOM_OUTSIDER)
			assert_int_equal(strtol(class->id + 1, NULL, 10), rule);
		assert_true(is_owner(class->model));
		assert_true(class->section && class->posted && class->intended);
	}
	assert_string_equal(rule_classes[D7B_STALE_RACE].id, "D7b");
	assert_string_equal(rule_classes[D7C_OWNED_PREPARES].id, "D7c");
}

static void switches_are_complete(void **state)
{
	(void)state;
	for (int i = 0; i < SWITCH_NR; i++) {
		const struct switch_class *class = &switch_classes[i];
		uint8_t nr = 0;

		while (class->values[nr])
			nr++;
		assert_true(nr > 1 && class->intended < nr && class->posted < nr);
		assert_true(class->name && is_owner(class->model) && class->section && class->summary);
	}
}

static void sets(void **state)
{
	struct error err;
	struct rules rules;

	(void)state;
	rules_init(&rules, false);
	assert_int_equal(rules.posted, 0);
	assert_string_equal(rules_value(&rules, SWITCH_RECLAIM07_END_RESULT), "under_limit");
	rules_init(&rules, true);
	assert_string_equal(rules_value(&rules, SWITCH_RECLAIM07_END_RESULT), "zone_alive");
	/* What cannot be chosen is not posted either. */
	for (enum rule rule = 1; rule < RULE_NR; rule++)
		assert_int_equal(rules_posted(&rules, rule), !rule_classes[rule].fixed);
	assert_int_equal(rules_parse_rule(&rules, "D17=intended", &err), RC_OK);
	assert_int_equal(rules_parse_rule(&rules, "d1=intended", &err), RC_OK);
	assert_false(rules_posted(&rules, D17_LOCKED_LEAK));
	assert_false(rules_posted(&rules, D1_DOUBLE_RELEASE));
	assert_true(rules_posted(&rules, D18_RESULT_LOST));
	assert_int_equal(rules_parse_rule(&rules, "D17=posted", &err), RC_OK);
	assert_true(rules_posted(&rules, D17_LOCKED_LEAK));
	assert_int_equal(rules_parse_switch(&rules, "bc.variant=openvz", &err), RC_OK);
	assert_string_equal(rules_value(&rules, SWITCH_BC_VARIANT), "openvz");
}

static void wrong_texts(void **state)
{
	static const char *const rules_texts[] = { "", "=", "D17", "=posted", "D17=", "D17=Posted", "D0=posted",
						   "D1 =posted", "D39=posted", "D7b=posted", "D7c=posted", "D=posted" };
	static const char *const switch_texts[] = { "", "=", "bc.rss", "=on", "bc.rss=", "bc.rs=on", "bc.rss=ON",
						    "rss07.move_rule=old_match" };
	struct error err;
	struct rules rules;

	(void)state;
	rules_init(&rules, false);
	for (size_t i = 0; i < NR_OF(rules_texts); i++)
		assert_int_equal(rules_parse_rule(&rules, rules_texts[i], &err), RC_USAGE);
	for (size_t i = 0; i < NR_OF(switch_texts); i++)
		assert_int_equal(rules_parse_switch(&rules, switch_texts[i], &err), RC_USAGE);
	assert_int_equal(rules.posted, 0);
	assert_int_equal(rules_parse_switch(&rules, "rss07.move_rule=leader", &err), RC_OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rules_are_complete),
		cmocka_unit_test(switches_are_complete),
		cmocka_unit_test(sets),
		cmocka_unit_test(wrong_texts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
