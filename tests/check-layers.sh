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
cd "$1" || exit 2
shift

libc=' assert.h ctype.h dirent.h endian.h errno.h fcntl.h fnmatch.h getopt.h inttypes.h libgen.h limits.h
 locale.h math.h poll.h pthread.h signal.h stdarg.h stdatomic.h stdbool.h stddef.h stdint.h stdio.h stdlib.h
 string.h strings.h sys/ time.h unistd.h wchar.h wctype.h '
# By nobody; by nobody but cmd/ and the two files that end the program.
banned='strcpy|strcat|sprintf|vsprintf|strtok|atoi|atol|atoll|gets|alloca'
banned_below_cmd='printf|vprintf|puts|putchar|perror|exit|_exit|system|getenv|time|clock_gettime|gettimeofday|rand|srand|random'

breaches=$(mktemp) || exit 2
code=$(mktemp) || exit 2	# of the file in work, without comments and string literals
trap 'rm -f "$breaches" "$code"' EXIT
flags="-std=c17 -D_GNU_SOURCE -I. $(pkg-config --cflags libtraceevent 2>/dev/null)"
breach() {
	echo "$*" >>"$breaches"
}

# The table as lines "FOLDER INCLUDE...", without the slash after the folder.
table=$(awk -F'|' '/^## /{inside = $0 == "## Layers"}
	inside && $2 ~ /^ `[a-z]+\/` $/ {gsub(/[`,]/, "", $0); sub(/\//, "", $2); print $2, $4, $5}' ARCHITECTURE.md)
folders=$(echo "$table" | awk '{print $1}')
[ -n "$folders" ] || { echo "ARCHITECTURE.md: no table of layers"; exit 1; }

# may HEADER PATTERN...: HEADER is one of the patterns or lies in a folder of them.
may() {
	header=$1
	shift
	for allowed; do
		case $header in "$allowed") return 0 ;; esac
		case $allowed in */) case $header in "$allowed"*) return 0 ;; esac ;; esac
	done
	return 1
}

check_includes() {	# FILE FOLDER ALLOWED...
	file=$1
	folder=$2
	shift 2
	sed -n 's/^[ \t]*#[ \t]*include[ \t]*\([<"][^>"]*\).*/\1/p' "$file" | {
		own=${file%.c}.h
		is_first=1
		while IFS= read -r include; do
			header=${include#?}
			if [ "$is_first" = 1 ] && [ "$own" != "$file" ] && [ -f "$own" ] && [ "$header" != "$own" ]; then
				breach "$file: the first include is not its own header"
			fi
			is_first=0
			case $include in
			\<*) may "$header" "$@" $libc || breach "$file: includes <$header>" ;;
			# made from a file of this folder: schema.sql.h
			*) may "$header" "$folder/" "$@" || [ -f "$folder/${header%.h}" ] || breach "$file: includes $header" ;;
			esac
		done
	}
}

strip() {	# FILE
	${CC:-cc} -fpreprocessed -dD -E -P -x c "$1" 2>/dev/null | sed 's/"\([^"\\]\|\\.\)*"/""/g' >"$code"
}

check_calls() {	# FILE FUNCTIONS WHAT-OF-IT
	for name in $(grep -oE "(^|[^A-Za-z0-9_.>])($2)[ \t]*\(" "$code" | sed 's/^[^A-Za-z_]//; s/[ \t]*(//' | sort -u); do
		breach "$1: $name() $3"
	done
}

for folder in $folders; do
	[ -d "$folder" ] || breach "ARCHITECTURE.md: there is no folder $folder/"
done
for folder in */; do
	folder=${folder%/}
	case " tests benchmarks " in *" $folder "*) continue ;; esac
	[ -z "$(find "$folder" -name '*.[ch]' | head -n 1)" ] || echo "$folders" | grep -qx "$folder" || case $folder in
	build*) ;;
	*) breach "$folder/: not in the table of ARCHITECTURE.md" ;;
	esac
done

echo "$table" | {
	while read -r folder allowed; do
		for file in $(find "$folder" -name '*.[ch]' | sort); do
			check_includes "$file" "$folder" $allowed
			case $file in
			cmd/* | base/status.c | base/xalloc.c) ;;
			*)
				strip "$file"
				check_calls "$file" "$banned_below_cmd" 'is for cmd/'
				grep -qwE 'stdout|stderr' "$code" && breach "$file: only cmd/ prints"
				;;
			esac
			case $file in
			*.h)
				guard=$(echo "$file" | tr 'a-z/.-' 'A-Z___')
				grep -q "^#define $guard\$" "$file" || breach "$file: no guard $guard"
				errors=$(${CC:-cc} $flags -Wall -Werror -fsyntax-only -x c "$file" 2>&1) ||
					breach "$file: does not compile alone: $(echo "$errors" | grep -m 1 error)"
				;;
			esac
		done
	done
}

for file in $(find $folders tests benchmarks setup .ci -type f 2>/dev/null | sort); do
	case $file in
	*.[ch])
		strip "$file"
		check_calls "$file" "$banned" 'is banned'
		;;
	*.sh | *.py) ;;
	*) [ "$(head -c 2 "$file" | tr -d '\0')" = '#!' ] || continue ;;
	esac
	head -n 2 "$file" | grep -q 'SPDX-License-Identifier: GPL-2.0-or-later' || breach "$file: no SPDX line"
done

# No file-scope variable changes, nor a static one of a function.
for library; do
	objdump -t "$library" | awk -v library="$library" '
		/file format/ {object = $1}
		NF >= 5 && / O / {section = $(NF - 2)}
		NF >= 5 && / O / && section ~ /^\.(data|bss|tdata|tbss)($|\.)/ && section !~ /^\.data\.rel\.ro/ {
			print library ": " object " a variable that changes: " $NF}' >>"$breaches"
done

sort -u "$breaches"
[ ! -s "$breaches" ]
