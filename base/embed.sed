# Turns a text file into C string literals, one a line: #include it after `=`.
s/\\/\\\\/g
s/"/\\"/g
# no trigraphs
s/?/\\?/g
s/^/"/
s/$/\\n"/
