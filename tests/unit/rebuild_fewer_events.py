#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Recordings of Linux 6.18 without the events that older kernels do not have.

usage: rebuild_fewer_events.py RECOUNT TEST-DATA

trace-cmd prints a recording, lines are left out, the rest is replayed: what the models then
hold is compared with what they hold of the whole. Exit code 77, skipped, without trace-cmd.
"""
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile

WINDOWS = r": mm_filemap_(map_pages|fault|get_pages):"
LEFT_OUT = (("as 6.6", WINDOWS), ("as 5.4", WINDOWS + r"|: rss_stat:|: exit_mmap:|: (mod|count)_memcg_"))

# Most held, pages: (recording, container, resource): whole, as 6.6, as 5.4. The whole's are those of
# rebuild_recordings.c. Without windows a fault is taken for 16 pages of which some were not in
# the page cache; without rss_stat the argument page of a program is not seen.
PEAKS = {
    ("forkcow", "web", "rss"): (10286, 10336, 10350),
    ("forkcow", "batch", "rss"): (4096, 4096, 4096),
    ("forkcow", "web", "memcg"): (10300, 10300, 10297),
    ("forkcow", "batch", "memcg"): (4096, 4096, 4096),
    ("thp", "app", "rss"): (7975, 8027, 8041),
    ("thp", "app", "memcg"): (7967, 7967, 7963),
    ("share", "first", "rss"): (8217, 8274, 8293),
    ("share", "second", "rss"): (35, 42, 35),
    ("share", "first", "memcg"): (27, 27, 23),
    ("perlshare", "svc1", "rss"): (1743, 1776, 1795),
    ("perlshare", "svc2", "rss"): (872, 898, 881),
    ("perlshare", "svc1", "memcg"): (1927, 1927, 1923),
    ("perlshare", "svc2", "memcg"): (842, 842, 839),
}
# Least share of rss_stat that is exact as 6.6, percent.
EXACT = {"forkcow": 99.1, "thp": 88.3, "share": 84.7, "perlshare": 91.1}


def find(name, data):
    for folder in (data, os.path.join(os.environ.get("RECOUNT_TRACES", ""), "ftrace")):
        if os.path.exists(os.path.join(folder, name + ".dat")):
            return os.path.join(folder, name + ".dat")
    return None


def replay(recount, path, output):
    subprocess.run([recount, "replay", path, "-q", "-o", output, "-m", "rss,memcg"], check=True)
    return sqlite3.connect(output)


def peaks(db):
    return {(container, resource): pages for container, resource, pages in db.execute(
        "SELECT name, resource, maxheld_pages FROM outcomes JOIN containers USING (container) WHERE scenario = 0")}


def main(recount, data, scratch):
    bad = 0
    for name in sorted({key[0] for key in PEAKS}):
        path = find(name, data)
        if not path:
            continue
        text = subprocess.run(["trace-cmd", "report", "-t", "-R", "-i", path], stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL, check=True, text=True, errors="replace").stdout.splitlines(True)
        dbs = [replay(recount, path, os.path.join(scratch, name + ".whole.db"))]
        for what, pattern in LEFT_OUT:
            left = os.path.join(scratch, f"{name} {what}")
            with open(left, "w") as file:
                file.writelines(line for line in text if not re.search(pattern, line))
            dbs.append(replay(recount, left, left + ".db"))
        found = [peaks(db) for db in dbs]
        for (recording, container, resource), expected in PEAKS.items():
            if recording != name:
                continue
            pages = tuple(peak[container, resource] for peak in found)
            bad += pages != expected
            print("ok" if pages == expected else "FAILED", recording, container, resource, pages, "expected", expected)
        exact, checked = dbs[1].execute("SELECT sum(exact), sum(checked) FROM checks").fetchone()
        is_good = exact * 100 >= checked * EXACT[name]
        bad += not is_good
        print("ok" if is_good else "FAILED", name, f"{exact} of {checked} exact as 6.6, at least {EXACT[name]} %")
    return 1 if bad else 0


if __name__ == "__main__":
    if not shutil.which("trace-cmd"):
        print("no trace-cmd")
        sys.exit(77)
    with tempfile.TemporaryDirectory() as folder:
        sys.exit(main(sys.argv[1], sys.argv[2], folder))
