#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Whether check-layers.sh sees what it should: plants one breach at a time in a small tree.
#
# usage: check-layers-self.sh ROOT, whose ARCHITECTURE.md has the table.  Speaks TAP.
set -u
root=$(realpath "$1") || exit 99
top=$(mktemp -d) || exit 99
trap 'rm -rf "$top"' EXIT
nr=0

# A clean tree: a noun with a header and a .c in every folder.
plant() {
	rm -rf "$top/tree"
	mkdir "$top/tree"
	cd "$top/tree" || exit 99
	cp "$root/ARCHITECTURE.md" .
	for folder in base traces accounting reclaim sink rebuild replay ops verify reports recorder scrub fleet cmd tests; do
		mkdir "$folder"
		guard=$(echo "$folder" | tr a-z A-Z)_NOUN_H
		printf '%s\n' '/* SPDX-License-Identifier: GPL-2.0-or-later */' \
			"#ifndef $guard" "#define $guard" "int ${folder}_noun(void);" '#endif' >"$folder/noun.h"
		printf '%s\n' '// SPDX-License-Identifier: GPL-2.0-or-later' "#include \"$folder/noun.h\"" \
			'/* strcpy(x), stdout */' '#include <stdio.h>' "int ${folder}_noun(void)" \
			'{' '	return sizeof("atoi(") == 6;' '}' >"$folder/noun.c"
	done
	printf '%s\n' '/* SPDX-License-Identifier: GPL-2.0-or-later */' '#ifndef TRACES_MM_EVENT_H' \
		'#define TRACES_MM_EVENT_H' '#endif' >traces/mm_event.h
}

# result NAME EXPECTED LIBRARY: the check says EXPECTED, a pattern; "" = it finds nothing.
result() {
	nr=$((nr + 1))
	output=$("$root/tests/check-layers.sh" . $3 2>&1)
	code=$?
	if { [ -z "$2" ] && [ -z "$output" ] && [ "$code" = 0 ]; } ||
	   { [ -n "$2" ] && [ "$code" = 1 ] && echo "$output" | grep -Eqx -- "$2"; }; then
		echo "ok $nr - $1"
	else
		echo "not ok $nr - $1"
		echo "# exit $code: $(echo "$output" | tr '\n' ';')"
	fi
}

# breach NAME FILE LINE EXPECTED: LINE added at the end of FILE is found.
breach() {
	plant
	printf '%s\n' "$3" >>"$2"
	result "$1" "$4" ''
}

echo 1..22
plant
result 'a clean tree' '' ''
breach 'sqlite in a model' accounting/noun.c '#include <sqlite3.h>' 'accounting/noun.c: includes <sqlite3.h>'
breach 'a trace format in a model' accounting/noun.c '#include <traceevent/event-parse.h>' \
	'accounting/noun.c: includes <traceevent/event-parse.h>'
breach 'a reader in a model' accounting/noun.c '#include "traces/noun.h"' 'accounting/noun.c: includes traces/noun.h'
breach 'a sibling' reclaim/noun.h '#include "accounting/noun.h"' 'reclaim/noun.h: includes accounting/noun.h'
breach 'a layer above' base/noun.c '#include "cmd/noun.h"' 'base/noun.c: includes cmd/noun.h'
breach 'the inside of sink' replay/noun.c '#include "sink/noun.h"' 'replay/noun.c: includes sink/noun.h'
breach 'a scenario in the facts' rebuild/noun.c '#include "replay/noun.h"' 'rebuild/noun.c: includes replay/noun.h'
breach 'a path that is not from the root' cmd/noun.c '#include "../base/noun.h"' 'cmd/noun.c: includes ../base/noun.h'
breach 'a library nobody knows' traces/noun.c '#include <lzma.h>' 'traces/noun.c: includes <lzma.h>'
breach 'what the table allows' traces/noun.c '#include <zstd.h>' ''
breach 'what the table allows to one' reclaim/noun.c '#include "traces/mm_event.h"' ''
breach 'a banned call' cmd/noun.c 'int f(void) { return atoi ("1"); }' 'cmd/noun.c: atoi\(\) is banned'
breach 'printing below cmd' replay/noun.c 'int f(void) { return puts(""); }' 'replay/noun.c: puts\(\) is for cmd/'
breach 'stderr below cmd' sink/noun.c 'void *f(void) { return stderr; }' 'sink/noun.c: only cmd/ prints'
breach 'a header that needs another' base/noun.h 'size_t f(void);' 'base/noun.h: does not compile alone: .*'
breach 'an example that cannot be' base/noun.h "/*
 *	base_noun();
 *	noun_of_base(3);
 */" 'base/noun.h: shows noun_of_base\(\), which there is not'

plant
sed -i 2,3d base/noun.h && echo >base/noun.h '/* SPDX-License-Identifier: GPL-2.0-or-later */'
result 'a header without a guard' 'base/noun.h: no guard BASE_NOUN_H' ''
plant
sed -i 1d cmd/noun.c
result 'a file without a licence' 'cmd/noun.c: no SPDX line' ''
plant
sed -i '1a #include <stddef.h>' cmd/noun.c
result 'another header first' 'cmd/noun.c: the first include is not its own header' ''
plant
mkdir new && cp cmd/noun.c new/
result 'a folder that is not in the table' 'new/: not in the table of ARCHITECTURE.md' ''
plant
printf '%s\n' 'int f(void);' 'int f(void) { static int calls; return ++calls; }' >state.c
${CC:-cc} -c state.c -o state.o && ar rc libstate.a state.o
result 'a variable that changes' 'libstate.a: state.o: a variable that changes: calls.*' libstate.a
