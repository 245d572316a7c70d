#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# A case in the language of operations (docs/ops.md): every expectation in it holds, with --check, which takes no short cut, and without.
recount=$1
folder=$(mktemp -d) || exit 99
trap 'rm -rf "$folder"' EXIT
"$recount" replay "$2" -o "$folder/RUN.db" -q --check || exit
"$recount" replay "$2" -o "$folder/RUN.db" -q
