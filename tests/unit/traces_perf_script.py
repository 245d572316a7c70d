#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Every event of every perf.data, against what perf script says of it.

usage: traces_perf_script.py PRINT-PROGRAM RECORDING...

Samples are compared field by field, with what perf hands to its Python scripts; FORK, COMM,
EXIT, CGROUP and LOST records with what perf script prints of them.  Recordings in
$RECOUNT_TRACES (a folder, searched for *perf.data) are added.  Exit code 77, skipped,
without a perf that runs Python scripts.
"""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

from decoded import LINES, compare, text
from recordings import recordings

HERE = os.path.dirname(os.path.abspath(__file__))
RECORD = re.compile(r"^\s*.*? +\d+ \[(\d+)\]\s+(\d+\.\d+): PERF_RECORD_(\w+)(.*)$")
TASK = re.compile(r"^\((\d+):(\d+)\):\((\d+):(\d+)\)$")
COMM = re.compile(r"^( exec)?: (.*):(\d+)/(\d+)$")
BORN = re.compile(r' pid=(\d+) .* comm="(.*)"$')
INDEX = re.compile(r"^ ?\.\.\. id: (\d+) +idx: \d+ +cpu: (\d+) ")
LOST_SAMPLES = re.compile(r"PERF_RECORD_LOST_SAMPLES: id:(\d+): lost samples :(\d+)")
GAP = re.compile(r"^(\S+) cpu=(\d+|any) tid=\d+ gap .*lost=(\d+)")
PIPE = b"PERFILE2" + (16).to_bytes(8, "little")


def perf(path, command, *options):
    with open(os.path.join(path, "data") if os.path.isdir(path) else path, "rb",
              buffering=0) as file:
        is_pipe = file.read(len(PIPE)) == PIPE
        file.seek(0)
        return subprocess.run(["perf", command, "-i", "-" if is_pipe else path, *options],
                              stdin=file, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                              text=True, errors="surrogateescape", check=True).stdout.splitlines()


def head_of(time_ns, cpu, tid):
    return f"{time_ns // 10**9}.{time_ns % 10**9:09d} cpu={cpu} tid={tid} "


def samples(path):
    """(name, line) of each sample of a known event."""
    for line in perf(path, "script", "-s", os.path.join(HERE, "perf_fields.py")):
        time_ns, cpu, tid, event, fields = json.loads(line)
        name = event.split("__", 1)[1]
        if name in LINES:
            words = {key: value if isinstance(value, str) else hex(value)
                     for key, value in fields.items()}
            yield name, head_of(time_ns, cpu, tid) + LINES[name](words)


def records(path, named, born):
    """(time, line) of each record that recount makes an event of, because no sample is one."""
    comms = {}
    is_of_tasks = any("inherit: 1" in line for line in perf(path, "evlist", "-v"))
    for line in perf(path, "script", "--ns", "--show-task-events", "--show-cgroup-events",
                     "--show-lost-events"):
        match = RECORD.match(line) if "PERF_RECORD_" in line else None
        if not match:
            continue
        cpu, time, kind, rest = match.groups()
        cpu, time_ns = int(cpu), int(time.replace(".", ""))
        if kind == "COMM":
            exec_, comm, _, tid = COMM.match(rest).groups()
            comms[tid] = comm
            if "task_rename" not in named:
                yield time_ns, cpu, f"tid={tid} task_rename pid={tid} comm={text(comm)}"
            if exec_ and "sched_process_exec" not in named:
                yield time_ns, cpu, (f"tid={tid} sched_process_exec pid={tid} old_pid={tid} "
                                     f"filename={text(comm)}")
        elif kind == "FORK":
            pid, tid, parent_pid, parent = TASK.match(rest).groups()
            comms[tid] = born.get(tid, comms.get(parent, ""))
            flags = "0x10100" if pid == parent_pid else "0x0"
            if "task_newtask" not in named:
                yield time_ns, cpu, (f"tid={parent} task_newtask pid={tid} clone_flags={flags} "
                                     f"comm={text(comms[tid])}")
        elif kind == "EXIT":
            _, tid, _, _ = TASK.match(rest).groups()
            ends = ["sched_process_exit"] if "sched_process_exit" not in named else []
            for end in ends + (["sched_process_free"] if is_of_tasks else []):
                yield time_ns, cpu, f"tid={tid} {end} pid={tid} comm={text(comms.get(tid, ''))}"
        elif kind == "CGROUP" and "cgroup_mkdir" not in named:
            group, group_path = re.match(r"^ cgroup: (\d+) (.*)$", rest).groups()
            level = len([part for part in group_path.split("/") if part])
            yield time_ns, cpu, (f"tid=0 cgroup_mkdir root=0 id={group} level={level} "
                                 f"path={text(group_path)}")
        elif kind == "LOST":
            yield time_ns, cpu, "lost " + rest.split()[-1]


def tracepoints(path):
    """Names of the tracepoints that were recorded, whether or not they happened."""
    return {line.split(":")[1] for line in perf(path, "evlist") if line.count(":") == 1}


def not_told(path, beside, last_ns):
    """What LOST_SAMPLES count in all and no LOST record told, by CPU, at the end."""
    left, cpus = {}, {}
    for line in perf(path, "script", "-D"):
        match = INDEX.match(line) if " idx: " in line else None
        if match:
            cpus[match.group(1)] = int(match.group(2))
        match = LOST_SAMPLES.search(line) if "LOST_SAMPLES" in line else None
        if match:
            cpu = cpus[match.group(1)]
            left[cpu] = left.get(cpu, 0) + int(match.group(2))
    for _, cpu, line in beside:
        if line.startswith("lost ") and cpu in left:
            left[cpu] -= int(line.split()[1])
    return [head_of(last_ns, cpu, 0).rsplit(" ", 2)[0] + f" lost {count}"
            for cpu, count in left.items() if count > 0]


def expected(path):
    found = list(samples(path))
    lines = [line for _, line in found]
    known = tracepoints(path) | {name for name, _ in found}
    born = dict(BORN.search(line).groups() for name, line in found if name == "task_newtask")
    beside = list(records(path, known, born))
    times = [int(line.split(" ", 1)[0].replace(".", "")) for line in lines]
    first_ns = min(times + [time_ns for time_ns, _, _ in beside if time_ns])
    last_ns = max(times + [time_ns for time_ns, _, _ in beside])
    lines += not_told(path, beside, last_ns)
    for time_ns, cpu, line in beside:
        # Records without a time are of the beginning.
        time_ns = time_ns or first_ns
        lines.append(f"{time_ns // 10**9}.{time_ns % 10**9:09d} cpu={cpu} {line}")
    return lines


def printed(program, path):
    run = subprocess.run([program, path], stdout=subprocess.PIPE, text=True, check=False,
                         errors="surrogateescape")
    if run.returncode not in (0, 3):
        sys.exit(f"{program} {path}: exit code {run.returncode}")
    for line in run.stdout.splitlines():
        gap = GAP.match(line)
        if gap and " reason=overrun " not in line:
            continue  # of damage perf says nothing
        yield f"{gap.group(1)} cpu={gap.group(2)} lost {gap.group(3)}" if gap else line


def as_text_tells(lines):
    """What the text of perf script cannot say: flags that share a name, an address space's address, times of perf's own records."""
    for line in lines:
        if " lost " in line:
            continue
        line = re.sub(r"gfp_flags=\S+", "", re.sub(r"(exit_mmap mm)=\S+", r"\1", line))
        own = re.search(r"(?:task_rename|sched_process_free) pid=\d+", line)
        yield own.group(0) if own else line


def compare_text(program, path):
    """The recording and its text hold the same events; births are read of tracepoints only."""
    if not {"task_newtask", "sched_process_exec"} <= tracepoints(path):
        return True
    with tempfile.NamedTemporaryFile("w", suffix=".txt", errors="surrogateescape") as text:
        text.write("\n".join(perf(path, "script", "--ns", "--show-lost-events", "--show-task-events")) + "\n")
        text.flush()
        wanted, got = (sorted(as_text_tells(printed(program, one))) for one in (path, text.name))
    print(f"{'ok' if wanted == got else 'DIFFERENT'} {path}, as text: {len(got)} events of {len(wanted)}")
    if wanted != got:
        for sign, lines in (("-", set(wanted) - set(got)), ("+", set(got) - set(wanted))):
            for line in sorted(lines)[:10]:
                print(sign, line)
    return wanted == got


def runs_python():
    if not shutil.which("perf"):
        print("no perf")
        return False
    options = subprocess.run(["perf", "version", "--build-options"], text=True, check=False,
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT).stdout
    if re.search(r"libpython: \[ on", options):
        return True
    print("this perf runs no Python scripts")
    return False


def main():
    if not runs_python():
        return 77
    same = [compare(path, "perf script", expected(path), list(printed(sys.argv[1], path)))
            for path in recordings(sys.argv[2:], "perf.data")]
    return 0 if all(same + [compare_text(sys.argv[1], path) for path in sys.argv[2:]]) else 1


if __name__ == "__main__":
    sys.exit(main())
