#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""One recording, cut into files by CPU and by time, read as one again; and files that are not one.

usage: parts.py RECOUNT RECORDING OTHER-RECORDING
"""
import itertools
import json
import os
import sqlite3
import subprocess
import sys
import tempfile

from tracedat import Cpu, TraceDat

FAILURES = []
# What a run says of its files, and how many CPUs each of them has.
OF_FILES = ("input", "command", "cpus", "page_row_bytes")


def complain(text):
    print("FAILED: " + text)
    FAILURES.append(text)


def run(recount, *arguments):
    done = subprocess.run([recount, *arguments], capture_output=True, check=False)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def rows(database):
    """Everything in a RUN.db but what it says of its files."""
    found = []
    with sqlite3.connect(database) as db:
        for (table,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name"):
            found += [(table, *row) for row in db.execute("SELECT * FROM %s" % table)
                      if table != "run" or not row[0].startswith(OF_FILES)]
    return sorted(found, key=repr)


def part(dat, name, cpus):
    with open(name, "wb") as file:
        file.write(dat.write(cpus=cpus))
    return name


def with_pages(cpu, pages):
    copy = Cpu(cpu.number, cpu.offset, cpu.bytes)
    copy.pages = pages
    return copy


def split(dat, folder):
    """Two ways to cut it: one file a CPU; and in two at a moment."""
    yield "CPUs", [part(dat, os.path.join(folder, "cpu%d.dat" % cpu.number), [cpu]) for cpu in dat.cpus]
    middle = sorted(page.time() for cpu in dat.cpus for page in cpu.pages)[sum(len(cpu.pages) for cpu in dat.cpus) // 2]
    early = [with_pages(cpu, [page for page in cpu.pages if page.time() < middle]) for cpu in dat.cpus]
    late = [with_pages(cpu, [page for page in cpu.pages if page.time() >= middle]) for cpu in dat.cpus]
    yield "times", [part(dat, os.path.join(folder, name), [cpu for cpu in cpus if cpu.pages])
                    for name, cpus in (("early.dat", early), ("late.dat", late))]


def check_split(recount, what, paths, whole, folder):
    events, whole_rows = whole
    databases = []
    for number, order in enumerate(itertools.permutations(paths)):
        code, out, text = run(recount, "events", *order)
        if code or out != events:
            complain("%s: events of %s: exit %d, %d bytes, not %d: %s" % (what, order, code, len(out), len(events), text))
        database = os.path.join(folder, "%s%d.db" % (what, number))
        code, _, text = run(recount, "replay", *order, "-o", database)
        if code:
            complain("%s: replay: exit %d: %s" % (what, code, text))
        databases.append(database)
    if rows(databases[0]) != whole_rows:
        complain("%s: another database than that of the whole" % what)
    with open(databases[0], "rb") as first:
        one = first.read()
    for database in databases[1:]:
        with open(database, "rb") as file:
            if file.read() != one:
                complain("%s: another order of files gives other bytes" % what)
    code, out, _ = run(recount, "info", "-O", "json", *paths)
    if code or len(json.loads(out)["files"]) != len(paths):
        complain("%s: info does not take them for one recording" % what)


def check_raw(recount, dat, formats, events, folder):
    """Pages alone, a file a CPU, as trace-cmd leaves them behind when it is killed."""
    paths = []
    for cpu in sorted(dat.cpus, key=lambda c: c.number):
        paths.append(os.path.join(folder, "trace.dat.cpu%d" % cpu.number))
        with open(paths[-1], "wb") as file:
            file.write(b"".join(page.data for page in cpu.pages))
    code, out, text = run(recount, "events", "--formats", formats, *paths)
    if code != 3 or out != events or "event formats are lost" not in text:
        complain("pages alone: exit %d, %d bytes, not %d: %s" % (code, len(out), len(events), text))
    # One alone: it is the CPU that its name says.
    for cpu, path in zip(sorted(dat.cpus, key=lambda c: c.number), paths):
        code, out, text = run(recount, "events", "--formats", formats, path)
        lines = [line for line in events.split("\n") if " cpu=%d " % cpu.number in line]
        if code != 3 or not lines or out.split("\n")[:-1] != lines:
            complain("pages of CPU %d alone: exit %d, %d bytes: %s" % (cpu.number, code, len(out), text))
    # Of a CPU that recorded nothing trace-cmd leaves an empty file.
    empty = os.path.join(folder, "trace.dat.cpu99")
    with open(empty, "wb"):
        pass
    code, out, text = run(recount, "events", "--formats", formats, empty, *paths)
    if code != 3 or out != events or "trace.dat.cpu99: is empty" not in text:
        complain("pages alone and an empty file: exit %d, %d bytes, not %d: %s" % (code, len(out), len(events), text))
    code, out, text = run(recount, "events", *paths)
    if code != 2 or out or "try --formats" not in text:
        complain("pages without formats: exit %d: %s" % (code, text))


def main():
    recount, path, other = sys.argv[1:]
    with open(path, "rb") as file:
        dat = TraceDat(file.read())
    with tempfile.TemporaryDirectory() as folder:
        database = os.path.join(folder, "whole.db")
        run(recount, "replay", path, "-o", database)
        whole = (run(recount, "events", path)[1], rows(database))
        for what, paths in split(dat, folder):
            check_split(recount, what, paths, whole, folder)
        check_raw(recount, dat, other, whole[0], folder)
        for command in (["events", path, other], ["ops", path, other], ["replay", path, other, "-o", database]):
            code, out, text = run(recount, *command)
            if code != 2 or out or text.count("\n") != 1 or "is another recording than" not in text:
                complain("%s: exit %d: %s" % (command, code, text))
        code, out, text = run(recount, "events", path, path)
        if code != 1 or "is the same file as" not in text:
            complain("the same file twice: exit %d: %s" % (code, text))
        code, out, text = run(recount, "info", "-O", "json", path, other)
        if code or [len(one["files"]) for one in json.loads(out)] != [1, 1]:
            complain("info of two recordings: exit %d: %s" % (code, text))
        code, out, text = run(recount, "info", path, other)
        if code or sum(line.startswith("file ") for line in out.split("\n")) != 2:
            complain("info of two recordings: exit %d: %s" % (code, text))
    return len(FAILURES) > 0


sys.exit(main())
