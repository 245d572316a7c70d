#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Uses and write-back that no event of their own tells: a page of a device (metadata, allocated without
# __GFP_HIGHMEM) is used twice at once; so is one that goes to the active list though nothing read or mapped
# it; what the memory controller counts as being written (item 21) is what became dirty first (item 20).
. "$(dirname "$0")/lib.sh"

cat >"$folder/events.txt" <<'TRACE'
cpus=1
     web-10    [000]     1.000100: cgroup_attach_task: dst_root=4 dst_id=7 dst_level=1 dst_path=/web pid=10 comm=web
     web-10    [000]     1.000200: mm_page_alloc: page=0xffffea0000000010 pfn=0x10 order=0 migratetype=0 gfp_flags=GFP_NOFS|__GFP_NOFAIL|__GFP_COMP|__GFP_HARDWALL
     web-10    [000]     1.000201: mm_filemap_add_to_page_cache: dev 0:3 ino fe00000 pfn=0x10 ofs=4096 order=0
     web-10    [000]     1.000300: mm_page_alloc: page=0xffffea0000000011 pfn=0x11 order=0 migratetype=1 gfp_flags=GFP_HIGHUSER_MOVABLE|__GFP_WRITE|__GFP_COMP
     web-10    [000]     1.000301: mm_filemap_add_to_page_cache: dev 254:0 ino 5 pfn=0x11 ofs=0 order=0
     web-10    [000]     1.000302: mod_memcg_lruvec_state: memcg_id=7 item=20 val=1
     web-10    [000]     1.000400: mm_page_alloc: page=0xffffea0000000012 pfn=0x12 order=0 migratetype=1 gfp_flags=GFP_HIGHUSER_MOVABLE|__GFP_WRITE|__GFP_COMP
     web-10    [000]     1.000401: mm_filemap_add_to_page_cache: dev 254:0 ino 5 pfn=0x12 ofs=4096 order=0
     web-10    [000]     1.000402: mod_memcg_lruvec_state: memcg_id=7 item=20 val=1
     web-10    [000]     1.000500: mm_lru_activate: folio=0xffffea0000000012 pfn=0x12
     web-10    [000]     1.000600: mod_memcg_lruvec_state: memcg_id=7 item=20 val=-1
     web-10    [000]     1.000601: mod_memcg_lruvec_state: memcg_id=7 item=21 val=1
     web-10    [000]     1.000602: mod_memcg_lruvec_state: memcg_id=7 item=20 val=-1
     web-10    [000]     1.000603: mod_memcg_lruvec_state: memcg_id=7 item=21 val=1
TRACE
cat >"$folder/expected" <<'OPS'
container 1 "web" "/web" v1
cache-add 1 anon in 1
access 1 in 1 pages 1
access 1 in 1 pages 1
cache-add 2 anon in 1 write
cache-add 3 anon in 1 write
access 3 in 1 pages 1
access 3 in 1 pages 1
written 1 1000302000
written 1 1000402000
OPS
"$recount" ops "$folder/events.txt" -q | sed -E 's/^@[0-9]+ //' | grep -E '^(container|cache-add|access|written)' >"$folder/ops"
cmp "$folder/expected" "$folder/ops" || complain "other uses: $(cat "$folder/ops")"

# The kernel kept pages in generations: so does the replay, if nobody says otherwise.
{ "$recount" ops "$folder/events.txt" -q | sed 's/^cpus 1$/&\nfact "lru_gen" "0x0007"/'; } >"$folder/generations.ops"
chosen() {
	"$recount" replay "$@" -q -O text -o "$folder/rows" && grep -o 'switch.cgroup2.lru" value="[a-z]*"' "$folder/rows"
}
[ "$(chosen "$folder/generations.ops")" = 'switch.cgroup2.lru" value="generations"' ] || complain "lru_gen is not taken over"
[ "$(chosen "$folder/generations.ops" --switch cgroup2.lru=classic)" = 'switch.cgroup2.lru" value="classic"' ] ||
	complain "the switch does not win over lru_gen"
[ "$(chosen "$folder/events.txt")" = 'switch.cgroup2.lru" value="classic"' ] || complain "generations for no reason"

# What kswapd takes the machine took: from when it wakes, maybe twice, until it sleeps. Of what it is seen to do
# after that nobody knows for what.
cat >"$folder/kswapd.txt" <<'TRACE'
cpus=1
     web-10    [000]     1.000100: cgroup_attach_task: dst_root=4 dst_id=7 dst_level=1 dst_path=/web pid=10 comm=web
     web-10    [000]     1.000110: rss_stat: mm_id=1 curr=1 type=MM_ANONPAGES size=0B
     web-10    [000]     1.000111: rss_stat: mm_id=1 curr=1 type=MM_SWAPENTS size=0B
     web-10    [000]     1.000200: page_fault_user: address=0x7f0000000000 ip=0x401000 error_code=0x6
     web-10    [000]     1.000201: mm_page_alloc: pfn=0x10 order=0 migratetype=1 gfp_flags=0x140cca
     web-10    [000]     1.000202: rss_stat: mm_id=1 curr=1 type=MM_ANONPAGES size=4096B
     web-10    [000]     1.000300: page_fault_user: address=0x7f0000001000 ip=0x401000 error_code=0x6
     web-10    [000]     1.000301: mm_page_alloc: pfn=0x11 order=0 migratetype=1 gfp_flags=0x140cca
     web-10    [000]     1.000302: rss_stat: mm_id=1 curr=1 type=MM_ANONPAGES size=8192B
     kswapd0-50    [000]     1.000400: mm_vmscan_kswapd_wake: nid=0 order=0
     kswapd0-50    [000]     1.000401: mm_vmscan_kswapd_wake: nid=0 order=0
     kswapd0-50    [000]     1.000402: rss_stat: mm_id=1 curr=0 type=MM_ANONPAGES size=4096B
     kswapd0-50    [000]     1.000403: rss_stat: mm_id=1 curr=0 type=MM_SWAPENTS size=4096B
     kswapd0-50    [000]     1.000404: mm_vmscan_write_folio: pfn=0x10 flags=RECLAIM_WB_ANON|RECLAIM_WB_ASYNC
     kswapd0-50    [000]     1.000405: mm_vmscan_kswapd_sleep: nid=0
     kswapd0-50    [000]     1.000502: rss_stat: mm_id=1 curr=0 type=MM_ANONPAGES size=0B
     kswapd0-50    [000]     1.000503: rss_stat: mm_id=1 curr=0 type=MM_SWAPENTS size=8192B
     kswapd0-50    [000]     1.000504: mm_vmscan_write_folio: pfn=0x11 flags=RECLAIM_WB_ANON|RECLAIM_WB_ASYNC
TRACE
[ "$("$recount" ops "$folder/kswapd.txt" -q | grep -o 'unmap.*reclaim.*')" = 'unmap 1 0x7f0000000 reclaim by machine vma w
unmap 1 0x7f0000001 reclaim vma w' ] || complain "kswapd: $("$recount" ops "$folder/kswapd.txt" -q | grep unmap)"

# What the container was set to beside its limits: in pages, unless it is as if it were not set.
{ "$recount" ops "$folder/events.txt" -q |
	sed 's|^cpus 1$|&\nfact "memory.low /web" "8192"\nfact "memory.min /web" "0"\nfact "memory.swap.max /web" "max"\nfact "memory.swap.max /db" "0"|'; } \
	>"$folder/settings.ops"
"$recount" replay "$folder/settings.ops" -q -O text -o "$folder/rows"
[ "$(grep -o 'container.memory.*"' "$folder/rows")" = 'container.memory.swap.max /db" value="0"
container.memory.low /web" value="2"' ] || complain "settings: $(grep container.memory "$folder/rows")"
finish
