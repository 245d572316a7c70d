#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Some seconds of fuzzing, with the same inputs each time: smoke.sh PROGRAM RUNS FOLDER [SEEDS]; inputs that fail stay in FOLDER.
# What differs from one time and machine to the next is left out: the seed, the order in which a folder has its files, what was found
# before, and what is compared with what (-use_cmp), as addresses are among that. A machine that is far slower tries fewer.
program=$1 runs=$2 folder=$3
shift 3
rm -rf "$folder" && mkdir -p "$folder/seeds" || exit 99
target=${program##*fuzz_}
case $target in
trace_dat | ring_pages | formats)
	"$(dirname "$0")/seeds.py" "$target" "$(dirname "$0")/../data/thp.dat" "$folder/seeds" || exit 99 ;;
esac
find "$folder/seeds" "$@" -type f ! -name '*.md' ! -name '*.py' ! -name '*.sh' ! -name meson.build | LC_ALL=C sort | paste -sd, >"$folder/list"
exec "$program" -seed=1 -runs="$runs" -use_cmp=0 -seed_inputs="@$folder/list" -max_total_time=120 -max_len=2048 -entropic=0 \
	-error_exitcode=1 -timeout=100 -verbosity=0 -print_final_stats=1 -artifact_prefix="$folder/"
