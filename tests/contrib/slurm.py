#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""contrib/slurm against a Slurm that this starts: tasks are killed and requeued, and nothing is lost or counted twice.

usage: slurm.py RECOUNT SOURCE

Everything of that Slurm lies in a temporary folder: configuration, sockets, spool, logs; its ports are free ones of this host.  All its
processes are ended by their numbers before this ends, however it ends.  It is run when RECOUNT_SLURM is set: it takes about a minute.
"""
import ctypes
import hashlib
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time

DAEMONS = ("munged", "slurmctld", "slurmd")
PATH = os.environ["PATH"] + ":/usr/sbin:/sbin"
# Slow enough to be caught at it: every invariant is checked after every operation.
OPTIONS = ["--check", "--limit", "memory=1M..64M/x1.6"]

CONFIGURATION = """
ClusterName=test
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={ports[0]}
SlurmdPort={ports[1]}
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket,cred_expire=5
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SwitchType=switch/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerParameters=sched_interval=1,batch_sched_delay=0
SlurmdParameters=config_overrides
KillWait=1
SlurmdTimeout=6
ReturnToService=2
NodeName={host} NodeAddr=127.0.0.1 CPUs=3 State=UNKNOWN
PartitionName=all Nodes={host} Default=YES MaxTime=INFINITE State=UP
"""


def skip(reason):
    print("skipped:", reason)
    sys.exit(77)


def say(text):
    print(time.strftime("%T"), text, flush=True)


def wait_for(what, condition, seconds=120):
    end = time.monotonic() + seconds
    while not (result := condition()):
        reap()	# or a killed replay would look alive to the next one
        if time.monotonic() > end:
            raise AssertionError(f"{what}: not within {seconds} s")
        time.sleep(0.05)
    return result


def free_ports(nr):
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(nr)]
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


class Slurm:
    def __init__(self, folder):
        self.folder = folder
        self.daemons = []
        self.environment = {**os.environ, "PATH": PATH, "SLURM_CONF": f"{folder}/slurm.conf"}

    def start(self):
        os.chmod(self.folder, 0o755)	# munged's clients come through it
        for name in ("state", "spool"):
            os.mkdir(f"{self.folder}/{name}")
        with open(f"{self.folder}/slurm.conf", "w") as out:
            out.write(CONFIGURATION.format(host=socket.gethostname().split(".")[0], folder=self.folder, ports=free_ports(2)))
        with open(os.open(f"{self.folder}/munge.key", os.O_CREAT | os.O_WRONLY, 0o600), "wb") as out:
            out.write(os.urandom(128))
        munge = {name: f"--{name}-file={self.folder}/munge.{name}" for name in ("key", "pid", "log", "seed")}
        self.run_daemon("munged", "--foreground", f"--socket={self.folder}/munge.socket", *munge.values())
        wait_for("munged", lambda: os.path.exists(f"{self.folder}/munge.socket"))
        self.run_daemon("slurmctld", "-D", "-c")
        self.run_daemon("slurmd", "-D")
        wait_for("a node that is idle", lambda: self.ask("sinfo", "-h", "-o", "%T") == "idle")

    def run_daemon(self, name, *arguments):
        with open(f"{self.folder}/{name}.out", "w") as out:
            self.daemons.append(subprocess.Popen([name, *arguments], env=self.environment, stdout=out, stderr=out, stdin=subprocess.DEVNULL))

    def ask(self, *command):
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True)
        return done.stdout.strip() if not done.returncode else ""

    def do(self, *command):
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True)
        assert not done.returncode, f"{' '.join(command)}: {done.stderr}"
        return done.stdout.strip()

    def states(self, job):
        """State of each task, or of the job that is none, by number."""
        lines = self.ask("squeue", "-h", "-a", "-r", "-t", "all", "-j", job, "-o", "%K %T").splitlines()
        return {0 if task == "N/A" else int(task): state for task, state in (line.split() for line in lines)}

    def leftovers(self):
        """Processes that were started by this Slurm, by what their environment says, and are no zombies."""
        mine = f"SLURM_CONF={self.folder}/slurm.conf".encode()
        found = []
        for pid in (int(name) for name in os.listdir("/proc") if name.isdigit()):
            try:
                if pid != os.getpid() and mine in open(f"/proc/{pid}/environ", "rb").read().split(b"\0"):
                    found.append(pid)
            except OSError:
                pass
        return found

    def crash_node(self):
        """All that runs on the node is gone at once, as if it had lost its power; then it comes back."""
        others = [daemon.pid for daemon in self.daemons[:2]]
        for pid in self.leftovers():
            if pid not in others:
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
        self.daemons.pop().wait()
        reap()
        wait_for("a node that is down", lambda: self.ask("sinfo", "-h", "-o", "%T").startswith("down"))
        self.run_daemon("slurmd", "-D")

    def stop(self):
        self.ask("scancel", "--full", "-s", "KILL", "-u", "root")
        self.ask("scancel", "-u", "root")
        for daemon in reversed(self.daemons):
            daemon.terminate()
            try:
                daemon.wait(10)
            except subprocess.TimeoutExpired:
                daemon.kill()
                daemon.wait()
        end = time.monotonic() + 5
        while (left := self.leftovers()) and time.monotonic() < end:
            for pid in left:
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
            reap()
            time.sleep(0.1)
        reap()
        assert not left, f"processes {left} could not be ended"


def reap():
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass


class Fleet:
    """Recordings, and the folder that contrib/slurm fills."""

    def __init__(self, slurm, recount, source, folder):
        self.slurm, self.recount, self.source = slurm, recount, source
        self.out = f"{folder}/out"
        self.recordings = [f"{source}/tests/data/{name}.dat" for name in ("running", "thp", "hog-free", "forkcow", "v1-forkcow-6.1")]
        for pages in (10, 20, 30):
            self.recordings.append(f"{folder}/host{pages}")
            with open(self.recordings[-1], "w") as out:
                out.write(f"recount-ops 1\ncontainer web\ntask A in web\ntouch A 0x0..{pages:#x}\nexit A\n")
        with open(f"{folder}/names", "w") as out:
            out.write("\n".join(self.recordings))	# without a newline at its end
        self.names = f"{folder}/names"

    def submit(self):
        return self.slurm.do(f"{self.source}/contrib/slurm/submit", self.names, self.out, *OPTIONS).split()

    def database(self, task):
        return f"{self.out}/{self.recordings[task - 1].replace('/', '_')}.db"

    def replay_of(self, task):
        """The number of the process that replays it now, from the name of the file that it writes."""
        prefix = f".{os.path.basename(self.database(task))}.tmp-"
        for name in os.listdir(self.out) if os.path.isdir(self.out) else []:
            if name.startswith(prefix):
                try:
                    pid = int(name[len(prefix):])
                    if self.out.encode() in open(f"/proc/{pid}/cmdline", "rb").read():
                        return pid
                except (OSError, ValueError):
                    pass
        return 0

    def stamps(self):
        return {task: os.stat(self.database(task)).st_mtime_ns for task in range(1, len(self.recordings) + 1) if os.path.exists(self.database(task))}


def digest(path):
    return hashlib.sha256(open(path, "rb").read()).hexdigest()


def all_completed(slurm, job, nr):
    states = slurm.states(job)
    failed = {task: state for task, state in states.items() if state in ("FAILED", "CANCELLED", "NODE_FAIL", "TIMEOUT")}
    assert not failed, f"job {job}: {failed}"
    return len(states) >= nr and all(state == "COMPLETED" for state in states.values())


def requeue_running(slurm, fleet, job, task):
    pid = wait_for(f"task {task}", lambda: fleet.replay_of(task))
    slurm.do("scontrol", "requeue", f"{job}_{task}")
    say(f"task {task}: requeued while it ran, process {pid}")
    wait_for("its end", lambda: fleet.replay_of(task) != pid)


def kill_and_requeue(slurm, fleet, job):
    """One whose replay is killed outright, two that are requeued as they run, of them one whose node then crashes."""
    pid = wait_for("task 1", lambda: fleet.replay_of(1))
    os.kill(pid, signal.SIGKILL)
    say(f"task 1: killed its replay, process {pid}")
    requeue_running(slurm, fleet, job, 2)
    requeue_running(slurm, fleet, job, 3)
    pid = wait_for("task 3 again", lambda: fleet.replay_of(3))
    slurm.crash_node()
    say(f"task 3: its node crashed, with process {pid} and all others, and came back")


def check(fleet, expected):
    assert digest(f"{fleet.out}/FLEET.db") == expected, "FLEET.db is not that of one call"
    recordings = sqlite3.connect(f"{fleet.out}/FLEET.db").execute("SELECT recording FROM runs").fetchall()
    assert len(recordings) == len(set(recordings)) == len(fleet.recordings), recordings
    left = [name for name in os.listdir(fleet.out) if ".tmp-" in name]
    assert not left, f"left behind: {left}"


def test(slurm, recount, source, folder):
    fleet = Fleet(slurm, recount, source, folder)
    nr = len(fleet.recordings)
    singles = []
    os.mkdir(f"{folder}/alone")
    for task in range(1, nr + 1):
        singles.append(f"{folder}/alone/{os.path.basename(fleet.database(task))}")
        subprocess.run([recount, "replay", *OPTIONS, fleet.recordings[task - 1], "-o", singles[-1]], check=True)
    subprocess.run([recount, "merge", *singles, "-o", f"{folder}/alone/FLEET.db"], check=True)
    expected = digest(f"{folder}/alone/FLEET.db")
    say(f"{nr} recordings replayed and merged without Slurm")

    with open(f"{folder}/alike", "w") as out:
        out.write("a/b\na_b\n")
    refused = subprocess.run([f"{source}/contrib/slurm/submit", f"{folder}/alike", f"{folder}/nowhere"], env=slurm.environment, capture_output=True)
    assert refused.returncode == 1 and b"a_b" in refused.stderr, f"two of one name: {refused}"

    job, merge = fleet.submit()
    say(f"submitted: array {job}, merge {merge}")
    kill_and_requeue(slurm, fleet, job)
    wait_for("the array", lambda: all_completed(slurm, job, nr), 300)
    wait_for("the merge", lambda: all_completed(slurm, merge, 1))
    check(fleet, expected)
    say(f"{nr} runs, each once, the same bytes as without Slurm")

    stamps = fleet.stamps()
    slurm.do("scontrol", "requeue", f"{job}_5")
    wait_for("task 5 again", lambda: "COMPLETED" != slurm.states(job).get(5))
    wait_for("task 5 again", lambda: all_completed(slurm, job, nr))
    assert fleet.stamps() == stamps, "a task that was done has written"
    say("task 5: requeued when it was done, does nothing")

    # A task that is cancelled: no merge, nothing half; the same call again does what is left.
    for name in (fleet.database(3), fleet.database(5), f"{fleet.out}/FLEET.db"):
        os.unlink(name)
    job, merge = fleet.submit()
    wait_for("task 3", lambda: fleet.replay_of(3))
    slurm.do("scancel", f"{job}_3")
    say("task 3: cancelled while it ran")
    wait_for("the merge to be given up", lambda: slurm.states(merge).get(0) == "CANCELLED")
    assert not os.path.exists(f"{fleet.out}/FLEET.db") and not os.path.exists(fleet.database(3))
    say("no merge without it")
    wait_for("the others", lambda: set(slurm.states(job).values()) == {"COMPLETED", "CANCELLED"}, 300)
    stamps = fleet.stamps()
    job, merge = fleet.submit()
    wait_for("the merge", lambda: all_completed(slurm, merge, 1), 300)
    assert {task: stamp for task, stamp in fleet.stamps().items() if task != 3} == stamps, "what was done was done again"
    check(fleet, expected)
    say("submitted again: only what was left, and the same bytes")


def main():
    recount, source = os.path.realpath(sys.argv[1]), os.path.realpath(sys.argv[2])
    if not os.environ.get("RECOUNT_SLURM"):
        skip("it takes a minute; RECOUNT_SLURM=1 runs it")
    if os.getuid():
        skip("a slurmd of one's own needs root")
    missing = [name for name in DAEMONS if not shutil.which(name, path=PATH)]
    if missing:
        skip(f"no {', '.join(missing)}: setup/install slurm")
    ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)	# PR_SET_CHILD_SUBREAPER: what daemons leave behind comes to this process
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    with tempfile.TemporaryDirectory(prefix="recount-slurm-") as folder:
        os.mkdir(f"{folder}/bin")
        os.symlink(recount, f"{folder}/bin/recount")
        slurm = Slurm(folder)
        slurm.environment["PATH"] = f"{folder}/bin:{PATH}"
        try:
            slurm.start()
            say("slurmctld, slurmd and munged run")
            test(slurm, recount, source, folder)
        except BaseException:
            for name in sorted(os.listdir(folder)):
                if name.endswith(".out"):
                    print(f"== {name}\n" + "".join(open(f"{folder}/{name}").readlines()[-15:]))
            for root, _, names in os.walk(f"{folder}/out"):
                for name in sorted(names):
                    if name.endswith(".log"):
                        print(f"== {name}\n" + open(f"{root}/{name}").read()[-500:])
            raise
        finally:
            slurm.stop()
            say("all daemons stopped")


main()
