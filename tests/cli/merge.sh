#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Many runs in one database: the same bytes in any order and nesting, every recording once, nothing that does not fit.
. "$(dirname "$0")/lib.sh"
need_trace
trace=$(realpath "$trace") data=$(realpath "$(dirname "$trace")")
cd "$folder" || exit 99

expect 0 0 '' replay -j 2 --model rss --limit rss=1M,16M "$trace" "$data/forkcow.dat" "$data/hog-free.dat" -o runs
mv runs/forkcow.dat.db host10.db
mv runs/hog-free.dat.db host2.db
mv "runs/$(basename "$trace").db" host1.db

expect 0 0 '' merge host1.db host2.db host10.db -o fleet.db
same() {	# OPERAND...
	expect 0 "$1" "$2" merge "${@:3}" -o other.db
	cmp -s fleet.db other.db || complain "merge ${*:3}: other bytes"
}
same 0 '' host10.db host2.db host1.db
same 0 '' host2.db host10.db host1.db
expect 0 0 '' merge host1.db host10.db -o some.db
same 0 '' host2.db some.db
same 0 '' fleet.db
same 3 'fleet.db: run host[0-9]* is that of host[0-9]* in fleet.db again: counted once' fleet.db fleet.db
same 1 'host2.db: run host2 is that of host2 in host2.db again: counted once' host1.db host2.db host10.db host2.db
cp host2.db host3.db
same 1 'host3.db: run host3 is that of host2 in ' host3.db fleet.db
expect 0 0 '' merge -q host3.db fleet.db -o other.db
cp some.db grown.db
expect 0 0 '' merge grown.db host2.db -o grown.db
cmp -s fleet.db grown.db || complain "merge into one of its own inputs: other bytes"

# Names decide the order, digits in them as numbers; every row of every run is there.
python3 - "$(basename "$trace")" <<-END || complain "fleet.db does not hold its runs"
	import sqlite3, sys
	def rows(name, question):
	    return sqlite3.connect(name).execute(question).fetchall()
	assert rows("fleet.db", "PRAGMA integrity_check") == [("ok",)]
	runs = rows("fleet.db", "SELECT run, name, inputs FROM runs ORDER BY run")
	assert runs == [(0, "host1", sys.argv[1]), (1, "host2", "hog-free.dat"), (2, "host10", "forkcow.dat")], runs
	tables = [name for name, in rows("host1.db", "SELECT name FROM sqlite_schema WHERE type = 'table'")]
	assert len(tables) >= 11 and "outcomes" in tables, tables
	for run, name, inputs in runs:
	    for table in tables:
	        all = rows("fleet.db", f"SELECT * FROM {table} WHERE run = {run}")
	        assert [row[1:] for row in all] == rows(name + ".db", f"SELECT * FROM {table}"), f"{name} {table}"
END

# A RUN.db of an older recount lacks what came later: it is merged, and is the same run as in the fleet it went into.
python3 - <<-END
	import sqlite3
	open("older.db", "wb").write(open("host2.db", "rb").read())
	db = sqlite3.connect("older.db")
	db.execute("ALTER TABLE outcomes DROP COLUMN refaulted_anon_pages_assumed")
	db.execute("DROP TABLE limits")
	db.commit()
END
expect 0 0 '' merge older.db host1.db -o older-fleet.db
expect 0 1 'older.db: run older is that of older in older-fleet.db again: counted once' merge older-fleet.db older.db -o other.db
cmp -s other.db older-fleet.db || complain "an older run again: other bytes"

# What does not fit is refused in one line and leaves what is there.
cp fleet.db old.db
refused() {	# PATTERN OPERAND...
	expect 2 1 "$1" merge "${@:2}" -o old.db
	cmp -s fleet.db old.db || complain "merge ${*:2}: failed, and the output has changed"
}
expect 0 0 '' replay --model rss --limit rss=2M "$trace" -o again.db
refused "^recount: host1.db: another replay of the recording of again.db \($(basename "$trace")\), which counts once: option.limit.0 differs" host1.db again.db host2.db
refused 'again.db: another replay|fleet.db: another replay' again.db fleet.db
refused 'nothere.db: cannot read: No such file' host1.db nothere.db
refused "$(basename "$trace"): not a RUN.db" host1.db "$trace"
python3 - <<-END
	import sqlite3
	def copy(name, *statements):
	    open(name, "wb").write(open("host2.db", "rb").read())
	    db = sqlite3.connect(name)
	    for statement in statements:
	        db.execute(statement)
	    db.commit()
	copy("large.db", "UPDATE run SET value = '65536' WHERE key = 'page_size'", "UPDATE run SET value = '1' WHERE key = 'input.0.fnv1a64'")
	copy("new.db", "PRAGMA user_version = 2")
	copy("nameless.db", "DELETE FROM run WHERE key = 'input.0.fnv1a64'")
	copy("less.db", "DROP TABLE outcomes")
	copy("view.db", "ALTER TABLE outcomes RENAME TO o", "CREATE VIEW outcomes AS SELECT * FROM o")
	copy("text.db", "DROP TABLE containers", "CREATE TABLE containers (container, name, path)", "INSERT INTO containers VALUES ('x', 'y', 'z')")
	copy("touched.db", "UPDATE outcomes SET failcnt = failcnt + 1")
	whole = open("host2.db", "rb").read()
	open("short.db", "wb").write(whole[:len(whole) // 2])
END
refused 'large.db: pages of 65536 bytes, but of 4096 in host1.db: merge them apart' host1.db large.db
refused 'new.db: a database of schema version 2: this recount merges 1' host1.db new.db
refused 'nameless.db: damaged: does not say of which recording it is' nameless.db host1.db
refused 'less.db: damaged: has no table outcomes' less.db
refused 'view.db: damaged: has no table outcomes' view.db host1.db
refused 'text.db: damaged or not a RUN.db: ' text.db
refused 'short.db: damaged or not a RUN.db: ' short.db host1.db
refused 'touched.db: another replay of the recording of host2.db \(hog-free.dat\), which counts once: outcomes differs' host2.db touched.db
[ -z "$(ls -A | grep tmp-)" ] || complain "left behind: $(ls -A)"
expect 1 1 'merge: --output: takes FILE, and must be given' merge host1.db
expect 1 1 'merge: takes RUN.db..., and none is given' merge -o x.db
expect 0 0 '' merge "$PWD/host1.db" -o 'file:a?b%41.db'
expect 0 0 '' merge 'file:a?b%41.db' host1.db -q -o c.db
finish
