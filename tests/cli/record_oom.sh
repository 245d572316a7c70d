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
if [ -e "$group/memory.limit_in_bytes" ]; then
	echo 24M >"$group/memory.limit_in_bytes"
	echo 24M >"$group/memory.memsw.limit_in_bytes" 2>/dev/null
else
	echo 24M >"$group/memory.max" && echo 0 >"$group/memory.swap.max" 2>/dev/null
fi || { echo "no limit can be set"; exit 77; }

# A program that lives in the container until it is recorded, then needs more than it may have.
sh -c "echo \$\$ >'$group/cgroup.procs'; exec python3 -c '
import os, sys, time
while not os.path.exists(sys.argv[1]):
    time.sleep(0.05)
bytearray(200 << 20)
' '$folder/go'" 2>/dev/null &
hungry=$!
for _ in $(seq 300); do grep -q . "$group/cgroup.procs" && break; sleep 0.1; done
"$recount" record -o "$folder/f.dat" --cgroup "/${group##*/}" --last 8s --duration 120s 2>"$folder/stderr" &
recorder=$!
for _ in $(seq 600); do
	"$recount" events -q -k snapshot_task "$folder/f.001.dat.part" 2>/dev/null | grep -q at=begin && break
	sleep 0.1
done
sleep 1
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
