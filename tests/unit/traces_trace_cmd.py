#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Every event of every recording, against what trace-cmd report says of it.

usage: traces_trace_cmd.py PRINT-PROGRAM RECORDING...

Recordings in $RECOUNT_TRACES (a folder, searched for *.dat) are added, if they
are not larger than RECOUNT_MAX_BYTES (16 MiB): the lists of lines fill the memory.  Exit code 77,
skipped, without trace-cmd.
"""
import os
import re
import shutil
import subprocess
import sys

from decoded import LINES, compare
from recordings import recordings

MAX_BYTES = int(os.environ.get("RECOUNT_MAX_BYTES", 16 << 20))
LINE = re.compile(r"^\s*(.*)-(\d+)\s+\[(\d+)\]\s+(\d+\.\d+): (\w+):\s*(.*)$")
FIELD = re.compile(r"(?:^| )(\w+)=")


def fields_of(text):
    marks = list(FIELD.finditer(text))
    ends = [mark.start() for mark in marks[1:]] + [len(text)]
    return {mark.group(1): text[mark.end():end] for mark, end in zip(marks, ends)}


def expected(path):
    report = subprocess.run(["trace-cmd", "report", "-t", "-R", "-i", path], text=True,
                            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, errors="replace",
                            check=True)
    for line in report.stdout.splitlines():
        match = LINE.match(line)
        if match and match.group(5) in LINES:
            head = f"{match.group(4)} cpu={int(match.group(3))} tid={match.group(2)} "
            yield head + LINES[match.group(5)](fields_of(match.group(6).rstrip()))


def printed(program, path):
    return subprocess.run([program, path], stdout=subprocess.PIPE, text=True, check=True,
                          errors="replace").stdout.splitlines()


def main():
    if not shutil.which("trace-cmd"):
        return 77
    return 0 if all([compare(path, "trace-cmd", expected(path), printed(sys.argv[1], path))
                     for path in recordings(sys.argv[2:], ".dat", MAX_BYTES)]) else 1


if __name__ == "__main__":
    sys.exit(main())
