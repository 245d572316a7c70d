#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Which uses DAMON's regions tell, by hand. No DAMON runs: the recordings are made by this script.

usage: rebuild_regions.py RECOUNT

Small recordings are written as text, as `trace` prints them: tasks that touch pages, and between them sets of
damon_aggregated. A set tells what was used since the one before; the first has none before it and tells
nothing. Expected are the lines `use` of `recount ops`: a region with accesses and one known page tells that this
was used; of several each is used perhaps, but for those that a fault told used since the set before.
"""
import os
import subprocess
import sys
import tempfile

PAGE = 4096
HEAP, MAPPED, STACK = 0x555555560, 0x7F1000000, 0x7FFFFFF00     # places, as page numbers
OTHER = 0x123000                                                # how far another program lies from there


class Recording:
    """Pages are touched by tasks 10 and 11, whose address spaces are 1 and 2."""

    def __init__(self):
        self.lines = ["cpus=1"]
        self.time = 1000000
        self.pfn = 0x1000
        self.anon = {}

    def event(self, task, name, text):
        self.time += 1000
        self.lines.append(f"  {task}    [000]     {self.time / 1e9:.9f}: {name}: {text}")

    def touch(self, pid, *vpns):
        for vpn in vpns:
            self.pfn += 1
            self.anon[pid] = self.anon.get(pid, 0) + 1
            self.event(f"sh-{pid}", "page_fault_user", f"address={vpn * PAGE:#x} ip=0x401000 error_code=0x6")
            self.event(f"sh-{pid}", "mm_page_alloc", f"pfn={self.pfn:#x} order=0 gfp_flags=0x140cca migratetype=1")
            self.event(f"sh-{pid}", "rss_stat", f"mm_id={pid} curr=1 type=MM_ANONPAGES size={self.anon[pid] * PAGE}B")

    def exit(self, pid):
        self.event(f"sh-{pid}", "rss_stat", f"mm_id={pid} curr=0 type=MM_ANONPAGES size=0B")
        self.event(f"sh-{pid}", "sched_process_exit", f"comm=sh pid={pid} prio=120")

    def regions(self, *regions, target=0, thread=99, nr=None, age=" 7"):
        """Of (page number, pages, accesses); nr: how many the kernel says there are."""
        self.time += 100000000
        for vpn, pages, accesses in regions:
            self.event(f"kdamond.0-{thread}", "damon_aggregated",
                       f"target_id={target} nr_regions={nr or len(regions)} {vpn * PAGE}-{(vpn + pages) * PAGE}: {accesses}{age}")

    @staticmethod
    def outcomes(recount, path):
        subprocess.run([recount, "replay", path, "--limit", "memory=4p", "-q", "-O", "text", "-o", path + ".rows"],
                       check=True)
        with open(path + ".rows") as file:
            out = file.read()
        return [line for line in out.splitlines() if line.startswith("outcome")]

    def uses(self, recount):
        """(page number, True if only perhaps) of every line `use`, and the counts of what is unmatched."""
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "made.txt")
            with open(path, "w") as file:
                file.write("\n".join(self.lines) + "\n")
            out = subprocess.run([recount, "ops", path, "-q"], stdout=subprocess.PIPE, text=True, check=True).stdout
            told = os.path.join(folder, "told.ops")
            with open(told, "w") as file:
                file.write(out)
            # The text of operations comes to the same.
            outcomes = [self.outcomes(recount, input) for input in (path, told)]
            assert outcomes[0] and outcomes[0] == outcomes[1], outcomes
        words = [[w for w in line.split() if w[0] not in "@%&"] for line in out.splitlines()]
        uses = [(int(w[2], 16), "perhaps" in w) for w in words if w[:1] == ["use"]]
        return uses, {w[1]: (int(w[2]), int(w[3])) for w in words if w[:1] == ["unmatched"]}


def program(recording, pid, at=0):
    # What the counter was before; it has to be seen once.
    recording.event(f"sh-{pid}", "rss_stat", f"mm_id={pid} curr=1 type=MM_ANONPAGES size=0B")
    recording.touch(pid, *(HEAP + at + i for i in range(4)), MAPPED + at, STACK + at)


def at(set_of, by):
    return [(vpn + by, pages, accesses) for vpn, pages, accesses in set_of]


QUIET = [(HEAP, 4, 0), (MAPPED, 1, 0), (STACK, 2, 0)]
BUSY = [(HEAP, 4, 3), (MAPPED, 1, 20), (STACK, 2, 0)]
PERHAPS = [(HEAP + i, True) for i in range(4)]
NONE = (0, 0)


def one_program(r):
    """The first set tells nothing. In the second one page of four was used, nobody saw which; the mapped one was."""
    program(r, 10)
    r.regions(*BUSY)
    r.regions(*BUSY)
    return PERHAPS + [(MAPPED, False)], NONE, NONE


def again(r):
    """What a set told is of its interval: the next tells it again. Nothing is told where there was no access."""
    program(r, 10)
    for _ in range(3):
        r.regions(*BUSY)
    r.regions(*QUIET)
    return (PERHAPS + [(MAPPED, False)]) * 2, NONE, NONE


def told_already(r):
    """A page that a fault brought since the set before explains what was seen: it is not used once more."""
    program(r, 10)
    r.regions(*QUIET)
    r.touch(10, HEAP + 4, MAPPED + 1)
    r.regions((HEAP, 5, 3), (MAPPED + 1, 1, 2), (STACK, 2, 0))
    return PERHAPS, NONE, NONE


def single_pages(r):
    """A region may be larger than what is known of it: of one page it is certain. Of none: one use that nobody knows."""
    program(r, 10)
    r.regions(*QUIET)
    r.regions((HEAP - 100, 101, 1), (HEAP + 1, 3, 0), (MAPPED, 1, 0), (STACK - 9, 9, 1), (STACK, 2, 0))
    return [(HEAP, False)], NONE, (1, 1)


def forked(r):
    """Two that look the same: nobody knows whose target it is. 5 pages of two regions, in each of two sets."""
    program(r, 10)
    program(r, 11)
    r.regions(*BUSY)
    r.regions(*BUSY)
    return [], (4, 10), NONE


def two_threads(r):
    """Each DAMON thread numbers its own targets: both are 0."""
    program(r, 10)
    program(r, 11, OTHER)
    for thread, by in ((98, 0), (99, OTHER), (98, 0), (99, OTHER)):
        r.regions(*at(BUSY, by), thread=thread)
    return PERHAPS + [(MAPPED, False)] + at_uses(PERHAPS + [(MAPPED, False)], OTHER), NONE, NONE


def at_uses(uses, by):
    return [(vpn + by, perhaps) for vpn, perhaps in uses]


def two_targets(r):
    """One thread, two targets, as 5.15 printed them: a pointer each, and no age."""
    pointers = {18446614368406014464: 0, 18446613056935405824: OTHER}
    program(r, 10)
    program(r, 11, OTHER)
    for _ in range(2):
        for pointer, by in pointers.items():
            r.regions(*at(BUSY, by), target=pointer, age="")
    return PERHAPS + [(MAPPED, False)] + at_uses(PERHAPS + [(MAPPED, False)], OTHER), NONE, NONE


def physical(r):
    """Frames of memory: below every program."""
    program(r, 10)
    for _ in range(2):
        r.regions((0x100000, 0x4000, 5), (0x104000, 0x4000, 0))
    return [], (2, 0x8000), NONE


def larger(r):
    """A process that has a page elsewhere, or none in one stretch, is another one."""
    program(r, 10)
    r.touch(10, MAPPED + 0x5000)
    r.touch(11, HEAP + 1)
    r.regions(*BUSY)
    r.regions(*BUSY)
    return [], (4, 10), NONE


def later(r):
    """At first a page lies outside, as DAMON looks for new mappings once a second; then it is found."""
    program(r, 10)
    r.touch(10, MAPPED + 1)
    r.regions(*BUSY)
    r.regions((HEAP, 4, 0), (MAPPED, 2, 0), (STACK, 2, 0))
    r.touch(10, STACK + 50)         # known by now: it stays the same process
    r.regions(*BUSY)
    return PERHAPS + [(MAPPED, False)], (2, 5), NONE


def lost(r):
    """A set that is cut short, and one that begins late: what they say is told all the same."""
    program(r, 10)
    r.regions(*QUIET)
    r.regions(*BUSY[:1], nr=3)
    r.regions(*BUSY[1:], nr=3)
    r.regions(*QUIET)
    r.regions(*BUSY)
    return (PERHAPS + [(MAPPED, False)]) * 2, NONE, NONE


def ended(r):
    """The process is gone, and another one with its pages is not taken for it."""
    program(r, 10)
    r.regions(*QUIET)
    r.exit(10)
    program(r, 11)
    r.regions(*BUSY)
    return [], (2, 5), NONE


CASES = [one_program, again, told_already, single_pages, forked, two_threads, two_targets, physical, larger, later, lost,
         ended]


def main():
    failed = 0
    for case in CASES:
        recording = Recording()
        expected, unknown, lone = case(recording)
        uses, unmatched = recording.uses(sys.argv[1])
        found = (uses, unmatched["region_of_unknown_process"], unmatched["use_of_unknown_entry"])
        if found != (expected, unknown, lone):
            failed += 1
            print(f"FAILED {case.__name__}: expected {(expected, unknown, lone)}, found {found}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
