#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Recordings with bytes changed at random, replayed: nothing crashes, hangs or loses events without a word.

usage: mutate.py RECOUNT [--times N] [--seed N] [--keep FOLDER] [--kind WORD]... [RECORDING...]

Without RECORDING small ones of every format (kinds.py), or of those whose name holds WORD, each kind N times; a table at the end.
Bytes are overwritten, removed, doubled or moved, words become impossible, or the end is cut off; a text that is packed is also
damaged inside and packed again; of a folder one file is damaged.

Judged: the exit code is one of the contract's (1 only of operations: an `expect` that does not hold), nothing of a sanitizer, no more
than a minute of processor; exit 2 leaves no RUN.db, any other one that SQLite finds whole.  And nothing is lost without a word: where
fewer events were read than of the whole (of a text: than lines that should be events are left), exit 0 is wrong, and so is exit 3 whose
notes and losses are those of the undamaged recording.
Not asked: what has nothing in it that says how much there was (pages of a CPU, what came through a pipe) and became shorter may have
lost whole pages or records, which nothing could tell.  What still may come out as wrong: damage that makes
one possible record of several, of an event whose length nothing tells.
Best with a build with sanitizers; every 8th with --check.
"""
import os
import random
import resource
import shutil
import sqlite3
import struct
import subprocess
import sys
import tempfile

from kinds import GZIP, ZSTD, Kind, all_kinds, read, write

SECONDS = 60            # of processor
MOST_SHOWN = 5
CHECKED = 8             # every so many-th
CODES = (0, 1, 2, 3)
WORDS = (0, 1, 7, 0x7f, 0xff, 0xffff, 0x7fffffff, 0x80000000, 0xfffffff0, 0xffffffff, 1 << 40, 1 << 63, (1 << 64) - 1)


def flip(data, chance):
    for _ in range(chance.choice((1, 2, 5, 20))):
        data[chance.randrange(len(data))] = chance.choice((0, 1, 0x7f, 0x80, 0xff, chance.randrange(256)))


def remove(data, chance):
    at = chance.randrange(len(data))
    del data[at:at + chance.choice((1, 4, 100, 4096))]


def double(data, chance):
    at, nr = chance.randrange(len(data)), chance.choice((1, 8, 100, 4096))
    data[at:at] = data[at:at + nr]


def move(data, chance):
    at, to, nr = chance.randrange(len(data)), chance.randrange(len(data)), chance.choice((8, 100, 4096))
    part = data[at:at + nr]
    data[to:to + len(part)] = part


def cut(data, chance):
    del data[chance.randrange(len(data)):]


def set_word(data, chance):
    """A size, count or offset that cannot be."""
    nr = chance.choice((2, 4, 8))
    at = chance.randrange(max(1, len(data) - nr)) & ~(nr - 1)
    value = chance.choice(WORDS + (len(data), len(data) - 1, at)) & ((1 << 8 * nr) - 1)
    data[at:at + nr] = struct.pack("<Q", value)[:nr]


def zero(data, chance):
    at, nr = chance.randrange(len(data)), chance.choice((16, 512, 4096))
    data[at:at + nr] = bytes(len(data[at:at + nr]))


def swap_lines(data, chance):
    lines = bytes(data).split(b"\n")
    for _ in range(chance.choice((1, 10))):
        a, b = chance.randrange(len(lines)), chance.randrange(len(lines))
        lines[a], lines[b] = lines[b], lines[a]
    data[:] = b"\n".join(lines)


def digits(data, chance):
    """Another digit here and there: numbers stay numbers."""
    for _ in range(chance.choice((1, 5, 50))):
        at = chance.randrange(len(data))
        while at < len(data) and not chr(data[at]).isdigit():
            at += 1
        if at < len(data):
            data[at] = ord(chance.choice("0123456789"))


WAYS = (flip, flip, set_word, set_word, remove, double, move, cut, zero)
TEXT_WAYS = (flip, flip, remove, double, move, cut, swap_lines, digits, digits, digits)


def mutate(data, is_text, chance):
    data = bytearray(data)
    for _ in range(chance.choice((1, 1, 3))):
        if data:
            chance.choice(TEXT_WAYS if is_text else WAYS)(data, chance)
    return bytes(data)


def is_ops(text):
    return text is not None and b"\nrecount-ops 1" in b"\n" + text[:4000]


def lines_of(text):
    """Lines that should be events. What is gone between two halves of a line, or with its line, nothing tells."""
    if is_ops(text):
        return len(text.splitlines())   # each is one
    return sum(line[:1] != b"#" and b": " in line for line in text.split(b"\n"))


class Result:
    """How a replay ended; what it left."""

    def __init__(self, code, text, database):
        self.code, self.text, self.told, self.events, self.broken = code, text, None, 0, ""
        words = [line.split() for line in text.splitlines() if " events read, " in line]
        if words:
            self.events = int(words[0][words[0].index("events") - 1])
        self.has_database = os.path.exists(database)
        if self.has_database:
            self.look_into(database)
            os.unlink(database)

    def look_into(self, database):
        try:
            with sqlite3.connect(database) as rows:
                whole = rows.execute("PRAGMA quick_check").fetchone()[0]
                self.broken = "" if whole == "ok" else whole
                self.told = sorted(map(repr, rows.execute(
                    "SELECT * FROM losses UNION ALL SELECT key, value, 0, 0, 0, 0 FROM run "
                    "WHERE key LIKE 'note%' OR key IN ('events_lost', 'gaps', 'events')")))
                self.told = [row for row in self.told if "'events'" not in row]
            rows.close()
        except sqlite3.Error as error:
            self.broken = str(error)


def limit():
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))


def run(recount, path, folder, extra, is_checked=False):
    database = os.path.join(folder, "RUN.db")
    command = [recount, "replay", "--no-progress", "-v", path, "-o", database, "--limit", "rss=4M", "--limit", "memory=8M",
               "--limit", "memcg=4M", "--swap", "8M", *extra] + ["--check"] * is_checked
    try:
        done = subprocess.run(command, capture_output=True, check=False, timeout=10 * SECONDS, preexec_fn=limit)
    except subprocess.TimeoutExpired:
        return Result("hangs", "", database)
    return Result(done.returncode, done.stderr.decode(errors="replace"), database)


def judge(result, least, whole, can_expect):
    """What is wrong with it, or None; `least` events are to be read unless something is told."""
    if result.code not in CODES or result.code == 1 and not can_expect or "ERROR: " in result.text or "runtime error" in result.text:
        return "exit %s: %s" % (result.code, result.text[:800])
    if result.code and not result.text:
        return "exit %d without a word" % result.code
    if result.has_database != (result.code in (0, 3)) or result.broken:
        return "exit %d and %s RUN.db %s" % (result.code, "a" if result.has_database else "no", result.broken)
    if result.code == 0 and result.events < least:
        return "exit 0, and %d of %d events" % (result.events, least)
    if result.code == 3 and result.events < least and result.told == whole.told:
        return "%d of %d events, and no more is told than of the whole" % (result.events, least)
    return None


class Recording:
    """One of a kind: a file, or a folder of which one file is damaged; `damaged` is where recount finds it."""

    def __init__(self, recount, kind, path, folder):
        self.path, self.kind, self.recount, self.folder = path, kind, recount, folder
        self.parts = sorted(os.listdir(path)) if os.path.isdir(path) else [""]
        self.damaged = os.path.join(folder, os.path.basename(path))
        if os.path.isdir(path):
            shutil.copytree(path, self.damaged, dirs_exist_ok=True)
        self.data = [read(path, part) if part else read(path) for part in self.parts]
        inside = kind.packer[0](self.data[0]) if kind.packer else self.data[0]
        self.text = inside if b"\n" in inside[:400] and b"\0" not in inside[:4000] else None
        if not os.path.isdir(path):
            write(folder, os.path.basename(path), self.data[0])
        self.whole = run(recount, self.damaged, folder, kind.extra)
        # Of a text: lines that look like events, and are none.
        self.nr_other_lines = lines_of(self.text) - self.whole.events if self.text else 0

    def change(self, number, chance):
        """Which part becomes what, and how many events are to be read of it."""
        part = chance.randrange(len(self.parts))
        if self.text is None:
            data = mutate(self.data[part], False, chance)
            is_less = self.kind.is_endless and len(data) < len(self.data[part])
            return part, data, 0 if is_less else self.whole.events
        if self.kind.packer and number % 2:
            return part, mutate(self.data[part], False, chance), self.whole.events
        text = mutate(self.text, True, chance)
        return part, self.kind.packer[1](text) if self.kind.packer else text, min(self.whole.events, lines_of(text) - self.nr_other_lines)

    def try_one(self, number, chance, keep):
        part, data, least = self.change(number, chance)
        path = os.path.join(self.damaged, self.parts[part]) if self.parts[part] else self.damaged
        write("", path, data)
        result = run(self.recount, self.damaged, self.folder, self.kind.extra, number % CHECKED == 0)
        wrong = judge(result, least, self.whole, is_ops(self.text))
        if wrong and keep:
            write(keep, "%d.%s" % (number, os.path.basename(path)), data)
        write("", path, self.data[part])
        return result.code, wrong


def try_kind(recount, kind, times, seed, keep, folder):
    """The line of the table: what, bytes, events, how often, exit codes, wrong."""
    recordings = [Recording(recount, kind, path, folder) for path in kind.paths]
    codes, nr_wrong = {}, 0
    for number in range(times):
        recording = recordings[number % len(recordings)]
        chance = random.Random("%s %d %d" % (kind.name, seed, number))
        code, wrong = recording.try_one(number, chance, keep)
        codes[code] = codes.get(code, 0) + 1
        if wrong:
            nr_wrong += 1
            if nr_wrong <= MOST_SHOWN:
                print("FAILED: %s, %d, %s: %s" % (kind.name, number, recording.path, wrong), flush=True)
    return [kind.name, sum(len(data) for each in recordings for data in each.data),
            sum(each.whole.events for each in recordings), times, *(codes.pop(code, 0) for code in CODES),
            sum(codes.values()), nr_wrong]


def kind_of(path):
    """A recording that was named is a kind of its own."""
    head = b"" if os.path.isdir(path) else read(path)[:4]
    packer = GZIP if head[:2] == b"\x1f\x8b" else ZSTD if head == b"\x28\xb5\x2f\xfd" else None
    return Kind(os.path.basename(path), path, packer=packer)


def main():
    times, seed, keep, words, paths = 100, 1, None, [], []
    rest = iter(sys.argv[2:])
    for argument in rest:
        if argument == "--times":
            times = int(next(rest))
        elif argument == "--seed":
            seed = int(next(rest))
        elif argument == "--keep":
            keep = next(rest)
        elif argument == "--kind":
            words.append(next(rest))
        else:
            paths.append(argument)
    form, nr_wrong = "%-30s %9s %7s %8s %7s %7s %7s %7s %6s %6s", 0
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as made:
        data = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "data")
        kinds = [kind_of(path) for path in paths] or list(all_kinds(sys.argv[1], data, made))
        print(form % ("kind", "bytes", "events", "mutants", "exit 0", "exit 1", "exit 2", "exit 3", "other", "wrong"), flush=True)
        for kind in kinds:
            if words and not any(word in kind.name for word in words):
                continue
            if kind.missing:
                print("%-30s skipped: %s" % (kind.name, kind.missing))
                continue
            line = try_kind(sys.argv[1], kind, times, seed, keep, folder)
            nr_wrong += line[-1]
            print(form % tuple(line), flush=True)
    return nr_wrong > 0


sys.exit(main())
