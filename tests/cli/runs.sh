#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Several runs of a scenario: the middle one's outcome, and between what it lies.
. "$(dirname "$0")/lib.sh"
need_trace
data=$(dirname "$trace")

# By hand: 256 pages fit. For the 257th, a call takes 256 >> 8, 255 >> 7, 254 >> 6, 251 >> 5, 244 >> 4 and 229 >> 3 of what is
# left: 1 + 1 + 3 + 7 + 15 + 28 = 55. Then 202 are held, and 54 more fit: 311 in all. Runs that are one and two pages tighter
# from then on (a 128th of 256 is 2) refuse the 311th, and the 310th: of 255, or 254, goes 1 + 3 + 7 + 15 + 28 = 54 more.
cat >"$folder/log.ops" <<'END'
recount-ops 1
set readahead 0
switch cgroup2.kmem off
switch cgroup2.stock off
container c1
file F
task A in c1
read A F:0..310
END
expect 0 0 '' replay "$folder/log.ops" -o "$folder/log" -O text -m memory -l c1:memory=256p,311p --runs 3
grep -q '^outcomes scenario=2 container=1 .* limit_pages=256 .* maxheld_pages=256 .* reclaimed_pages=109 ' "$folder/log" ||
	complain "another middle: $(grep '^outcomes scenario=2' "$folder/log")"
grep -q '^spreads scenario=2 container=1 resource="memory" figure="reclaimed_pages" runs=3 low=55 high=109$' "$folder/log" ||
	complain "another spread: $(grep ^spreads "$folder/log")"
# what fits, fits in all of them
grep -q '^outcomes scenario=3 container=1 .* limit_pages=311 .* failcnt=0 ' "$folder/log" || complain "311 pages do not fit"
[ "$(grep -c '^spreads scenario=3 .* low=0 high=0$' "$folder/log")" = "$(grep -c '^spreads scenario=3 ' "$folder/log")" ] ||
	complain "a scenario that refuses nothing spreads: $(grep '^spreads scenario=3' "$folder/log")"
expect 0 0 '' replay "$folder/log.ops" -o "$folder/one" -O text -m memory -l c1:memory=256p
grep -q ' reclaimed_pages=55 ' "$folder/one" || complain "a single run is not the first one"
[ "$(grep -c '^spreads' "$folder/one")" = 0 ] || complain "a single run has a spread"

expect 1 1 'replay: --runs: takes N: ' replay "$folder/log.ops" -o "$folder/no" --runs 0

# the same bytes, whoever plays them
for threads in 1 3; do
	expect 0 0 '' replay "$data/forkcow.dat" -o "$folder/$threads.db" -l memory=24M,16M --runs 4 --threads $threads
done
cmp "$folder/1.db" "$folder/3.db" || complain "threads change what runs come to"
expect 0 0 '' report "$folder/1.db"
grep -q 'over 4 runs of each scenario' "$folder/stdout" || complain "the table does not speak of runs: $(cat "$folder/stdout")"
expect 0 0 '' report "$folder/1.db" -O html -o "$folder/page.html"
grep -q 'over 4 runs under each limit' "$folder/page.html" || complain "the page does not speak of runs"

# a RUN.db of before there were runs, and values that only have bounds
cp "$folder/1.db" "$folder/older.db"
python3 - "$folder/older.db" <<-END
	import sqlite3, sys
	db = sqlite3.connect(sys.argv[1])
	db.executescript("DROP TABLE spreads; ALTER TABLE checks RENAME TO later;"
	                 "CREATE TABLE checks AS SELECT class, checked, exact, within_1, worst_pages, sum_abs_pages FROM later; DROP TABLE later")
END
for format in table json html openmetrics; do
	expect 0 0 '' report "$folder/older.db" -O $format
done
finish
