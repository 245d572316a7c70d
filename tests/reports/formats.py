#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The formats for programs, read by what is not recount: OpenMetrics, counter tracks, CSV, JSON.

usage: formats.py ROOT RECOUNT
"""
import csv
import io
import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile

import runs

failures = []
LABEL = r'[a-z_]+="(?:[^"\\\n]|\\[\\"n])*"'
SAMPLE = re.compile(r"([a-z_]+)\{(" + LABEL + "(?:," + LABEL + r")*)\} (-?\d+) (\d+\.\d{3})")


def check(truth, *words):
    if not truth:
        failures.append(" ".join(str(word) for word in words))


def report(recount, run, *arguments):
    return subprocess.run([recount, "report", run, *arguments], check=True, stdout=subprocess.PIPE).stdout.decode()


def check_openmetrics(text, db, folder):
    """Families whole, series in order, the right number of samples; and promtool, where there is one."""
    check(text.endswith("\n# EOF\n"), "no # EOF at the end")
    family, families, last, nr = None, set(), {}, {}
    for line in text.splitlines()[:-1]:
        if line.startswith("# "):
            keyword, name = line.split(" ")[1:3]
            if keyword == "TYPE":
                check(name not in families, "a family twice:", name)
                families.add(name)
                family = name
            check(name == family, keyword, "of another family:", line)
            continue
        sample = SAMPLE.fullmatch(line)
        check(sample, "no sample:", line)
        if not sample:
            continue
        name, labels, _, time = sample.groups()
        check(name in (family, family + "_total"), "a sample of another family:", line)
        check(last.get((name, labels), -1) < float(time), "times do not grow:", line)
        last[name, labels] = float(time)
        nr[name] = nr.get(name, 0) + 1
    outcomes, = db.execute("SELECT count(*) FROM outcomes").fetchone()
    steps, = db.execute("SELECT count(DISTINCT scenario || '/' || container || '/' || resource || '/' || ((time_ns + 999999) / 1000000))"
                        " FROM usage").fetchone()
    check(nr["recount_oom_kills_total"] == outcomes, "not a sample for every outcome")
    spreads, = db.execute("SELECT count(*) FROM spreads").fetchone()
    check(nr.get("recount_spread_low", 0) == nr.get("recount_spread_high", 0) == spreads, "not a sample for every spread:", spreads)
    check(nr["recount_held_bytes"] == steps, "not a sample for every millisecond:", nr["recount_held_bytes"], steps)
    if shutil.which("promtool"):
        path = os.path.join(folder, "run.om")
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        done = subprocess.run(["promtool", "tsdb", "create-blocks-from", "openmetrics", path, os.path.join(folder, "blocks")],
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        check(done.returncode == 0, "promtool:", done.stdout.decode())
    else:
        print("# no promtool")


def check_tracks(text, db):
    """As the trace event format wants it: every event a phase, a process, a time in microseconds."""
    read = json.loads(text)
    begin, = db.execute("SELECT min(time_ns) FROM usage").fetchone()
    times = [event["ts"] for event in read["traceEvents"] if event["ph"] != "M"]
    for event in read["traceEvents"]:
        check(event["ph"] in "MCi" and isinstance(event["pid"], int) and isinstance(event["name"], str), "no event:", event)
        check(event["ph"] == "M" or isinstance(event["ts"], (int, float)), "no time:", event)
        check(event["ph"] != "C" or isinstance(event["args"]["bytes"], int), "no counter:", event)
        check(event["ph"] != "i" or event["s"] == "p", "no instant:", event)
    for phase, table in (("M", "containers"), ("C", "usage"), ("i", "incidents")):
        nr, = db.execute(f"SELECT count(*) FROM {table}").fetchone()
        check(sum(event["ph"] == phase for event in read["traceEvents"]) == nr, "not an event for every row of", table)
    check(abs(min(times) - begin / 1000) < 1, "does not begin at", begin)


def check_rows(recount, run, db):
    """The same rows in CSV and JSON, and as many as there are outcomes."""
    sections = json.loads(report(recount, run, "-O", "json"))
    read = sections["outcomes"]
    for table in ("spreads", "checks"):
        rows, = db.execute(f"SELECT count(*) FROM {table}").fetchone()
        check(len(sections[table]) == rows, table, len(sections[table]), rows)
    rows = list(csv.DictReader(io.StringIO(report(recount, run, "-O", "csv"))))
    outcomes, = db.execute("SELECT count(*) FROM outcomes").fetchone()
    check(len(rows) == len(read) == outcomes, "rows:", len(rows), len(read), outcomes)
    for one, other in zip(rows, read):
        for column in ("container", "scenario", "maxheld_pages", "failcnt", "oom_kills"):
            check(one[column] == str(other[column]), column, one, other)


def check_readers(recount, run, db, folder):
    """sqlite3 reads the CSV, node the JSON and the tracks: each finds what RUN.db has."""
    csv_path, names = os.path.join(folder, "run.csv"), [name for name, in db.execute("SELECT name FROM containers")]
    with open(csv_path, "w", encoding="utf-8") as file:
        file.write(report(recount, run, "-O", "csv"))
    expected = db.execute("SELECT count(*), sum(maxheld_pages), sum(failcnt) FROM outcomes").fetchone()
    if shutil.which("sqlite3"):
        done = subprocess.run(["sqlite3", ":memory:", "-cmd", f".import --csv {csv_path} t",
                               "SELECT count(*), sum(maxheld_pages), sum(failcnt) FROM t"], stdout=subprocess.PIPE, check=True)
        check(done.stdout.decode().strip() == "|".join(map(str, expected)), "sqlite3 reads other CSV:", done.stdout, expected)
    else:
        print("# no sqlite3")
    if not shutil.which("node"):
        print("# no node")
        return
    for form, script in (("json", "const {outcomes: o} = d; r = [o.length, o.reduce((s, x) => s + x.maxheld_pages, 0), o.reduce((s, x) => s + x.failcnt, 0)]"),
                         ("trace", "r = d.traceEvents.filter(e => e.ph == 'M').map(e => e.args.name)")):
        done = subprocess.run(["node", "-e", f"let r; const d = JSON.parse(require('fs').readFileSync(0, 'utf8')); {script}; console.log(JSON.stringify(r))"],
                              input=report(recount, run, "-O", form).encode(), stdout=subprocess.PIPE, check=True)
        read = json.loads(done.stdout)
        wanted = list(expected) if form == "json" else names
        check(read == wanted, "node reads other", form, read, wanted)


def main(root, recount):
    with tempfile.TemporaryDirectory() as folder:
        recorded, several, hostile = (os.path.join(folder, name) for name in ("run.db", "several.db", "hostile.db"))
        subprocess.run([recount, "replay", os.path.join(root, "tests/data/forkcow.dat"), "-o", recorded, "-q", "--model", "rss,ubc",
                        "--limit", "rss=8M,32M", "--limit", "privvmpages=50%", "--swap", "8M"], check=True)
        subprocess.run([recount, "replay", os.path.join(root, "tests/data/forkcow.dat"), "-o", several, "-q", "--model", "memcg",
                        "--limit", "memcg=16M", "--runs", "2"], check=True)
        runs.make(root, "hostile", hostile)
        for run in (recorded, several, hostile):
            db = sqlite3.connect(run)
            check_openmetrics(report(recount, run, "-O", "openmetrics"), db, folder)
            check_tracks(report(recount, run, "-O", "trace"), db)
            check_rows(recount, run, db)
            check_readers(recount, run, db, folder)
            db.close()
    for failure in failures[:20]:
        print("FAILED:", failure)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], os.path.abspath(sys.argv[2])))
