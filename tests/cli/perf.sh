#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# perf.data by every way it comes, standard input, and times that are not known.
. "$(dirname "$0")/lib.sh"

need_trace
data=$(dirname "$trace")

# same FILE: what is said of it does not depend on how it came.
same() {
	"$recount" info "$1" 2>/dev/null | grep -v '^file' >"$folder/by-name"
	"$recount" info - <"$1" 2>/dev/null | grep -v '^file' >"$folder/by-redirection"
	cat "$1" | "$recount" info - 2>/dev/null | grep -v '^file' >"$folder/by-pipe"
	sed "s|^note: $1|note: -|" "$folder/by-name" >"$folder/expected"
	[ -s "$folder/expected" ] || complain "info $1: nothing"
	cmp -s "$folder/expected" "$folder/by-redirection" || complain "info - <$1: not as info $1"
	cmp -s "$folder/expected" "$folder/by-pipe" || complain "cat $1 | info -: not as info $1"
}

for file in forkcow.perf.data gcc.zstd.perf.data hog.lost.perf.data reserve.pipe.perf.data thp.dat trace-cmd.txt.gz; do
	same "$data/$file"
done

# Piped input can be read again: a replay hashes it, looks for a text in it, and reads it.
"$recount" replay "$data/forkcow.perf.data" -q -O text -o "$folder/by-name" || complain "replay: exit $?"
cat "$data/forkcow.perf.data" | "$recount" replay - -q -O text -o "$folder/by-pipe" || complain "replay -: exit $?"
sed 's/forkcow\.perf\.data/-/' "$folder/by-name" >"$folder/expected"
cmp -s "$folder/expected" "$folder/by-pipe" || complain "replay -: $(diff "$folder/expected" "$folder/by-pipe" | head -5)"
"$recount" ops "$data/forkcow.perf.data" -o "$folder/ops" 2>/dev/null
"$recount" replay - -q -o "$folder/RUN.db" <"$folder/ops" || complain "replay - of operations: exit $?"

# perf begins in the middle of an exec.  The program it ran first has 114 counts until then, two of them before the
# exec is told: 44 of anonymous pages, which rise by one from 2 to 45, and 70 of files; all others are foretold but one.
"$recount" verify "$data/forkcow.perf.data" -e 1921.252 >"$folder/verify" 2>/dev/null
grep -Eq '^all +112 +111 ' "$folder/verify" || complain "verify of a program that perf ran: $(cat "$folder/verify")"

# A folder is one recording.
expect 0 0 '' info "$data/threads.perf"
grep -q 'perf.data, directory' "$folder/stdout" || complain "info of a folder: $(head -2 "$folder/stdout")"

# Three LOST records are in this piece, and the totals of the whole, which no LOST record here tells.
expect 3 1 '4 gaps in the recording, 1403 events known to be lost' info "$data/hog.lost.perf.data"
[ "$(grep -c '^lost: cpu 0: ' "$folder/stdout")" = 4 ] || complain "losses: $(grep '^lost' "$folder/stdout")"

# A compressed recording and one from a pipe do not say when they end: who asks reads them twice.
for file in gcc.zstd.perf.data reserve.pipe.perf.data; do
	"$recount" events "$data/$file" >"$folder/all" 2>/dev/null
	awk '$1 > last { last = $1 } { time[NR] = $1 } END { for (i in time) n += time[i] >= last - 0.001; print n }' \
		"$folder/all" >"$folder/expected"
	"$recount" events -b -0.001s "$data/$file" 2>/dev/null | wc -l >"$folder/got"
	cmp -s "$folder/expected" "$folder/got" || complain "the last millisecond of $file: $(cat "$folder/got") events"
	"$recount" replay "$data/$file" -q -O text -o "$folder/rows"
	[ "$(grep -c '^usage ' "$folder/rows")" -gt 200 ] || complain "$file: $(grep -c '^usage' "$folder/rows") steps of usage"
done

mkfifo "$folder/fifo"
sleep 5 >"$folder/fifo" &
expect 2 1 'read from "-"' info "$folder/fifo"
kill $! 2>/dev/null

finish
