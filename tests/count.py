#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Adds up what meson test left in build folders: "N passed, N failed, N skipped".

usage: count.py BUILD-FOLDER...

A test that speaks TAP counts as its cases, any other as one.  Cases that were
planned but not reached have failed; so has a test that ended badly although its
cases passed (a leak), and a build folder without results.  Exit code 0 only
when something passed and nothing failed.
"""
import json
import os
import re
import sys

GOOD = {"OK", "SKIP", "EXPECTEDFAIL"}


def count_test(test):
    """(passed, failed, skipped) of one line of testlog.json."""
    output = test.get("stdout", "")
    plan = re.search(r"^1\.\.(\d+)", output, re.M)
    cases = re.findall(r"^(ok|not ok)\b([^#\n]*)(#\s*skip)?", output, re.M | re.I)
    is_good = test["result"] in GOOD
    if not plan or not cases:
        return (0, 1, 0) if not is_good else (0, 0, 1) if test["result"] == "SKIP" else (1, 0, 0)
    skipped = sum(1 for _, _, skip in cases if skip)
    passed = sum(1 for result, _, skip in cases if result == "ok" and not skip)
    failed = max(int(plan.group(1)), len(cases)) - passed - skipped
    return passed, failed or int(not is_good), skipped


def count_build(folder):
    total = (0, 0, 0)
    try:
        with open(os.path.join(folder, "meson-logs", "testlog.json"), encoding="utf-8") as lines:
            tests = [json.loads(line) for line in lines]
    except (OSError, ValueError) as error:
        print(f"{folder}: no results: {error}")
        return 0, 1, 0
    for test in tests:
        counts = count_test(test)
        if counts[1]:
            print(f"{folder}: {test['name']}: {counts[1]} failed ({test['result']})")
        for case in re.findall(r"^not ok[^#\n]*$|^.*# skip.*$", test.get("stdout", ""), re.M | re.I):
            print(f"{folder}: {test['name']}: {case}")
        total = tuple(map(sum, zip(total, counts)))
    return total


def main(folders):
    total = (0, 0, 0)
    for folder in folders:
        counts = count_build(folder)
        print("{}: {} ok, {} not ok, {} skipped".format(folder, *counts))
        total = tuple(map(sum, zip(total, counts)))
    print("{} passed, {} failed, {} skipped".format(*total))
    return 0 if total[0] and not total[1] else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
