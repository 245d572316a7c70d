#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Random texts of operations in which a limit is written, and asked for by an option as well: both give the same rows.

usage: sharing.py RECOUNT [FIRST_SEED [NUMBER]]

What a text limits is a world from the first operation on; what options limit follow a leader until they are near their
limit, and are a copy of it then. Limits are about what is held at most, so that they leave late, or not at all.
"""
import os
import re
import subprocess
import sys
import tempfile

from random_text import RandomText, fewest

LINES = 40
SLOW = 'livelocks as posted'    # each fault tries many hundred times: left out, and counted
KINDS = ['private write', 'private write', 'shared write', 'read file F', 'private write file G', 'shared write file F']


class Stream(RandomText):       # an area: (pages, is_write)
    def __init__(self, seed):
        super().__init__(seed)
        self.resource = self.random.choice(['memory', 'memory', 'rss', 'memcg'])
        self.shares = [self.random.uniform(0.5, 1.1) for _ in range(4)]     # of the peak
        self.head = ['recount-ops 1', f'set swappiness {self.pick(0, 60, 100)}', f'set swap {self.pick("none", "unlimited", 300)}',
                     f'set readahead {self.pick(0, 4, 32)}']
        if self.random.random() < 0.5:
            self.head += ['rules posted'] if self.resource != 'memory' else ['switch cgroup2.lru generations']
        if self.random.random() < 0.5:
            self.head += [f'switch cgroup2.kernel {self.pick("5.10", "5.15", "6.16", "6.18")}']
        if self.random.random() < 0.3:
            self.head += ['switch cgroup2.stock off']
        self.head += ['container c0 "/a"', 'container c1 "/a/b"', 'container c2 "/c"', 'file F', 'file G']
        while len(self.lines) < LINES:
            self.step()
        self.lines += [f'exit {task}' for task in self.tasks if self.random.random() < 0.5]

    def mmap(self, task):
        area, pages, kind = self.name('m'), self.random.randint(50, 900), self.pick(*KINDS)
        self.lines.append(f'mmap {task} {area} {pages} {kind}')
        self.tasks[task][area] = pages, 'write' in kind

    def use(self, task, area):
        pages, is_write = self.tasks[task][area]
        first = self.random.randrange(pages)
        last = min(pages - 1, first + self.pick(0, 3, 60, 400, 900))
        self.lines.append(f'touch {task} {area}+{first}..{last} {self.pick("read", "write") if is_write else "read"}')

    def page(self, task, area):
        pages, is_write = self.tasks[task][area]
        if is_write:
            name = self.name('P')
            self.lines += [f'touch {task} {area}+{self.random.randrange(pages)} write as {name}', f'migrate {name}']

    def step(self):
        kind = self.random.random()
        if not self.tasks or kind < 0.06:
            task = self.name('T')
            self.lines.append(f'task {task} in {self.container()}')
            self.tasks[task] = {}
            self.mmap(task)
            return
        task = self.pick(*self.tasks)
        area = self.pick(*self.tasks[task]) if self.tasks[task] else None
        if not area or kind < 0.2:
            self.mmap(task)
        elif kind < 0.65:
            self.use(task, area)
        elif kind < 0.71:
            self.fork(task)
        elif kind < 0.76:
            self.exit(task)
        elif kind < 0.81:
            self.move(task)
        elif kind < 0.85:
            self.munmap(task, area)
        elif kind < 0.88:
            self.page(task, area)
        elif kind < 0.92:
            first = self.random.randrange(500)
            self.lines.append(f'read {task} {self.pick("F", "G")}:{first}..{first + self.pick(0, 100, 600)}')
        elif kind < 0.97:
            self.lines.append(f'kernel-charge {self.container()} {self.pick(0, 5, 100, 600, 1500)} {self.pick(0, 576, 9000)}')
        else:
            self.lines.append(f'truncate {self.pick("F", "G")}:0..{self.random.randrange(900)}')


def rows_of(path, scenario):
    """What came of a scenario, without its number."""
    mark = re.compile(rf'^(outcomes|usage|incidents) (.*\b)?scenario={scenario}\b')
    with open(path, encoding='utf-8') as file:
        return [line.replace(f'scenario={scenario} ', '') for line in file if mark.match(line)]


def replay(recount, folder, stream, lines, limits):
    """'' = well, and rows are in `rows`; else what was said. The first limit is written too: without a barrier, as an option has it."""
    written = [f'limit c{i} {stream.resource} unlimited:{limit}' for i in range(3) for limit in limits[:1]]
    options = ['-l', f'{stream.resource}=' + ','.join(f'{limit}p' for limit in limits)] if limits else []
    with open(os.path.join(folder, 'stream.ops'), 'w', encoding='ascii') as file:
        file.write('\n'.join(stream.head + written + lines) + '\n')
    try:
        done = subprocess.run([recount, 'replay', 'stream.ops', '-q', '-O', 'text', '-o', 'rows', '-m', stream.resource, *options],
                              capture_output=True, text=True, timeout=600, check=False, cwd=folder)
    except subprocess.TimeoutExpired:
        return SLOW
    return f'exit {done.returncode}: {done.stderr.strip()}' if done.returncode else ''


def limits_of(recount, folder, stream):
    said = replay(recount, folder, stream, stream.lines, [])
    if said:
        sys.exit(said)
    peaks = [int(value) for line in rows_of(os.path.join(folder, 'rows'), 0) for value in re.findall(r'^outcomes .* maxheld_pages=(\d+)', line)]
    return [max(1, int(max(peaks) * share)) for share in stream.shares]


def run(recount, folder, stream, lines, limits):
    """'' = well; else what differs."""
    rows = os.path.join(folder, 'rows')
    said = replay(recount, folder, stream, lines, limits)
    if said:
        return said
    written, asked = rows_of(rows, 1), rows_of(rows, 2)
    differing = [f'{one}{other}' for one, other in zip(written, asked) if one != other]
    if len(written) != len(asked) or not written:
        return f'{len(written)} rows as written, {len(asked)} as asked for'
    return differing[0] if differing else ''


def differs(recount, folder, stream, lines, limits):
    failure = run(recount, folder, stream, lines, limits)
    return failure and not failure.startswith('exit')


def main():
    recount = os.path.realpath(sys.argv[1])
    first = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    number = int(sys.argv[3]) if len(sys.argv) > 3 else 100
    nr_slow = 0
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(first, first + number):
            stream = Stream(seed)
            limits = limits_of(recount, folder, stream)
            failure = run(recount, folder, stream, stream.lines, limits)
            nr_slow += failure == SLOW
            if failure and failure != SLOW:
                lines = fewest(stream.lines, lambda fewer: differs(recount, folder, stream, fewer, limits))
                print(f'# seed {seed}: limits {limits}: {failure}', *stream.head, *lines, sep='\n')
                print('#', run(recount, folder, stream, lines, limits))
                return 1
    print(f'{number - nr_slow} streams from seed {first} are the same' + (f', {nr_slow} took too long' if nr_slow else ''))
    return 0


if __name__ == '__main__':
    sys.exit(main())
