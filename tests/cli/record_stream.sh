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
"$recount" record $plenty -q -o - -- sh -c 'echo hello; cat /dev/null; exit 3' >"$folder/stream" 2>"$folder/stderr" ||
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
"$recount" record $plenty -q -o - -- true | "$recount" replay -q - -o "$folder/RUN.db" || complain "record | replay: exit $?"

# Cut off in the middle of the last piece (base/pieces.h) of events (they stand behind 1 GiB): what came is there, and what it lacks is said.
python3 - "$folder/stream" >"$folder/cut" <<-'END'
	import struct, sys
	stream, at = open(sys.argv[1], "rb").read(), 16
	while at < len(stream):
	    kind, offset, nr, _ = struct.unpack_from("<4Q", stream, at)
	    at += 32 + (nr if kind == 1 else 0)
	    if kind == 1 and offset > 1 << 30 and nr > 16:
	        cut = at - nr // 2
	sys.stdout.buffer.write(stream[:cut])
END
expect 3 1 'its recorder was killed' info "$folder/cut"
expect 3 1 'the stream ended before the recording' record --receive -o "$folder/cut.dat" <"$folder/cut"
expect 3 1 'its recorder was killed' info "$folder/cut.dat"
{ head -c 4000 "$folder/stream"; head -c 100000 "$recount"; } >"$folder/noise"
"$recount" info -q "$folder/noise" >/dev/null 2>"$folder/stderr"
code=$?
[ $code -lt 4 ] || complain "noise in a stream: exit $code: $(cat "$folder/stderr")"

# Nobody reads: it ends, says so, and leaves nothing.
{ "$recount" record $plenty -o - --pid $$ --duration 20s 2>"$folder/stderr"; echo $? >"$folder/code"; } | head -c 100 >/dev/null
[ "$(cat "$folder/code")" = 2 ] && grep -q 'standard output: cannot write: Broken pipe' "$folder/stderr" ||
	complain "nobody reads: $(cat "$folder/code" "$folder/stderr")"

# A small disk: ends in peace before it is full; full nevertheless: says so, and what is there is readable.
# It shrinks or fills when the test says so, and what is recorded is little: a loop that sleeps most of the time.
once_recorded() {	# FILE COMMAND...: once the recording has events
	failures=0
	wait_for has_events "$1" 1000
	shift
	"$@" 2>/dev/null
	[ "$failures" = 0 ]
}
small_size() {
	mount -o "remount,size=$1" "$folder/small" || complain "the disk cannot have $1"
}
next_disk() {
	wait $! || complain "the disk did not change"
	rm -f "$folder"/small/*
	small_size 64m
}
mkdir "$folder/small"
if mount -t tmpfs -o size=64m none "$folder/small" 2>/dev/null; then
	trap 'umount "$folder/small"; rm -rf "$folder"' EXIT
	touch "$folder/slow"
	busy &
	slow=$!
	# 14 MiB are left, of which the file may take 6 to move its parts
	once_recorded "$folder/small/a.dat.part" small_size 14m &
	expect_record 0 4 'ended because: the disk is nearly full' -o "$folder/small/a.dat" --pid $slow --min-disk 16M
	expect 0 0 '' info -q "$folder/small/a.dat"
	[ "$(stat -c %s "$folder/small/a.dat")" -lt 8000000 ] || complain "a.dat: $(stat -c %s "$folder/small/a.dat") bytes"
	next_disk
	# 20 MiB are left, not even half of what shall be
	once_recorded "$folder/small/sparse.dat.part" small_size 20m &
	expect_record 0 5 'no room was left to move its parts together' -o "$folder/small/sparse.dat" --pid $slow --min-disk 48M
	expect 0 0 '' info -q "$folder/small/sparse.dat"
	next_disk
	small_size 8m
	once_recorded "$folder/small/b.dat.part" sh -c 'cat /dev/zero >"$1"' - "$folder/small/filler" &
	"$recount" record $plenty -o "$folder/small/b.dat" --pid $slow 2>"$folder/stderr"
	[ $? = 2 ] && grep -q 'b.dat.part: cannot write: No space left on device' "$folder/stderr" ||
		complain "disk full: $(cat "$folder/stderr")"
	"$recount" events -q "$folder"/small/b.dat* >"$folder/stdout" 2>/dev/null
	[ "$(wc -l <"$folder/stdout")" -ge 1000 ] || complain "disk full: $(wc -l <"$folder/stdout") events are readable"
	next_disk
else
	echo "# no permission to mount: the full disk was left out"
fi
finish
