#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Half a minute of fuzzing: smoke.sh PROGRAM FOLDER SEEDS; inputs that fail stay in FOLDER.
program=$1 folder=$2 seeds=$3
mkdir -p "$folder/corpus" || exit 99
case $program in
*trace_dat) "$(dirname "$0")/seeds.py" "$(dirname "$0")/../data/thp.dat" "$folder/corpus" || exit 99 ;;
esac
exec "$program" -max_total_time=30 -timeout=30 -verbosity=0 -artifact_prefix="$folder/" "$folder/corpus" "$seeds"
