#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Which words of a recording are still in its scrubbed copy.

usage: strings.py RECOUNT ORIGINAL SCRUBBED

Every byte of both is looked at, packed or not: all that libzstd, zlib and gzip can unpack, wherever it
stands. Words of 7 characters or more that both have are printed, but those that recount itself has in it (it
writes the formats of the copy), numbers, the kernel's words for a setting, and what counting bytes look like.
Shorter words are looked for by name (scrub.sh). Exit code 1 if there is any.
"""
import ctypes
import re
import sys
import zlib

ZSTD = b"\x28\xb5\x2f\xfd"
# of formats, of trace.dat, of the facts that stay (docs/recording.md)
KNOWN = re.compile(rb"(field|offset|size):[a-z0-9]+|Dtracing7|defer\+madvise|within_size|[0-9.:]+")
WORD = re.compile(rb"[A-Za-z0-9_.:@%+-]{7,}")


class Buffer(ctypes.Structure):
    _fields_ = [("bytes", ctypes.c_void_p), ("size", ctypes.c_size_t), ("at", ctypes.c_size_t)]


def make_unpacker():
    lib = ctypes.CDLL("libzstd.so.1")
    lib.ZSTD_createDStream.restype = ctypes.c_void_p
    lib.ZSTD_initDStream.argtypes = [ctypes.c_void_p]
    lib.ZSTD_decompressStream.argtypes = [ctypes.c_void_p, ctypes.POINTER(Buffer), ctypes.POINTER(Buffer)]
    lib.ZSTD_decompressStream.restype = ctypes.c_size_t
    stream = lib.ZSTD_createDStream()
    out = ctypes.create_string_buffer(1 << 20)

    def unpack(data, begin):
        """What is packed from there on, as far as it can be unpacked."""
        lib.ZSTD_initDStream(stream)
        packed = ctypes.create_string_buffer(data[begin:], len(data) - begin)
        source = Buffer(ctypes.cast(packed, ctypes.c_void_p), len(data) - begin, 0)
        found = b""
        while True:
            target = Buffer(ctypes.cast(out, ctypes.c_void_p), len(out), 0)
            left = lib.ZSTD_decompressStream(stream, ctypes.byref(target), ctypes.byref(source))
            found += out.raw[:target.at]
            if left == 0 or left > 1 << 62 or (not target.at and source.at == source.size):
                return found
    return unpack


def whole(path, unpack):
    with open(path, "rb") as file:
        data = file.read()
    parts, at = [data], data.find(ZSTD)
    # Frames of a file end where the next begins, at the latest: only so much is handed over.
    while at >= 0:
        following = data.find(ZSTD, at + 4)
        parts.append(unpack(data[at:following if following > 0 else len(data)], 0))
        at = following
    for kind in (31, 15):    # gzip, zlib
        magic = b"\x1f\x8b" if kind == 31 else b"\x78\x9c"
        at = data.find(magic) if not data.startswith(b"\x17\x08\x44") or kind == 15 else -1
        while at >= 0:
            try:
                parts.append(zlib.decompressobj(kind).decompress(data[at:]))
            except zlib.error:
                pass
            at = data.find(magic, at + 2) if kind == 15 else -1
    return b"\n".join(parts)


def counts(text):
    return sorted(text) == list(text) or sorted(text, reverse=True) == list(text)


def is_name(word):
    """Numbers that count up or down make text of their own, two by two too; it has no small letters, or they are in order."""
    return re.search(rb"[a-z]", word) and not counts(word[::2]) and not counts(word[1::2])


def words(data):
    return {word for word in WORD.findall(data) if is_name(word) and not KNOWN.fullmatch(word)}


def main():
    recount, original, scrubbed = sys.argv[1:]
    unpack = make_unpacker()
    with open(recount, "rb") as file:
        own = file.read()
    left = sorted(word for word in words(whole(original, unpack)) & words(whole(scrubbed, unpack)) if word not in own)
    for word in left:
        print(word.decode())
    sys.exit(bool(left))


main()
