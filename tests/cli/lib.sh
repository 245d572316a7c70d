# SPDX-License-Identifier: GPL-2.0-or-later
# What the command-line tests share: sourced with the program as $1, a recording as $2.

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

# expect CODE LINES PATTERN ARGUMENT...: exit code, lines on stderr, and what they match.
expect() {
	code=$1 lines=$2 pattern=$3
	shift 3
	"$recount" "$@" >"$folder/stdout" 2>"$folder/stderr"
	got=$?
	[ "$got" = "$code" ] || complain "recount $*: exit $got, not $code: $(cat "$folder/stderr")"
	got=$(wc -l <"$folder/stderr")
	[ "$got" = "$lines" ] || complain "recount $*: $got lines, not $lines: $(cat "$folder/stderr")"
	grep -Eq -- "$pattern" "$folder/stderr" || [ "$lines" = 0 ] ||
		complain "recount $*: no '$pattern' in: $(cat "$folder/stderr")"
	[ "$code" != 1 ] || [ ! -s "$folder/stdout" ] || complain "recount $*: wrong usage, but prints"
}

finish() {
	[ "$failures" = 0 ]
	exit
}
