#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The n-th allocation, read or write fails: nothing crashes, hangs, or is half done without a word.

usage: faults.py RECOUNT NTH-ALLOC-LIBRARY [--all] [--kinds alloc,read,write] [--only WORD] RECORDING...

Each command, or each that has WORD in it, is run again and again, for n = 1, 2, ... until none
fails any more (--all), or for n that grow by a third each time.  Judged: the exit code; one line
that says what happened; the output as it is without a failure, or as it was before; no other file left.
Allocations fail by a library that is preloaded, reads and writes by strace (--inject).
"""
import os
import shutil
import subprocess
import sys
import tempfile

CALLS = {"read": (("read", "pread64"), "EIO"), "write": (("write", "pwrite64", "fsync", "fdatasync", "rename", "ftruncate"), "ENOSPC")}
TIMEOUT = 600       # of a machine that has much else to do
OLD = b"what was there before\n"


class Run:
    """One run of a command in a folder of its own."""

    def __init__(self, command, folder, output):
        self.command, self.folder, self.output = command, folder, output
        self.did_fail = self.is_stderr = False

    def go(self, prefix=(), env=None, fds=()):
        for name in os.listdir(self.folder):
            os.unlink(os.path.join(self.folder, name))
        if self.output:
            with open(self.output, "wb") as file:
                file.write(OLD)
        try:
            done = subprocess.run([*prefix, *self.command], capture_output=True, timeout=TIMEOUT, check=False, pass_fds=fds,
                                  env={**os.environ, "ASAN_OPTIONS": "detect_leaks=0", "LC_ALL": "C", **(env or {})})
        except subprocess.TimeoutExpired:
            self.code, self.out, self.err, self.result = "hangs", b"", "", b""
            return self
        self.code, self.out, self.err = done.returncode, done.stdout, done.stderr.decode(errors="replace")
        self.result = b""
        if self.output:
            with open(self.output, "rb") as file:
                self.result = file.read()
        return self

    def left(self):
        return [name for name in os.listdir(self.folder) if os.path.join(self.folder, name) != self.output]


def fail_alloc(run, number, library):
    reader, writer = os.pipe()
    run.go(env={"LD_PRELOAD": library, "RECOUNT_FAIL_ALLOC": str(number), "RECOUNT_FAIL_FD": str(writer)}, fds=[writer])
    os.close(writer)
    run.did_fail = os.read(reader, 1) == b"x"
    os.close(reader)


def fail_call(run, number, call, error, log):
    run.go(["strace", "-f", "--seccomp-bpf", "-qq", "-o", log, "-e", "trace=" + call, "-e", "signal=none",
            "-e", "inject=%s:error=%s:when=%d" % (call, error, number)])
    with open(log, encoding="utf-8", errors="replace") as file:
        injected = [line for line in file if "INJECTED" in line]
    run.did_fail = bool(injected)
    run.is_stderr = any("write(2," in line for line in injected)


def judge(run, whole):
    """Sentences on what is wrong."""
    said = [line for line in run.err.splitlines() if line]
    # Of the loader, and of a sanitizer that could not read its options.
    if "error while loading shared libraries" in run.err or "LeakSanitizer does not work under ptrace" in run.err:
        return
    if run.code not in (0, 2, 3):
        yield "exit %s" % run.code
    if run.code and not said and not run.is_stderr:
        yield "exit %s without a word" % run.code
    if run.code == 2 and sum("recount: " in line for line in said) > 2:
        yield "%d lines of messages" % len(said)
    # Said when the output is there already: that its folder cannot be flushed, or that there is no memory to say more.
    is_late = "written, but its folder cannot be flushed" in run.err or ("out of memory" in run.err and run.result == whole.result)
    if run.code == 2 and run.output and run.result != OLD and not is_late:
        yield "exit 2, and the output is not what it was"
    if run.code == 0 and run.did_fail and (run.result != whole.result or run.out != whole.out):
        yield "exit 0, and the result is another"
    if run.code == 3 and run.output and run.result == OLD:
        yield "exit 3 without a result"
    if run.left():
        yield "left behind: %s" % run.left()


def try_command(command, output, fail, is_all, scratch):
    """How many failures were tried, by exit code; and what was wrong."""
    folder = os.path.join(scratch, "run")
    run = Run(command, folder, output)
    whole = Run(command, folder, output).go()
    codes, wrong, number = {}, [], 1
    while True:
        fail(run, number)
        if not run.did_fail:
            break
        codes[run.code] = codes.get(run.code, 0) + 1
        for line in judge(run, whole):
            wrong.append("%d fails: %s: %s" % (number, line, run.err.strip()[-300:]))
        number += 1 if is_all else 1 + number // 3
    if run.code != whole.code or run.out != whole.out or run.result != whole.result:
        wrong.append("not the same when nothing fails")
    return number, codes, wrong


def failures(kinds, library, scratch):
    """What can fail: its name, and how the n-th of it is made to."""
    if "alloc" in kinds:
        yield "alloc", lambda run, number: fail_alloc(run, number, library)
    for kind in kinds:
        calls, error = CALLS.get(kind, ((), ""))
        for call in calls:
            yield call, lambda run, number, c=call, e=error: fail_call(run, number, c, e, os.path.join(scratch, "strace"))


def commands(recount, path, folder):
    database, page = os.path.join(folder, "RUN.db"), os.path.join(folder, "report.html")
    made = os.path.join(os.path.dirname(folder), "made.db")
    limits = ["--limit", "rss=4M", "--limit", "memory=8M", "--swap", "8M"]
    subprocess.run([recount, "replay", "-q", path, "-o", made, *limits], check=False, stderr=subprocess.DEVNULL)
    yield [recount, "replay", path, "-o", database, *limits], database
    yield [recount, "info", path], None
    yield [recount, "report", made], None
    yield [recount, "report", made, "-O", "html", "-o", page], page
    if path.endswith(".txt"):
        other, fleet, again = (os.path.join(os.path.dirname(folder), name) for name in ("other.db", "FLEET.db", "again.db"))
        text = os.path.join(os.path.dirname(folder), "text")
        with open(text, "w", encoding="ascii") as file:
            file.write("recount-ops 1\ncontainer web\ntask A in web\ntouch A 0..9\nexit A\n")
        subprocess.run([recount, "replay", text, "-o", other, *limits], check=False)
        subprocess.run([recount, "merge", made, other, "-o", fleet], check=False)
        shutil.copy(made, again)
        yield [recount, "merge", other, made, again, "-o", database], database
        yield [recount, "report", fleet], None


def main():
    arguments = [argument for argument in sys.argv[1:] if argument != "--all"]
    is_all = "--all" in sys.argv
    kinds = ["alloc", "read", "write"]
    if "--kinds" in arguments:
        at = arguments.index("--kinds")
        kinds = arguments[at + 1].split(",")
        del arguments[at:at + 2]
    only = None
    if "--only" in arguments:
        at = arguments.index("--only")
        only = arguments[at + 1]
        del arguments[at:at + 2]
    recount, library, paths = arguments[0], arguments[1], arguments[2:]
    if not shutil.which("strace") or subprocess.run(["strace", "-qq", "-o", "/dev/null", "true"], check=False,
                                                    stderr=subprocess.DEVNULL).returncode:
        print("# without strace no read or write fails")
        kinds = [kind for kind in kinds if kind == "alloc"]
    if library == "none":
        kinds = [kind for kind in kinds if kind != "alloc"]
    if not kinds:
        return 77
    nr_wrong = 0
    with tempfile.TemporaryDirectory() as scratch:
        folder = os.path.join(scratch, "run")
        os.mkdir(folder)
        for path in paths:
            for command, output in list(commands(recount, path, folder)):
                if only and only not in command:
                    continue
                for name, fail in failures(kinds, library, scratch):
                    number, codes, wrong = try_command(command, output, fail, is_all, scratch)
                    what = " ".join([command[1], os.path.basename(path), *command[-4:-2] * ("html" in command)])
                    print("%s: %s: up to %d, by exit code %s: %d wrong" %
                          (what, name, number - 1, dict(sorted(codes.items(), key=str)), len(wrong)))
                    for line in wrong[:20]:
                        print("FAILED: %s: %s %s" % (what, name, line))
                    nr_wrong += len(wrong)
    return nr_wrong > 0


sys.exit(main())
