#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What benchmarks/run says of programs that do not end, that fail, and of what recount foretells.

usage: benchmarks_measure.py RECOUNT RECORDING
"""
import os
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "benchmarks"))
from measure import MIB, Failure, Figures, measure, measure_all, ratio, said_before  # noqa: E402


def fails(function, *arguments):
    try:
        function(*arguments)
    except Failure:
        return True
    return False


def main():
    if not os.path.exists("/usr/bin/time"):
        print("no time(1)")
        return 77
    turning = [sys.executable, "-c", "while True: pass"]
    big = measure([sys.executable, "-c", f"print(len(bytearray(b'x') * {64 * MIB}))"], 60)
    assert big.ended and big.peak > 64 * MIB, big
    assert fails(measure, ["false"], 60)

    # A second of CPU time; the one that fails has no row, the others have theirs.
    rows = measure_all({"short": ["sleep", "0.1"], "fails": ["false"], "long": turning}, 2, (), 1)
    assert list(rows) == ["short", "long"] and rows["short"].ended and not rows["long"].ended, rows
    assert 0.1 <= rows["short"].wall and 0.3 < rows["long"].cpu < 5 and rows["long"].peak > 0, rows

    two, four = (Figures(wall * wall, wall, MIB, True) for wall in (2, 4))
    two_at_least, four_at_least = two._replace(ended=False), four._replace(ended=False)
    assert ratio(two, four) == "0.500" and ratio(two, four, "cpu") == "0.250"
    assert ratio(two, four_at_least) == "< 0.500"
    assert ratio(two_at_least, four) == "> 0.500"
    assert ratio(two_at_least, four_at_least) == "-"

    with tempfile.TemporaryDirectory() as folder:
        replay = [sys.argv[1], "replay", sys.argv[2], "-o", os.path.join(folder, "RUN.db")]
        assert MIB <= said_before(replay) < 1000 * MIB
        assert not os.listdir(folder)
        assert fails(said_before, replay[:2] + ["nowhere"])
    return 0


if __name__ == "__main__":
    sys.exit(main())
