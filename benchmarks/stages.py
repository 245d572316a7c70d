# SPDX-License-Identifier: GPL-2.0-or-later
"""Instructions by stage: callgrind's count of each line, told by the source file in which it stands."""
import fnmatch
import os
import re
import subprocess

RECOUNT = "build/cmd/recount"

# What a line counts for: the first pattern that its source file or library matches.
STAGES = [
    ("libzstd.so*", "decompress"), ("libz.so*", "decompress"),
    ("traces/codec.*", "decompress"), ("traces/page_feed.*", "decompress"),
    ("traces/unpack_ahead.*", "decompress"),
    ("traces/merge.*", "merge"), ("traces/read_ahead.*", "merge"), ("traces/event_source.*", "merge"),
    ("traces/*", "decode"),
    ("accounting/*", "charge"), ("base/records.*", "charge"),
    ("replay/world*", "charge"), ("replay/hierarchy.*", "charge"),
    ("reclaim/*", "reclaim"),
    ("replay/handover.*", "hand over"),
    ("replay/series.*", "write"), ("replay/incidents.*", "write"),
    ("replay/bills.*", "bounds, bills"), ("replay/shares.*", "bounds, bills"),
    ("replay/page_users.*", "bounds, bills"),
    ("replay/bounds.*", "bounds, bills"), ("replay/stretch.*", "bounds, bills"), ("rebuild/doubt.*", "bounds, bills"),
    ("replay/*", "charge"),
    ("rebuild/*", "rebuild"), ("ops/*", "rebuild"), ("base/map64.*", "rebuild"),
    ("sink/*", "write"), ("libsqlite3.so*", "write"),
    ("cmd/file_hash.*", "hash of the input"),
    ("*", "libc and the rest"),
]
ORDER = list(dict.fromkeys(stage for _, stage in STAGES))


def stage_of(library, source):
    """Of code that is recount's by its source file, of other code by the library."""
    place = source if library == os.path.basename(RECOUNT) else library
    return next(stage for pattern, stage in STAGES if fnmatch.fnmatchcase(place, pattern))


def count(lines):
    """{stage: instructions} of a file that callgrind wrote: what is inlined counts for where it stands."""
    counts = dict.fromkeys(ORDER, 0)
    names, library, source, is_call = {}, "", "", False
    for line in lines:
        named = re.match(r"(c?)(ob|fl|fi|fe)=\((\d+)\)(?: (.*))?$", line)
        if named:
            is_callee, kind, number, name = named.groups()
            if name:
                names[kind == "ob", number] = "/".join(name.rsplit("/", 2)[-2:])
            if is_callee:
                pass
            elif kind == "ob":
                library = os.path.basename(names[True, number])
            else:
                source = names[False, number]
        elif line.startswith("calls="):
            is_call = True      # the next line is what was called
        elif re.match(r"[+*\-\d]", line):
            if not is_call:
                counts[stage_of(library, source)] += int(line.split()[1])
            is_call = False
    return counts


def instructions(command, folder):
    """{stage: instructions}, or a text: why there are none."""
    data = os.path.join(folder, "callgrind.out")
    try:
        run = subprocess.run(["valgrind", "--tool=callgrind", f"--callgrind-out-file={data}", *command],
                             capture_output=True, text=True)
    except FileNotFoundError:
        return "valgrind is not there"
    if run.returncode not in (0, 3):
        return "valgrind: " + (run.stderr.strip().splitlines() or ["failed"])[-1]
    with open(data) as lines:
        counts = count(lines)
    return counts if sum(counts.values()) else "callgrind counted nothing"
