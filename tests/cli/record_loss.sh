#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Lost events: none while the rings have room, and all of them told where they have not.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/record-lib.sh"
need_tracing
faults=$(dirname "$0")/faults.py

# record PAGES OPTION...: writes $folder/a.dat; of how many of the pages a fault is in it, and what the recorder said of losses.
# A page that the kernel moved or looked after meanwhile may have had another one.
record() {
	pages=$1
	shift
	"$recount" record $plenty -o "$folder/a.dat" "$@" -- python3 "$faults" "$pages" >"$folder/range" 2>"$folder/stderr"
	code=$?
	read -r begin end <"$folder/range"
	"$recount" events -q -k page_fault "$folder/a.dat" 2>/dev/null | sed -n 's/.*address=\(0x[0-9a-f]*\) .*/\1/p' |
		python3 -c 'import sys; print(len({int(l, 0) >> 12 for l in sys.stdin if int(sys.argv[1], 0) <= int(l, 0) < int(sys.argv[2], 0)}))' \
			"$begin" "$end" >"$folder/found"
	found=$(cat "$folder/found")
	told=$(sed -n 's/.*CPU [0-9]*: \([0-9]*\) events were lost.*/\1/p' "$folder/stderr" | awk '{ n += $1 } END { print n + 0 }')
}

# 10,000 pages are some 2 MiB of events: they fit into the rings even if the recorder never comes to run.
record 10000
[ "$code" = 0 ] || complain "exit $code: $(cat "$folder/stderr")"
[ "$told" = 0 ] || complain "$told events were lost"
[ "$found" = 10000 ] || complain "$found faults of 10000 are in the recording"

# 60,000 pages as fast as they come through rings of 64 KiB: what is not there is told.
record 60000 --buffer 64K
echo "# through rings of 64 KiB: $found of 60000 faults, $told events lost, $(grep -o '[0-9]* a second' "$folder/stderr")"
if [ "$told" = 0 ]; then
	[ "$code" = 0 ] && [ "$found" = 60000 ] || complain "exit $code, $found faults of 60000, and no loss is told"
else
	[ "$code" = 3 ] || complain "events were lost: exit $code"
	[ $((found + told)) -ge 60000 ] || complain "$found faults and $told lost events are not 60000"
	"$recount" replay -q -O text -o "$folder/rows" "$folder/a.dat" 2>/dev/null
	rows=$(sed -n 's/^losses .* events=\([0-9]*\).*/\1/p' "$folder/rows" | awk '{ n += $1 } END { print n + 0 }')
	"$recount" info "$folder/a.dat" >"$folder/stdout" 2>/dev/null
	[ "$(grep -c '^lost: cpu' "$folder/stdout")" = 1 ] || grep -q "^lost: in all $told events are known to be lost, in " "$folder/stdout" ||
		complain "$told events were lost, info says: $(grep '^lost: in all' "$folder/stdout")"
	# A page that is full to the last byte says that events are missing, not how many; the sum is known.
	sum=$(sed -n 's/^run key="events_lost" value="\([0-9]*\)".*/\1/p' "$folder/rows")
	[ "$sum" = "$told" ] || complain "$told events were lost, replay says $sum"
	if grep -q '^losses .* events=-' "$folder/rows"; then
		[ "$rows" -lt "$told" ] || complain "$told events were lost, rows of losses have $rows and more"
	else
		[ "$rows" = "$told" ] || complain "$told events were lost, rows of losses have $rows"
	fi
fi
finish
