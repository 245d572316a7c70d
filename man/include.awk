# The second file with the first in the place of @SCHEMA@; scdoc takes a backslash for an escape.
FNR == NR { gsub(/\\/, "&&"); text = text $0 "\n"; next }
/@SCHEMA@/ { printf "%s", text; next }
{ print }
