#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Touches so many new pages, each once. usage: faults.py PAGES [A-SECOND]; prints the first address and the one behind the last."""
import ctypes
import mmap
import sys
import time

pages, rate = int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 0
memory = mmap.mmap(-1, pages * 4096, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
memory.madvise(mmap.MADV_NOHUGEPAGE)
begin = ctypes.addressof(ctypes.c_char.from_buffer(memory))
started = time.monotonic()
for first in range(0, pages, 500):
    for page in range(first, min(first + 500, pages)):
        memory[page * 4096] = 1
    if rate:
        time.sleep(max(0, first / rate - (time.monotonic() - started)))
print(f"{begin:#x} {begin + pages * 4096:#x}")
