#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Some seconds of fuzzing: smoke.sh PROGRAM FOLDER [SEEDS]; inputs that fail stay in FOLDER.
program=$1 folder=$2
shift 2
mkdir -p "$folder/corpus" || exit 99
target=${program##*fuzz_}
case $target in
trace_dat | ring_pages | formats)
	"$(dirname "$0")/seeds.py" "$target" "$(dirname "$0")/../data/thp.dat" "$folder/corpus" || exit 99 ;;
esac
exec "$program" -max_total_time=12 -max_len=2048 -entropic=0 -error_exitcode=1 -timeout=30 -verbosity=0 -artifact_prefix="$folder/" "$folder/corpus" "$@"
