# SPDX-License-Identifier: GPL-2.0-or-later
"""trace.dat version 7, taken apart and put together again, for tests that damage one.

    dat = TraceDat(open(path, "rb").read())
    page = dat.cpus[0].pages[17]
    del dat.cpus[0].pages[17]; dat.cpus[0].pages[17].set_lost(page.records())
    open(other, "wb").write(dat.write())

Written without any of recount's code.  Pages are little endian and of 64 bits.
"""
import ctypes
import ctypes.util
import struct

OPTIONS, BUFFER = 0, 3
LOST, LOST_STORED = 1 << 31, 1 << 30


def zstd():
    library = ctypes.CDLL(ctypes.util.find_library("zstd") or "libzstd.so.1")
    for name in ("ZSTD_decompress", "ZSTD_compress", "ZSTD_compressBound"):
        getattr(library, name).restype = ctypes.c_size_t
    return library


def unpack(data, nr_bytes):
    room = ctypes.create_string_buffer(nr_bytes)
    got = zstd().ZSTD_decompress(room, ctypes.c_size_t(nr_bytes), data, ctypes.c_size_t(len(data)))
    assert got == nr_bytes, "zstd: %d bytes, not %d" % (got, nr_bytes)
    return room.raw


def pack(data):
    library = zstd()
    most = library.ZSTD_compressBound(ctypes.c_size_t(len(data)))
    room = ctypes.create_string_buffer(most)
    got = library.ZSTD_compress(room, ctypes.c_size_t(most), data, ctypes.c_size_t(len(data)), 3)
    assert got <= most
    return room.raw[:got]


class Page:
    """One page of the ring buffer: 8 bytes of time, 8 of what is used, records."""

    def __init__(self, data):
        self.data = data

    def time(self):
        return struct.unpack_from("<Q", self.data)[0]

    def used(self):
        return struct.unpack_from("<Q", self.data, 8)[0] & 0x7ffffff

    def walk(self):
        """(time, offset of the data, its bytes, offset of the record) of each record."""
        at, end, time = 16, 16 + self.used(), self.time()
        while at + 4 <= end:
            start = at
            head, word = struct.unpack_from("<II", self.data + bytes(8), at)
            kind, delta = head & 31, head >> 5
            at += 4
            if kind == 29 and not delta:
                return
            if kind == 31:
                time = (delta + (word << 27)) | (time & (0xf8 << 56))
                at += 4
                continue
            time += delta
            if kind == 30:
                time += word << 27
                at += 4
            elif kind == 29:
                at += word
            elif kind == 0:
                yield time, at + 4, word - 4, start
                at += (word + 3) & ~3
            else:
                yield time, at, 4 * kind, start
                at += 4 * kind

    def records(self):
        return sum(1 for _ in self.walk())

    def set_lost(self, count):
        """Records are missing before this page; how many, if there is room to say so."""
        used = self.used()
        flags = LOST
        data = bytearray(self.data)
        if count and used + 8 <= len(data) - 16:
            flags |= LOST_STORED
            struct.pack_into("<Q", data, 16 + used, count)
        struct.pack_into("<Q", data, 8, used | flags)
        self.data = bytes(data)
        return bool(flags & LOST_STORED)


class Cpu:
    def __init__(self, number, offset, nr_bytes):
        self.number, self.offset, self.bytes = number, offset, nr_bytes
        self.pages = []
        self.chunks = []        # (offset in the file, packed bytes, pages) as it was


class TraceDat:
    def __init__(self, data):
        assert data[:10] == b"\x17\x08\x44tracing" and data[10:12] == b"7\0", "no trace.dat 7"
        self.data = data
        assert data[12] == 0
        self.page_bytes = struct.unpack_from("<I", data, 14)[0]
        at = data.index(b"\0", 18) + 1
        self.codec = data[18:at - 1].decode()
        at = data.index(b"\0", at) + 1
        self.head_end = at + 8          # where sections begin
        self.options_offset_at = at
        self.options = []               # [id, bytes], of all sections
        self.section_of_options = []    # their offsets
        offset = struct.unpack_from("<Q", data, at)[0]
        while offset:
            self.section_of_options.append(offset)
            offset = self.read_options(self.section(offset))
        self.cpus = []
        for number, text in self.options:
            if number == BUFFER:
                self.read_buffer(text)
        self.sections = {number: struct.unpack("<Q", text)[0] for number, text in self.options
                         if 16 <= number <= 21 and len(text) == 8}

    def section(self, offset):
        flags, nr_bytes = struct.unpack_from("<H", self.data, offset + 2)[0], struct.unpack_from("<Q", self.data, offset + 8)[0]
        payload = self.data[offset + 16:offset + 16 + nr_bytes]
        if not flags & 1:
            return payload
        packed, unpacked = struct.unpack_from("<II", payload)
        return unpack(payload[8:8 + packed], unpacked)

    def read_options(self, text):
        at = 0
        while True:
            number, nr_bytes = struct.unpack_from("<HI", text, at)
            body = text[at + 6:at + 6 + nr_bytes]
            at += 6 + nr_bytes
            if number == 0:
                return struct.unpack("<Q", body)[0]
            self.options.append([number, body])

    def read_buffer(self, text):
        section, at = struct.unpack_from("<Q", text)[0], 8
        for _ in range(2):
            at = text.index(b"\0", at) + 1
        self.packed = struct.unpack_from("<H", self.data, section + 2)[0] & 1
        page_bytes, nr_cpus = struct.unpack_from("<II", text, at)
        self.buffer_cpus_at = at + 4
        for i in range(nr_cpus):
            number, offset, nr_bytes = struct.unpack_from("<IQQ", text, at + 8 + 20 * i)
            if nr_bytes:
                self.cpus.append(self.read_cpu(Cpu(number, offset, nr_bytes), page_bytes))

    def read_cpu(self, cpu, page_bytes):
        pages = bytearray()
        if not self.packed:
            pages += self.data[cpu.offset:cpu.offset + cpu.bytes]
        else:
            at = cpu.offset + 4
            for _ in range(struct.unpack_from("<I", self.data, cpu.offset)[0]):
                packed, unpacked = struct.unpack_from("<II", self.data, at)
                cpu.chunks.append((at, packed, unpacked // page_bytes))
                pages += unpack(self.data[at + 8:at + 8 + packed], unpacked)
                at += 8 + packed
        cpu.pages = [Page(bytes(pages[i:i + page_bytes])) for i in range(0, len(pages), page_bytes)]
        return cpu

    def write(self, packed=True, cpus=None, options=None, pages_a_chunk=10):
        """The whole file anew: sections as they were, then data, then all options in one section."""
        cpus = self.cpus if cpus is None else cpus
        first_data = min(cpu.offset for cpu in self.cpus)
        out = bytearray(self.data[:self.head_end])
        moved = {}
        for number, offset in sorted(self.sections.items()):
            nr_bytes = struct.unpack_from("<Q", self.data, offset + 8)[0]
            moved[number] = len(out)
            out += self.data[offset:offset + 16 + nr_bytes]
        buffer_section = len(out)
        body, places = bytearray(), []
        base = buffer_section + 16
        for cpu in cpus:
            while (base + len(body)) % self.page_bytes:
                body += b"\0"
            start = base + len(body)
            if packed:
                chunks = [cpu.pages[i:i + pages_a_chunk] for i in range(0, len(cpu.pages), pages_a_chunk)]
                body += struct.pack("<I", len(chunks))
                for chunk in chunks:
                    raw = b"".join(page.data for page in chunk)
                    small = pack(raw)
                    body += struct.pack("<II", len(small), len(raw)) + small
                places.append((cpu.number, start, base + len(body) - start - 4))
            else:
                body += b"".join(page.data for page in cpu.pages)
                places.append((cpu.number, start, base + len(body) - start))
        assert first_data
        out += struct.pack("<HHIQ", BUFFER, packed, 0, len(body)) + body
        text = bytearray()
        for number, value in self.options if options is None else options:
            if number == BUFFER:
                value = struct.pack("<Q", buffer_section) + value[8:self.buffer_cpus_at] + \
                    struct.pack("<I", len(places)) + b"".join(struct.pack("<IQQ", *place) for place in places)
            elif number in moved:
                value = struct.pack("<Q", moved[number])
            text += struct.pack("<HI", number, len(value)) + value
        text += struct.pack("<HIQ", 0, 8, 0)
        where = len(out)
        out += struct.pack("<HHIQ", OPTIONS, 0, 0, len(text)) + text
        struct.pack_into("<Q", out, self.options_offset_at, where)
        return bytes(out)

    def formats(self):
        """(system, text) of every event."""
        text, at = self.section(self.sections[18]), 4
        for _ in range(struct.unpack_from("<I", text)[0]):
            end = text.index(b"\0", at)
            system, at = text[at:end].decode(), end + 1
            nr, at = struct.unpack_from("<I", text, at)[0], at + 4
            for _ in range(nr):
                nr_bytes = struct.unpack_from("<Q", text, at)[0]
                yield system, text[at + 8:at + 8 + nr_bytes].decode()
                at += 8 + nr_bytes

    def ids(self, *names):
        """Numbers of events, as system:name, from the formats."""
        found = {}
        for system, text in self.formats():
            lines = text.split("\n")
            found[system + ":" + lines[0][6:]] = int(lines[1][4:])
        return {found[name] for name in names if name in found}
