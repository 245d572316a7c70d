#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs that no recording gives, as RUN.db made from sink/schema.sql.

usage: runs.py ROOT big|hostile|extreme FILE

big      200 containers under 16 limits, 500 steps each
hostile  names that would do harm in HTML, JSON, CSV or on a terminal
extreme  numbers that do not fit anywhere
"""
import os
import sqlite3
import sys

SECOND = 10**9
HOSTILE = ["<script>alert(1)</script>", "\"'><img src=x onerror=alert(1)>", "=1+cmd|'/c calc'!A0", "</title></style></script>",
           "tab\tnewline\nescape\x1b[31mbell\x07", "\u202etxt.exe", "&lt;b&gt; &amp;", "{{7*7}} ${7*7}", "\\u003cb\\u003e"]


def create(root, path):
    if os.path.exists(path):
        os.remove(path)
    db = sqlite3.connect(path)
    with open(os.path.join(root, "sink/schema.sql"), encoding="utf-8") as schema:
        db.executescript(schema.read())
    db.executemany("INSERT INTO run VALUES (?, ?)", [
        ("page_size", "4096"), ("begin_ns", str(SECOND)), ("end_ns", str(61 * SECOND)), ("inputs", "1"),
        ("models", "rss"), ("command", "recount replay <b>&amp;</b>"), ("input.0.name", "<i>made</i>.dat")])
    db.execute("INSERT INTO containers VALUES (0, 'host', '/')")
    db.execute("INSERT INTO scenarios VALUES (0, 'as recorded')")
    return db


def outcome(db, scenario, container, limit, **values):
    columns = {"held_pages": 0, "maxheld_pages": 0, "failcnt": 0, "reclaim_calls": 0, "scanned_pages": 0, "uncharged_pages": 0,
               "reclaimed_pages": 0, "swapped_out_pages": 0, "refaulted_pages": 0, "oom_kills": 0, "denied_calls": 0,
               "evidence": 0.0, "transient_pages": 0, "reclaim_successes": 0, "void_ops": 0}
    columns.update(scenario=scenario, container=container, resource="rss", limit_pages=limit, **values)
    for figure in ("held_pages", "maxheld_pages"):
        for bound in ("low", "high"):
            columns.setdefault(figure.replace("_", f"_{bound}_"), columns[figure])
    columns.setdefault("verdict_stands", 1)
    db.execute(f"INSERT INTO outcomes ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})", list(columns.values()))
    if limit is not None:
        db.execute("INSERT INTO limits VALUES (?, ?, 'rss', NULL, ?)", (scenario, container, limit))


def bill(db, container, other, pages):
    """Of so many, half are its own, a quarter is shared and a quarter another's; and as many more it does not pay for."""
    half, quarter = pages // 2, pages // 4
    db.execute("INSERT INTO bills VALUES (?, 'rss', ?, ?, ?, ?, ?, ?, ?)",
               (container, 2 * SECOND, pages, half + quarter, quarter, quarter, pages // 2, pages // 2 + half + quarter))
    db.execute("INSERT INTO shares VALUES (?, 'rss', ?, ?, ?)", (container, other, half, pages // 2))


def big(db, containers=200, scenarios=16, steps=500):
    for scenario in range(1, scenarios + 1):
        db.execute("INSERT INTO scenarios VALUES (?, ?)", (scenario, f"rss={4 * scenario}M"))
    for container in range(1, containers + 1):
        db.execute("INSERT INTO containers VALUES (?, ?, ?)", (container, f"service-{container:03}", f"/fleet/service-{container:03}"))
        peak = 6000 + 61 * container
        bill(db, container, container % containers + 1, peak)
        for scenario in range(scenarios + 1):
            limit = 1024 * scenario if scenario else None
            short = max(0, peak - limit) if limit else 0
            outcome(db, scenario, container, limit, maxheld_pages=peak - short, failcnt=short, uncharged_pages=2 * short,
                    refaulted_pages=short // 3, reclaim_calls=short, oom_kills=int(scenario == 1))
            db.executemany("INSERT INTO usage VALUES (?, ?, 'rss', ?, ?, ?)", (
                (scenario, container, SECOND + (step + 1) * 60 * SECOND // steps, held, held)
                for step in range(steps)
                for held in [min(limit or peak, peak * (step + container) % peak)]))
            if scenario == 1:
                db.execute("INSERT INTO incidents VALUES (1, ?, ?, 'rss', 'oom_kill', ?, 'worker', 9, '', ?, 1)",
                           (30 * SECOND, container, container, 30 * SECOND))


def hostile(db):
    db.execute("INSERT INTO scenarios VALUES (1, ?)", ("rss=<b>1M</b>",))
    for container, name in enumerate(HOSTILE, 1):
        db.execute("INSERT INTO containers VALUES (?, ?, ?)", (container, name, "/" + name))
        outcome(db, 0, container, None, maxheld_pages=1000)
        outcome(db, 1, container, 256, maxheld_pages=256, failcnt=9, uncharged_pages=9, oom_kills=1)
        db.execute("INSERT INTO incidents VALUES (1, ?, ?, 'rss', 'oom_kill', 7, ?, 9, ?, ?, 1)",
                   (2 * SECOND, container, name, name, 2 * SECOND))
        db.execute("INSERT INTO usage VALUES (0, ?, 'rss', ?, 1000, 1000)", (container, SECOND + 1))
        bill(db, container, container % len(HOSTILE) + 1, 1000)
        db.execute("INSERT INTO proofs VALUES (?, 'rss', ?, 'events', 1000, 1, 0, 9, 0, 0, 1000, -1, 'past')", (container, name))
        if container % 2:
            db.execute("INSERT INTO processes VALUES (7, 7, ?, ?, NULL, NULL, 0, 0, 0, ?)", (name, container, 30 * SECOND))
    db.execute("INSERT INTO losses VALUES (?, 1, ?, ?, 5, ?)", (HOSTILE[0], 3 * SECOND, 4 * SECOND, HOSTILE[1]))
    db.execute("INSERT INTO unmatched VALUES (?, 1, 1)", (HOSTILE[0],))
    db.execute("INSERT INTO run VALUES ('note.0', ?)", (HOSTILE[0],))


def extreme(db):
    most, least = 2**63 - 1, -2**63
    db.execute("UPDATE run SET value = ? WHERE key = 'begin_ns'", (str(least),))
    db.execute("UPDATE run SET value = ? WHERE key = 'end_ns'", (str(most),))
    db.execute("INSERT INTO containers VALUES (1, 'vast', '/')")
    for scenario, limit in enumerate([None, most, 1, 0, most // 4096]):
        if scenario:
            db.execute("INSERT INTO scenarios VALUES (?, 'some')", (scenario,))
        outcome(db, scenario, 1, limit, held_pages=most, maxheld_pages=most, failcnt=most, uncharged_pages=most,
                refaulted_pages=most, reclaim_calls=most, oom_kills=scenario // 3 * most, diverged_ns=least)
        for time in (least, 0, most):
            db.execute("INSERT INTO usage VALUES (?, 1, 'rss', ?, ?, ?)", (scenario, time, most, most))
        db.execute("INSERT INTO incidents VALUES (?, ?, 1, 'rss', 'oom_kill', ?, '', ?, '', ?, ?)", (scenario, least, most, least, most, most))
    db.execute("INSERT INTO losses VALUES ('', ?, ?, ?, ?, '')", (least, least, most, most))
    db.execute("INSERT INTO bills VALUES (1, 'rss', ?, ?, ?, ?, 0, ?, ?)", (least, most, most, most, most, most))
    db.execute("INSERT INTO shares VALUES (1, 'rss', 0, ?, ?)", (most, most))
    db.execute("INSERT INTO proofs VALUES (1, 'rss', 'rss', 'events', 1e308, 1e308, 0, ?, ?, ?, ?, ?, 'past')", (most, most, least, most, least))
    db.execute("INSERT INTO processes VALUES (1, 1, '', 1, ?, ?, ?, ?, ?, ?)", (least, most, most, most, most, most))
    db.execute("INSERT INTO checks VALUES ('x', ?, ?, ?, ?, ?, ?, ?, ?)", (most, most, most, least, most, most, most, most))


def make(root, kind, path):
    db = create(root, path)
    {"big": big, "hostile": hostile, "extreme": extreme}[kind](db)
    db.commit()
    db.close()


if __name__ == "__main__":
    make(*sys.argv[1:4])
