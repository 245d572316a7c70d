#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Inputs that cannot be read and outputs that cannot be written: exit 2, one line, nothing harmed.
. "$(dirname "$0")/lib.sh"

for command in info events; do
	expect 2 1 'nonexistent: ' $command "$folder/nonexistent"
	expect 2 1 '' $command "$folder"
	: >"$folder/empty"
	expect 2 1 'empty: ' $command "$folder/empty"
	echo 'not a recording' >"$folder/text"
	expect 2 1 'text: ' $command "$folder/text"
done
expect 2 1 'nonexistent: cannot read: No such file' report "$folder/nonexistent"
expect 2 1 'text: not a RUN.db' report "$folder/text"
expect 2 1 'empty: not a RUN.db' report "$folder/empty"
expect 2 1 'not a regular file' report "$folder"
expect 2 1 'a.nb: cannot read' report "$folder/a
b"

need_trace
for place in /nonexistent/RUN.db "$folder" "$folder/" /dev/null; do
	expect 2 1 'cannot write' replay "$trace" -o "$place"
done
echo old >"$folder/RUN.db"
expect 2 1 'nonexistent: ' replay "$folder/nonexistent" -o "$folder/RUN.db"
expect 1 1 "'x' is not a size" replay "$trace" -l rss=x -o "$folder/RUN.db"
(
	ulimit -f 16
	expect 2 1 'RUN.db: cannot write: ' replay "$trace" -o "$folder/RUN.db"
	finish
) || complain "under a file size limit"
[ "$(cat "$folder/RUN.db")" = old ] || complain "RUN.db is not what it was"
[ "$(ls -A "$folder" | grep -c tmp-)" = 0 ] || complain "left behind: $(ls -A "$folder")"

# stdout that takes nothing
if [ -w /dev/full ]; then
	"$recount" events "$trace" >/dev/full 2>"$folder/stderr"
	[ $? = 2 ] || complain "events >/dev/full: not exit 2"
	[ "$(wc -l <"$folder/stderr")" = 1 ] || complain "events >/dev/full: $(cat "$folder/stderr")"
	"$recount" info "$trace" >/dev/full 2>"$folder/stderr"
	[ $? = 2 ] || complain "info >/dev/full: not exit 2"
	"$recount" --help >/dev/full 2>"$folder/stderr"
	[ $? = 2 ] || complain "--help >/dev/full: not exit 2"
fi
"$recount" events "$trace" >&- 2>"$folder/stderr"
[ $? = 2 ] || complain "events >&-: not exit 2"
[ "$(wc -l <"$folder/stderr")" = 1 ] || complain "events >&-: $(cat "$folder/stderr")"
{ "$recount" events "$trace" 2>"$folder/stderr"; echo $? >"$folder/code"; } | head -n 1 >"$folder/line"
[ "$(cat "$folder/code")" = 2 ] || complain "events | head: exit $(cat "$folder/code")"
[ ! -s "$folder/stderr" ] || complain "events | head: $(cat "$folder/stderr")"

# -o is complete or not at all, and a device is written as it is
"$recount" info "$trace" >"$folder/one"
"$recount" info "$trace" -o "$folder/two"
cmp -s "$folder/one" "$folder/two" || complain "info -o FILE differs from stdout"
expect 0 0 '' info "$trace" -o /dev/null

# A hole is hashed as the zeros that it stands for.
cp "$trace" "$folder/holes"
truncate -s +3000001 "$folder/holes"
printf x >>"$folder/holes"
truncate -s +5000000 "$folder/holes"
cat "$folder/holes" >"$folder/zeros"
for file in holes zeros; do
	"$recount" replay -q -O text "$folder/$file" -o "$folder/rows"
	grep -E 'fnv1a64|input.0.bytes' "$folder/rows" >"$folder/$file.hash"
done
[ -s "$folder/holes.hash" ] && cmp "$folder/holes.hash" "$folder/zeros.hash" || complain "a hole has another hash than its zeros"
finish
