#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Checks the source against the house rules that a program can check.
#
# usage: check-layers.sh ROOT [LIBRARY.a...]
#
# Who may include whom is the table "Layers" of ROOT/ARCHITECTURE.md.  LIBRARY:
# compiled without sanitizers; is searched for variables that change.
# One line for every breach; exit code 1 if there are any.
set -u
awk_part=$(realpath "$(dirname "$0")")/check-layers.awk
cd "$1" || exit 2
shift
list=$(mktemp) || exit 2
trap 'rm -f "$list"' EXIT

# Build folders and what npm fetched are no source.
find * .ci -type f ! -path 'build*' ! -path '*/node_modules/*' 2>/dev/null | sort >"$list"
layers=$(sed -n '/^## Layers/,/^## [^L]/s/^| `\([a-z]*\)\/` |.*/\1/p' ARCHITECTURE.md)
[ -n "$layers" ] || { echo "ARCHITECTURE.md: no table of layers"; exit 1; }

breaches=$({
	for folder in $layers; do
		[ -d "$folder" ] || echo "ARCHITECTURE.md: there is no folder $folder/"
	done

	scripts=$(grep -E '^(setup|tests|benchmarks|contrib|\.ci)/' "$list" | grep -vE '\.[ch]$' | xargs -r grep -lI '^#!')
	awk -v list="$list" -f "$awk_part" ARCHITECTURE.md $(grep '\.[ch]$' "$list") $scripts

	headers=$(for folder in $layers; do grep "^$folder/.*\.h$" "$list"; done)
	${CC:-cc} -std=c17 -D_GNU_SOURCE -I. $(pkg-config --cflags libtraceevent libtracefs 2>/dev/null) -Wall \
		-fsyntax-only -x c $headers 2>&1 | sed -n 's/^\([^:]*\):.*\(error\|warning\): /\1: does not compile alone: /p'

	# No file-scope variable changes, nor a static one of a function.
	for library; do
		objdump -t "$library" | awk -v library="$library" '
			/file format/ {object = $1}
			/ O / && $(NF - 2) ~ /^\.(data|bss|tdata|tbss)($|\.)/ && $(NF - 2) !~ /^\.data\.rel\.ro/ {
				print library ": " object " a variable that changes: " $NF}'
	done
} | sort -u)
[ -z "$breaches" ] || { echo "$breaches"; exit 1; }
