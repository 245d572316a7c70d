#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# A minute of fuzzing: smoke.sh PROGRAM SEEDS FOLDER; inputs that fail stay in FOLDER.
mkdir -p "$3/corpus" || exit 99
exec "$1" -max_total_time=60 -timeout=30 -verbosity=0 -artifact_prefix="$3/" "$3/corpus" "$2"
