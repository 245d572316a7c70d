#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Several recordings in one call: a RUN.db each, the same as if each were alone, and one that fails harms no other.
. "$(dirname "$0")/lib.sh"
need_trace
trace=$(realpath "$trace") data=$(realpath "$(dirname "$trace")")
name=$(basename "$trace")
small="--model rss --limit rss=1M,16M"

expect 0 0 '' replay $small "$trace" -o "$folder/alone.db"
expect 0 0 '' replay $small "$trace" "$data/hog-free.dat" -j 1 -o "$folder/one"
expect 0 0 '' replay $small -j 2 "$data/hog-free.dat" "$trace" -o "$folder/two"
cmp -s "$folder/alone.db" "$folder/two/$name.db" || complain "-j 2 gives other bytes than a call for one"
diff -r "$folder/one" "$folder/two" || complain "-j 1 and -j 2 give other bytes"
[ "$(ls "$folder/two" | tr '\n' ' ')" = "hog-free.dat.db $name.db " ] || complain "names: $(ls "$folder/two")"

# One that is no recording, one that is not there, one that is damaged: said in the order of names, the worst exit code, the others are there.
head -c 160000 "$trace" >"$folder/cut.dat"
echo 'not a recording' >"$folder/text"
for jobs in 1 3; do
	"$recount" replay $small -j $jobs "$folder/nothere" "$folder/text" "$trace" "$folder/cut.dat" -o "$folder/failed$jobs" 2>"$folder/said$jobs"
	[ $? = 2 ] || complain "-j $jobs with failures: not exit 2"
	[ "$(ls "$folder/failed$jobs" | tr '\n' ' ')" = "cut.dat.db $name.db " ] || complain "-j $jobs: $(ls -A "$folder/failed$jobs")"
done
cmp -s "$folder/said1" "$folder/said3" || complain "messages depend on -j: $(cat "$folder/said1" "$folder/said3")"
sed -n '1s/^recount: .*\/cut.dat: .*/cut/p; $s/^recount: replay: 2 of 4 recordings have no result$/end/p; /nothere: cannot be opened/s/.*/nothere/p; /text: is not a recording/s/.*/text/p' \
	"$folder/said1" | tr '\n' ' ' | grep -qx 'cut nothere text end ' || complain "messages: $(cat "$folder/said1")"
cmp -s "$folder/alone.db" "$folder/failed3/$name.db" || complain "beside failures: other bytes"
"$recount" replay $small -q -j 2 "$trace" "$folder/cut.dat" -o "$folder/damaged" 2>"$folder/stderr"
[ $? = 3 ] || complain "-j 2 with damage: not exit 3"
[ ! -s "$folder/stderr" ] || complain "-q says: $(cat "$folder/stderr")"

# What is printed gets the name too, in the order of names.
expect 0 0 '' replay $small --dry-run -j 2 "$data/hog-free.dat" "$trace" -o "$folder/dry"
cut -d: -f1 "$folder/stdout" | uniq | tr '\n' ' ' | grep -qx "$data/hog-free.dat $trace " || complain "--dry-run: $(cat "$folder/stdout")"
[ ! -e "$folder/dry" ] || complain "--dry-run leaves a folder"
mv "$folder/stdout" "$folder/said"
expect 0 0 '' replay $small --dry-run --resume -j 2 "$data/hog-free.dat" "$trace"
[ "$(cut -d: -f1 "$folder/stdout")" = "$(cut -d: -f1 "$folder/said")" ] || complain "--dry-run without -o: $(cat "$folder/stdout")"

# What does not name its recording gets the name.
expect 1 3 "^recount: $trace: no container 'nosuch'" replay -j 2 -l nosuch:rss=1M "$trace" "$data/hog-free.dat" -o "$folder/none"
[ ! -e "$folder/none" ] || complain "left behind: $(ls -A "$folder/none")"

# Files of one name are told apart by their folders.
mkdir "$folder/a" "$folder/b"
cp "$trace" "$folder/a/trace.dat"
cp "$data/hog-free.dat" "$folder/b/trace.dat"
expect 0 0 '' replay $small -j 2 "$folder/a/trace.dat" "$folder/b/trace.dat" -o "$folder/named"
[ "$(ls "$folder/named" | tr '\n' ' ')" = "a_trace.dat.db b_trace.dat.db " ] || complain "names: $(ls "$folder/named")"

expect 1 1 "$trace: is named twice" replay -j 2 "$trace" "$trace" -o "$folder/x"
expect 1 1 'replay: --jobs: takes N: the standard input has no name' replay -j 2 - "$trace" -o "$folder/x"
expect 1 1 "replay: --jobs: takes N: '0' is not a whole number from 1" replay -j 0 "$trace" -o "$folder/x"
expect 2 1 'alone.db: cannot write: a file' replay -j 2 "$trace" -o "$folder/alone.db"

# --resume: what is there is left alone, what is of something else is made again.
touch -d 2001-01-01 "$folder/two"/*
cp "$folder/two/$name.db" "$folder/two/hog-free.dat.db"
expect 0 0 '' replay $small -j 2 --resume "$trace" "$data/hog-free.dat" -o "$folder/two"
diff -r "$folder/one" "$folder/two" || complain "--resume keeps the database of another recording"
[ -z "$(find "$folder/two/$name.db" -newermt 2002-01-01)" ] || complain "--resume makes again what is there"
expect 0 0 '' replay --model rss --limit rss=1M --resume "$trace" -o "$folder/two/$name.db"
cmp -s "$folder/one/$name.db" "$folder/two/$name.db" && complain "--resume keeps a database of other limits"
"$recount" replay $small -q -j 2 --resume "$trace" "$folder/cut.dat" -o "$folder/damaged"
[ $? = 3 ] || complain "--resume forgets that a recording was damaged"
printf '[container it]\nmatch.comm = *\n' >"$folder/it.ini"
expect 0 0 '' replay --model rss "$trace" -c "$folder/it.ini" -o "$folder/it.db"
printf '[container us]\nmatch.comm = *\n' >"$folder/it.ini"
expect 0 0 '' replay --model rss "$trace" -c "$folder/it.ini" --resume -o "$folder/it.db"
expect 0 0 '' report "$folder/it.db"
grep -q '^us ' "$folder/stdout" || complain "--resume keeps a database of another config file"
finish
