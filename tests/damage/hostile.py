#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Texts that no kernel writes, or that ask for more than time would allow, if it grew with the square of what is mapped, lives or
is named.

usage: hostile.py RECOUNT [CASE [N]]

Each case is made small enough for a second or two of processor, and large enough that the square of it would take more
than SECONDS; so the limit is on the processor's time, and a machine that is busy with other things does not matter.
With sanitizers all takes longer, the square too: there it is three times as much.
With CASE only that, of N; what it takes is printed.
"""
import os
import resource
import subprocess
import sys
import tempfile

SECONDS = 20
LOW, PAGE = 0x7e0000000000, 4096
FIRST = 100             # the task that does all; 77 is its address space


class Text:
    def __init__(self):
        self.lines, self.time, self.pages = ["# tracer: nop"], 10 ** 9, 1
        self.event(1, "page_fault_user: address=0x555555579a88 ip=0x7ffff7e6b109 error_code=0x6")
        self.birth(FIRST, 1)
        self.event(FIRST, "rss_stat: mm_id=77 curr=0 type=MM_ANONPAGES size=4096B")
        self.event(FIRST, "sched_process_exec: filename=./a pid=%d old_pid=%d" % (FIRST, FIRST))

    def event(self, tid, text):
        self.time += 1
        self.lines.append("a-%d [000] ..... %d.%06d: %s" % (tid, self.time // 10 ** 6, self.time % 10 ** 6, text))

    def lost(self):
        self.lines.append("CPU:0 [LOST 5 EVENTS]")

    def call(self, name, arguments, result=0):
        self.event(FIRST, "sys_%s(%s)" % (name, arguments))
        self.event(FIRST, "sys_%s -> 0x%x" % (name, result))

    def birth(self, tid, parent):
        self.event(parent, "task_newtask: pid=%d comm=a clone_flags=1200000 oom_score_adj=0" % tid)

    def death(self, tid):
        self.event(tid, "exit_mmap: mt_mod 0x%x, DESTROY" % tid)
        self.event(tid, "sched_process_exit: comm=a pid=%d prio=120 group_dead=true" % tid)

    def mmap(self, address, nr_bytes, protection=3):
        self.call("mmap", "addr: 0x%x, len: 0x%x, prot: %d, flags: 0x22, fd: 0xffffffff, off: 0" % (address, nr_bytes, protection),
                  address)

    def touch(self, address):
        self.pages += 1
        self.event(FIRST, "page_fault_user: address=0x%x ip=0x7ffff7e6b109 error_code=0x6" % address)
        self.event(FIRST, "mm_page_alloc: page=0x0 pfn=0x%x order=0 migratetype=1 gfp_flags=GFP_HIGHUSER_MOVABLE|__GFP_ZERO|__GFP_COMP"
                   % (self.pages + 4096))
        self.event(FIRST, "rss_stat: mm_id=77 curr=1 type=MM_ANONPAGES size=%dB" % (self.pages * PAGE))


class Ops:
    """A text of operations: one container with a limit, one task."""

    def __init__(self):
        self.lines = ["recount-ops 1", "container c", "task A in c"]

    def add(self, text):
        self.lines.append(text)


def moved_onto_itself(text, nr):
    """Page by page a range would move along its own entry; the kernel refuses that."""
    text.mmap(LOW, nr * PAGE)
    text.touch(LOW)
    text.call("mremap", "addr: 0x%x, old_len: 0x%x, new_len: 0x%x, flags: 1, new_addr: 0" % (LOW, nr * PAGE, nr * PAGE), LOW + PAGE)


def ranges(text, nr):
    """Neighbours that are not one, the last mapped lowest, as the kernel places them."""
    for i in range(nr):
        text.mmap(LOW - i * PAGE, PAGE, 3 if i & 1 else 1)


def not_forked(text, nr):
    ranges(text, nr)
    for i in range(0, nr, 2):
        text.call("madvise", "start: 0x%x, len_in: 0x1000, behavior: 0xa" % (LOW - i * PAGE))
    for child in range(1000, 1010):
        text.birth(child, FIRST)
        text.death(child)


def sparse(text, nr):
    """Pages far from each other, from the top down."""
    text.mmap(LOW, nr * 64 * PAGE)
    for i in range(nr, 0, -1):
        text.touch(LOW + i * 64 * PAGE - PAGE)


def many_live(text, nr):
    """Others end while they live."""
    for i in range(nr):
        text.birth(1000 + i, FIRST)
    for i in range(nr):
        text.birth(1000000 + i, FIRST)
        text.event(1000000 + i, "rss_stat: mm_id=%d curr=1 type=MM_ANONPAGES size=4096B" % (5000 + i))
        text.death(1000000 + i)


def above_the_stack(text, _):
    """Where exec's arguments would stand, once a fault shows the stack, something is mapped already."""
    text.event(200, "mm_page_alloc: page=0x0 pfn=0x132ad7 order=0 migratetype=1 gfp_flags=GFP_HIGHUSER_MOVABLE|__GFP_ZERO|__GFP_COMP")
    text.event(200, "rss_stat: mm_id=99 curr=0 type=MM_ANONPAGES size=4096B")
    text.event(200, "task_rename: pid=200 oldcomm=a newcomm=b oom_score_adj=0")
    text.event(200, "page_fault_kernel: address=0x7ffd03d04fe9 ip=0xffffffff81b75d98 error_code=0x2")
    text.event(200, "rss_stat: mm_id=99 curr=1 type=MM_FILEPAGES size=905216B")
    text.event(200, "page_fault_user: address=0x7ffd03d03ed8 ip=0x7fa2d5c55ec1 error_code=0x6")
    text.event(200, "mm_page_alloc: page=0x0 pfn=0x164e15 order=0 migratetype=1 gfp_flags=GFP_HIGHUSER_MOVABLE|__GFP_ZERO|__GFP_COMP")
    text.event(200, "rss_stat: mm_id=99 curr=1 type=MM_ANONPAGES size=8192B")
    text.event(200, "exit_mmap: mt_mod 0x1, DESTROY")


def lives_in_what_ended(text, _):
    """What a counter that rose is of is gone when the window of the fault follows."""
    text.event(200, "mm_page_alloc: page=0x0 pfn=0x141a45 order=0 migratetype=1 gfp_flags=GFP_HIGHUSER_MOVABLE|__GFP_ZERO|__GFP_COMP")
    text.event(200, "rss_stat: mm_id=99 curr=0 type=MM_ANONPAGES size=4096B")
    text.event(200, "rss_stat: mm_id=99 curr=1 type=MM_ANONPAGES size=12288B")
    text.event(200, "sched_process_exec: filename=./a pid=200 old_pid=200")
    text.event(200, "page_fault_user: address=0x7ffff7fe4b70 ip=0x7ffff7fe4b70 error_code=0x14")
    text.event(200, "mm_filemap_map_pages: dev=254:0 ino=5125f ofs=90112-155647")
    text.event(200, "rss_stat: mm_id=99 curr=1 type=MM_ANONPAGES size=20480B")


def containers(text, nr):
    for i in range(nr):
        text.event(1, "cgroup_mkdir: root=0 id=%d level=2 path=/p%d/c" % (i + 2, i))
        text.event(1, "cgroup_attach_task: dst_root=0 dst_id=%d dst_level=2 dst_path=/p%d/c pid=%d comm=a" % (i + 2, i, FIRST))


def many_in_doubt(text, nr):
    """All that live when records are lost; then the kernel's count of one after the other is seen again."""
    for i in range(nr):
        text.birth(1000 + i, FIRST)
        text.event(1000 + i, "rss_stat: mm_id=%d curr=1 type=MM_ANONPAGES size=4096B" % (5000 + i))
    text.lost()
    for i in range(nr):
        text.event(1000 + i, "rss_stat: mm_id=%d curr=1 type=MM_ANONPAGES size=8192B" % (5000 + i))


def containers_in_doubt(text, nr):
    """Records are lost while each has a task; then one after the other is seen again and again."""
    for i in range(nr):
        text.birth(1000 + i, FIRST)
        text.event(1, "cgroup_mkdir: root=0 id=%d level=1 path=/p%d" % (i + 2, i))
        text.event(1, "cgroup_attach_task: dst_root=0 dst_id=%d dst_level=1 dst_path=/p%d pid=%d comm=a" % (i + 2, i, 1000 + i))
        text.event(1000 + i, "rss_stat: mm_id=%d curr=1 type=MM_ANONPAGES size=4096B" % (5000 + i))
    text.lost()
    for i in range(30 * nr):
        text.event(1000 + i % nr, "rss_stat: mm_id=%d curr=1 type=MM_ANONPAGES size=%dB" % (5000 + i % nr, (2 + i // nr) * PAGE))


def many_gaps(text, nr):
    """Records are lost again and again while they live."""
    for i in range(nr):
        text.birth(1000 + i, FIRST)
    for i in range(nr):
        text.lost()
        text.event(1000 + i, "rss_stat: mm_id=%d curr=1 type=MM_ANONPAGES size=4096B" % (5000 + i))


def strays(text, nr):
    """Tasks that were never seen born, whose address spaces are not known."""
    text.lost()
    for i in range(nr):
        text.event(1000 + i, "page_fault_user: address=0x%x ip=0x7ffff7e6b109 error_code=0x6" % LOW)


def segments(text, nr):
    """Anonymous pages so far from each other that each is of a segment of its own, which no call made."""
    for i in range(nr):
        text.touch(LOW - i * 5000 * PAGE)


def segments_changed(text, nr):
    """Calls that change what is told of one after the other."""
    segments(text, nr)
    for i in range(nr):
        text.call("mlock", "start: 0x%x, len: 0x1000" % (LOW - i * 5000 * PAGE))
        text.call("mprotect", "start: 0x%x, len: 0x1000, prot: 1" % (LOW - i * 5000 * PAGE))
        text.call("munmap", "addr: 0x%x, len: 0x1000" % (LOW - i * 5000 * PAGE))


def windows(text, nr):
    """What faults map around themselves, of two files by turns, nowhere near what they mapped before."""
    for i in range(nr):
        address = LOW - i * 5000 * PAGE
        text.event(FIRST, "page_fault_user: address=0x%x ip=0x%x error_code=0x14" % (address, address))
        text.event(FIRST, "mm_filemap_map_pages: dev=254:0 ino=%x ofs=%d-%d" % (i % 2 + 1, i * 16 * PAGE, (i + 1) * 16 * PAGE - 1))
        text.event(FIRST, "rss_stat: mm_id=77 curr=1 type=MM_FILEPAGES size=%dB" % ((i + 1) * 16 * PAGE))


def denied(ops, nr):
    """Each call leaves a range that is not there, in which something happens all the same."""
    ops.add("limit c privvmpages 0")
    for i in range(nr):
        ops.add("mmap A 0x%x 1" % (0x7e0000000 - 2 * i))
        ops.add("touch A 0x%x write" % (0x7e0000000 - 2 * i))
    ops.add("munmap A 0x%x..0x%x" % (0x7e0000000 - 2 * nr, 0x7e0000000))


def forked(ops, nr):
    """All that a task forked live at once, each with an area of its name, and write to it."""
    ops.add("mmap A heap 1")
    ops.add("touch A heap write")
    for i in range(nr):
        ops.add("fork %s B%d" % ("B%d" % (i - 1) if i % 2 else "A", i))
    for i in range(nr):
        ops.add("touch B%d heap write" % i)
    for i in range(nr):
        ops.add("exit B%d" % i)


def protected(ops, nr):
    """Containers that memory.min and memory.low spare some of, all below one that is full."""
    ops.lines = ["recount-ops 1", "set readahead 0", "set swap none", 'fact "memory.min /pod/slice" "%d"' % (nr * 3 * PAGE)]
    for i in range(nr):
        ops.add('fact "memory.%s /pod/slice/c%d" "%d"' % (("min", "low")[i % 2], i, (1 + i % 5) * PAGE))
    ops.add('container pod "/pod"')
    ops.add('container slice "/pod/slice"')
    for i in range(nr):
        ops.add('container c%d "/pod/slice/c%d"' % (i, i))
        ops.add("file F%d" % i)
        ops.add("task A%d in c%d" % (i, i))
    ops.add("limit pod memory %d" % (nr * 6))
    for i in range(nr):
        ops.add("read A%d F%d:0..7" % (i, i))


CASES = {moved_onto_itself: 1 << 40, ranges: 100000, not_forked: 40000, sparse: 150000, many_live: 30000, containers: 3000,
         above_the_stack: 1, lives_in_what_ended: 1, many_in_doubt: 50000, containers_in_doubt: 3500, many_gaps: 40000, strays: 150000,
         segments: 200000, segments_changed: 100000, windows: 80000}
OPS = {denied: 100000, forked: 64000, protected: 2000}         # texts of operations


def seconds_for(recount):
    with open(recount, "rb") as file:
        return SECONDS * 3 if b"__asan_init" in file.read() else SECONDS


def try_one(recount, case, nr, folder):
    text, path = Ops() if case in OPS else Text(), os.path.join(folder, "hostile.txt")
    case(text, nr)
    with open(path, "w", encoding="ascii") as file:
        file.write("\n".join(text.lines) + "\n")
    most = seconds_for(recount)
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    done = subprocess.run([recount, "replay", "--no-progress", path, "-o", os.path.join(folder, "RUN.db")],
                          capture_output=True, check=False, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CPU, (most, most)))
    seconds = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before
    print("# %s of %d: exit %d, %.1f s" % (case.__name__, nr, done.returncode, seconds), flush=True)
    if done.returncode not in (0, 3):
        print("FAILED: %s: %s" % (case.__name__, done.stderr.decode()[:400] or "more than %d seconds" % most))
    return done.returncode not in (0, 3)


def main():
    cases = {case: nr for case, nr in {**CASES, **OPS}.items() if len(sys.argv) < 3 or case.__name__ == sys.argv[2]}
    with tempfile.TemporaryDirectory() as folder:
        return sum(try_one(sys.argv[1], case, int(sys.argv[3]) if len(sys.argv) > 3 else nr, folder)
                   for case, nr in cases.items()) > 0


sys.exit(main())
