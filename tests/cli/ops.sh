#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Operations as text: what is written is read back to the same rows; what cannot be is refused by its line.
. "$(dirname "$0")/lib.sh"
need_trace

# The rows of a replay without what names its input.
rows() {
	"$recount" replay "$1" -O text -o "$2" -q -l rss=25%,50% -l privvmpages=50%:60% -l memcg=40% || [ $? = 3 ] ||
		complain "replay $1: exit $?"
	grep -Ev '^run key="(command|input|inputs|events_|snapshot\.)' "$2" >"$2.rows"
}

seen=" "
for recording in "$trace" "$(dirname "$trace")"/*.dat ${RECOUNT_TRACES:+"$RECOUNT_TRACES"/ftrace/*.dat}; do
	[ -r "$recording" ] || continue
	case $seen in *" ${recording##*/} "*) continue ;; esac
	seen="$seen${recording##*/} "
	"$recount" ops "$recording" -o "$folder/it.ops" -q || [ $? = 3 ] || complain "ops $recording: exit $?"
	rows "$recording" "$folder/recorded"
	rows "$folder/it.ops" "$folder/told"
	cmp "$folder/recorded.rows" "$folder/told.rows" || complain "$recording: its operations give other rows"
	[ "$(wc -l <"$folder/told.rows")" -gt 20 ] || complain "$recording: no rows"
done

# a text is known by its content, alone, and says where it is cut
expect 1 1 'a text of operations already' ops "$folder/it.ops"
expect 1 1 'a text is replayed alone' replay "$folder/it.ops" "$trace" -o "$folder/RUN.db"
sed '$d' "$folder/it.ops" >"$folder/cut.ops"
expect 2 1 'cut.ops:[0-9]*: the text is cut off' replay "$folder/cut.ops" -o "$folder/RUN.db"
[ ! -e "$folder/RUN.db" ] || complain "a cut text leaves a RUN.db"

# refuse CODE LINE PATTERN TEXT: the text, of lines with \n, fails there
refuse() {
	printf "recount-ops 1\n$4\n" >"$folder/bad.ops"
	expect "$1" 1 "bad.ops:$2: .*$3" replay "$folder/bad.ops" -o "$folder/RUN.db"
	[ ! -e "$folder/RUN.db" ] || complain "a refused text leaves a RUN.db: $4"
}

start='container c\ntask A in c\npage P\n'
refuse 2 2 "'jump' is no verb" 'jump A'
refuse 2 2 "there is no task 'A'" 'touch A 0x10 write'
refuse 2 2 "there is no container 'c'" 'task A in c'
refuse 2 6 'a page is mapped there already' "${start}map A P 0x10\nmap A P 0x10"
refuse 2 5 'nothing is mapped there' "${start}unmap A 0x10"
refuse 2 5 "there is no page 'Q'" "${start}map A Q 0x10"
refuse 2 5 "'zz' is no number" "${start}mmap A heap zz"
refuse 2 5 "'more' is too much" "${start}exit A more"
refuse 2 6 "task 'A' has ended" "${start}exit A\ntouch A 0x10 write"
refuse 2 5 "there is a 'A' already" "${start}task A in c"
refuse 2 6 'no VMA is there' "${start}mmap A heap 3\ntouch A 0x99999 write"
refuse 2 6 'the page is still mapped' "${start}map A P 0x10\ngone P"
refuse 2 5 'a quote is not closed' "${start}comm A \"x"
refuse 2 6 'time goes back' "${start}@9000000000 touch A 1 write\n@8000000000 touch A 2 write"
refuse 2 5 "'set' belongs before" "${start}set swappiness 3"
refuse 2 5 "'end' is for recordings" "${start}end 5"
refuse 2 2 'no rule' 'rule D99 posted'
refuse 1 6 'expected 2, found 1' "${start}touch A 1 write\nexpect c rss 2"
refuse 2 5 "no figure 'sum'" "${start}expect c rss sum 2"
printf 'recount-ops 9\n' >"$folder/bad.ops"
expect 2 1 'bad.ops:1: only version 1' replay "$folder/bad.ops" -o "$folder/RUN.db"

# exec keeps the name, wherever address spaces come to lie while it makes one
{ printf 'recount-ops 1\ncontainer c\n'; for i in $(seq 70); do printf 'task T%d in c comm "name%d"\nexec T%d\nexit T%d\ntask U%d in c\n' $i $i $i $i $i; done; } >"$folder/exec.ops"
expect 0 0 '' replay "$folder/exec.ops" -m rss -O text -o "$folder/exec.txt"
for i in $(seq 70); do
	grep -q "^processes .*comm=\"name$i\" " "$folder/exec.txt" || complain "exec: no process is named name$i"
done

# the examples of the page on the language are true
awk '/^```ops/{n++; inside = 1; next} /^```/{inside = 0} inside{print > (folder "/example" n ".ops")}' \
	folder="$folder" "$(dirname "$0")/../../docs/ops.md"
for example in "$folder"/example*.ops; do
	expect 0 0 '' replay "$example" -o "$folder/example.db" --check
done
finish
