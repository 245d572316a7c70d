#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The main job: the same bytes again, whatever the place; a killed run leaves nothing that confuses.
. "$(dirname "$0")/lib.sh"
need_trace

name=$(basename "$trace")
mkdir "$folder/a" "$folder/b"
cp "$trace" "$folder/b/$name"
expect 0 0 '' replay "$trace" -o "$folder/a/RUN.db" -l rss=1M,unlimited --swap none
(cd "$folder/b" && "$recount" replay --swap none --limit rss=1M,unlimited "$name" --output other.db) ||
	complain "replay from another place"
cmp -s "$folder/a/RUN.db" "$folder/b/other.db" || complain "same input, same options, other bytes"
expect 0 0 '' replay "$trace" -o "$folder/a/RUN.db" -l rss=1M,unlimited --swap none
cmp -s "$folder/a/RUN.db" "$folder/b/other.db" || complain "the second run gives other bytes"

for format in table json csv html ubc openmetrics trace; do
	expect 0 0 '' report "$folder/a/RUN.db" -O $format
	[ -s "$folder/stdout" ] || complain "report -O $format prints nothing"
done

expect 0 0 '' report "$folder/a/RUN.db" -r recommend
head -1 "$folder/stdout" | grep -q '^CONTAINER *RESOURCE *RECOMMENDED' || complain "report -r recommend: $(head -1 "$folder/stdout")"
expect 0 0 '' report "$folder/a/RUN.db" -O ubc -s 1
[ "$(head -1 "$folder/stdout")" = 'Version: 2.5' ] || complain "report -O ubc: $(head -1 "$folder/stdout")"
expect 1 1 'report: --scenario: takes NUMBER: the run has no scenario 9' report "$folder/a/RUN.db" -s 9

# shares take a second pass, and a config file names containers
expect 0 0 '' replay "$trace" -o "$folder/a/shares.db" -l 'rss=50%'
printf '[container it]\nmatch.comm = *\nrss = 1M\n' >"$folder/it.ini"
expect 0 0 '' replay "$trace" -o "$folder/a/config.db" -c "$folder/it.ini"
printf '[container it]\nmatch.comm = *\nrss = 1X\n' >"$folder/it.ini"
expect 1 1 'it.ini:3: ' replay "$trace" -o "$folder/a/config.db" -c "$folder/it.ini"
expect 1 1 '--begin: takes TIME: ' replay "$trace" -o "$folder/a/range.db" -b 5 -e 3
expect 0 0 '' replay "$trace" -o "$folder/a/range.db" -b +0.001 -e -0.001

# a limit for a container that is not there writes nothing
expect 1 1 "no container 'nosuch' in the recording: it has host" replay "$trace" -o "$folder/a/nosuch.db" -l nosuch:rss=1M
[ ! -e "$folder/a/nosuch.db" ] || complain "nosuch.db was made"

# rules and switches: what is last wins over --rules, and run says so
expect 0 0 '' replay "$trace" -O text -o "$folder/a/posted.txt" --rules posted --rule D8=intended --switch rss07.skip_owned=on
for row in 'rules.*posted' 'rule.D8.*intended' 'switch.reclaim07.end_result.*zone_alive' 'switch.rss07.skip_owned.*on'; do
	grep -Eq "$row" "$folder/a/posted.txt" || complain "no $row in $(grep -E 'rule|switch' "$folder/a/posted.txt")"
done
grep -q 'rule.D12' "$folder/a/posted.txt" && complain "a rule that is as posted has a row"
expect 0 0 '' replay "$trace" -O text -o "$folder/a/posted.txt" --rules posted --reclaim-end freed_only
grep -Eq 'switch.reclaim07.end_result.*freed_only' "$folder/a/posted.txt" || complain "--reclaim-end is not the switch"

# D9: with nothing to reclaim and reclaim that always says success, faults are given up, nobody is
# killed; intended, the sixth call ends in a kill.  D10: reclaim that says failure kills at once.
calls() {
	expect 0 0 '' replay "$trace" -O text -o "$folder/a/calls.txt" --swap none -l rss=64K "$@"
}
calls --rules posted
grep -q 'kind="livelock"' "$folder/a/calls.txt" || complain "D9 posted: no livelock"
grep -q 'kind="oom_kill"' "$folder/a/calls.txt" && complain "D9 posted: a kill"
calls --rules posted --rule D9=intended
grep 'kind="reclaim"' "$folder/a/calls.txt" | head -1 | grep -q 'count=6$' || complain "D9 intended: not six calls"
grep -q 'kind="oom_kill"' "$folder/a/calls.txt" || complain "D9 intended: no kill"
calls --reclaim-end freed_only --rule D10=posted
grep 'kind="reclaim"' "$folder/a/calls.txt" | head -1 | grep -q 'count=1$' || complain "D10 posted: not one call"

# what recordings made under a limit say of it, beside the kernel's own words: pages taken away, and who was killed when
if [ -d "${RECOUNT_TRACES:-}/ftrace" ]; then
	for name in hog-96m-swap sqlite-24m; do
		expect 0 0 '' replay "$RECOUNT_TRACES/ftrace/$name.dat" -m rss -O text -o "$folder/a/limited" -q
		told=$("$recount" events "$RECOUNT_TRACES/ftrace/$name.dat" -q | sed -n 's/.* cause=memcg nr_reclaimed=//p' | awk '{ sum += $1 } END { print sum }')
		grep -q "key=\"limit_reclaimed_pages\" value=\"$told\"" "$folder/a/limited" ||
			complain "$name: the kernel took $told pages away, not $(grep limit_reclaimed "$folder/a/limited")"
	done
	expect 0 0 '' replay "$RECOUNT_TRACES/ftrace/hog-64m-oom.dat" -m rss -l rss=32M,1G -o "$folder/a/cut.db" -q
	told=$("$recount" events "$RECOUNT_TRACES/ftrace/hog-64m-oom.dat" -q | sed -n 's/ .* mark_victim pid=\([0-9]*\) .*/ \1/p' | tr -d .)
	expect 0 0 '' report "$folder/a/cut.db" -r recommend -O csv
	grep -q ',app,.*,cut short,,,,.*The recorded kernel killed hog (pid 13863) at ' "$folder/stdout" || complain "not cut short: $(cat "$folder/stdout")"
	expect 0 0 '' replay "$RECOUNT_TRACES/ftrace/hog-64m-oom.dat" -m rss -O text -o "$folder/a/cut" -q
	grep -q "^processes pid=${told#* } .* killed_ns=${told% *}$" "$folder/a/cut" || complain "not killed at $told: $(grep ^processes "$folder/a/cut")"
fi

# a run that is killed, then one that is not
"$recount" replay "$trace" -o "$folder/a/killed.db" -l rss=4K..1M/x1.05 &
victim=$!
kill -KILL $victim
wait $victim 2>/dev/null
[ ! -e "$folder/a/killed.db" ] || "$recount" report "$folder/a/killed.db" >/dev/null || complain "half a RUN.db"
expect 0 0 '' replay "$trace" -o "$folder/a/killed.db"
[ "$(ls -A "$folder/a" | grep -c tmp-)" = 0 ] || complain "left behind: $(ls -A "$folder/a")"
finish
