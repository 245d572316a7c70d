#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs what README.md shows in its console blocks and compares the output.

usage: readme.py ROOT RECOUNT [--write]

A line "$ COMMAND" is run in a folder where build/cmd/recount is RECOUNT and
tests/ is that of ROOT; the lines up to the next one are its output.  --write
puts what came out into README.md.
"""
import os
import re
import subprocess
import sys
import tempfile

BLOCK = re.compile(r"(?<=^```console\n).*?(?=^```$)", re.M | re.S)


def run(block, folder):
    """The block with the output that its commands have now."""
    shown = ""
    for command in re.findall(r"^\$ (.*(?:\\\n.*)*)", block, re.M):
        done = subprocess.run(command, shell=True, cwd=folder, text=True, env={**os.environ, "LC_ALL": "C.UTF-8", "TERM": "xterm"},
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        shown += f"$ {command}\n" + re.sub(r"[ \t]+$", "", done.stdout, flags=re.M)
    return shown


def main(root, recount, write=None):
    readme = os.path.join(root, "README.md")
    with open(readme, encoding="utf-8") as file:
        text = file.read()
    with tempfile.TemporaryDirectory() as folder:
        os.makedirs(os.path.join(folder, "build/cmd"))
        os.symlink(os.path.abspath(recount), os.path.join(folder, "build/cmd/recount"))
        os.symlink(os.path.abspath(os.path.join(root, "tests")), os.path.join(folder, "tests"))
        new = BLOCK.sub(lambda block: run(block.group(), folder), text)
    if write:
        with open(readme, "w", encoding="utf-8") as file:
            file.write(new)
        return 0
    if new == text:
        return 0
    print("README.md shows another output than there is; tests/readme.py . RECOUNT --write takes it over:")
    shown = text.splitlines()
    for line in new.splitlines():
        if line not in shown:
            print("  now:", line)
    return 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
