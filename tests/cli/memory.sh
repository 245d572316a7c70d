#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# What a replay may take is said beforehand, and kept.
. "$(dirname "$0")/lib.sh"
need_trace
data=$(dirname "$trace")
limits='-l memory=4M,8M,20M,1G -l rss=2M,20M,1G'

expect 0 0 '' replay "$data/forkcow.dat" -o "$folder/dry.db" $limits --dry-run
grep -Eq '^7 scenarios in [0-9]+ threads may take [0-9]+ MiB: ' "$folder/stdout" || complain "--dry-run says: $(cat "$folder/stdout")"
[ ! -e "$folder/dry.db" ] || complain "--dry-run wrote a result"
mkdir "$folder/tmp"
export TMPDIR="$folder/tmp"
for format in sqlite text; do
	expect 0 0 '' replay "$data/forkcow.dat" $limits --dry-run -O $format
	cut -d: -f1 "$folder/stdout" | grep -q '^7 scenarios in' || complain "--dry-run without -o says: $(cat "$folder/stdout")"
done
unset TMPDIR
[ -z "$(ls -A "$folder/tmp")" ] || complain "--dry-run without -o leaves $(ls -A "$folder/tmp")"
expect 1 1 'replay: --output: takes FILE, not standard output' replay "$data/forkcow.dat" --dry-run -o -
expect 1 1 'replay: --output: takes FILE, and must be given' replay "$data/forkcow.dat" --max-memory 1G
expect 1 1 'replay: --max-memory: takes SIZE: 7 scenarios in 1 thread may take [0-9]+ MiB, and 1 are given' \
	replay "$data/forkcow.dat" -o "$folder/dry.db" $limits --max-memory 1M --threads 1
[ ! -e "$folder/dry.db" ] || complain "--max-memory wrote a result"
expect 1 1 'replay: --max-memory: takes SIZE: ' replay "$data/forkcow.dat" -o "$folder/dry.db" --max-memory 0
expect 0 0 '' replay "$data/forkcow.dat" -o "$folder/kept.db" $limits --max-memory 1G
expect 0 0 '' replay "$data/forkcow.dat" -o "$folder/free.db" $limits
cmp "$folder/kept.db" "$folder/free.db" || complain "--max-memory gives other bytes"

# Where nothing is limited a second thread plays what the first rebuilds, unless one looks on; a text's facts are one thread's.
in_threads() {
	said=$1
	shift
	expect 0 0 '' replay --dry-run "$@"
	grep -q "^$said may take" "$folder/stdout" || complain "--dry-run $*: not '$said', but: $(cat "$folder/stdout")"
}
# A build that always checks looks on as well, and plays every world by itself.
"$recount" replay -q "$data/forkcow.dat" -o "$folder/two.db" --threads 2
[ "$(sqlite3 "$folder/two.db" "SELECT value FROM run WHERE key = 'option.check'")" = yes ] && two='1 thread' || two='2 threads'
in_threads "0 scenarios in $two" "$data/forkcow.dat" --threads 2
in_threads '0 scenarios in 1 thread' "$data/forkcow.dat" --threads 2 --verify
in_threads '0 scenarios in 1 thread' "$data/forkcow.dat" --threads 1
in_threads '1 scenario in 1 thread' "$data/forkcow.dat" --threads 2 -l rss=8M
in_threads '2 scenarios in 2 threads' "$data/forkcow.dat" --threads 2 -l rss=8M,9M
"$recount" ops "$data/forkcow.dat" -e +0.1s -o "$folder/forkcow.ops"
in_threads '2 scenarios in 1 thread' "$folder/forkcow.ops" --threads 2 -l rss=8M,9M

# near RESOURCE WORLDS: worlds are those of limits that some container comes near to, within 512 pages; RUN.db knows who held how much.
near() {
	"$recount" replay "$data/forkcow.dat" -m $1 -l $1=4M,8M,20M,1G -o "$folder/near.db" --dry-run >"$folder/said"
	"$recount" replay -q "$data/forkcow.dat" -m $1 -l $1=4M,8M,20M,1G -o "$folder/near.db"
	python3 - "$folder/said" "$folder/near.db" $2 <<-'END' ||
		import re, sqlite3, sys
		said = int(re.search(r"for (\d+) worlds", open(sys.argv[1]).read()).group(1))
		nr = sqlite3.connect(sys.argv[2]).execute("""
			SELECT count(DISTINCT scenario) FROM limits JOIN (SELECT container, maxheld_pages AS held FROM outcomes
			WHERE scenario = 0) USING (container) WHERE held + 512 >= limit_pages""").fetchone()[0]
		print(f"# {said} worlds of 4 limits, {nr} are near")
		sys.exit(said != nr * int(sys.argv[3]) or not 0 < nr < 4)
	END
		complain "not the worlds of $1: $(cat "$folder/said")"
}
if [ "$two" = '2 threads' ]; then
	near memory 2
	near rss 1
fi

# kept ARGUMENTS: a replay takes no more than was said of it. Measured by time(1), which is small: a child's peak is at least what its
# parent had when it was made. The best of three: which pages of libraries the kernel maps around a fault is half a MiB of luck.
kept() {
	"$recount" replay "$@" -o "$folder/dry.db" --dry-run >"$folder/said"
	bound=$(sed -n 's/.* may take \([0-9]*\) MiB.*/\1/p' "$folder/said")
	for _ in 1 2 3; do
		/usr/bin/time -f %M -o "$folder/peak" "$recount" replay -q "$@" -o "$folder/RUN.db" || complain "replay $*: exit $?"
		echo "# $(cat "$folder/peak") KiB of $bound MiB"
		[ "$(cat "$folder/peak")" -gt $((bound * 1024)) ] || return 0
	done
	complain "$* takes $(cat "$folder/peak") KiB, more than was said: $(cat "$folder/said")"
}
# Sanitizers keep more than the program does.
if ! grep -Eq '__[at]san_init' "$recount" && [ -x /usr/bin/time ]; then
	for threads in 1 2; do
		kept "$data/forkcow.dat" $limits --threads $threads
		kept "$data/forkcow.dat" --threads $threads
		kept "$data/hog-free.dat" --threads $threads
	done
	# 1.6 million uses are assumed, of 33,660 pages.
	kept "$data/hog-free.dat" -m memory -l memory=2M --reuse 1ms --threads 1
	# What it is for: worlds that cost more than the facts, of which half never come to be.
	build5m=$RECOUNT_TRACES/bench/build5m.dat
	[ ! -r "$build5m" ] || kept "$build5m" -m memory -l memory=64M,128M,512M --end +12s --threads 2
fi
finish
