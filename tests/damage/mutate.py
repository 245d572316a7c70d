#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Recordings with bytes changed at random, replayed: nothing crashes, hangs or loses events without a word.

usage: mutate.py RECOUNT [--times N] [--seed N] [--keep FOLDER] RECORDING...

Each recording N times: bytes are overwritten, removed, doubled or moved, or its end is cut off; a text
that is packed also inside.  Judged: the exit code, no more than a minute, and that exit 0 means that as
many events were read as of the whole.  Best with a build with sanitizers, and --check (on here).
"""
import gzip
import os
import random
import shutil
import subprocess
import sys
import tempfile

SECONDS = 60
MOST_SHOWN = 5


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


WAYS = (flip, flip, remove, double, move, cut)
TEXT_WAYS = WAYS + (swap_lines, digits, digits, digits)


def mutate(data, is_text, chance):
    data = bytearray(data)
    for _ in range(chance.choice((1, 1, 3))):
        if data:
            chance.choice(TEXT_WAYS if is_text else WAYS)(data, chance)
    return bytes(data)


def lines_of(text):
    """Lines that should be events. What is gone between two halves of a line, or with its line, nothing tells."""
    return sum(line[:1] != b"#" and b": " in line for line in text.split(b"\n"))


def run(recount, path, folder):
    database = os.path.join(folder, "RUN.db")
    command = [recount, "replay", "--check", "--no-progress", "-v", path, "-o", database, "--limit", "rss=4M", "--limit", "memory=8M",
               "--limit", "memcg=4M", "--swap", "8M"]
    try:
        done = subprocess.run(command, capture_output=True, check=False, timeout=SECONDS)
    except subprocess.TimeoutExpired:
        return "hangs", 0, ""
    text = done.stderr.decode(errors="replace")
    words = [line.split() for line in text.splitlines() if " events read, " in line]
    return done.returncode, int(words[0][words[0].index("events") - 1]) if words else 0, text


def judge(code, events, text, whole):
    if code not in (0, 2, 3) or "ERROR: " in text or "runtime error" in text:
        return "exit %s: %s" % (code, text[:800])
    if code == 0 and events < whole:
        return "exit 0, and %d of %d events" % (events, whole)
    if code and not text:
        return "exit %d without a word" % code
    return None


def try_recording(recount, path, times, seed, keep, folder):
    with open(path, "rb") as file:
        data = file.read()
    is_packed = data[:2] == b"\x1f\x8b"
    inside = gzip.decompress(data) if is_packed else data
    is_text = b"\n" in inside[:400] and b"\0" not in inside[:400]
    _, whole, _ = run(recount, path, folder)
    codes, nr_wrong = {}, 0
    for number in range(times):
        chance = random.Random("%s %d %d" % (os.path.basename(path), seed, number))
        damaged = os.path.join(folder, "damaged")
        is_plain = is_text and (number % 4 != 0 or not is_packed)
        changed = mutate(inside if is_packed and number % 4 else data, is_plain, chance)
        with open(damaged, "wb") as file:
            file.write(changed)
        code, events, text = run(recount, damaged, folder)
        codes[code] = codes.get(code, 0) + 1
        wrong = judge(code, events, text, min(whole, lines_of(changed)) if is_plain else whole)
        if wrong:
            nr_wrong += 1
            if nr_wrong <= MOST_SHOWN:
                print("FAILED: %s, %d: %s" % (path, number, wrong), flush=True)
            if keep:
                shutil.copy(damaged, os.path.join(keep, "%s.%d.%d" % (os.path.basename(path), seed, number)))
    print("%s: %d times, by exit code %s: %d wrong" % (path, times, dict(sorted(codes.items(), key=str)), nr_wrong), flush=True)
    return nr_wrong


def main():
    times, seed, keep, paths = 100, 1, None, []
    rest = iter(sys.argv[2:])
    for argument in rest:
        if argument == "--times":
            times = int(next(rest))
        elif argument == "--seed":
            seed = int(next(rest))
        elif argument == "--keep":
            keep = next(rest)
        else:
            paths.append(argument)
    with tempfile.TemporaryDirectory() as folder:
        return sum(try_recording(sys.argv[1], path, times, seed, keep, folder) for path in paths) > 0


sys.exit(main())
