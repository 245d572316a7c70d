#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Seeds for fuzzing, cut from a recording.

usage: seeds.py TARGET RECORDING FOLDER

TARGET is one of
  trace_dat     of every kind of event a few records on three pages
  ring_pages    the same on small pages, plain and packed
  formats       the formats of what was recorded
"""
import os
import struct
import sys
import zlib

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "damage"))
from tracedat import TraceDat, pack  # noqa: E402

RECORDS, LONGEST = 4, 256
SMALL_PAGE, ZLIB, ZSTD = 512, 4, 8      # as ring_pages.c has them


def records_by_id(dat):
    """Of each id a few records, (time, bytes)."""
    found = {}
    for cpu in dat.cpus:
        for page in cpu.pages:
            for time, at, nr_bytes, _ in page.walk():
                same = found.setdefault(struct.unpack_from("<H", page.data, at)[0], [])
                if len(same) < 3 * RECORDS and nr_bytes <= LONGEST:
                    same.append((time, page.data[at:at + nr_bytes]))
    return found


def page_of(records):
    """One after the other, a microsecond apart; the last after a time extend."""
    body = b""
    for number, (_, data) in enumerate(records):
        if number == len(records) - 1:
            body += struct.pack("<II", 30 | 7 << 5, 1)
        if len(data) // 4 <= 28 and len(data) % 4 == 0:
            body += struct.pack("<I", len(data) // 4 | 1000 << 5) + data
        else:
            body += struct.pack("<II", 1000 << 5, len(data) + 4) + data + bytes(-len(data) % 4)
    return struct.pack("<QQ", records[0][0], len(body)) + body


def three_pages(dat):
    for number, records in sorted(records_by_id(dat).items()):
        pages = [page_of(part) for part in (records[i::3] for i in range(3)) if part]
        lengths = [len(page) for page in pages] + [0, 0]
        yield "%d.pages" % number, struct.pack("<HHH", number, lengths[0], lengths[1]) + b"".join(pages)


def small_pages(dat):
    """Two CPUs with a page of each record; they are neighbours in time."""
    for number, records in sorted(records_by_id(dat).items()):
        cpus = [b"".join(page_of([record]).ljust(SMALL_PAGE, b"\0")[:SMALL_PAGE] for record in records[i::2])
                for i in range(2)]
        for choice, press in ((0, None), (ZLIB, zlib.compress), (ZSTD, pack)):
            parts = cpus
            if press:
                packed = [press(part) if part else b"" for part in cpus]
                parts = [struct.pack("<III", 1, len(small), len(part)) + small for small, part in zip(packed, cpus)]
            yield "%d.%d.small" % (number, choice), struct.pack("<BH", choice, len(parts[0])) + b"".join(parts)


def formats(dat):
    recorded = records_by_id(dat)
    for system, text in dat.formats():
        name, number, body = text.split("\n")[0][6:], int(text.split("\n")[1][4:]), text.encode()
        if number in recorded and len(body) <= 4096:
            yield name + ".format", b"\0" + struct.pack("<I", 1) + system.encode() + b"\0" + \
                struct.pack("<IQ", 1, len(body)) + body


def main():
    target, recording, folder = sys.argv[1:]
    make = {"trace_dat": three_pages, "ring_pages": small_pages, "formats": formats}[target]
    with open(recording, "rb") as file:
        dat = TraceDat(file.read())
    for name, seed in make(dat):
        with open(os.path.join(folder, "%s.%s" % (os.path.basename(recording), name)), "wb") as file:
            file.write(seed)


main()
