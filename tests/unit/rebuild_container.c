// SPDX-License-Identifier: GPL-2.0-or-later
/* What containers are called: by people, where that is known, else by their paths. */
#include "rebuild/container.h"

#include "replay/hierarchy.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const char *name_of(struct containers *containers, uint64_t id, const char *path)
{
	uint32_t container = container_by_cgroup(containers, id, path);

	return containers->all[container].name;
}

/* A container that was started again has another path and the same name. */
static void people_name_them(void **state)
{
	static const struct known_name known[] = {
		{ "/kubepods/pod1/aa", "shop/cart/web" }, { "/kubepods/pod1/bb", "shop/cart/web" },
		{ "/kubepods/pod1/cc", "shop/cart/web" }, { "/kubepods/pod2/dd", "host" },
	};
	struct containers containers;

	(void)state;
	containers_init(&containers);
	containers.known = known;
	containers.nr_known = 4;
	assert_string_equal(name_of(&containers, 5, "/kubepods/pod1/bb"), "shop/cart/web");
	assert_string_equal(name_of(&containers, 6, "/kubepods/pod1/cc"), "shop/cart/web#2");
	assert_string_equal(name_of(&containers, 7, "/kubepods/pod1/aa"), "shop/cart/web#3");
	assert_string_equal(name_of(&containers, 6, "/kubepods/pod1/cc"), "shop/cart/web#2");
	/* the host has its name already */
	assert_string_equal(name_of(&containers, 8, "/kubepods/pod2/dd"), "host#2");
	assert_string_equal(name_of(&containers, 9, "/kubepods/pod2/ee"), "ee");
	containers_release(&containers);
}

static void paths_name_them(void **state)
{
	struct containers containers;

	(void)state;
	containers_init(&containers);
	assert_string_equal(name_of(&containers, 1, "/a/web"), "web");
	assert_string_equal(name_of(&containers, 2, "/b/web"), "b/web");
	assert_string_equal(name_of(&containers, 3, "/"), "host");
	containers_release(&containers);
}

/* What is in no container is in the host; what is in one is not. */
static void host_holds_no_container(void **state)
{
	struct containers containers;
	struct hierarchy hierarchy = { 0 };
	uint32_t shop, web;

	(void)state;
	containers_init(&containers);
	shop = container_by_cgroup(&containers, 1, "/shop");
	web = container_by_cgroup(&containers, 2, "/shop/web");
	hierarchy_update(&hierarchy, &containers);
	assert_true(hierarchy_is_within(&hierarchy, web, shop));
	assert_true(hierarchy_is_within(&hierarchy, web, web));
	assert_false(hierarchy_is_within(&hierarchy, shop, web));
	assert_true(hierarchy_is_within(&hierarchy, 0, 0));
	assert_false(hierarchy_is_within(&hierarchy, web, 0));
	assert_false(hierarchy_is_within(&hierarchy, 0, shop));
	hierarchy_release(&hierarchy);
	containers_release(&containers);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(people_name_them),
		cmocka_unit_test(paths_name_them),
		cmocka_unit_test(host_holds_no_container),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
