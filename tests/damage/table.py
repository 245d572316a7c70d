#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Damaged recordings, one damage a line, and what recount makes of each.

usage: table.py [--markdown] RECOUNT RECORDING-7 [PERF-DATA]

The damages are those that other readers were seen to crash on or to lose data on
without a word.  Judged for each: how the program ends, that all events outside of the
damage are delivered and nothing else, that exit 0 means that nothing is missing, and that
what is missing is told with its place.  Where every record lies is found by tracedat.py and
by a walk over the records of perf.data, not by recount.
"""
import os
import signal
import struct
import subprocess
import sys
import tempfile

from tracedat import Page, TraceDat

PERF_SAMPLE = 9


def events(recount, path, extra=()):
    """Exit code, events by (ns, cpu) with their text, gaps, stderr."""
    run = subprocess.run([recount, "events", path, *extra], capture_output=True, check=False, timeout=60)
    lines, gaps = [], []
    for line in run.stdout.decode().splitlines():
        (gaps if " gap reason=" in line else lines).append(line)
    return run.returncode, lines, gaps, run.stderr.decode()


def other_tool(path, is_perf):
    """How trace-cmd, or perf, ends on the file, and how many events it prints; only for the table."""
    command = ["perf", "script", "-i", path] if is_perf else ["trace-cmd", "report", "-i", path]
    try:
        done = subprocess.run(command, capture_output=True, check=False, timeout=60)
    except (FileNotFoundError, subprocess.TimeoutExpired) as error:
        return type(error).__name__
    lines = sum(b"]" in line and b": " in line for line in done.stdout.splitlines())
    how = signal.Signals(-done.returncode).name if done.returncode < 0 else "exit %d" % done.returncode
    return "%s, %d" % (how, lines)


def key(line):
    seconds, cpu = line.split(" ", 2)[:2]
    whole, part = seconds.split(".")
    return int(whole) * 10 ** 9 + int(part), int(cpu[4:])


class Case:
    """A damaged file; which events must be there is told by keys of those that may be missing."""

    def __init__(self, what, data, code, lost=(), gaps=None, says="", nothing=False, is_garbled=False, extra=(), maybe=False):
        self.what, self.data, self.code = what, data, code
        self.lost = set(lost)           # (ns, cpu) of records that cannot be read
        self.gaps = gaps                # how many, if it matters
        self.says = says                # in the messages
        self.nothing = nothing          # no event can be read at all
        self.extra = extra              # options
        self.maybe = maybe              # some of the lost ones may come out
        self.is_garbled = is_garbled    # in its time, on its CPU, anything may come out


def keys(cpu, pages):
    return {(time, cpu.number) for page in pages for time, _, _, _ in page.walk()}


def put(data, at, fmt, *values):
    data = bytearray(data)
    struct.pack_into(fmt, data, at, *values)
    return bytes(data)


def chunk_pages(cpu, nr):
    first = sum(pages for _, _, pages in cpu.chunks[:nr])
    return cpu.pages[first:first + cpu.chunks[nr][2]]


def dat_cases(path):
    with open(path, "rb") as file:
        data = file.read()
    dat = TraceDat(data)
    cpu = max(dat.cpus, key=lambda c: len(c.pages))
    middle = len(cpu.chunks) // 2
    at, packed, _ = cpu.chunks[middle]
    lost = keys(cpu, chunk_pages(cpu, middle))

    yield Case("options lead back to the first", loop(dat, data), 3, says="leads back to offset")
    yield Case("an option of 0xfffffff0 bytes", big_option(dat), 3, says="claims 4294967280 bytes")
    yield Case("header_page of 1 TiB", big_header(dat), 3, says="page header format: damaged")
    yield cut(dat, data, at + 8 + packed // 2)
    yield cut(dat, data, min(c.offset for c in dat.cpus) + 2, "cut off before its first chunk")
    yield long_record(dat)
    # There is no checksum: it may unpack to anything, records with other fields among them.
    yield Case("a chunk overwritten in the middle", data[:at + 40] + b"\xa5" * 64 + data[at + 104:], 3, lost, None,
               "offset 0x%x: " % at, is_garbled=True)
    yield Case("the head of a chunk zeroed", put(data, at, "<II", 0, 0), 3, lost, 1, "0x%x: " % at)
    yield hole(dat)
    yield Case("event formats overwritten", zeroed(data, dat.sections[18] + 16, 64), 2, nothing=True,
               says="no event format can be read")
    yield Case("the same, with --formats of another file", zeroed(data, dat.sections[18] + 16, 64), 3,
               says="those of ", extra=("--formats", path))
    yield Case("table of CPUs: offset beyond the file", bad_table(dat, "<Q", 4, 1 << 50), 3,
               keys(dat.cpus[0], dat.cpus[0].pages), None, "cut short")
    yield Case("table of CPUs: size of 1 PiB", bad_table(dat, "<Q", 12, 1 << 50), 3, (), None, "cpu")
    yield Case("magic number", put(data, 0, "<B", 0), 2, nothing=True, says="not a recording")
    yield Case("version", put(data, 10, "<B", 0x39), 2, nothing=True, says="version")
    yield Case("byte order", put(data, 12, "<B", 7), 2, nothing=True, says="byte order")
    yield Case("page size", put(data, 14, "<I", 3), 2, nothing=True, says="page size")
    yield Case("name of the compression", put(data, 18, "<B", 0x7a ^ 0x20), 2, nothing=True, says="compression")
    yield Case("offset of the options: into the data", put(data, dat.options_offset_at, "<Q", at), 3, (), None,
               "options at offset")


def loop(dat, data):
    """The last options lead to the first: the section is written anew, not compressed."""
    whole = dat.write(packed=True)
    where = struct.unpack_from("<Q", whole, dat.options_offset_at)[0]
    del data
    return put(whole, len(whole) - 8, "<Q", where)


def big_option(dat):
    """A small option before all that matters would take the rest along: so the last one."""
    options = dat.options + [[5, b"x"]]
    whole = dat.write(packed=True, options=options)
    return put(whole, len(whole) - 14 - 1 - 4, "<I", 0xfffffff0)


def big_header(dat):
    """Section 16, not compressed."""
    whole = bytearray(dat.write(packed=True))
    text = bytearray(dat.section(dat.sections[16]))
    struct.pack_into("<Q", text, len(b"header_page\0"), 1 << 40)
    where = len(whole)
    whole += struct.pack("<HHIQ", 16, 0, 0, len(text)) + text
    options = struct.unpack_from("<Q", whole, dat.options_offset_at)[0] + 16
    while True:
        number, nr_bytes = struct.unpack_from("<HI", whole, options)
        if number == 16:
            struct.pack_into("<Q", whole, options + 6, where)
            return bytes(whole)
        options += 6 + nr_bytes


def cut(dat, data, length, what="cut in the middle"):
    """What lies before the cut: options and formats are in front, tables of CPUs behind."""
    lost = set()
    for cpu in dat.cpus:
        first = 0
        for at, packed, pages in cpu.chunks:
            if at + 8 + packed > length:
                lost |= keys(cpu, cpu.pages[first:first + pages])
            first += pages
    return Case(what, data[:length], 3, lost, None, "table of CPUs is lost")


def long_record(dat):
    """The first record of a page claims 64 MB: the page is lost, the next one goes on."""
    cpu = max(dat.cpus, key=lambda c: len(c.pages))
    number = len(cpu.pages) // 2
    page = cpu.pages[number]
    _, _, _, start = next(page.walk())
    cpu.pages[number] = Page(put(page.data, start, "<II", 0, 64 << 20))
    data = dat.write(packed=False)
    cpu.pages[number] = page
    return Case("the first event of a page claims 64 MB", data, 3, keys(cpu, [page]), 1,
                "a record that does not fit into its page")


def hole(dat):
    """Two pages that the disk never wrote."""
    cpu = max(dat.cpus, key=lambda c: len(c.pages))
    number = len(cpu.pages) // 2
    saved = cpu.pages[number:number + 2]
    cpu.pages[number:number + 2] = [Page(bytes(dat.page_bytes))] * 2
    data = dat.write(packed=False)
    cpu.pages[number:number + 2] = saved
    return Case("two pages of zeros", data, 3, keys(cpu, saved), 1, "%d bytes are not read" % (2 * dat.page_bytes))


def zeroed(data, at, nr_bytes):
    return data[:at] + bytes(nr_bytes) + data[at + nr_bytes:]


def bad_table(dat, fmt, offset, value):
    """The first CPU's line of the table: u32 cpu, u64 offset, u64 size."""
    whole = dat.write(packed=True)
    options = struct.unpack_from("<Q", whole, dat.options_offset_at)[0] + 16
    while True:
        number, nr_bytes = struct.unpack_from("<HI", whole, options)
        if number == 3:
            return put(whole, options + 6 + dat.buffer_cpus_at + 4 + offset, fmt, value)
        options += 6 + nr_bytes


class PerfData:
    """Where the samples of a perf.data lie: not compressed, one layout for all events, little endian."""

    def __init__(self, data):
        self.data = data
        attrs, _, self.begin, size = struct.unpack_from("<4Q", data, 24)
        self.end = self.begin + size
        kind = struct.unpack_from("<Q", data, attrs + 24)[0]
        at = 8 + 8 * bool(kind & 1 << 16) + 8 * bool(kind & 1)
        self.time_at = at + 8 * bool(kind & 2)
        at = self.time_at + 8
        for bit in (3, 6, 9):
            at += 8 * bool(kind & 1 << bit)
        self.cpu_at = at
        self.raw_at = at + 8 + 8 * bool(kind & 1 << 8)
        assert kind & 4 and kind & 1 << 7 and kind & 1 << 10 and not kind & (1 << 4 | 1 << 5), hex(kind)

    def samples(self):
        """(offset, key) of each."""
        at = self.begin
        while at < self.end:
            number, _, size = struct.unpack_from("<IHH", self.data, at)
            if number == PERF_SAMPLE:
                yield at, (struct.unpack_from("<Q", self.data, at + self.time_at)[0],
                           struct.unpack_from("<I", self.data, at + self.cpu_at)[0])
            at += size


def sample_keys(path):
    with open(path, "rb") as file:
        return {name for _, name in PerfData(file.read()).samples()}


def perf_cases(path):
    with open(path, "rb") as file:
        data = file.read()
    perf = PerfData(data)
    samples = list(perf.samples())
    at, _ = samples[len(samples) // 2]
    later = {name for offset, name in samples if offset >= at}
    yield Case("perf.data cut in the middle", data[:at + 20], 3, says="event formats are missing", nothing=True)
    yield Case("the same, with --formats", data[:at + 20], 3, later, None, "cut short", extra=("--formats", path))
    yield Case("perf.data whose recorder was killed: size 0, no features",
               put(data[:perf.end], 48, "<Q", 0), 3, (), None, "", extra=("--formats", path))
    yield Case("a record of size 0", put(data, at + 6, "<H", 0), 3, later, None, "0x%x" % at, maybe=True)
    yield Case("a sample whose data claim 2 GiB", put(data, at + perf.raw_at, "<I", 0x7fffffff), 3,
               {name for offset, name in samples if offset == at}, None, "0x%x" % at)


def judge(case, whole, got, known):
    """known: keys of what is a record; perf's own records become events too, of tasks and their ends."""
    code, lines, gaps, text = got
    if known:
        whole = [line for line in whole if key(line) in known]
        lines = [line for line in lines if key(line) in known]
    if code != case.code:
        yield "exit %d, not %d: %s" % (code, case.code, text[:200])
    if case.says not in text:
        yield "does not say '%s': %s" % (case.says, text[:300])
    if text.count("\n") > 40:
        yield "%d lines of messages" % text.count("\n")
    if case.nothing:
        return
    must = [line for line in whole if key(line) not in case.lost]
    if case.is_garbled:
        first, last = min(case.lost)[0], max(case.lost)[0]
        cpu = min(case.lost)[1]
        must = [line for line in must if not first <= key(line)[0] <= last or key(line)[1] != cpu]
        lines = [line for line in lines if not first <= key(line)[0] <= last or key(line)[1] != cpu]
    if sorted(must) != sorted(lines):
        missing, more = set(must) - set(lines), set(lines) - set(must)
        if missing or not case.maybe or more - set(whole):
            yield "%d events missing, %d too many, as %s" % (len(missing), len(more), sorted(missing | more)[:1])
    if case.gaps is not None and len(gaps) != case.gaps:
        yield "%d gaps, not %d" % (len(gaps), case.gaps)
    if len(lines) < len(whole) and not gaps and "0 CPUs are found" not in text:
        yield "loses %d events without a gap" % (len(whole) - len(lines))


def try_all(recount, path, cases, is_perf, is_table):
    """How many are wrong."""
    known = sample_keys(path) if is_perf else None
    whole_code, whole, _, text = events(recount, path)
    assert whole_code == 0, text
    nr_wrong = 0
    if is_table:
        print("| damage | %s: exit, events | recount: exit, events of %d | recount's first message |\n|---|---|---|---|" %
              ("perf script" if is_perf else "trace-cmd report", len(whole)))
    with tempfile.TemporaryDirectory() as folder:
        for case in cases:
            damaged = os.path.join(folder, "damaged")
            with open(damaged, "wb") as file:
                file.write(case.data)
            got = events(recount, damaged, case.extra)
            for line in judge(case, whole, got, known):
                print("FAILED: %s: %s" % (case.what, line))
                nr_wrong += 1
            if is_table:
                message = (got[3].splitlines() or [""])[0].replace(damaged + ": ", "").replace("recount: ", "")
                print("| %s | %s | exit %d, %d | %s |" %
                      (case.what, other_tool(damaged, is_perf), got[0], len(got[1]), message))
    return nr_wrong


def main():
    arguments = [argument for argument in sys.argv[1:] if argument != "--markdown"]
    is_table = len(arguments) < len(sys.argv) - 1
    recount, path = arguments[:2]
    perf = arguments[2] if len(arguments) > 2 else \
        os.path.join(os.environ.get("RECOUNT_TRACES", "/nonexistent"), "perf", "forkcow.perf.data")
    nr_wrong = try_all(recount, path, dat_cases(path), False, is_table)
    if os.path.exists(perf):
        nr_wrong += try_all(recount, perf, perf_cases(perf), True, is_table)
    else:
        print("# without RECOUNT_TRACES no perf.data is damaged")
    return nr_wrong > 0


sys.exit(main())
