# SPDX-License-Identifier: GPL-2.0-or-later
# What the tests of recount record share: sourced after lib.sh.

# libtracefs keeps the name of its folder to the end: a leak to sanitizers, and not ours.
echo leak:libtracefs >"$folder/suppressions"
export LSAN_OPTIONS="suppressions=$folder/suppressions:print_suppressions=0"

tracing=/sys/kernel/tracing

# Behind what can be tested without it.
need_tracing() {
	[ ! -w $tracing/instances ] || return 0
	[ "$failures" = 0 ] || finish
	echo "no permission to trace: nothing was recorded"
	exit 77
}

# wait_for_events FILE [EVENTS]: until the recorder has begun: its file is there and holds so many, or one.
wait_for_events() {
	for _ in $(seq 1200); do
		[ "$("$recount" events -q "$1" 2>/dev/null | grep -cv snapshot)" -lt "${2:-1}" ] || return 0
		sleep 0.1
	done
	complain "$1: not ${2:-1} events were recorded in 120 s"
}
