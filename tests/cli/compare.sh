#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Several runs together: what changed, and the worst case.
. "$(dirname "$0")/lib.sh"
need_trace
forkcow=$(dirname "$trace")/forkcow.dat

replay() {	# NAME OPTION...
	name=$1
	shift
	expect 0 0 '' replay "$forkcow" -o "$folder/$name.db" --model rss "$@"
}
replay small --limit rss=16M,64M --swap 8M
replay roomy --limit rss=16M,64M
replay other --limit rss=48M

# With swap without end nobody is killed at 16M (README shows the kill), and the peaks are the same.
expect 0 0 '' compare "$folder/small.db" "$folder/roomy.db"
grep -Eq '^web +rss +rss=16M +killed +1 +0 +-1 more than the error$' "$folder/stdout" || complain "compare: $(cat "$folder/stdout")"
grep -q 'as recorded' "$folder/stdout" && complain "the recording changed: $(cat "$folder/stdout")"
grep -q 'rss=64M' "$folder/stdout" && complain "64M changed: $(cat "$folder/stdout")"
expect 0 0 '' compare "$folder/small.db" "$folder/small.db"
grep -q '^Nothing changed.$' "$folder/stdout" || complain "compare with itself: $(cat "$folder/stdout")"
for format in json csv html; do
	expect 0 0 '' compare "$folder/small.db" "$folder/roomy.db" -O $format
	grep -q 'more than the error' "$folder/stdout" || complain "compare -O $format"
done
expect 1 1 'compare: takes A.db B.db, and only one is given' compare "$folder/small.db"
expect 2 1 'not a RUN.db' compare "$folder/small.db" "$trace"

# The worst case of two: 48M * 1.15 = 55.2M, 64M * 1.15 = 73.6M; on its own the first needs less.
expect 0 0 '' report "$folder/other.db" "$folder/small.db"
grep -Eq '^web +rss +2 +74M +56M..74M ' "$folder/stdout" || complain "report of two: $(cat "$folder/stdout")"
grep -q 'Of 2 recordings, small needs most: ' "$folder/stdout" || complain "report of two: $(cat "$folder/stdout")"
expect 0 0 '' report -r recommend -O csv "$folder/other.db" "$folder/small.db"
expect 1 1 'report: ubc shows one run: give one RUN.db' report -O ubc "$folder/other.db" "$folder/small.db"
finish
