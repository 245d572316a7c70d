# SPDX-License-Identifier: GPL-2.0-or-later
"""Instructions by stage: callgrind's count of each function, told by the source file in which it stands."""
import fnmatch
import os
import re
import subprocess

RECOUNT = "build/cmd/recount"

# What a function counts for: the first pattern that its source file or library matches.
STAGES = [
    ("libzstd.so*", "decompress"), ("libz.so*", "decompress"),
    ("traces/codec.c", "decompress"), ("traces/page_feed.c", "decompress"),
    ("traces/unpack_ahead.c", "decompress"),
    ("traces/merge.c", "merge"), ("traces/read_ahead.c", "merge"), ("traces/event_source.c", "merge"),
    ("traces/*", "decode"),
    ("accounting/*", "charge"), ("base/records.c", "charge"),
    ("replay/world*.c", "charge"), ("replay/hierarchy.c", "charge"),
    ("reclaim/*", "reclaim"),
    ("replay/series.c", "write"), ("replay/incidents.c", "write"),
    ("replay/bills.c", "bounds, bills"), ("replay/page_users.c", "bounds, bills"),
    ("replay/bounds.c", "bounds, bills"), ("replay/stretch.c", "bounds, bills"), ("replay/doubt.c", "bounds, bills"),
    ("replay/*", "rebuild"), ("base/map64.c", "rebuild"),
    ("sink/*", "write"), ("libsqlite3.so*", "write"),
    ("cmd/file_hash.c", "hash of the input"),
    ("*", "libc and the rest"),
]
ORDER = list(dict.fromkeys(stage for _, stage in STAGES))


def symbol_files():
    """Of each function of recount, where it stands: {name: {"replay/world.c"}}."""
    files = {}
    for folder in sorted(os.listdir("build")):
        objects = [f"build/{folder}/lib{folder}.a"]
        if folder == "cmd":
            objects.append("build/cmd/recount.p")
            objects[1:] = [os.path.join(objects[1], name) for name in os.listdir(objects[1]) if name.endswith(".o")]
        for path in objects:
            if not os.path.exists(path):
                continue
            names = subprocess.run(["nm", "-A", "--defined-only", path], capture_output=True, text=True, check=True)
            for line in names.stdout.splitlines():
                place, name = line.rsplit(" ", 1)
                source = re.search(r"([^/:]+\.c)\.o:", place)
                if source:
                    files.setdefault(clean(name), set()).add(f"{folder}/{source.group(1)}")
    return files


def clean(name):
    return re.sub(r"\.(constprop|part|isra|cold|lto_priv).*", "", name)


def stage_of(library, symbol, files):
    places = files.get(clean(symbol), {"?"}) if library == os.path.basename(RECOUNT) else {library}
    stages = {next(stage for pattern, stage in STAGES if fnmatch.fnmatchcase(place, pattern)) for place in places}
    return stages.pop() if len(stages) == 1 else ORDER[-1]


def instructions(command, files, folder):
    """{stage: instructions}, or a text: why there are none."""
    data = os.path.join(folder, "callgrind.out")
    try:
        run = subprocess.run(["valgrind", "--tool=callgrind", f"--callgrind-out-file={data}", *command],
                             capture_output=True, text=True)
    except FileNotFoundError:
        return "valgrind is not there"
    if run.returncode not in (0, 3):
        return "valgrind: " + (run.stderr.strip().splitlines() or ["failed"])[-1]
    report = subprocess.run(["callgrind_annotate", "--threshold=100", "--auto=no", data], capture_output=True, text=True)
    counts = dict.fromkeys(ORDER, 0)
    for line in report.stdout.splitlines():
        found = re.match(r"\s*([\d,]+) \([ \d.]+%\)\s+[^:]*:(\S+).*\[([^\]]+)\]", line)
        if found:
            symbol, library = found.group(2), os.path.basename(found.group(3))
            counts[stage_of(library, symbol, files)] += int(found.group(1).replace(",", ""))
    return counts if sum(counts.values()) else "callgrind_annotate: no functions"
