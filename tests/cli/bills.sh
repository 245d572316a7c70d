#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Who pays: what a container's charge is made of, and with whom it shares; numbers worked out by hand.
. "$(dirname "$0")/lib.sh"

# bills LINES: replays the operations on standard input and compares the rows of bills and shares, without times.
bills() {
	{ echo 'recount-ops 1'; cat; } >"$folder/it.ops"
	"$recount" replay "$folder/it.ops" -O text -o "$folder/rows" -q -m "$1" || complain "replay: exit $?"
	sed -n 's/^\(bills\|shares\) //p' "$folder/rows" | sed 's/ time_ns=[0-9]*//; s/"//g; s/[a-z_]*=//g' >"$folder/got"
	printf "$2" >"$folder/wanted"
	cmp -s "$folder/wanted" "$folder/got" || complain "$1: not
$(cat "$folder/wanted") but
$(cat "$folder/got")"
}

# Ten pages of a file, all mapped in c1, which touches them first, six of them in c2; and 4 and 2 of their own.
# container resource held mapped shared others unpaid alone, then container resource other paid unpaid:
# c1 pays 14, maps all, 6 of them are mapped in c2; c2 pays its 2, 8 were it alone.
two='container c1
container c2
file F
task A in c1
task B in c2
mmap A text 10 read file F
mmap B text 10 read file F
mmap A heap 4
mmap B heap 2
touch A text
touch A heap write
touch B text+0..5
touch B heap write'
bills rss '1 rss 14 14 6 0 0 14\n1 rss 2 6 0\n2 rss 2 2 0 0 6 8\n2 rss 1 0 6\n' <<END
$two
exit A
exit B
END
# In the table, with bars of 16 characters: 8 and 6 of 14 are 9 and 7 of them, 2 and 6 of 8 are 4 and 12.
printf 'recount-ops 1\n%s\n' "$two" >"$folder/two.ops"
expect 0 0 '' replay "$folder/two.ops" -o "$folder/two.db" -q -m rss
LC_ALL=C expect 0 0 '' report "$folder/two.db" -r bills
for row in 'c1 +rss +14 +8 +6 +0 +0 +0 +14 #########=======' 'c2 +rss +2 +2 +0 +0 +0 +6 +8 ####\.{12}'; do
	grep -Eq "^$row\$" "$folder/stdout" || complain "no row $row in $(cat "$folder/stdout")"
done
# The same without an end: looked at when the text is over.
bills memcg '1 memcg 14 14 6 0 0 14\n1 memcg 2 6 0\n2 memcg 2 2 0 0 6 8\n2 memcg 1 0 6\n' <<END
$two
END

# The first toucher's bill: a child goes to c2 with 8 pages of c1, whose own process ends and a next one maps 4.
# c1 pays 12, of which 8 are mapped in c2 alone, so it would pay 4; c2 pays nothing and would pay 8.
bills rss '1 rss 12 4 0 8 0 4\n1 rss 2 8 0\n2 rss 0 0 0 0 8 8\n2 rss 1 0 8\n' <<END
container c1
container c2
task A in c1
mmap A heap 8
touch A heap write
fork A B
move B c2
exit A
task C in c1
mmap C heap 4
touch C heap write
exit C
exit B
END

# Page cache that c1 read and nobody maps is its own; of what only c2 maps it would pay as well if it were alone,
# for it did read it: memcg charges 6, and so many it would be alone.
bills memcg '1 memcg 6 0 0 2 0 6\n1 memcg 2 2 0\n2 memcg 0 0 0 0 2 2\n2 memcg 1 0 2\n' <<END
container c1
container c2
file F
task A in c1
task B in c2
read A F:0..5
mmap B text 2 read file F
touch B text
END

# A container above two others: what they share is within it. Of p's 7, c1 pays 5 and maps them, c2 maps 3 of these and
# pays 2 that only q maps with it (q pays none of its 2).
bills rss '1 rss 7 7 2 0 0 7\n1 rss 4 2 0\n2 rss 5 5 3 0 0 5\n2 rss 3 3 0\n3 rss 2 2 2 0 3 5\n3 rss 2 0 3\n3 rss 4 2 0\n4 rss 0 0 0 0 2 2\n4 rss 3 0 2\n' <<END
container p "/p"
container c1 "/p/c1"
container c2 "/p/c2"
container q "/q"
file F
file G
task A in c1
task B in c2
task C in q
mmap A text 5 read file F
touch A text
mmap B text 3 read file F
touch B text
mmap B data 2 read file G
touch B data
mmap C data 2 read file G
touch C data
END

# c1 has 100 pages from the begin to the end. When c2 ends it had mapped 50 of them, at the end nobody else maps any: of two moments at
# which c1 has as much, the one that shows more of what it shares is told.
bills rss '1 rss 100 100 50 0 0 100\n1 rss 2 50 0\n2 rss 0 0 0 0 50 50\n2 rss 1 0 50\n' <<END
container c1
container c2
file F
task A in c1
task B in c2
mmap A text 100 read file F
mmap B text 100 read file F
touch A text
touch B text+0..49
exit B
END
finish
