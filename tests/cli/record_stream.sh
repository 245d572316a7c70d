#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# recount record -o -: through a pipe, kept as it came, made a file of, cut off; and a disk that is full.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/record-lib.sh"

expect 1 1 'record: --output: .*a stream is neither split nor received' record -o - --split 1s -- true
expect 1 1 'record: --output: .*a stream is neither split nor received' record -o - --last 1s -- true
printf 'nothing that is known' >"$folder/in"
expect 2 1 'standard input: is nothing that record -o - writes' record --receive -o "$folder/none.dat" <"$folder/in"
[ ! -e "$folder/none.dat" ] || complain "a file was left"
need_tracing

# The stream is the recording, and nothing else: what the command prints goes elsewhere.
"$recount" record -q -o - -- sh -c 'echo hello; cat /dev/null; exit 3' >"$folder/stream" 2>"$folder/stderr" ||
	complain "record -o -: exit $?"
[ "$(cat "$folder/stderr")" = hello ] || complain "stderr: $(cat "$folder/stderr")"
"$recount" events "$folder/stream" >"$folder/events" || complain "events of a kept stream: exit $?"
[ "$(grep -c sched_process_exec "$folder/events")" = 2 ] || complain "not sh and cat: $(grep exec "$folder/events")"
for command in 'events -' 'record --receive -q -o '"$folder/made.dat"; do
	# through a pipe, a few bytes at a time
	dd if="$folder/stream" bs=777 2>/dev/null | "$recount" $command >"$folder/stdout" || complain "$command: exit $?"
	[ "$command" != 'events -' ] || cmp "$folder/events" "$folder/stdout" || complain "through a pipe: other events"
done
"$recount" events "$folder/made.dat" | cmp - "$folder/events" || complain "made a file of: other events"
[ "$(stat -c %s "$folder/made.dat")" -lt 4000000 ] || complain "made a file of: $(stat -c %s "$folder/made.dat") bytes"
if command -v trace-cmd >/dev/null; then
	trace-cmd report "$folder/made.dat" 2>/dev/null | grep -q sched_process_exec || complain "trace-cmd cannot read it"
fi
"$recount" record -q -o - -- true | "$recount" replay -q - -o "$folder/RUN.db" || complain "record | replay: exit $?"

# Cut off: what came is there, and what it lacks is said.
head -c "$(($(stat -c %s "$folder/stream") - 500))" "$folder/stream" >"$folder/cut"
expect 3 1 'its recorder was killed' info "$folder/cut"
expect 3 1 'the stream ended before the recording' record --receive -o "$folder/cut.dat" <"$folder/cut"
expect 3 1 'its recorder was killed' info "$folder/cut.dat"
{ head -c 4000 "$folder/stream"; head -c 100000 /dev/urandom; } >"$folder/noise"
"$recount" info -q "$folder/noise" >/dev/null 2>&1
[ $? -lt 4 ] || complain "noise in a stream: exit $?"

# Nobody reads: it ends, says so, and leaves nothing.
{ "$recount" record -o - --pid $$ --duration 20s 2>"$folder/stderr"; echo $? >"$folder/code"; } | head -c 100 >/dev/null
[ "$(cat "$folder/code")" = 2 ] && grep -q 'standard output: cannot write: Broken pipe' "$folder/stderr" ||
	complain "nobody reads: $(cat "$folder/code" "$folder/stderr")"

# A small disk: ends in peace before it is full; full nevertheless: says so, and what is there is readable.
mkdir "$folder/small"
if mount -t tmpfs -o size=4m none "$folder/small" 2>/dev/null; then
	trap 'umount "$folder/small"; rm -rf "$folder"' EXIT
	(while :; do cat /dev/null; done) 2>/dev/null &
	busy=$!
	expect 0 4 'ended because: the disk is nearly full' record -o "$folder/small/a.dat" --pid $busy --min-disk 3M --duration 60s
	expect 0 0 '' info -q "$folder/small/a.dat"
	rm "$folder/small/a.dat"
	"$recount" record -o "$folder/small/b.dat" --pid $busy --min-disk 0 --buffer 64K --duration 60s 2>"$folder/stderr"
	[ $? = 2 ] && grep -q 'b.dat.part: cannot write: No space left on device' "$folder/stderr" ||
		complain "disk full: $(cat "$folder/stderr")"
	kill $busy
	"$recount" events -q "$folder"/small/b.dat* >"$folder/stdout" 2>/dev/null
	[ "$(wc -l <"$folder/stdout")" -gt 1000 ] || complain "disk full: $(wc -l <"$folder/stdout") events are readable"
else
	echo "# no permission to mount: the full disk was left out"
fi
finish
