#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The text of a recording gives the events that the recording gives.

usage: traces_text_formats.py PRINT-PROGRAM RECORDING...

Each recording is printed by trace-cmd in its three ways, read again, and every field is
compared.  Raw text with nanoseconds must give the same lines.  Printed fields lose what is
listed in LOST.  Recordings in $RECOUNT_TRACES are added.  Exit code 77, skipped, without
trace-cmd.
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile

from recordings import recordings

MAX_BYTES = 1 << 18		# of a recording: its text is 20 times as long
WAYS = (["-t", "-R"], ["-t"], [], ["-l"])

# Since 6.6 GFP_NOWAIT stands for __GFP_NOWARN too, before 6.3 GFP_ATOMIC for a bit of its own;
# of an address space's end only a pointer that is no field is printed.
FLAGS = re.compile(r"gfp_flags=0x([0-9a-f]+)")
LOST = ((FLAGS, lambda m: "gfp_flags=%#x" % (int(m.group(1), 16) & ~0x2200)),
        (re.compile(r"(exit_mmap mm|vma_store mm)=0x[0-9a-f]+"), r"\1="))


def lines_of(program, path):
    done = subprocess.run([program, path], stdout=subprocess.PIPE, text=True, check=True, errors="replace")
    return done.stdout.splitlines()


def coarse(lines, way):
    if "-R" not in way:
        for pattern, replacement in LOST:
            lines = [pattern.sub(replacement, line) for line in lines]
    if "-t" not in way:	# trace-cmd rounds; that times are right to the microsecond is compared apart
        lines = [line.split(" ", 1)[1] for line in lines]
    return lines


def times_differ(wanted, got):
    return max((abs(float(a.split()[0]) - float(b.split()[0])) for a, b in zip(wanted, got)), default=0)


def compare(program, path):
    ok = True
    wanted = lines_of(program, path)
    for way in WAYS:
        with tempfile.NamedTemporaryFile(suffix=".txt") as text:
            subprocess.run(["trace-cmd", "report", *way, "-i", path], stdout=text, stderr=subprocess.DEVNULL,
                           check=True)
            got = lines_of(program, text.name)
        a, b = coarse(wanted, way), coarse(got, way)
        apart = times_differ(wanted, got)
        if a == b and apart < 0.000001:
            print(f"ok {path} {' '.join(way)}: {len(b)} events")
            continue
        ok = False
        print(f"DIFFERENT {path} {' '.join(way)}: {len(a)} and {len(b)} events, times {apart} s apart")
        for one, other in [(one, other) for one, other in zip(a, b) if one != other][:5]:
            print(f"- {one}\n+ {other}")
    return ok


def main():
    if not shutil.which("trace-cmd"):
        return 77
    return 0 if all([compare(sys.argv[1], path) for path in recordings(sys.argv[2:], ".dat", MAX_BYTES)]) else 1


if __name__ == "__main__":
    sys.exit(main())
