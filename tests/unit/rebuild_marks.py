#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Which pages a fault of Linux 6.1 maps around itself: marks of read-aheads, by hand.

usage: rebuild_marks.py RECOUNT

Small recordings are written as text. A program is executed and faults; which pages that reads and
marks, and how many it maps, is worked out below from mm/filemap.c and mm/readahead.c of 6.1: a
fault maps the 16 pages of its block that are there and not marked; one that misses its page reads
32, from 16 before it, the 8th from the end of them (or of the file) is marked; one that comes upon a
mark takes it away and reads on. The counter that is printed at the end is that sum: predicted
before it is looked at, it has to be exact, or open where the recording does not tell.
"""
import os
import sqlite3
import subprocess
import sys
import tempfile

PAGE = 4096
INO = 0x20


class Recording:
    """Task 10 executes a program that lies from 0x400000 on, page by page as in its file."""

    def __init__(self):
        self.lines = ["cpus=2"]
        self.time = 1000000
        self.pfn = 0x1000
        self.pid = 10
        self.mm = self.last_mm = 1
        self.anon = 0

    def event(self, name, text):
        self.time += 1000
        self.lines.append(f"              sh-{self.pid}    [{self.pid % 2:03}]     {self.time / 1e9:.9f}: {name}: {text}")

    def alloc(self, gfp):
        self.pfn += 1
        self.event("mm_page_alloc", f"pfn={self.pfn:#x} order=0 gfp_flags={gfp:#x} migratetype=1")

    def added(self, first, last, ino=INO):
        for index in range(first, last + 1):
            self.alloc(0x152C4A)
            self.event("mm_filemap_add_to_page_cache", f"pfn={self.pfn:#x} i_ino={ino:x} index={index:#x} s_dev=1 order=0")

    def fault(self, vpn, error):
        self.event("page_fault_user", f"address={vpn * PAGE:#x} ip=0x401000 error_code={error:#x}")

    def read(self, index):
        self.fault(0x400 + index, 0x4)

    def write(self, index):
        self.fault(0x400 + index, 0x6)
        self.alloc(0x140CCA)
        self.anon += 1

    def switch(self, pid, mm):
        """Another task goes on, on another CPU."""
        self.pid, self.mm = pid, mm

    def rss(self, curr, member, pages, mm=None):
        self.event("rss_stat", f"mm_id={mm or self.mm} curr={curr} member={member} size={pages * PAGE}")

    def publish(self, pages):
        """File pages, then those of the stack and of copies."""
        self.rss(1, 0, pages)
        self.rss(1, 1, self.anon)

    def store(self, vma, begin, end):
        self.event("vma_store", f"mt=0xffff{self.mm:012x} vma=0xfffe{vma:012x} vm_start={begin * PAGE} vm_end={end * PAGE - 1}")

    def execute(self, segments, header, torn=()):
        """
        Segments are pairs of indices; header: its first page is not cached yet; torn: file pages that the address space
        before has left, mapping by mapping.
        """
        old, self.last_mm = self.mm, self.last_mm + 1
        self.mm = self.last_mm
        self.store(1, 0x7FFFFFFFE, 0x7FFFFFFFF)
        self.alloc(0x140DCA)
        self.rss(0, 1, 1)
        if header:
            self.added(0, 3)
        for pages in torn:
            self.rss(0, 0, pages, old)
        if torn:
            self.rss(0, 1, 0, old)
        self.event("exit_mmap", f"mm=0xffff{old:012x} mt=0xffff{old:012x}")
        self.event("task_rename", f"pid={self.pid} oldcomm=sh newcomm=prog oom_score_adj=0")
        self.store(1, 0x7FFD00000, 0x7FFD00021)
        for i, (begin, end) in enumerate(segments):
            self.store(i + 2, 0x400 + begin, 0x400 + end)
        self.event("sched_process_exec", f"filename=/bin/prog pid={self.pid} old_pid={self.pid}")
        self.anon = 1
        # So many pages come for faults and no counter rises: counters are late.
        for i in range(3):
            self.fault(0x7FFD0001F - i, 0x6)
            self.alloc(0x140DCA)
            self.anon += 1


def file_end(recording):
    """A file of 60 pages. The end cuts what is read to 41..59, so 52 is marked, not 65."""
    recording.execute([(0, 1), (1, 48), (48, 60)], True)
    recording.read(57)
    recording.added(41, 59)
    recording.publish(11)     # 48..59 without 52
    recording.read(52)          # nothing is left to read
    recording.publish(12)


def capped_scan(recording):
    """
    The mark of a header that was read (0..3, 1 is marked) is met after another read: what is missing is looked
    for in 32 pages only, 2..33. None is, so 33..64 is asked for: 33 is there, and nothing is marked.
    """
    recording.execute([(0, 1), (1, 200)], True)
    recording.read(20)
    recording.added(4, 35)      # 28 is marked
    recording.read(1)
    recording.added(36, 64)
    recording.read(40)
    recording.publish(15 + 15 + 16)   # 16..31 without 28; 1..16 without 16, which is mapped; 32..47


def next_read(recording):
    """The mark of the last read: what follows that read is read, and its first page marked."""
    recording.execute([(0, 1), (1, 200)], True)
    recording.read(20)
    recording.added(4, 35)      # 28 is marked: 4 + 32 - 8
    recording.read(28)
    recording.added(36, 67)     # 36 is marked; it was being read when the window was mapped
    recording.read(40)
    recording.publish(15 + 1 + 15)    # 16..31 without 28; 28; 32..47 without 36


def header_of_another(recording):
    """Four pages from the begin: read(2), not the fault before it, whose file is another."""
    recording.execute([(0, 1), (1, 200)], False)
    recording.read(0)
    recording.added(0, 3, INO + 1)
    recording.read(20)
    recording.added(4, 35)
    recording.read(28)
    recording.added(36, 67)
    recording.read(40)
    recording.publish(1 + 15 + 1 + 15)  # the first; then as in next_read


def written_mark(recording):
    """A write to a marked page takes the mark away too: the next to run the program maps it."""
    recording.execute([(0, 1), (1, 48), (48, 60)], True)
    recording.read(57)
    recording.added(41, 59)
    recording.write(52)
    recording.publish(11)
    recording.execute([(0, 1), (1, 48), (48, 60)], False)
    recording.read(57)
    recording.publish(12)


def doomed_piece(recording):
    """
    One that may lie anywhere is mapped as long as it is in memory, bss included, and what follows its first
    segment unmapped: the piece that goes is stored. What is read in the bss is the zero page.
    """
    recording.execute([(0, 80), (10, 80), (10, 60)], True)
    recording.read(57)
    recording.added(41, 59)
    recording.publish(11)
    recording.read(62)
    recording.read(52)
    recording.publish(12)


def cached_before(recording):
    """
    What was cached before the recording nobody saw: of 16 pages the fault's own is sure, so 1 to 16. The sum
    is 14. Who faults there again maps as many, and that is told; with another place it is open, but for what
    the sums leave of it.
    """
    recording.execute([(0, 1), (1, 200)], False)
    recording.read(20)          # 16..31
    recording.publish(14)
    recording.execute([(0, 1), (1, 200)], False)
    recording.read(20)
    recording.read(40)          # 32..47
    recording.publish(14 + 16)  # what is predicted: all that may be there
    recording.execute([(0, 1), (1, 200)], False)
    recording.read(40)
    recording.publish(16)       # the second sum without the first


def told_wrongly(recording):
    """More than there can be: outside."""
    recording.execute([(0, 1), (1, 200)], False)
    recording.read(20)
    recording.publish(17)


def torn_down(recording):
    """
    A page is missing of two windows: of which, is a guess, the first. At the end the text has all 16 and the constants 15, so
    both mappings are wrong; when the program is run again both are right.
    """
    segments = [(0, 1), (1, 64), (64, 128)]
    recording.execute(segments, False)
    for _ in range(2):
        recording.read(20)
        recording.read(80)
        recording.publish(31)
        recording.execute(segments, False, (15, 0))


def raced(recording):
    """
    Two CPUs map the same pages at once: each may find pages locked by the other, which it leaves out. Everything
    is known of the file, yet both values are open; of the second two pages were locked.
    """
    segments = [(0, 1), (1, 200)]
    recording.execute(segments, True)
    recording.read(20)
    recording.added(4, 35)
    recording.read(52)
    recording.added(36, 67)     # 60 is marked
    recording.publish(15 + 15)
    recording.execute(segments, False)
    first = recording.mm
    recording.switch(11, 0)
    recording.execute(segments, False)
    second = recording.mm
    recording.read(52)
    recording.switch(10, first)
    recording.read(52)
    recording.switch(11, second)
    recording.read(0)
    recording.switch(10, first)
    recording.read(0)
    recording.switch(11, second)
    recording.publish(13 + 1)
    recording.switch(10, first)
    recording.publish(15 + 1)


# Values of FILE: exact, open, outside of their bounds.
CASES = {file_end: (2, 0, 0), capped_scan: (1, 0, 0), next_read: (1, 0, 0), header_of_another: (1, 0, 0),
         written_mark: (2, 0, 0), doomed_piece: (2, 0, 0), cached_before: (2, 2, 0), told_wrongly: (0, 1, 1), torn_down: (1, 1, 0), raced: (2, 2, 0)}
# Values of what is torn down that are wrong.
TORN = {torn_down: 2}


def main(recount, folder):
    bad = 0
    for case, expected in CASES.items():
        recording = Recording()
        case(recording)
        path = os.path.join(folder, case.__name__)
        with open(path, "w") as file:
            file.write("\n".join(recording.lines) + "\n")
        subprocess.run([recount, "replay", path, "-q", "-m", "rss", "-o", path + ".db"], check=True)
        db = sqlite3.connect(path + ".db")
        values = sum(": rss_stat:" in line and "curr=1 member=0" in line for line in recording.lines)
        found = db.execute("SELECT checked, exact, open_values, open_outside FROM checks "
                           "WHERE class = 'sync_file'").fetchone()
        wrong = db.execute("SELECT checked - exact FROM checks WHERE class = 'teardown'").fetchone()[0]
        is_good = found == (values, *expected) and wrong == TORN.get(case, 0)
        bad += not is_good
        print("ok" if is_good else "FAILED", case.__name__, "checked, exact, open, outside:", found, "expected", expected, "torn:", wrong)
    return 1 if bad else 0


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as scratch:
        sys.exit(main(sys.argv[1], scratch))
