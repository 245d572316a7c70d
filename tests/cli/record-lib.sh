# SPDX-License-Identifier: GPL-2.0-or-later
# What the tests of recount record share: sourced after lib.sh.

# libtracefs keeps the name of its folder to the end: a leak to sanitizers, and not ours.
echo leak:libtracefs >"$folder/suppressions"
export LSAN_OPTIONS="suppressions=$folder/suppressions:print_suppressions=0"

tracing=$(awk '$3 == "tracefs" { print $2; exit }' /proc/self/mounts)

# How little disk and memory the machine of the test has ends no recording, unless the test says so.
plenty='--min-disk 0 --min-memory 0'

# Behind what can be tested without it. What recount says is not asked for, but whether the kernel makes an instance.
need_tracing() {
	probe=$tracing/instances/test-recount-$$ lack='no permission to trace'
	if [ -n "$tracing" ] && mkdir "$probe" 2>/dev/null; then
		lack=
		for event in task/task_newtask sched/sched_process_exec kmem/rss_stat exceptions/page_fault_user; do
			[ -w "$probe/events/$event/enable" ] || lack="this kernel has no $event"
		done
		rmdir "$probe"
	fi
	[ -n "$lack" ] || return 0
	[ "$failures" = 0 ] || finish
	echo "$lack: nothing was recorded"
	exit 77
}

# expect_record CODE LINES PATTERN ARGUMENT...: as expect; what an older kernel lacks is no line.
expect_record() {
	code=$1 lines=$2 pattern=$3
	shift 3
	"$recount" record $plenty "$@" >"$folder/stdout" 2>"$folder/said"
	got=$?
	grep -v 'record: this kernel has no ' "$folder/said" >"$folder/stderr"
	judge $got "$code" "$lines" "$pattern" record "$@"
}

# wait_for COMMAND...: until it succeeds; a machine that is slow has the time that it needs.
wait_for() {
	for _ in $(seq 1200); do
		"$@" && return 0
		sleep 0.1
	done
	complain "still not after two minutes: $*"
}

# has_events FILE [EVENTS [KIND]]: the recorder has begun: its file is there and holds so many, or one.
has_events() {
	[ "$("$recount" events -q ${3:+-k "$3"} "$1" 2>/dev/null | grep -cv snapshot)" -ge "${2:-1}" ]
}

# A process that has a child at any moment; it sleeps in between while there is $folder/slow, and ends with the folder.
busy() {
	while [ -d "$folder" ]; do
		cat /dev/null
		[ ! -e "$folder/slow" ] || sleep 0.05
	done 2>/dev/null
}
