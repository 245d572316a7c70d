#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Seeds for fuzz_trace_dat: of every kind of event in a recording, a few records on three small pages.

usage: seeds.py RECORDING FOLDER
"""
import os
import struct
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "damage"))
from tracedat import TraceDat  # noqa: E402

RECORDS, LONGEST = 4, 256


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


def main():
    recording, folder = sys.argv[1:]
    with open(recording, "rb") as file:
        found = records_by_id(TraceDat(file.read()))
    for number, records in sorted(found.items()):
        parts = [records[i::3] for i in range(3) if records[i::3]]
        pages = [page_of(part) for part in parts]
        lengths = [len(page) for page in pages] + [0, 0]
        with open(os.path.join(folder, "%s.%d.pages" % (os.path.basename(recording), number)), "wb") as file:
            file.write(struct.pack("<HHH", number, lengths[0], lengths[1]) + b"".join(pages))


main()
