# SPDX-License-Identifier: GPL-2.0-or-later
"""A small recording of every format, made of those in tests/data, for tests that damage one.

    for kind in all_kinds(RECOUNT, DATA, FOLDER):
        kind.name, kind.paths           one or more recordings of this kind, a file or folder each
        kind.missing                    a program that it needs is not there

Version 6 and the codecs of version 7 are written here, without any of recount's code.
"""
import gzip
import os
import shutil
import struct
import subprocess
import zlib

from tracedat import BUFFER, Cpu, TraceDat, pack

PAGES = 8               # of each CPU
CLOCK, STATISTICS, CPUS = 4, 2, 8              # options
HEADER_INFO, OWN_EVENTS, FORMATS, SYMBOLS, CMDLINES = 16, 17, 18, 19, 21       # sections


class Kind:
    def __init__(self, name, paths, packer=None, extra=(), missing="", is_endless=False):
        self.name, self.packer, self.missing = name, packer, missing    # packer: (unpack, pack) of what is around a text
        self.paths = [paths] if isinstance(paths, str) else paths       # a file or folder each
        self.extra = list(extra)                                        # options of recount
        self.is_endless = is_endless                                    # nothing in it says how long it is


def unpack_zstd(data):
    return subprocess.run(["zstd", "-dcq"], input=data, capture_output=True, check=True).stdout


GZIP, ZSTD = (gzip.decompress, lambda text: gzip.compress(text, mtime=0)), (unpack_zstd, pack)


def write(folder, name, data):
    path = os.path.join(folder, name)
    with open(path, "wb") as file:
        file.write(data)
    return path


def read(*path):
    with open(os.path.join(*path), "rb") as file:
        return file.read()


def cut(dat):
    """The first pages of each CPU, and the formats of what is on them."""
    cpus, ids = [], set()
    for cpu in dat.cpus:
        few = Cpu(cpu.number, cpu.offset, cpu.bytes)
        few.pages = cpu.pages[:PAGES]
        cpus.append(few)
        ids |= {struct.unpack_from("<H", page.data, at)[0] for page in few.pages for _, at, _, _ in page.walk()}
    return cpus, formats_of(dat, ids)


def formats_of(dat, ids):
    """Formats by system, as the section of event formats has them: only of these ids."""
    systems = {}
    for system, text in dat.formats():
        if int(text.split("\n")[1][4:]) in ids:
            systems.setdefault(system, []).append(text.encode())
    out = struct.pack("<I", len(systems))
    for system, texts in systems.items():
        out += system.encode() + b"\0" + struct.pack("<I", len(texts))
        out += b"".join(struct.pack("<Q", len(text)) + text for text in texts)
    return out


def sections_of(dat, formats):
    """What the sections hold, by number; without symbols, which nothing here prints."""
    held = {number: dat.section(offset) for number, offset in dat.sections.items()}
    held[OWN_EVENTS] = struct.pack("<I", 0)
    held[FORMATS] = formats
    for number in range(SYMBOLS, CMDLINES):
        held[number] = struct.pack("<I", 0)
    return held


def options_of(cpus):
    yield CLOCK, b"local global [mono]\0"
    yield CPUS, struct.pack("<I", len(cpus))
    for cpu in cpus:
        yield STATISTICS, b"CPU: %d\nentries: 0\noverrun: 0\ncommit overrun: 0\ndropped events: 0\n\0" % cpu.number


def option(number, body):
    return struct.pack("<HI", number, len(body)) + body


def to_page(data, page_bytes):
    return data + bytes(-len(data) % page_bytes)


def version6(dat):
    """Everything in one fixed order; then the pages of each CPU."""
    cpus, formats = cut(dat)
    held = sections_of(dat, formats)
    head = b"\x17\x08\x44tracing6\0" + struct.pack("<BBI", 0, 8, dat.page_bytes)
    head += b"".join(held[number] for number in range(HEADER_INFO, CMDLINES + 1)) + struct.pack("<I", len(cpus))
    head += b"options  \0" + b"".join(option(*each) for each in options_of(cpus)) + struct.pack("<H", 0) + b"flyrecord\0"
    clock = b"local global [mono]"
    at = len(to_page(head + bytes(16 * len(cpus) + 8) + clock, dat.page_bytes))
    table, data = b"", b""
    for cpu in cpus:
        pages = b"".join(page.data for page in cpu.pages)
        table += struct.pack("<QQ", at + len(data), len(pages))
        data += pages
    return to_page(head + table + struct.pack("<Q", len(clock)) + clock, dat.page_bytes) + data


CODECS = {"none": None, "zlib": zlib.compress, "zstd": pack}


def version7(dat, codec):
    press = CODECS[codec]
    cpus, formats = cut(dat)
    out = bytearray(b"\x17\x08\x44tracing7\0" + struct.pack("<BBI", 0, 8, dat.page_bytes))
    out += codec.encode() + b"\0" + (b"1.0" if press else b"") + b"\0" + bytes(8)
    places = {}

    def section(number, payload):
        places[number] = len(out)
        if press:
            small = press(payload)
            payload = struct.pack("<II", len(small), len(payload)) + small
        out.extend(struct.pack("<HHIQ", number, press is not None, 0, len(payload)) + payload)

    for number, payload in sections_of(dat, formats).items():
        section(number, payload)
    buffer_at, body, table = len(out), bytearray(), b""
    base = buffer_at + 16
    for cpu in cpus:
        body += bytes(-(base + len(body)) % dat.page_bytes)
        start = base + len(body)
        chunks = [b"".join(page.data for page in cpu.pages[i:i + 3]) for i in range(0, len(cpu.pages), 3)]
        if press:
            body += struct.pack("<I", len(chunks))
            for chunk in chunks:
                body += struct.pack("<II", len(press(chunk)), len(chunk)) + press(chunk)
        else:
            body += b"".join(chunks)
        table += struct.pack("<IQQ", cpu.number, start, base + len(body) - start - 4 * (press is not None))
    out += struct.pack("<HHIQ", BUFFER, press is not None, 0, len(body)) + body
    text = b"".join(option(number, struct.pack("<Q", at)) for number, at in places.items())
    text += b"".join(option(*each) for each in options_of(cpus))
    text += option(BUFFER, struct.pack("<Q", buffer_at) + b"\0mono\0" + struct.pack("<II", dat.page_bytes, len(cpus)) + table)
    text += struct.pack("<HIQ", 0, 8, 0)
    offset_at = out.index(codec.encode()) + len(codec) + 1 + (4 if press else 1)
    struct.pack_into("<Q", out, offset_at, len(out))
    section(0, text)
    return bytes(out)


def perf_cut(data, most):
    """A perf.data with no more than so many bytes of records; the features behind them move up."""
    at, nr_bytes = struct.unpack_from("<QQ", data, 40)
    end = at
    while end < at + nr_bytes:
        size = struct.unpack_from("<H", data, end + 6)[0]
        if end + size - at > most:
            break
        end += size
    gone = at + nr_bytes - end
    out = bytearray(data[:end] + data[at + nr_bytes:])
    struct.pack_into("<Q", out, 48, end - at)
    nr_features = sum(bin(byte).count("1") for byte in data[72:104])
    for i in range(nr_features):
        place = struct.unpack_from("<Q", out, end + 16 * i)[0]
        struct.pack_into("<Q", out, end + 16 * i, place - gone)
    return bytes(out)


def trace_cmd_kinds(folder, path):
    """What trace-cmd prints of the small recording, with and without -t -R."""
    for name, words in (("trace-cmd report", []), ("trace-cmd report -t", ["-t"]), ("trace-cmd report -t -R", ["-t", "-R"])):
        if not shutil.which("trace-cmd"):
            yield Kind(name, [], missing="no trace-cmd")
            continue
        done = subprocess.run(["trace-cmd", "report", *words, "-i", path], capture_output=True, check=True)
        yield Kind(name, write(folder, name.replace(" ", "_") + ".txt", done.stdout))


def all_kinds(recount, data, folder):
    dat = TraceDat(read(data, "thp.dat"))
    yield Kind("trace.dat 6", write(folder, "six.dat", version6(dat)))
    for codec in CODECS:
        yield Kind("trace.dat 7, %s" % codec, write(folder, "seven-%s.dat" % codec, version7(dat, codec)))
    yield Kind("trace.dat 7, recount record", [os.path.join(data, name) for name in ("calls.dat", "running.dat")])
    yield Kind("pages of a CPU (.cpu0)", write(folder, "trace.dat.cpu0", b"".join(page.data for page in dat.cpus[0].pages[:PAGES])),
               extra=["--formats", os.path.join(data, "thp.dat")], is_endless=True)
    yield Kind("perf.data", os.path.join(data, "forkcow.perf.data"))
    yield Kind("perf.data, lost records", os.path.join(data, "hog.lost.perf.data"))
    yield Kind("perf.data, zstd", write(folder, "zstd.perf.data", perf_cut(read(data, "gcc.zstd.perf.data"), 40000)))
    yield Kind("perf.data, big-endian", os.path.join(data, "..", "fuzz", "perf_data", "made1.perf.data"))
    yield Kind("perf.data of a pipe", os.path.join(data, "reserve.pipe.perf.data"), is_endless=True)
    yield Kind("perf.data of a pipe, big-endian", os.path.join(data, "..", "fuzz", "perf_data", "made3.perf.data"), is_endless=True)
    yield Kind("perf.data, folder, zstd", os.path.join(data, "threads.perf"))
    yield Kind("ftrace's trace", os.path.join(data, "ftrace.txt"))
    yield from trace_cmd_kinds(folder, os.path.join(folder, "seven-zstd.dat"))
    yield Kind("perf script", write(folder, "perf-script.txt", unpack_zstd(read(data, "perf-script.txt.zst"))))
    yield Kind("a text in gzip", os.path.join(data, "trace-cmd.txt.gz"), packer=GZIP)
    yield Kind("a text in zstd", os.path.join(data, "perf-script.txt.zst"), packer=ZSTD)
    ops = subprocess.run([recount, "ops", os.path.join(folder, "seven-none.dat")], capture_output=True, check=True).stdout
    yield Kind("operations of a recording", write(folder, "small.ops", ops))
    golden = os.path.join(data, "..", "golden")
    yield Kind("operations by hand", sorted(os.path.join(golden, name) for name in os.listdir(golden) if name.endswith(".ops")))
