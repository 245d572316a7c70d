#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The events of a trace.dat, written as a perf.data by benchmarks/to_perf: every row of a replay is the same.
. "$(dirname "$0")/lib.sh"

need_trace
to_perf=${3:-}
data=$(dirname "$trace")
[ -n "$to_perf" ] || { echo "no libtracecmd-dev"; exit 77; }
command -v trace-cmd >/dev/null || { echo "no trace-cmd"; exit 77; }

# rows FILE: but for what is of the file itself; a trace.dat has the formats of events that never happened too (driven).
rows() {
	"$recount" replay "$1" -q -O text -o "$folder/rows.txt" --interval 10ms --limit rss=8M,32M --limit memory=16M ||
		complain "replay $1: exit $?"
	grep -v '^run key="\(command\|input\.\|trace_format\|clock\|events_read\|events_skipped\|driven\)' "$folder/rows.txt"
}

for name in thp v1-forkcow-6.1; do
	trace-cmd convert -i "$data/$name.dat" -o "$folder/plain.dat" --file-version 6 --compression none >"$folder/out" 2>&1 ||
		complain "trace-cmd convert: $(cat "$folder/out")"
	# libtracecmd never frees some of what it read
	ASAN_OPTIONS=detect_leaks=0 "$to_perf" "$folder/plain.dat" "$folder/perf.data" >/dev/null || complain "to_perf: exit $?"
	rows "$data/$name.dat" >"$folder/expected"
	rows "$folder/perf.data" >"$folder/got"
	grep -q '^outcomes' "$folder/expected" || complain "$name: no outcomes"
	cmp -s "$folder/expected" "$folder/got" || complain "$name: $(diff "$folder/expected" "$folder/got" | head -5)"
done

# Of version 7 its head cannot be copied: nothing is left.
ASAN_OPTIONS=detect_leaks=0 "$to_perf" "$data/thp.dat" "$folder/perf.data" 2>"$folder/stderr" && complain "to_perf takes version 7"
[ ! -e "$folder/perf.data" ] || complain "to_perf of version 7 leaves a file"
grep -q 'needs a trace.dat of version 6' "$folder/stderr" || complain "to_perf: $(cat "$folder/stderr")"
finish
