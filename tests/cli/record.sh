#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# recount record: usage everywhere; a real recording where the kernel lets us.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/record-lib.sh"

expect 1 1 'record: whom\? takes --cgroup PATH, --pid PID, or -- COMMAND' record
expect 1 1 'record: --pid: takes PID: .* from 1 to' record --pid 0
expect 1 1 'record: --pid: takes PID: process 999999999: there is none' record --pid 999999999
expect 1 1 'record: --cgroup: takes PATH: container /no/such: there is none' record --cgroup /no/such
expect 1 1 'record: --duration: takes TIME' record --duration soon
expect 1 1 'record: --buffer: takes SIZE: at least 64 KiB' record --buffer 1K
expect 1 1 'record: --last: takes TIME: at least 1s' record --last 10ms
expect 1 1 'record: --output: takes FILE: the name is empty' record -o '' -- true
expect 1 1 "record: --evidence: takes none.list.KIND.=TIME.: 'hope' is none of none, idle" record --evidence hope -- true
expect 0 0 '' record --help

# What there is to see uses with, and what it costs; recount never starts DAMON.
expect 0 0 '' record --evidence list
[ "$(grep -c '^[a-z]' "$folder/stdout")" = 4 ] && [ "$(grep -c '^    costs: ' "$folder/stdout")" = 4 ] ||
	complain "--evidence list: $(cat "$folder/stdout")"
grep -q '^damon .*not here: ' "$folder/stdout" || complain "--evidence list offers damon"

# Whether the recorder of that number has left its instance; others may be recording.
has_instance() {
	ls "$tracing/instances" | grep -q "^recount-$1-"
}

if [ ! -w $tracing/instances ]; then
	# Without privilege: one line that says what is needed, nothing is left, the command does not run.
	expect 2 1 'tracefs|root|locked' record -o "$folder/a.dat" -- touch "$folder/ran"
	[ ! -e "$folder/ran" ] || complain "the command ran unrecorded"
	[ ! -e "$folder/a.dat" ] && [ ! -e "$folder/a.dat.part" ] || complain "a file was left"
fi
need_tracing

# A command: its last words and its first exec are there, and its children's.
expect 0 5 'the command ended with exit code 3' record -o "$folder/a.dat" -- sh -c 'cat /dev/null; exit 3'
expect 0 0 '' events -k sched_process_exec "$folder/a.dat"
[ "$(wc -l <"$folder/stdout")" = 2 ] || complain "not sh and cat: $(cat "$folder/stdout")"
expect 0 0 '' replay -q -o "$folder/a.db" "$folder/a.dat"
[ ! -e "$folder/a.dat.part" ] || complain "the unfinished file is still there"

# What cannot be run leaves no file, nor what was there before touched.
echo precious >"$folder/old"
expect 2 1 'the program cannot be run: No such file' record -o "$folder/old" -- "$folder/nothing"
[ "$(cat "$folder/old")" = precious ] || complain "an existing output was touched"
[ ! -e "$folder/old.part" ] || complain "a file was left"

# A process that runs, by its number, until the time is over.
(while :; do cat /dev/null; done) 2>/dev/null &
busy=$!
expect 0 4 'the time is over' record -o "$folder/b.dat" --pid $busy --duration 300ms
expect 0 0 '' events -O csv -k counter "$folder/b.dat"
expect 0 0 '' events -k task_newtask "$folder/b.dat"
[ -s "$folder/stdout" ] || complain "no child of the process was seen"
# Its children are where it is, also those that were born while it was read: the host has nobody.
expect 0 0 '' replay -q -O text -o "$folder/rows" "$folder/b.dat"
grep -q '^processes .*container=[1-9]' "$folder/rows" && grep '^processes .*container=0 ' "$folder/rows" >&2 &&
	complain "children in no container"

# The snapshot of the end stands beside what replay has by then, entry by entry.
"$recount" verify -q -O csv "$folder/b.dat" >"$folder/stdout"
grep -Eq '^b.dat,end,(anon|changing) kernel,[1-9]' "$folder/stdout" || complain "no end: $(cat "$folder/stdout")"
! grep '^b.dat,end,anon ' "$folder/stdout" | grep -v ',100.00,' >&2 || complain "anonymous pages at the end are not where the kernel has them"

# Ended by a signal.
"$recount" record -o "$folder/c.dat" --pid $busy 2>"$folder/stderr" &
recorder=$!
wait_for_events "$folder/c.dat.part"
has_instance $recorder || complain "it has no instance while it records"
kill -INT $recorder
wait $recorder || complain "after a signal: exit $?"
grep -q 'ended because: a signal' "$folder/stderr" || complain "a signal: $(cat "$folder/stderr")"
expect 0 0 '' info -q "$folder/c.dat"
! has_instance $recorder || complain "an instance was left behind"

# Killed: readable to the last whole page, said to be cut off, and cleaned up after.
"$recount" record -o "$folder/d.dat" --pid $busy 2>/dev/null &
recorder=$!
wait_for_events "$folder/d.dat.part"
kill -KILL $recorder
wait $recorder
expect 3 1 'its recorder was killed' info "$folder/d.dat.part"
expect 0 1 '[0-9] instances of killed recorders removed' record --cleanup
! has_instance $recorder || complain "an instance was left behind"

# Several files: each alone, and all as one.
expect 0 4 'the time is over' record -o "$folder/s.dat" --pid $busy --split 400ms --duration 1200ms
[ -e "$folder/s.002.dat" ] && [ ! -e "$folder/s.dat" ] || complain "not split: $(ls "$folder")"
for file in "$folder"/s.*.dat; do
	expect 0 0 '' replay -q -o "$folder/s.db" "$file"
done
expect 0 0 '' replay -q -o "$folder/s.db" "$folder"/s.*.dat

# A flight recorder: the oldest files go, and what a signal keeps stays.
"$recount" record -o "$folder/f.dat" --pid $busy --last 1s 2>"$folder/stderr" &
recorder=$!
for _ in $(seq 300); do [ -e "$folder/f.002.dat.part" ] && break; sleep 0.1; done
kill -USR1 $recorder
for _ in $(seq 300); do grep -q 'until now is kept' "$folder/stderr" && break; sleep 0.1; done
# The oldest that is there now is kept, and was begun before the signal. What was begun while that was under way may be kept with it, a file
# or two; four are kept besides.
oldest=$(ls "$folder" | sed -n 's/^f\.\([0-9]*\)\.dat$/\1/p' | sort -n | head -1)
newest=$(ls "$folder" | sed -n 's/^f\.\([0-9]*\)\.dat.*/\1/p' | sort -n | tail -1 | sed 's/^0*//')
last=$(printf '%03d' $((newest + 7)))
for _ in $(seq 600); do [ -e "$folder/f.$last.dat.part" ] || [ -e "$folder/f.$last.dat" ] && break; sleep 0.1; done
kill -INT $recorder
wait $recorder || complain "flight recorder: exit $?"
[ -e "$folder/f.$oldest.dat" ] || complain "what was to be kept is gone: $(ls "$folder")"
[ ! -e "$folder/f.$(printf '%03d' $((newest + 2))).dat" ] || complain "what is too old is there: $(ls "$folder")"

kill $busy
finish
