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

if [ -z "$tracing" ] || [ ! -w "$tracing/instances" ]; then
	# Without privilege: one line that says what is needed, nothing is left, the command does not run.
	expect 2 1 'tracefs|root|locked' record -o "$folder/a.dat" -- touch "$folder/ran"
	[ ! -e "$folder/ran" ] || complain "the command ran unrecorded"
	[ ! -e "$folder/a.dat" ] && [ ! -e "$folder/a.dat.part" ] || complain "a file was left"
fi
need_tracing

# A command: its last words and its first exec are there, and its children's.
expect_record 0 5 'the command ended with exit code 3' -o "$folder/a.dat" -- sh -c 'cat /dev/null; exit 3'
expect 0 0 '' events -k sched_process_exec "$folder/a.dat"
[ "$(wc -l <"$folder/stdout")" = 2 ] || complain "not sh and cat: $(cat "$folder/stdout")"
expect 0 0 '' replay -q -o "$folder/a.db" "$folder/a.dat"
[ ! -e "$folder/a.dat.part" ] || complain "the unfinished file is still there"

# What cannot be run leaves no file, nor what was there before touched.
echo precious >"$folder/old"
expect_record 2 1 'the program cannot be run: No such file' -o "$folder/old" -- "$folder/nothing"
[ "$(cat "$folder/old")" = precious ] || complain "an existing output was touched"
[ ! -e "$folder/old.part" ] || complain "a file was left"

# A process that runs, by its number, until a signal. It has children while it is found and read, and again at the end.
busy &
busy=$!
"$recount" record $plenty -o "$folder/b.dat" --pid $busy 2>"$folder/stderr" &
recorder=$!
wait_for has_events "$folder/b.dat.part" 10 task_newtask
has_instance $recorder || complain "it has no instance while it records"
touch "$folder/slow"	# from here on rings last, however seldom the recorder comes to run
wait_for has_events "$folder/b.dat.part" 20 task_newtask
rm "$folder/slow"
kill -INT $recorder
wait $recorder || complain "after a signal: exit $?: $(cat "$folder/stderr")"
touch "$folder/slow"
grep -q 'ended because: a signal' "$folder/stderr" || complain "a signal: $(cat "$folder/stderr")"
! has_instance $recorder || complain "an instance was left behind"
expect 0 0 '' info -q "$folder/b.dat"
expect 0 0 '' events -O csv -k counter "$folder/b.dat"
# Its children are where it is, also those that were born while it was read: the host has nobody. But for one that was being born at the moment
# at which the kernel began to follow its parent: no event tells whose child it is, and it may have ended before it is asked for.
expect 0 0 '' replay -q -O text -o "$folder/rows" "$folder/b.dat"
grep '^processes .*container=0 ' "$folder/rows" >"$folder/strays"
if grep -q '^processes .*container=[1-9]' "$folder/rows"; then	# where there are containers at all
	[ "$(wc -l <"$folder/strays")" -le 1 ] && ! grep -v ' begin_ns=- ' "$folder/strays" || complain "children in no container: $(cat "$folder/strays")"
fi

# The snapshot of the end stands beside what replay has by then, entry by entry.
"$recount" verify -q -O csv "$folder/b.dat" >"$folder/stdout"
grep -Eq '^b.dat,end,(anon|changing) kernel,[1-9]' "$folder/stdout" || complain "no end: $(cat "$folder/stdout")"
! grep '^b.dat,end,anon ' "$folder/stdout" | grep -v ',100.00,' >&2 || complain "anonymous pages at the end are not where the kernel has them"

# Ended by time.
expect_record 0 4 'the time is over' -o "$folder/c.dat" --pid $busy --duration 300ms
expect 0 0 '' info -q "$folder/c.dat"

# Killed: readable to the last whole page, said to be cut off, and cleaned up after.
"$recount" record $plenty -o "$folder/d.dat" --pid $busy 2>/dev/null &
recorder=$!
wait_for has_events "$folder/d.dat.part"
kill -KILL $recorder
wait $recorder
expect 3 1 'its recorder was killed' info "$folder/d.dat.part"
expect 0 1 '[0-9] instances of killed recorders removed' record --cleanup
! has_instance $recorder || complain "an instance was left behind"

# Several files: each alone, and all as one.
is_there() {
	[ -e "$1" ]
}
"$recount" record $plenty -o "$folder/s.dat" --pid $busy --split 400ms 2>"$folder/stderr" &
recorder=$!
wait_for is_there "$folder/s.003.dat"
kill -INT $recorder
wait $recorder || complain "split: exit $?: $(cat "$folder/stderr")"
[ ! -e "$folder/s.dat" ] && ! ls "$folder" | grep '^s.*part' || complain "not split: $(ls "$folder")"
for file in "$folder"/s.*.dat; do
	expect 0 0 '' replay -q -o "$folder/s.db" "$file"
done
expect 0 0 '' replay -q -o "$folder/s.db" "$folder"/s.*.dat

# A flight recorder: the oldest files go, and what a signal keeps stays.
numbers() {	# of the files that there are, also of the one that is written
	ls "$folder" | sed -n 's/^f\.0*\([0-9]*\)\.dat.*/\1/p' | sort -n
}
is_begun() {
	[ "$(numbers | tail -1)" -ge "$1" ] 2>/dev/null
}
is_kept() {
	grep -q 'until now is kept' "$folder/stderr"
}
"$recount" record $plenty -o "$folder/f.dat" --pid $busy --last 1s 2>"$folder/stderr" &
recorder=$!
wait_for is_begun 2
kill -USR1 $recorder
wait_for is_kept
# What is there now is kept or was begun since; so is the oldest. Four files are kept besides: of those that are begun from now on, all but the
# last four go.
oldest=$(numbers | head -1) newest=$(numbers | tail -1)
wait_for is_begun $((newest + 7))
kill -INT $recorder
wait $recorder || complain "flight recorder: exit $?: $(cat "$folder/stderr")"
numbers | grep -qx "$oldest" || complain "what was to be kept, $oldest, is gone: $(numbers)"
numbers | grep -qx $((newest + 2)) && complain "what is too old, $((newest + 2)), is there: $(numbers)"
finish
