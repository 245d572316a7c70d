// SPDX-License-Identifier: GPL-2.0-or-later
/* Time series and incidents: what is folded, and what is not. */
#include "replay/series.h"

#include "rebuild/container.h"
#include "replay/hierarchy.h"
#include "replay/incidents.h"
#include "tests/unit/test.h"

#include <stdio.h>
#include <string.h>

/* A sink that writes rows as one line of text each. */
struct lines {
	struct sink base;
	char text[2048];
	size_t used;
};

static enum status put_line(struct sink *sink, const struct row *row, struct error *err)
{
	struct lines *lines = (struct lines *)sink;
	size_t room = sizeof(lines->text) - lines->used;

	(void)err;
	if (row->kind == ROW_USAGE)
		lines->used += (size_t)snprintf(lines->text + lines->used, room, "%u@%d:%d/%d ", row->usage.container,
						(int)row->usage.time_ns, (int)row->usage.held_pages,
						(int)row->usage.maxheld_pages);
	else
		lines->used += (size_t)snprintf(lines->text + lines->used, room, "%s@%d-%d x%d %dp pid %d;",
						row->incident.incident, (int)row->incident.time_ns,
						(int)row->incident.end_ns, (int)row->incident.count,
						(int)row->incident.pages, (int)row->incident.pid);
	return RC_OK;
}

static const struct sink_class lines_class = { .name = "lines", .put = put_line };

static void a_step_is_a_row_where_something_changed(void **state)
{
	struct lines lines = { .base.class = &lines_class };
	struct series series, copy;
	struct error err;

	(void)state;
	/* Steps end at 110, 120, ...  Container 1 rises to 5 and falls to 2 within the first. */
	series_init(&series, 100, 10);
	series_note(&series, 1, 5);
	series_note(&series, 1, 2);
	series_advance(&series, 109);
	/* Nothing happens until 200: a second row settles the maximum, and no more are written. */
	series_advance(&series, 200);
	series_note(&series, 1, 300);
	series_copy(&copy, &series);
	series_finish(&series, 205, &lines.base, 0, "rss", &err);
	assert_string_equal(lines.text, "1@110:2/5 1@120:2/2 1@205:300/300 ");
	series_release(&series);
	/* A copy has the same past, and a future of its own. */
	lines.used = 0;
	series_note(&copy, 1, 0);
	series_note(&copy, 0, 1);
	series_finish(&copy, 230, &lines.base, 0, "rss", &err);
	assert_string_equal(lines.text, "0@210:1/1 1@110:2/5 1@120:2/2 1@210:0/300 1@220:0/0 ");
	series_release(&copy);
}

static void near_incidents_fold_and_kills_do_not(void **state)
{
	struct lines lines = { .base.class = &lines_class };
	struct incidents incidents;
	struct error err;
	struct incident one = { .begin_ns = 100, .pages = 4, .pid = 7 };

	(void)state;
	incidents_init(&incidents, 10);
	incident_add(&incidents, 2, INCIDENT_RECLAIM, &one);
	one.begin_ns = 110;		/* within the interval */
	incident_add(&incidents, 2, INCIDENT_RECLAIM, &one);
	one.begin_ns = 121;		/* one too late */
	incident_add(&incidents, 2, INCIDENT_RECLAIM, &one);
	incident_add(&incidents, 2, INCIDENT_OOM_KILL, &one);
	incident_add(&incidents, 2, INCIDENT_OOM_KILL, &one);
	incidents_finish(&incidents, &lines.base, 1, "rss", &err);
	assert_string_equal(lines.text, "reclaim@100-110 x2 8p pid 7;oom_kill@121-121 x1 4p pid 7;"
					"reclaim@121-121 x1 4p pid 7;oom_kill@121-121 x1 4p pid 7;");
	incidents_release(&incidents);
}

static void containers_have_short_unique_names(void **state)
{
	struct containers containers;

	(void)state;
	containers_init(&containers);
	assert_int_equal(container_by_cgroup(&containers, 1, "/"), 0);
	assert_int_equal(container_by_cgroup(&containers, 5, "/a/web"), 1);
	assert_int_equal(container_by_cgroup(&containers, 6, "/b/web"), 2);
	assert_int_equal(container_by_cgroup(&containers, 5, "/a/web"), 1);
	assert_string_equal(containers.all[1].name, "web");
	assert_string_equal(containers.all[2].name, "b/web");
	assert_true(container_matches("*", 1, "web", "/a/web"));
	assert_true(container_matches("/a/*", 1, "web", "/a/web"));
	assert_false(container_matches("b*", 1, "web", "/a/web"));
	/* The host is meant by its own name only. */
	assert_false(container_matches("*", 0, "host", "/"));
	assert_true(container_matches("host", 0, "host", "/"));
	containers_release(&containers);
}

static void parents_follow_paths(void **state)
{
	struct containers containers;
	struct hierarchy hierarchy = { 0 };

	(void)state;
	containers_init(&containers);
	container_by_cgroup(&containers, 1, "/pods/a/web");	/* 1: seen before those above it */
	container_by_cgroup(&containers, 2, "/pods");
	container_by_cgroup(&containers, 3, "/podsize");
	hierarchy_update(&hierarchy, &containers);
	assert_int_equal(hierarchy_parent(&hierarchy, 1), 2);
	container_by_cgroup(&containers, 4, "/pods/a");
	hierarchy_update(&hierarchy, &containers);
	assert_int_equal(hierarchy_parent(&hierarchy, 1), 4);
	assert_int_equal(hierarchy_parent(&hierarchy, 4), 2);
	assert_int_equal(hierarchy_parent(&hierarchy, 2), 0);
	assert_int_equal(hierarchy_parent(&hierarchy, 3), 0);
	assert_true(hierarchy_is_within(&hierarchy, 1, 2));
	assert_true(hierarchy_is_within(&hierarchy, 2, 2));
	assert_false(hierarchy_is_within(&hierarchy, 2, 1));
	assert_false(hierarchy_is_within(&hierarchy, 3, 2));
	assert_false(hierarchy_is_within(&hierarchy, 0, 2));
	hierarchy_release(&hierarchy);
	containers_release(&containers);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_step_is_a_row_where_something_changed),
		cmocka_unit_test(near_incidents_fold_and_kills_do_not),
		cmocka_unit_test(containers_have_short_unique_names),
		cmocka_unit_test(parents_follow_paths),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
