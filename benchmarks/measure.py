# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs of programs: how long, how much memory, and what recount said beforehand that it would take.

    figures = measure(command, 400)
    print(figures.wall, figures.peak, "" if figures.ended else "not ended")
"""
import os
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from typing import NamedTuple

MIB = 2**20
OUT_OF_TIME = 128 + signal.SIGXCPU    # as time(1) has it


class Figures(NamedTuple):
    cpu: float      # seconds, of user and system
    wall: float
    peak: int       # bytes
    ended: bool     # if not, all of it is what was taken until then


class Failure(Exception):
    pass


def measure(command, seconds):
    """Figures of one run that takes at most so many seconds of CPU time: of others' load it takes no notice."""
    with tempfile.NamedTemporaryFile("r") as peak:
        begin = time.monotonic()
        # time(1): the peak of a child of this process would be at least this process's own
        child = subprocess.Popen(["/usr/bin/time", "-f", "%M", "-o", peak.name, "prlimit", f"--cpu={seconds}:{seconds + 1}", *command],
                                 stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        _, status, usage = os.wait4(child.pid, 0)
        wall = time.monotonic() - begin
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode not in (0, 3, OUT_OF_TIME):
            raise Failure(f"exit code {child.returncode}: {' '.join(command)}")
        return Figures(usage.ru_utime + usage.ru_stime, wall, int(peak.read().split()[-1]) * 1024, child.returncode != OUT_OF_TIME)


def measure_all(commands, repeat, once, seconds):
    """{name: Figures}, medians of runs in turn; what is in `once`, or does not end, or fails, is run once."""
    runs = {name: [] for name in commands}
    for turn in range(repeat):
        for name, command in commands.items():
            if turn and (name in once or not runs[name] or not runs[name][-1].ended):
                continue
            print(f"\r{turn + 1} of {repeat}: {name:50}", end="", file=sys.stderr, flush=True)
            try:
                runs[name].append(measure(command, seconds))
            except Failure as failure:
                print(f"\r{failure}; left out", file=sys.stderr)
    print(file=sys.stderr)
    return {name: Figures(*map(statistics.median, list(zip(*rows))[:3]), rows[-1].ended) for name, rows in runs.items() if rows}


def said_before(command):
    """Bytes that a replay may take, as it says without replaying."""
    run = subprocess.run([*command, "--dry-run"], capture_output=True, text=True, check=False)
    may = re.search(r"may take (\d+) MiB", run.stdout)
    if run.returncode not in (0, 3) or not may:
        raise Failure(f"says no bound: {' '.join(command)} --dry-run")
    return int(may.group(1)) * MIB


def ratio(figures, base, time="wall"):
    """Of two times, as a text: what did not end makes it a bound."""
    if not figures.ended and not base.ended:
        return "-"
    return f"{'> ' if not figures.ended else '< ' if not base.ended else ''}{getattr(figures, time) / getattr(base, time):.3f}"


def busy_seconds():
    """CPU time that all programs of the machine have taken."""
    with open("/proc/stat", encoding="ascii") as file:
        user, nice, system, _, _, irq, softirq, steal = map(int, file.readline().split()[1:9])
    return (user + nice + system + irq + softirq + steal) / os.sysconf("SC_CLK_TCK")


class Quiet:
    """How much of the machine's time went to others since this was made."""

    def __init__(self):
        self.begin, self.busy, self.own = time.monotonic(), busy_seconds(), self.own_seconds()

    @staticmethod
    def own_seconds():
        return sum(os.times()[:4])

    def text(self):
        wall = time.monotonic() - self.begin
        others = busy_seconds() - self.busy - (self.own_seconds() - self.own)
        share = max(0, 100 * others / wall / os.cpu_count())
        return (f"It took {wall / 60:.1f} minutes; " + ("nothing else ran to speak of" if share < 3 else
                f"other programs took {share:.0f} % of the machine's CPU time meanwhile, so times are longer than on a quiet one") + ".")
