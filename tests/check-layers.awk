# SPDX-License-Identifier: GPL-2.0-or-later
# The part of check-layers.sh that reads source: ARCHITECTURE.md first, then every file.
# own[FILE.h] is set by the caller's list of files, one pass ahead.

function breach(text) {
	print FILENAME ": " text
}

# A line without comments and string literals; in_comment goes from line to line.
function code(line,    out, mark) {
	out = ""
	if (in_comment) {
		if (!match(line, /\*\//))
			return ""
		line = substr(line, RSTART + 2)
		in_comment = 0
	}
	while (match(line, /"([^"\\]|\\.)*"|'([^'\\]|\\.)*'|\/\*|\/\//)) {
		mark = substr(line, RSTART, 2)
		out = out substr(line, 1, RSTART - 1)
		if (mark == "//")
			return out
		if (mark == "/*") {
			line = substr(line, RSTART + 2)
			if (!match(line, /\*\//)) {
				in_comment = 1
				return out
			}
			line = substr(line, RSTART + 2)
		} else {
			out = out "\"\""
			line = substr(line, RSTART + RLENGTH)
		}
	}
	return out line
}

# Whether the layer of this file may include the header: a row names it or a folder it lies in.
function may(header,    i, nr, parts) {
	nr = split(allowed[folder], parts, " ")
	for (i = 1; i <= nr; i++)
		if (header == parts[i] || (parts[i] ~ /\/$/ && index(header, parts[i]) == 1))
			return 1
	return 0
}

function check_calls(line, names, what,    word) {
	while (match(line, /[A-Za-z_][A-Za-z0-9_]*[ \t]*\(/)) {
		word = substr(line, RSTART, RLENGTH)
		sub(/[ \t]*\($/, "", word)
		if (index(names, " " word " ") && substr(line, RSTART - 1, 1) !~ /[.>]/)
			breach(word "() " what)
		line = substr(line, RSTART + RLENGTH)
	}
}

# What is called, declared or defined somewhere; and what a header shows by way of example: comment lines with a tab.
function note_names(line, is_example,    word) {
	while (match(line, /[A-Za-z_][A-Za-z0-9_]*\(/)) {
		word = substr(line, RSTART, RLENGTH - 1)
		if (is_example)
			shown[file, word] = 1
		else
			known[word] = 1
		line = substr(line, RSTART + RLENGTH)
	}
}

function check_include(line,    header, is_system) {
	is_system = line ~ /</
	header = line
	sub(/^[^<"]*[<"]/, "", header)
	sub(/[>"].*/, "", header)
	if (!nr_includes++ && (own in files) && header != own)
		breach("the first include is not its own header")
	if (is_system) {
		if (!may(header) && !index(libc, " " header " ") && header !~ /^sys\//)
			breach("includes <" header ">")
	# its own folder, or made from a file of it: schema.sql.h
	} else if (index(header, folder "/") != 1 && !may(header) &&
		   !(header !~ /\// && (folder "/" substr(header, 1, length(header) - 2)) in files))
		breach("includes " header)
}

function end_file() {
	if (file ~ /\.h$/ && (folder in allowed) && !has_guard)
		print file ": no guard " guard
	if (file && !has_licence)
		print file ": no SPDX line"
}

BEGIN {
	libc = " assert.h ctype.h dirent.h endian.h errno.h fcntl.h fnmatch.h getopt.h glob.h inttypes.h langinfo.h libgen.h" \
	       " limits.h locale.h math.h poll.h pthread.h signal.h stdarg.h stdatomic.h stdbool.h stddef.h stdint.h" \
	       " stdio.h stdlib.h string.h strings.h time.h unistd.h wchar.h wctype.h "
	banned = " strcpy strcat sprintf vsprintf strtok atoi atol atoll gets alloca "
	for_cmd = " printf vprintf puts putchar perror exit _exit system getenv time clock_gettime gettimeofday rand" \
		  " srand random "
	while ((getline line <list) > 0)
		files[line] = 1
}

# The table "Layers".
FILENAME == "ARCHITECTURE.md" {
	if (/^## /)
		is_table = $0 == "## Layers"
	if (is_table && /^\| `[a-z]+\/` \|/) {
		gsub(/[`,]/, "")
		split($0, columns, "|")
		folder = columns[2]
		gsub(/[ \/]/, "", folder)
		allowed[folder] = columns[4] " " columns[5]
	}
	next
}

FNR == 1 {
	end_file()
	file = FILENAME
	folder = file
	sub(/\/.*/, "", folder)
	own = file
	sub(/\.c$/, ".h", own)
	if (own == file)
		own = ""
	guard = toupper(file)
	gsub(/[^A-Z0-9]/, "_", guard)
	has_guard = has_licence = in_comment = nr_includes = 0
	is_source = file ~ /\.[ch]$/
	is_layer = folder in allowed
	may_print = !is_layer || folder == "cmd" || file ~ /^base\/(status|xalloc)\.c$/
	if (is_source && !is_layer && folder != "tests" && folder != "benchmarks" && !(folder in told)) {
		told[folder] = 1
		print folder "/: not in the table of ARCHITECTURE.md"
	}
}

FNR <= 2 && /SPDX-License-Identifier: GPL-2.0-or-later/ { has_licence = 1 }

is_source {
	if (is_layer && /^[ \t]*#[ \t]*include/)
		check_include($0)
	if ($1 == "#define" && $2 == guard)
		has_guard = 1
	if (is_layer && file ~ /\.h$/ && /^ \*\t/)
		note_names($0, 1)
	line = code($0)
	note_names(line, 0)
	check_calls(line, banned, "is banned")
	if (!may_print) {
		calls = for_cmd
		if (folder == "recorder")	# it watches the host, not the result
			sub(/ clock_gettime/, "", calls)
		check_calls(line, calls, "is for cmd/")
		if (line ~ /(^|[^A-Za-z0-9_])std(out|err)([^A-Za-z0-9_]|$)/)
			breach("only cmd/ prints")
	}
}

END {
	end_file()
	for (key in shown) {
		split(key, parts, SUBSEP)
		if (!(parts[2] in known))
			print parts[1] ": shows " parts[2] "(), which there is not"
	}
}
