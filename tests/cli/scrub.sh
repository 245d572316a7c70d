#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# recount scrub: the same numbers, and no name of the original.
. "$(dirname "$0")/lib.sh"
need_trace

expect 1 1 'scrub: --output: takes FILE, and must be given' scrub "$trace"
expect 1 1 'scrub: --output: takes FILE, not standard output' scrub "$trace" -o -
expect 2 1 'nothing.dat: cannot be opened' scrub "$folder/nothing.dat" -o "$folder/a.dat"
[ ! -e "$folder/a.dat" ] || complain "an output was left"

# Rows of a replay; the command, inputs and what the original says of itself are others.
rows() {
	"$recount" replay -q -O text --interval 1ms "$1" -o "$2" || [ $? = 3 ] || complain "replay $1"
	grep -Ev '^run key="(command|input|kernel|trace_format|events_|end_ns|cpus|gaps|clock)' "$2" |
		sed 's/^\(containers .*\) name=.*/\1/; s/comm="[^"]*"//; s/input="[^"]*"//'
}

# Names of tasks, programs, containers: every word of every text of an event. (A file of ours says recount itself.)
names() {
	"$recount" events -q "$1" | grep -Eo '(comm|filename|path)="[^"]*"' | sed 's/^[a-z]*="//; s/"$//' |
		tr '/' '\n' | grep -E '...' | grep -vx recount | sort -u
}

for recording in "$trace" "$(dirname "$trace")"/*.dat; do
	expect 0 1 'scrub: [0-9]* events under other names' scrub "$recording" -o "$folder/it.dat" -m "$folder/map"
	rows "$recording" "$folder/original" >"$folder/original.rows"
	rows "$folder/it.dat" "$folder/scrubbed" >"$folder/scrubbed.rows"
	cmp "$folder/original.rows" "$folder/scrubbed.rows" || complain "$recording: other rows when scrubbed"
	[ "$(wc -l <"$folder/scrubbed.rows")" -gt 20 ] || complain "$recording: no rows"

	# Packed bytes hide texts: they are looked for in what is unpacked as well.
	{ cat "$folder/it.dat"; "$recount" events -q "$folder/it.dat"; "$recount" info -q "$folder/it.dat" | sed 1d; } >"$folder/all"
	names "$recording" >"$folder/names"
	[ -s "$folder/names" ] || complain "$recording: has no names"
	# as words: a name of three letters may be part of one of ours
	grep -aowFf "$folder/names" "$folder/all" >"$folder/found" && complain "$recording: still there: $(sort -u "$folder/found" | head)"
	cut -f 2 "$folder/map" | grep -qxF "$(head -1 "$folder/names")" ||
		cut -f 2 "$folder/map" | grep -qF "$(head -1 "$folder/names")" || complain "$recording: a name is not in the map"
	python3 "$(dirname "$0")/strings.py" "$recount" "$recording" "$folder/it.dat" >"$folder/found" ||
		complain "$recording: words that are left: $(head "$folder/found")"
done

# Other formats leave nothing either, and a search that finds nothing anywhere would prove nothing.
data=$(dirname "$trace")
for recording in "$data/ftrace.txt" "$data/trace-cmd.txt.gz" "$data/forkcow.perf.data" "$data/gcc.zstd.perf.data"; do
	"$recount" scrub -q "$recording" -o "$folder/it.dat" 2>/dev/null
	python3 "$(dirname "$0")/strings.py" "$recount" "$recording" "$folder/it.dat" >"$folder/found" ||
		complain "$recording: words that are left: $(head "$folder/found")"
done
python3 "$(dirname "$0")/strings.py" "$recount" "$trace" "$trace" >"$folder/found" && complain "strings.py finds nothing"
grep -qx 'forkcow' "$folder/found" || complain "strings.py does not find forkcow in $trace"

# A hole that may be on any CPU is on the first: no CPU is made up for it.
{ cat "$(dirname "$trace")/ftrace.txt"; echo damaged; tail -1 "$(dirname "$trace")/ftrace.txt"; } >"$folder/hole.txt"
expect 3 1 'scrub: [0-9]* events' scrub "$folder/hole.txt" -o "$folder/hole.dat"
"$recount" info -q "$folder/hole.dat" -O json | grep -q '"cpus": [12],' || complain "scrubbing a hole makes up CPUs"
"$recount" events -q "$folder/hole.dat" | grep -q 'cpu=0 tid=0 gap' || complain "scrubbing loses a hole"

# Twice is the same as once, and the same again.
"$recount" scrub -q "$trace" -o "$folder/a.dat"
"$recount" scrub -q "$trace" -o "$folder/b.dat"
cmp "$folder/a.dat" "$folder/b.dat" || complain "scrubbing is not the same each time"
finish
