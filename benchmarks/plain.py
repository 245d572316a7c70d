# SPDX-License-Identifier: GPL-2.0-or-later
"""The samples of a perf.data as a plain trace.dat of version 6: the same records, read by the other reader.

    events = plain(source, target)

Of a file whose events all have one layout without counters and call chains; 0 of one that is packed.
"""
import struct

PAGE, HEAD = 4096, 16
SAMPLE, COMPRESSED, TRACING_DATA = 9, 81, 1
# Parts of a sample before its payload, in their order, by their bits in sample_type.
PARTS = {"identifier": 16, "ip": 0, "tid": 1, "time": 2, "addr": 3, "id": 6, "stream": 9, "cpu": 7, "period": 8, "raw": 10}


def layout(data, attrs):
    """Offsets of the parts in a sample."""
    kinds = struct.unpack_from("<Q", data, attrs + 24)[0]
    assert not kinds & (1 << 4 | 1 << 5), "samples with counters or call chains"
    offsets, at = {}, 8
    for name, bit in PARTS.items():
        if kinds >> bit & 1:
            offsets[name] = at
            at += 8
    return offsets


def samples(data):
    """{cpu: [(time, payload)]}, in order."""
    attrs, at, nr_bytes = struct.unpack_from("<Q", data, 24)[0], *struct.unpack_from("<QQ", data, 40)
    offsets, end, cpus = layout(data, attrs), at + nr_bytes, {}
    while at < end:
        kind, _, size = struct.unpack_from("<IHH", data, at)
        if kind == SAMPLE:
            nr_raw = struct.unpack_from("<I", data, at + offsets["raw"])[0]
            raw = at + offsets["raw"] + 4
            cpu = struct.unpack_from("<I", data, at + offsets["cpu"])[0]
            time = struct.unpack_from("<Q", data, at + offsets["time"])[0]
            cpus.setdefault(cpu, []).append((time, data[raw:raw + nr_raw]))
        elif kind == COMPRESSED:
            return {}
        at += size
    for records in cpus.values():
        records.sort(key=lambda record: record[0])
    return cpus


def formats(data):
    """The event formats: the head of a trace.dat of its own, up to the number of CPUs."""
    at, nr_bytes = struct.unpack_from("<QQ", data, 40)
    features = [i for i in range(256) if data[72 + i // 8] >> i % 8 & 1]
    offset, size = struct.unpack_from("<QQ", data, at + nr_bytes + 16 * features.index(TRACING_DATA))
    text = data[offset:offset + size]
    return text[:10] + b"6\0" + text[text.index(b"\0", 10) + 1:]


def record(time, last, payload):
    """With the time since the last one, which may need a record of its own."""
    delta, extend = time - last, b""
    if delta >> 27:
        extend, delta = struct.pack("<II", 30 | (delta & 0x7ffffff) << 5, delta >> 27), 0
    if len(payload) <= 112:
        return extend + struct.pack("<I", len(payload) // 4 | delta << 5) + payload
    return extend + struct.pack("<II", delta << 5, len(payload) + 4) + payload


def pages(records):
    out, begin, last, page = bytearray(), None, None, b""

    def end():
        out.extend((struct.pack("<QQ", begin, len(page)) + page).ljust(PAGE, b"\0"))

    for time, payload in records:
        more = record(time, last, payload) if page else None
        if more is None or len(page) + len(more) > PAGE - HEAD:
            if page:
                end()
            begin, page, more = time, b"", record(time, time, payload)
        page, last = page + more, time
    if page:
        end()
    return bytes(out)


def plain(source, target):
    with open(source, "rb") as file:
        data = file.read()
    cpus = samples(data)
    if not cpus:
        return 0
    nr_cpus = max(cpus) + 1
    head = formats(data) + struct.pack("<I", nr_cpus) + b"options  \0" + struct.pack("<H", 0) + b"flyrecord\0"
    parts, table, at = [pages(cpus.get(cpu, [])) for cpu in range(nr_cpus)], b"", -(-(len(head) + 16 * nr_cpus) // PAGE) * PAGE
    for part in parts:
        table += struct.pack("<QQ", at, len(part))
        at += len(part)
    with open(target, "wb") as file:
        file.write((head + table).ljust(-(-(len(head) + 16 * nr_cpus) // PAGE) * PAGE, b"\0") + b"".join(parts))
    return sum(map(len, cpus.values()))
