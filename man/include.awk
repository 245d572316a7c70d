# The last file with the first in the place of @SCHEMA@, the second in that of @RUNS@; scdoc takes a backslash for an escape.
FNR == 1 { file++ }
file < 3 { gsub(/\\/, "&&"); texts[file] = texts[file] $0 "\n"; next }
/@SCHEMA@/ { printf "%s", texts[1]; next }
/@RUNS@/ { printf "%s", texts[2]; next }
{ print }
