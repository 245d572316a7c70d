#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What calls do without a fault: which pages they fill, what is locked, what a child gets. By hand.

usage: rebuild_calls.py RECOUNT

Small recordings are written as text. Task 10 executes a program and calls; after each page that the kernel would count
comes the counter's value. Which pages those are is worked out from mm/gup.c (populate_vma_page_range: in order; as
by writing where memory is private and writable), mm/mlock.c, mm/madvise.c and mm/mmap.c (dup_mmap: a range
without an anon_vma is not copied; zaps and copies count once for each range and page table, so it is seen which ranges are
one). Every value is predicted before it is looked at, and has to be exact; pages that no rule explains would be misses.
Beside that, the most pages that lockedpages held, and how many came to be mapped for writing.
"""
import os
import sqlite3
import subprocess
import sys
import tempfile

PAGE = 4096
AREA = 0x7F0000000              # page number where task 10's memory is mapped
HEAP = 0x555555560
NONE, READ, WRITE = 0, 1, 3
PRIVATE, SHARED, LOCKED, POPULATE = 0x22, 0x21, 0x2000, 0x8000  # anonymous
CURRENT, FUTURE, ONFAULT = 1, 2, 4
NORMAL, RANDOM, SEQUENTIAL, DONTNEED, DONTFORK, DOFORK, WIPEONFORK, KEEPONFORK, POPULATE_READ, POPULATE_WRITE = \
    0, 1, 2, 4, 10, 11, 18, 19, 22, 23


class Recording:
    def __init__(self):
        self.lines = ["cpus=1"]
        self.time = 1000000
        self.pfn = 0x1000
        self.counts = {}
        self.pid, self.mm = 10, 2
        self.nr_written = 0         # pages that faults and calls write
        self.nr_guessed = 0         # values that the recording does not tell
        self.absent = " fork wl"    # in no line of `recount ops`: a child has nothing locked
        self.nr_counted = 0
        self.event("cgroup_attach_task", "dst_root=1 dst_id=7 dst_level=1 dst_path=/shop pid=10 comm=sh")
        self.rss("ANON", 1, mm=2, curr=0, is_new=True)
        self.event("exit_mmap", "mm=0xffff000000000001 mt=0xffff000000000001")
        self.event("task_rename", "pid=10 oldcomm=sh newcomm=prog oom_score_adj=0")
        self.event("sched_process_exec", "filename=/bin/prog pid=10 old_pid=10")
        self.brk(HEAP)

    def line(self, text):
        self.time += 1000
        self.lines.append(f"  prog-{self.pid}    [000]     {self.time / 1e9:.9f}: {text}")

    def event(self, name, text):
        self.line(f"{name}: {text}")

    def alloc(self):
        self.pfn += 1
        self.event("mm_page_alloc", f"pfn={self.pfn:#x} order=0 gfp_flags=0x140cca migratetype=1")

    def rss(self, member, pages, mm=None, curr=1, is_new=False):
        """The counter moves by so much; is_new: with a page allocated for it."""
        mm = mm or self.mm
        if is_new:
            self.alloc()
        self.counts[mm, member] = self.counts.get((mm, member), 0) + pages
        self.nr_counted += 1
        self.event("rss_stat", f"mm_id={mm} curr={curr} type=MM_{member}PAGES size={self.counts[mm, member] * PAGE}B")

    def new(self, nr, member="ANON"):
        for _ in range(nr):
            self.rss(member, 1, is_new=True)
            self.nr_written += member == "ANON"

    def fill_shared(self, nr, ino):
        """Each page but the first is looked for around it, which counts nothing, before it is made."""
        for i in range(nr):
            if i:
                self.rss("SHMEM", 0)
                self.event("mm_filemap_map_pages", f"dev=0:1 ino={ino:x} ofs=0-65535")
            self.new(1, "SHMEM")

    def window(self, ino, pages):
        """So many of a file's first 16 pages come to be mapped."""
        self.rss("FILE", pages)
        self.event("mm_filemap_map_pages", f"dev=254:0 ino={ino:x} ofs=0-65535")

    def write(self, *vpns):
        """Faults that write, each to a page of its own."""
        for vpn in vpns:
            self.event("page_fault_user", f"address={vpn * PAGE:#x} ip=0x401000 error_code=0x6")
            self.new(1)

    def call(self, name, *args, during=None, ret=0):
        self.line(f"sys_{name}({', '.join(f'a{i}: {arg:#x}' for i, arg in enumerate(args))})")
        if during:
            during()
        self.line(f"sys_{name} -> {ret:#x}")

    def mmap(self, vpn, pages, protection=WRITE, flags=PRIVATE, fills=0, member="ANON"):
        self.call("mmap", 0, pages * PAGE, protection, flags, 0xFFFFFFFF, 0, during=lambda: self.new(fills, member),
                  ret=vpn * PAGE)

    def brk(self, vpn, fills=0):
        self.call("brk", vpn * PAGE, during=lambda: self.new(fills), ret=vpn * PAGE)

    def mlock(self, vpn, pages, fills):
        self.call("mlock", vpn * PAGE, pages * PAGE, during=lambda: self.new(fills))

    def mlockall(self, flags, fills=0):
        self.call("mlockall", flags, during=lambda: self.new(fills))

    def madvise(self, vpn, pages, advice, during=None):
        self.call("madvise", vpn * PAGE, pages * PAGE, advice, during=during)

    def munmap(self, vpn, pages, *counted):
        """So many pages less each time, all of anonymous memory."""
        self.call("munmap", vpn * PAGE, pages * PAGE, during=lambda: [self.rss("ANON", -nr) for nr in counted])

    def copied(self, *counted):
        """A child gets so many pages, range by range; the last is that of the arguments."""
        for nr in counted + (1,):
            self.rss("ANON", nr, mm=self.mm + 1, curr=0)

    def fork(self, *counted):
        self.copied(*counted)
        self.event("task_newtask", f"pid={self.pid + 1} comm=prog clone_flags=1200000 oom_score_adj=0")

    def go_on_as_child(self):
        self.pid += 1
        self.mm += 1

    def run(self, recount):
        """Values exact of those checked, what is unmatched, most locked, and pages written."""
        with tempfile.TemporaryDirectory() as folder:
            path, out = os.path.join(folder, "made.txt"), os.path.join(folder, "RUN.db")
            with open(path, "w") as file:
                file.write("\n".join(self.lines) + "\n")
            subprocess.run([recount, "replay", path, "-q", "-o", out], check=True)
            ops = subprocess.run([recount, "ops", path, "-q"], stdout=subprocess.PIPE, text=True, check=True).stdout
            written = sum(" map " in " " + line and " write" in line and "exec-arg" not in line for line in ops.splitlines())
            assert self.absent not in ops, self.absent
            run = sqlite3.connect(out)
            exact, checked = run.execute("SELECT sum(exact), sum(checked) FROM checks").fetchone()
            unmatched = dict(run.execute("SELECT kind, pages FROM unmatched WHERE pages"))
            locked = run.execute("SELECT maxheld_pages FROM outcomes WHERE scenario = 0 AND resource = 'lockedpages' AND container = 1").fetchone()
            return exact, checked, unmatched, locked[0] if locked else 0, written


# --- what is filled and locked; each says how many pages are locked at most ---

def mlock_in_order(r):
    """2 + 4 pages, and the one that is there is passed by: what is given back shows where they are."""
    r.mmap(AREA, 2)
    r.mmap(AREA + 5, 4)
    r.write(AREA + 6)
    r.mlock(AREA, 2, 2)
    r.mlock(AREA + 5, 4, 3)
    r.munmap(AREA + 5, 2, 2)
    r.munmap(AREA, 2, 2)
    return 6


def mlockall_passes_over(r):
    """
    What may not be touched, or only be read (the zero page), is not filled: 2 + 3 pages and those of the stack, 33 less
    that of the arguments. All is locked: 2 + 2 + 2 + 3 + 33.
    """
    r.mmap(AREA, 2)
    r.mmap(AREA + 2, 2, NONE, SHARED)
    r.mmap(AREA + 4, 2, READ)
    r.mmap(AREA + 8, 3)
    r.mlockall(CURRENT, 2 + 3 + 32)
    r.munmap(AREA + 8, 3, 3)
    r.munmap(AREA, 6, 2)
    return 42


def mlockall_on_fault(r):
    """Nothing is filled; what comes is not locked, for it was not asked."""
    r.mmap(AREA, 4)
    r.mlockall(CURRENT | ONFAULT)
    r.write(AREA)
    r.mmap(AREA + 8, 4)
    r.write(AREA + 8)
    return 4 + 33


def mlockall_of_what_comes(r):
    """Mappings and the heap's growth are filled within the call. munlockall ends it."""
    r.mlockall(FUTURE)
    r.mmap(AREA, 3, fills=3)
    r.brk(HEAP + 4, 4)
    r.call("munlockall")
    r.mmap(AREA + 8, 9)
    r.write(AREA + 8)
    # The heap is copied for it has anonymous pages: 4, 3 and 1.
    r.fork(4, 3, 1)
    r.call("brk", HEAP * PAGE, during=lambda: r.rss("ANON", -4), ret=HEAP * PAGE)
    return 7


def mlockall_replaces(r):
    """MCL_CURRENT alone ends an MCL_FUTURE: 33 of the stack, 32 of which come now, and not what is mapped then."""
    r.mlockall(FUTURE)
    r.mlockall(CURRENT, 32)
    r.mmap(AREA, 4)
    return 33


def map_locked(r):
    """Filled while it is mapped. A child has it, unlocked: 4 pages, not 8."""
    r.mmap(AREA, 4, flags=PRIVATE | LOCKED, fills=4)
    r.fork(4)
    r.munmap(AREA, 4, 4)
    return 4


def shared_is_looked_for(r):
    """By MAP_POPULATE before it is told where, and by mlock: 4 pages are locked."""
    r.call("mmap", 0, 3 * PAGE, WRITE, SHARED | POPULATE, 0xFFFFFFFF, 0, during=lambda: r.fill_shared(3, 5), ret=AREA * PAGE)
    r.call("munmap", AREA * PAGE, 3 * PAGE, during=lambda: r.rss("SHMEM", -3))
    r.mmap(AREA, 4, flags=SHARED)
    r.call("mlock", AREA * PAGE, 4 * PAGE, during=lambda: r.fill_shared(4, 6))
    r.call("munmap", (AREA + 1) * PAGE, 2 * PAGE, during=lambda: r.rss("SHMEM", -2))
    return 4


def populate_by_advice(r):
    """MADV_POPULATE_WRITE goes on over what is there, and from one range to the next."""
    r.mmap(AREA, 3)
    r.mmap(AREA + 3, 3, protection=7)
    r.write(AREA + 1, AREA + 4)
    r.madvise(AREA, 6, POPULATE_WRITE, during=lambda: r.new(4))
    r.munmap(AREA, 2, 2)
    r.munmap(AREA + 2, 2, 1, 1)
    return 0


def populated_for_reading(r):
    """MADV_POPULATE_READ of shared memory makes its pages, MADV_POPULATE_WRITE writes to them: 2 that are not there yet."""
    r.mmap(AREA, 4, flags=SHARED)
    r.madvise(AREA, 2, POPULATE_READ, during=lambda: r.fill_shared(2, 5))
    r.madvise(AREA, 4, POPULATE_WRITE, during=lambda: r.fill_shared(2, 5))
    r.nr_written += 2
    return 0


def copies_of_a_file(r):
    """mlock of private memory of a file that may be written replaces its pages by copies: one less, one more. 4 are locked."""
    r.call("mmap", 0, 4 * PAGE, WRITE, 2, 3, 0, ret=AREA * PAGE)
    r.event("page_fault_user", f"address={AREA * PAGE:#x} ip=0x401000 error_code=0x4")
    r.window(5, 4)

    def copy():
        for _ in range(4):
            r.alloc()
            r.rss("FILE", -1)
            r.rss("ANON", 1)

    r.call("mlock", AREA * PAGE, 4 * PAGE, during=copy)
    r.munmap(AREA, 4, 4)
    return 4


def past_the_end(r):
    """
    A file of 4 pages is mapped for 8: mlockall leaves the others out, and the window that comes next is of another file,
    of which one page was there; then the stack, page by page. Which pages of the files were cached nobody saw: three windows
    are guesses. 8 + 4 + 33 are locked.
    """
    r.call("mmap", 0, 8 * PAGE, READ, 2, 3, 0, ret=AREA * PAGE)
    r.call("mmap", 0, 4 * PAGE, READ, 2, 4, 0, ret=(AREA + 16) * PAGE)
    r.event("page_fault_user", f"address={(AREA + 16) * PAGE:#x} ip=0x401000 error_code=0x4")
    r.window(6, 1)
    r.nr_guessed = 3

    def fill():
        r.window(5, 4)
        r.window(6, 3)
        r.new(32)

    r.call("mlockall", CURRENT, during=fill)
    for vpn, pages in ((AREA, 8), (AREA + 16, 4)):
        r.call("munmap", vpn * PAGE, pages * PAGE, during=lambda: r.rss("FILE", -4))
    return 45


# --- what a child gets ---

def not_forked(r):
    """MADV_DONTFORK: the child has not that range, and a copy of the arguments' page only."""
    r.mmap(AREA, 4)
    r.write(*range(AREA, AREA + 4))
    r.madvise(AREA, 4, DONTFORK)
    r.fork()
    r.absent = f"vma-map 2 {AREA:#x}"
    return 0


def forked_again(r):
    """MADV_DOFORK takes it back."""
    r.mmap(AREA, 4)
    r.write(*range(AREA, AREA + 4))
    r.madvise(AREA, 4, DONTFORK)
    r.madvise(AREA, 4, DOFORK)
    r.fork(4)
    return 0


def wiped(r):
    """
    MADV_WIPEONFORK: the child has the range without its pages, and without an anon_vma: once that advice is taken
    back there, it is one with what is mapped behind it, and 8 pages are given back at once.
    """
    r.mmap(AREA, 4)
    r.write(*range(AREA, AREA + 4))
    r.madvise(AREA, 4, WIPEONFORK)
    r.fork()
    r.go_on_as_child()
    r.madvise(AREA, 4, KEEPONFORK)
    r.mmap(AREA + 4, 4)
    r.write(*range(AREA, AREA + 8))
    r.munmap(AREA, 8, 8)
    return 0


def kept(r):
    """MADV_KEEPONFORK takes it back."""
    r.mmap(AREA, 4)
    r.write(*range(AREA, AREA + 4))
    r.madvise(AREA, 4, WIPEONFORK)
    r.madvise(AREA, 4, KEEPONFORK)
    r.fork(4)
    return 0


def never_written(r):
    """A range of shared memory has no anon_vma: faults bring back what is in it."""
    r.mmap(AREA, 2, flags=SHARED)
    r.call("mlock", AREA * PAGE, 2 * PAGE, during=lambda: r.fill_shared(2, 5))
    r.fork()
    r.absent = f" {AREA:#x} fork"
    return 2


def failed_fork(r):
    """What was copied is given back by who wanted the child, whose own pages stay: 4 are there when they go."""
    r.mmap(AREA, 4)
    r.write(*range(AREA, AREA + 4))
    r.copied(4)
    for nr in (4, 1):
        r.rss("ANON", -nr, mm=3, curr=0)
    r.nr_counted -= 2           # of an address space that never was: not predicted
    r.event("exit_mmap", "mm=0xffff000000000003 mt=0xffff000000000003")
    r.munmap(AREA, 4, 4)
    r.fork()
    return 0


# --- which ranges are one ---

def advice_parts(r):
    """A page of other advice stays apart; MADV_NORMAL puts it back, and so does the same advice for all."""
    r.mmap(AREA, 4)
    r.write(*range(AREA, AREA + 4))
    r.madvise(AREA + 1, 1, RANDOM)
    r.madvise(AREA, 4, DONTNEED, during=lambda: [r.rss("ANON", -nr) for nr in (1, 1, 2)])
    r.write(*range(AREA, AREA + 4))
    r.madvise(AREA + 1, 1, NORMAL)
    r.madvise(AREA, 4, DONTNEED, during=lambda: r.rss("ANON", -4))
    r.write(*range(AREA, AREA + 4))
    r.madvise(AREA + 1, 1, RANDOM)
    r.madvise(AREA, 4, SEQUENTIAL)
    r.madvise(AREA, 4, DONTNEED, during=lambda: r.rss("ANON", -4))
    return 0


def hole_between(r):
    """Both neighbours have an anon_vma, another one each: what is mapped between them becomes one with the first."""
    r.mmap(AREA, 2)
    r.mmap(AREA + 4, 2)
    r.write(AREA, AREA + 1, AREA + 4, AREA + 5)
    r.mmap(AREA + 2, 2)
    r.write(AREA + 2, AREA + 3)
    r.munmap(AREA, 6, 4, 2)
    return 0


def anon_of_the_next(r):
    """What differs in protection alone shares an anon_vma: that of the next, if both have one. Made alike it is one with that."""
    r.mmap(AREA, 2)
    r.mmap(AREA + 4, 2)
    r.write(AREA, AREA + 1, AREA + 4, AREA + 5)
    r.mmap(AREA + 2, 2, protection=7)
    r.write(AREA + 2, AREA + 3)
    r.call("mprotect", (AREA + 2) * PAGE, 2 * PAGE, WRITE)
    r.munmap(AREA, 6, 2, 4)
    return 0


def anon_of_the_one_before(r):
    r.mmap(AREA, 2)
    r.write(AREA, AREA + 1)
    r.mmap(AREA + 2, 2, protection=7)
    r.write(AREA + 2, AREA + 3)
    r.call("mprotect", (AREA + 2) * PAGE, 2 * PAGE, WRITE)
    r.munmap(AREA, 4, 4)
    return 0


def one_has_none(r):
    """Mapped before what has an anon_vma, it is one with that: 2 pages are copied."""
    r.mmap(AREA + 2, 2)
    r.write(AREA + 2, AREA + 3)
    r.mmap(AREA, 2)
    r.fork(2)
    return 0


def inherited(r):
    """A child's range is not one with what the child maps behind it, nor two that had one anon_vma before the fork."""
    r.mmap(AREA, 2)
    r.write(AREA, AREA + 1)
    r.mmap(AREA + 2, 2, protection=7)
    r.write(AREA + 2, AREA + 3)
    r.fork(2, 2)
    r.go_on_as_child()
    r.call("mprotect", (AREA + 2) * PAGE, 2 * PAGE, WRITE)
    r.mmap(AREA + 4, 2)
    r.write(AREA + 4, AREA + 5)
    r.munmap(AREA, 6, 2, 2, 2)
    return 0


CASES = [mlock_in_order, mlockall_passes_over, mlockall_on_fault, mlockall_of_what_comes, mlockall_replaces, map_locked,
         shared_is_looked_for, populate_by_advice, populated_for_reading, copies_of_a_file, past_the_end, not_forked, forked_again, wiped, kept, never_written, failed_fork,
         advice_parts, hole_between, anon_of_the_next, anon_of_the_one_before, one_has_none, inherited]


def locked_stays(recount, flags):
    """Kills under a limit of 8 pages of one who has 8 in a mapping, and uses a ninth: locked from its begin, none of them may go."""
    recording = Recording()
    recording.mmap(AREA, 8, flags=PRIVATE | flags, fills=8)
    recording.mmap(AREA + 16, 1)
    recording.write(AREA + 16)
    with tempfile.TemporaryDirectory() as folder:
        path, out = os.path.join(folder, "made.txt"), os.path.join(folder, "RUN.db")
        with open(path, "w") as file:
            file.write("\n".join(recording.lines) + "\n")
        subprocess.run([recount, "replay", path, "-q", "-o", out, "--model", "rss", "--limit", "rss=8p"], check=True)
        return sqlite3.connect(out).execute("SELECT oom_kills FROM outcomes WHERE scenario = 1 AND container = 1").fetchone()[0]


def main():
    failed = 0
    for flags, kills in ((LOCKED, 1), (POPULATE, 0)):
        found = locked_stays(sys.argv[1], flags)
        if found != kills:
            failed += 1
            print(f"FAILED locked_stays: flags {flags:#x}: {found} kills, not {kills}")
    for case in CASES:
        recording = Recording()
        locked = case(recording)
        found = recording.run(sys.argv[1])
        expected = (recording.nr_counted - recording.nr_guessed, recording.nr_counted, {}, locked, recording.nr_written)
        if found != expected:
            failed += 1
            print(f"FAILED {case.__name__}: exact, checked, unmatched, locked and written are {found}, not {expected}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
