// SPDX-License-Identifier: GPL-2.0-or-later
/* The views ask a table of one row which run is meant: a view takes no parameters. */
#include "reports/run_views.h"

#include "base/xalloc.h"

static const char chosen_sql[] =
	"CREATE TEMP TABLE chosen (run INTEGER); INSERT INTO temp.chosen VALUES (0);";

/* CREATE VIEW of each table that has a run.  Tables without a key keep the order of their rows. */
static const char views_sql[] =
	"SELECT printf('CREATE TEMP VIEW \"%w\" AS SELECT %s FROM main.\"%w\" WHERE run = (SELECT run FROM temp.chosen)', name, "
	" (SELECT group_concat(printf('\"%w\"', c.name), ', ') FROM pragma_table_info(t.name, 'main') AS c WHERE c.name <> 'run')"
	" || CASE WHEN (SELECT max(pk) FROM pragma_table_info(t.name, 'main')) = 0 THEN ', rowid AS rowid' ELSE '' END, name)"
	" FROM pragma_table_list AS t WHERE schema = 'main' AND type = 'table' AND name NOT GLOB 'sqlite_*'"
	" AND EXISTS (SELECT 1 FROM pragma_table_info(t.name, 'main') AS c WHERE c.name = 'run') AND name <> 'runs' ORDER BY name";

int run_views_create(sqlite3 *db)
{
	sqlite3_stmt *rows = NULL;
	int rc = sqlite3_exec(db, chosen_sql, NULL, NULL, NULL);

	if (!rc)
		rc = sqlite3_prepare_v2(db, views_sql, -1, &rows, NULL);
	while (!rc && (rc = sqlite3_step(rows)) == SQLITE_ROW)
		rc = sqlite3_exec(db, (const char *)sqlite3_column_text(rows, 0), NULL, NULL, NULL);
	sqlite3_finalize(rows);
	return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

int run_views_choose(sqlite3 *db, int64_t run)
{
	char *sql = xneed(sqlite3_mprintf("UPDATE temp.chosen SET run = %lld", (long long)run));
	int rc = sqlite3_exec(db, sql, NULL, NULL, NULL);

	sqlite3_free(sql);
	return rc;
}
