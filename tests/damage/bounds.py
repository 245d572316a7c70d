#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Pages are taken out of real recordings: the undamaged run's figures must lie in the bounds.

usage: bounds.py RECOUNT [--trials N] [--widths] RECORDING...

Where RECOUNT_TRACES says where larger recordings are, one with reclaim by a limit, of Linux 6.1, is tried twice as well.

Of every recording, N times: some pages of some CPUs are removed, and the page after
them says so as the kernel does, with the number of records or without.  Then
  - recount replay ends with 3, and table losses holds exactly those gaps;
  - for each outcome of the undamaged recording, as recorded and under limits, held and
    maxheld lie between the damaged one's bounds;
  - where verdict_stands, the same outcomes fail, are killed or denied.
Where records are removed that move a task to another container nothing of this is promised
(docs/run-db.md): such pages are left alone.  --widths prints how wide the bounds are.
"""
import os
import random
import sqlite3
import struct
import subprocess
import sys
import tempfile

from tracedat import Page, TraceDat

OUTCOMES = """SELECT name, resource, scenario, held_pages, maxheld_pages, held_low_pages, held_high_pages,
    maxheld_low_pages, maxheld_high_pages, verdict_stands, failcnt > 0, oom_kills > 0, denied_calls > 0
    FROM outcomes JOIN containers USING (container)"""
LOSSES = "SELECT cpu, begin_ns, end_ns, events FROM losses ORDER BY cpu, begin_ns"
# Pages removed: (how many stretches, of how many pages, whether they are counted).
DAMAGES = ((1, 1, True), (1, 1, False), (2, 3, True), (2, 2, False))


def replay(recount, path, folder, limits):
    database = os.path.join(folder, "RUN.db")
    command = [recount, "replay", path, "-o", database, "-q", "--model", "rss,ubc,memcg,cgroup2"]
    for limit in limits:
        command += ["--limit", limit]
    code = subprocess.run(command, check=False).returncode
    with sqlite3.connect(database) as rows:
        outcomes = {row[:3]: row[3:] for row in rows.execute(OUTCOMES)}
        losses = list(rows.execute(LOSSES))
    return code, outcomes, losses


def limits_for(outcomes):
    """Half of the largest peak, a little under it, and much more."""
    limits = []
    for resource in ("rss", "memcg", "privvmpages", "memory"):
        peak = max(row[1] for key, row in outcomes.items() if key[1] == resource)
        limits.append("%s=%dp,%dp,%dp" % (resource, peak // 2, peak * 95 // 100, peak * 3 // 2))
    return limits


def moves(page, ids):
    return any(struct.unpack_from("<H", page.data, at)[0] in ids for _, at, _, _ in page.walk())


def remove(dat, chance, damage):
    """Takes pages out of dat; the rows of losses that must come of it."""
    nr_stretches, nr_pages, is_counted = damage
    ids = dat.ids("cgroup:cgroup_attach_task")
    losses = []
    long_enough = [cpu for cpu in dat.cpus if len(cpu.pages) > nr_pages + 1]
    for cpu in chance.sample(long_enough, min(nr_stretches, len(long_enough))):
        for _ in range(20):
            first = chance.randrange(1, len(cpu.pages) - nr_pages)
            gone = cpu.pages[first:first + nr_pages]
            if not any(moves(page, ids) for page in gone):
                break
        else:
            continue
        records = sum(page.records() for page in gone)
        after = Page(cpu.pages[first + nr_pages].data) if first + nr_pages < len(cpu.pages) else None
        if not after or not after.records() or not records:
            continue
        is_stored = after.set_lost(records if is_counted else 0)
        losses.append((cpu.number, list(cpu.pages[first - 1].walk())[-1][0], next(after.walk())[0],
                       records if is_stored else None))
        cpu.pages[first:first + nr_pages + 1] = [after]
    return sorted(losses)


def judge(whole, damaged, widths):
    """Sentences on what is wrong."""
    for key, row in whole.items():
        if key not in damaged:
            yield "%s: no such outcome" % (key,)
            continue
        got = damaged[key]
        for what, truth, low, high in (("held", row[0], got[2], got[3]), ("maxheld", row[1], got[4], got[5])):
            if truth < low or (high is not None and truth > high):
                yield "%s: %s was %d, bounds are %s to %s" % (key, what, truth, low, high)
            if not key[2]:
                widths.setdefault((key[0], key[1], what, truth), []).append(None if high is None else high - low)
        if got[6] and row[7:] != got[7:]:
            yield "%s: the verdict is said to stand and flipped" % (key,)


def try_one(recount, path, folder, trial, whole, limits, widths):
    with open(path, "rb") as file:
        dat = TraceDat(file.read())
    losses = remove(dat, random.Random(trial), DAMAGES[trial % len(DAMAGES)])
    damaged = os.path.join(folder, "damaged.dat")
    with open(damaged, "wb") as file:
        file.write(dat.write(packed=trial % 2 == 0))
    code, outcomes, found = replay(recount, damaged, folder, limits)
    wrong = list(judge(whole, outcomes, widths))
    if losses and code != 3:
        wrong.append("exit %d" % code)
    if found != losses:
        wrong.append("losses %s, not %s" % (found, losses))
    return wrong


def print_widths(name, widths):
    for key, all_of_it in sorted(widths.items()):
        known = sorted(width for width in all_of_it if width is not None)
        if key[3] or (known and known[-1]):
            print("# %s %s %s %s %d: of %d widths median %s, largest %s; unbounded %d" %
                  (name, *key, len(all_of_it), known[len(known) // 2] if known else "-",
                   known[-1] if known else "-", len(all_of_it) - len(known)))


def main():
    recount, paths, nr_trials, has_widths = sys.argv[1], [], 6, False
    more = [path for path in [os.path.join(os.environ.get("RECOUNT_TRACES", "/nonexistent"), "ftrace-6.1", "hog-24m-swap.dat")]
            if os.path.exists(path)]
    rest = iter(sys.argv[2:])
    for argument in rest:
        if argument == "--trials":
            nr_trials, more = int(next(rest)), []
        elif argument == "--widths":
            has_widths = True
        else:
            paths.append(argument)
    nr_wrong = 0
    with tempfile.TemporaryDirectory() as folder:
        for path in paths + more:
            code, outcomes, _ = replay(recount, path, folder, [])
            assert code == 0, "%s: exit %d" % (path, code)
            limits, widths = limits_for(outcomes), {}
            _, whole, _ = replay(recount, path, folder, limits)
            for trial in range(2 if path in more else nr_trials):
                for line in try_one(recount, path, folder, trial, whole, limits, widths):
                    print("%s: trial %d: %s" % (path, trial, line))
                    nr_wrong += 1
            if has_widths:
                print_widths(os.path.basename(path), widths)
    print("%d recordings, %d trials each: %d wrong" % (len(paths), nr_trials, nr_wrong))
    return nr_wrong > 0


sys.exit(main())
