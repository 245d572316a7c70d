# SPDX-License-Identifier: GPL-2.0-or-later
# What the command-line tests share: sourced with the program as $1, a recording as $2.

# What tools print, sort and take for a number is the same for everybody.
export LC_ALL=C

recount=$(realpath "$1")
trace=$2
folder=$(mktemp -d) || exit 99
trap 'rm -rf "$folder"' EXIT
failures=0

complain() {
	echo "FAILED: $*" >&2
	failures=$((failures + 1))
}

need_trace() {
	[ -r "$trace" ] || { echo "no recording at '$trace'"; exit 77; }
}

# judge GOT CODE LINES PATTERN ARGUMENT...: exit code, lines on stderr, and what they match, of what was run into stdout and stderr.
judge() {
	got=$1 code=$2 lines=$3 pattern=$4
	shift 4
	[ "$got" = "$code" ] || complain "recount $*: exit $got, not $code: $(cat "$folder/stderr")"
	got=$(wc -l <"$folder/stderr")
	[ "$got" = "$lines" ] || complain "recount $*: $got lines, not $lines: $(cat "$folder/stderr")"
	grep -Eq -- "$pattern" "$folder/stderr" || [ "$lines" = 0 ] ||
		complain "recount $*: no '$pattern' in: $(cat "$folder/stderr")"
	[ "$code" != 1 ] || [ ! -s "$folder/stdout" ] || complain "recount $*: wrong usage, but prints"
}

# expect CODE LINES PATTERN ARGUMENT...
expect() {
	code=$1 lines=$2 pattern=$3
	shift 3
	"$recount" "$@" >"$folder/stdout" 2>"$folder/stderr"
	judge $? "$code" "$lines" "$pattern" "$@"
}

finish() {
	[ "$failures" = 0 ]
	exit
}
