#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Traces as text: the same results as from the recording; what is missing is said, exit code 3.
. "$(dirname "$0")/lib.sh"
need_trace
data=$(dirname "$trace")

# rows FILE OUTPUT: what a replay finds, without what names or counts the input.
rows() {
	"$recount" replay "$1" -O text -o "$2" -q --interval 10ms --swap 8M -l rss=8M,16M,40M -l memcg=20M \
		-l privvmpages=50%:60% || complain "replay $1: exit $?"
	grep -v '^run ' "$2" >"$2.rows"
	[ "$(wc -l <"$2.rows")" -gt 100 ] || complain "$1: no rows"
}

# Times of a text have microseconds, and shares are weighed by them.
coarse() {
	sed -E 's/ (diverged|time|begin|end)_ns=[0-9]+//g; s/ evidence=[0-9.]+//' "$1" | grep -v '^usage ' >"$1.coarse"
}

if command -v trace-cmd >/dev/null; then
	rows "$trace" "$folder/recorded"
	trace-cmd report -t -R -i "$trace" >"$folder/raw.txt" 2>/dev/null
	rows "$folder/raw.txt" "$folder/raw"
	cmp "$folder/recorded.rows" "$folder/raw.rows" || complain "trace-cmd report -t -R gives other rows"
	trace-cmd report -i "$trace" 2>/dev/null | gzip >"$folder/printed.txt.gz"
	rows "$folder/printed.txt.gz" "$folder/printed"
	coarse "$folder/recorded.rows"
	coarse "$folder/printed.rows"
	cmp "$folder/recorded.rows.coarse" "$folder/printed.rows.coarse" || complain "trace-cmd report gives other rows"
	grep -q '^run key="fidelity" value="full"' "$folder/recorded" || complain "a recording is not of full fidelity"
	grep -q '^run key="fidelity" value="text: times to the nanosecond' "$folder/raw" || complain "raw: fidelity"
	grep -q '^run key="fidelity" value="text: times to the microsecond' "$folder/printed" || complain "printed: fidelity"

	# It begins with an exec whose beginning is lost.  6.18: its first counts say what its arguments are, and the most
	# that is mapped after that exec is as of the whole (10286).  6.1: they say nothing by themselves, so none of its values
	# is checked; all others are right as of the whole.
	cut_at_exec() {
		awk 'NR == 1 || begun { print } /sched_process_exec:/ && !begun { begun = 1; print }'
	}
	trace-cmd report -t -R -i "$data/forkcow.dat" 2>/dev/null | cut_at_exec >"$folder/cut.txt"
	"$recount" replay "$folder/cut.txt" -m rss -O text -o "$folder/cut" -q || complain "a cut text: exit $?"
	grep -q '^outcomes scenario=0 container=1 resource="rss".* maxheld_pages=10286 ' "$folder/cut" ||
		complain "a cut text: $(grep '^outcomes' "$folder/cut")"
	trace-cmd report -t -R -i "$data/v1-forkcow-6.1.dat" 2>/dev/null | cut_at_exec >"$folder/cut.txt"
	"$recount" verify "$folder/cut.txt" >"$folder/cut" 2>/dev/null
	grep -Eq '^all +78 +78 ' "$folder/cut" || complain "a cut text of 6.1: $(cat "$folder/cut")"
fi
whole=$RECOUNT_TRACES/text/forkcow.tracecmd.txt.gz
if [ -r "$whole" ]; then
	rows "$RECOUNT_TRACES/ftrace/forkcow.dat" "$folder/recorded"
	rows "$whole" "$folder/printed"
	coarse "$folder/recorded.rows"
	coarse "$folder/printed.rows"
	cmp "$folder/recorded.rows.coarse" "$folder/printed.rows.coarse" || complain "$whole gives other rows"
fi

# whole texts, by content
for text in ftrace.txt trace-cmd.txt.gz perf-script.txt.zst; do
	cp "$data/$text" "$folder/it"
	expect 0 0 '' info "$folder/it"
	expect 0 0 '' events "$folder/it"
done

# events for programs: as many rows as lines, and the same values
"$recount" events "$data/ftrace.txt" >"$folder/lines"
expect 0 0 '' events -O json "$data/ftrace.txt"
cp "$folder/stdout" "$folder/json"
expect 0 0 '' events -O csv "$data/ftrace.txt"
cp "$folder/stdout" "$folder/csv"
python3 - "$folder" <<'EOF' || complain "events -O: not the same as the lines"
import csv, json, sys
folder = sys.argv[1]
lines = open(folder + "/lines").read().splitlines()
objects = json.load(open(folder + "/json"))
rows = list(csv.DictReader(open(folder + "/csv", newline="")))
assert len(lines) == len(objects) == len(rows) == 266
for line, it, row in zip(lines, objects, rows):
    assert int(line.split()[0].replace(".", "")) == it["time_ns"] == int(row["time_ns"]), line
    assert {key: str(value) for key, value in it.items()} == {k: v for k, v in row.items() if v}, line
assert [it["filename"] for it in objects if it["event"] == "sched_process_exec"] == ["./a b-1 [2]"]
EOF

# a fragment from the middle of a line, bytes in a row, no end
tail -c 3000 "$data/ftrace.txt" | head -c 2500 >"$folder/fragment"
expect 3 3 'fragment: line 1: no line of a trace, [0-9]+ bytes are not read' events "$folder/fragment"
[ "$(grep -c ' gap ' "$folder/stdout")" = 2 ] || complain "fragment: not two gaps"
[ "$(wc -l <"$folder/stdout")" -gt 15 ] || complain "fragment: the rest is not kept"
{ head -n 100 "$data/ftrace.txt"; head -c 4000 /dev/zero; tail -n 100 "$data/ftrace.txt"; } >"$folder/zeros"
expect 3 2 'zeros: line 101: NUL bytes, 4000 bytes are not read' events "$folder/zeros"
[ "$(grep -vc ' gap ' "$folder/stdout")" = 188 ] || complain "zeros: not 188 events"
sed 's/$/\r/' "$data/ftrace.txt" >"$folder/crlf"
expect 0 0 '' events "$folder/crlf"
"$recount" events "$data/ftrace.txt" | cmp - "$folder/stdout" || complain "CRLF gives other events"

# what was lost is a row with its count
sed '100s/^/CPU:1 [LOST 77 EVENTS]\n/' "$data/ftrace.txt" >"$folder/lost"
expect 3 1 'lost: 1 gap in the recording, 77 events known to be lost' replay "$folder/lost" -O text -o "$folder/rows"
grep -q '^losses input="lost" cpu=1 .*events=77' "$folder/rows" || complain "no row: $(grep '^losses' "$folder/rows")"

# compressed and cut
head -c 3000 "$data/trace-cmd.txt.gz" >"$folder/cut.gz"
expect 3 3 'cut.gz: byte 3000: the compressed data is cut off, the text ends with line' events "$folder/cut.gz"
[ "$(wc -l <"$folder/stdout")" -gt 100 ] || complain "cut.gz: what comes before is not kept"
printf '\037\213\010\000' >"$folder/head.gz"
expect 2 1 'head.gz: is not a recording' events "$folder/head.gz"

# NUMA balancing makes entries look empty to see their use: a fault (error code without bit 0) that allocates
# nothing, or a copy on another node (__GFP_THISNODE 0x200000). Where a page is allocated the entry was empty.
sed 's/^/ work-8 [000] /; s/ \(0x[0-9a-f]*\) error/ address=\1 ip=0x401000 error/' >"$folder/numa" <<'EOF'
1.000000001: task_newtask: pid=8 comm=work clone_flags=0x11 oom_score_adj=0
1.001000000: page_fault_user: 0x7f0000001000 error_code=0x6
1.001001000: mm_page_alloc: pfn=0x1001 order=0 gfp_flags=0x140dca migratetype=1
1.001002000: rss_stat: mm_id=77 curr=1 member=1 size=4096
1.002000000: page_fault_user: 0x7f0000002000 error_code=0x6
1.002001000: mm_page_alloc: pfn=0x1002 order=0 gfp_flags=0x140dca migratetype=1
1.002002000: rss_stat: mm_id=77 curr=1 member=1 size=8192
1.003000000: page_fault_user: 0x7f0000001000 error_code=0x4
1.004000000: page_fault_user: 0x7f0000002000 error_code=0x6
1.004001000: mm_page_alloc: pfn=0x2002 order=0 gfp_flags=0x3920ca migratetype=1
1.005000000: page_fault_user: 0x7f0000001000 error_code=0x6
1.005001000: mm_page_alloc: pfn=0x1003 order=0 gfp_flags=0x140dca migratetype=1
EOF
sed -i '1s/work-8/work-7/' "$folder/numa"
"$recount" ops -q "$folder/numa" 2>/dev/null | sed 's/^@[0-9]* //' | grep -E '^(map|unmap|use)' >"$folder/done"
cat >"$folder/wanted" <<'EOF'
map 1 1 0x7f0000001 anon write vma w
map 1 2 0x7f0000002 anon write vma w
use 1 0x7f0000001 vma w
use 1 0x7f0000002 write vma w
use 1 0x7f0000001 write vma w
unmap 1 0x7f0000001 correct vma w
EOF
cmp "$folder/wanted" "$folder/done" || complain "NUMA hints: $(cat "$folder/done")"
finish
