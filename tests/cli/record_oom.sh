#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# A flight recorder ends by itself when a recorded container has a process killed for want of memory.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/record-lib.sh"
need_tracing

for memory in /sys/fs/cgroup/memory /sys/fs/cgroup; do
	[ -e $memory/memory.limit_in_bytes ] || [ -e $memory/memory.stat ] && break
done
group=$memory/recount-oom-$$
mkdir "$group" 2>/dev/null || { echo "no permission to make a container"; exit 77; }
trap 'rmdir "$group"; rm -rf "$folder"' EXIT
set_to() {	# FILE VALUE
	[ -w "$group/$1" ] && echo "$2" >"$group/$1"
}
{
	set_to memory.limit_in_bytes 24M || set_to memory.max 24M
} 2>/dev/null || { echo "no limit can be set"; exit 77; }
# With room to swap out to nobody would be killed.
{
	set_to memory.memsw.limit_in_bytes 24M || set_to memory.swap.max 0 || [ "$(wc -l </proc/swaps)" = 1 ]
} 2>/dev/null || { echo "no limit of swap can be set"; exit 77; }

# A program that lives in the container until it is recorded, then needs more than it may have.
sh -c "echo \$\$ >'$group/cgroup.procs' || { touch '$folder/outside'; exit; }; exec python3 -c '
import os, sys, time
while not os.path.exists(sys.argv[1]):
    time.sleep(0.05)
bytearray(200 << 20)
' '$folder/go'" 2>/dev/null &
hungry=$!
is_inside() {
	grep -q . "$group/cgroup.procs" || [ -e "$folder/outside" ]
}
wait_for is_inside
[ ! -e "$folder/outside" ] || { echo "no process can be put into a container"; exit 77; }
"$recount" record $plenty -o "$folder/f.dat" --cgroup "/${group##*/}" --last 8s 2>"$folder/stderr" &
recorder=$!
is_read() {	# of the files those that are still there
	for file in "$folder"/f.*; do
		"$recount" events -q -k snapshot_task "$file" 2>/dev/null | grep -q at=begin && return
	done
	return 1
}
wait_for is_read
touch "$folder/go"
wait $recorder
code=$?
wait $hungry
[ $code = 0 ] || complain "exit $code: $(cat "$folder/stderr")"
grep -q 'ended because: a process was killed for want of memory' "$folder/stderr" || complain "$(cat "$folder/stderr")"
cat "$folder"/f.*.dat >/dev/null || complain "no file was kept"
expect 0 0 '' replay -q -O text -o "$folder/rows" "$folder"/f.*.dat
"$recount" events -q -k mark_victim "$folder"/f.*.dat | grep -q "pid=$hungry" || complain "the kill is not in the recording"
"$recount" events -q -k counter "$folder"/f.*.dat | grep -q 'name="oom_kill" value=1' || complain "the counter of kills is not in it"
finish
