#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Random texts of operations, replayed with every invariant checked after every operation.

usage: streams.py RECOUNT [FIRST_SEED [NUMBER]]

A stream that fails is cut down to the fewest lines that still fail the same way
and printed; it is a case for this folder. Streams are made of lines that can be:
the generator keeps a small picture of tasks and areas.
"""
import os
import subprocess
import sys
import tempfile

from random_text import RandomText, fewest

LINES = 60
# D1 and D7 break invariants when as posted: that is what they are.
RULES = ['D2', 'D3', 'D4', 'D5', 'D8', 'D9', 'D10', 'D12', 'D14', 'D15', 'D17', 'D18', 'D19', 'D20', 'D22', 'D24',
         'D25', 'D27', 'D29', 'D32', 'D36', 'D37', 'D38']
ENDS = ['under_limit', 'zone_alive', 'freed_only']


class Stream(RandomText):       # an area: (pages, is_write, is_private)
    def __init__(self, seed):
        super().__init__(seed)
        self.head = ['recount-ops 1', f'set swappiness {self.pick(0, 60, 100)}',
                     f'set mapped-ratio {self.pick(0, 10, 50, 80, 100)}',
                     f'set swap {self.pick("none", "unlimited", 3, 8)}']
        for _ in range(self.pick(1, 1, 2)):
            self.head.append(f'set zone {self.pick(0, 1, 16, 4096)} {self.pick(0, 1, 16, 4096)}')
        if self.random.random() < 0.5:
            self.head += [f'rule {rule} posted' for rule in RULES if self.random.random() < 0.5]
            self.head.append(f'switch reclaim07.end_result {self.pick(*ENDS)}')
        if self.random.random() < 0.5:
            self.head += [f'switch memcg.kernel 2.6.{self.pick(25, 26, 27, 28)}',
                          f'switch memcg.lockless {self.pick("on", "off")}',
                          f'switch bc.rss {self.pick("on", "off")}',
                          f'switch bc.variant {self.pick("posted-set", "openvz")}']
        self.head += [f'switch cgroup2.{name} {self.pick("on", "off", "off")}' for name in ('stock', 'kmem')]
        self.head += [f'switch cgroup2.{name} off' for name in ('workingset', 'balance', 'cluster')
                      if self.random.random() < 0.1]
        if self.random.random() < 0.4:
            self.head.append('switch cgroup2.lru generations')
        if self.random.random() < 0.5:
            self.head += [f'switch cgroup2.hierarchy {self.pick("v1", "v2")}', f'set stats {self.pick(0, 1000000, 5000000)}']
        self.head += [f'set readahead {self.pick(0, 1, 4, 32)}', f'set flush {self.pick(0, 4000000, 20000000)}']
        if self.random.random() < 0.3:
            self.head.append(f'set reuse {self.pick(1000000, 5000000)}')
        self.head += [f'container c{i}' for i in range(3)] + ['file F', 'file G', 'shmem S']
        for _ in range(3):
            self.task()
        while len(self.lines) < LINES:
            self.step()

    def task(self):
        name = self.name('T')
        self.lines.append(f'task {name} in {self.container()}')
        self.tasks[name] = {}
        self.mmap(name)

    def mmap(self, task):
        area, pages = self.name('m'), self.random.randint(1, 8)
        kind = self.pick('private write', 'private write', 'private write locked', 'shared write',
                         'shared read file F', 'shared write file F:2', 'private write file G', 'read file F',
                         'shared write file S')
        self.lines.append(f'mmap {task} {area} {pages} {kind}')
        self.tasks[task][area] = (pages, 'write' in kind, 'private' in kind)

    def place(self, task):
        """A range in an area of the task: text, first, last; whether it may be written."""
        area = self.pick(*self.tasks[task])
        pages, is_write, _ = self.tasks[task][area]
        first = self.random.randrange(pages)
        last = min(pages - 1, first + self.pick(0, 0, 1, 7))
        return f'{area}+{first}..{last}', is_write

    def page(self, task):
        """A page is written, so that it has a name, and moves or goes to swap."""
        area = self.pick(*self.tasks[task])
        pages, is_write, is_private = self.tasks[task][area]
        if not is_write:
            return
        name = self.name('P')
        self.lines += [f'touch {task} {area}+{self.random.randrange(pages)} write as {name}',
                       f'{self.pick("migrate", "migrate", "swapout") if is_private else "migrate"} {name}']
        # What a recorded limit or the machine took away, scenarios may still have.
        if self.lines[-1].startswith('swapout') and self.random.random() < 0.7:
            self.lines[-1] += self.pick(' by limit', ' by machine')

    def step(self):
        if not self.tasks:
            self.task()
            return
        task = self.pick(*self.tasks)
        if not self.tasks[task]:
            self.mmap(task)
            return
        kind = self.random.random()
        where, is_write = self.place(task)
        if kind < 0.05:
            self.page(task)
        elif kind < 0.55:
            how = self.pick('read', 'write', 'write') if is_write else 'read'
            self.lines.append(f'touch {task} {where} {how}')
        elif kind < 0.60:
            self.fork(task)
        elif kind < 0.64:
            self.exit(task)
        elif kind < 0.69:
            self.move(task)
        elif kind < 0.79:
            resource = self.pick('rss', 'rss', 'memcg', 'memcg', 'memory', 'memory', 'privvmpages', 'lockedpages')
            pages = self.pick(0, 1, 2, 3, 5, 9, 'unlimited')
            if resource == 'memory':
                pages = self.pick(pages, pages, '1:4', '2:unlimited', '5:9')
            self.lines.append(f'limit {self.container()} {resource} {pages}')
        elif kind < 0.84:
            self.mmap(task)
        elif kind < 0.87:
            self.munmap(task, self.pick(*self.tasks[task]))
        elif kind < 0.90:
            # Whole areas: mremap takes one VMA.
            self.lines.append(f'{self.pick("mlock", "munlock")} {task} {self.pick(*self.tasks[task])}')
        elif kind < 0.92:
            first = self.random.randrange(4)
            self.lines.append(f'{self.pick("truncate", "evict")} {self.pick("F", "G", "S")}:{first}..{first + 2}')
        elif kind < 0.95:
            first = self.random.randrange(6)
            self.lines.append(f'read {task} {self.pick("F", "G")}:{first}..{first + 3}')
        elif kind < 0.97:
            self.lines.append(f'reclaim {self.container()} {self.pick("rss", "memcg", "memory")}')
        elif kind < 0.972:
            pages = self.pick(0, 1, 4)
            self.lines += [f'kernel-charge c1 {pages} 576', f'kernel-uncharge c1 {pages} {self.pick(0, 576)}']
        elif kind < 0.975:
            # Whoever is in c0 leaves it first.
            self.lines += [f'move {other} {self.pick("c1", "c2")}' for other in self.tasks] + ['force-empty c0']
        elif kind < 0.985:
            self.lines.append(f'exec {task}')
            self.tasks[task] = {}
        else:
            area = self.pick(*self.tasks[task])
            new = self.random.randint(1, 10)
            self.lines.append(f'mremap {task} {area} {new} move')
            self.tasks[task][area] = (new, *self.tasks[task][area][1:])

    def text(self):
        # In the end nothing may be held: every task ends, and so does every charge.
        end = [f'exit {task}' for task in self.tasks]
        return self.head, self.lines, end + [f'expect c{i} rss 0' for i in range(3)]


def run(recount, folder, head, lines):
    """'' = well; else what went wrong, without the numbers that change with the lines."""
    path = os.path.join(folder, 'stream.ops')
    with open(path, 'w', encoding='ascii') as file:
        file.write('\n'.join(head + lines) + '\n')
    done = subprocess.run([recount, 'replay', path, '-q', '--check', '-O', 'text', '-o', os.path.join(folder, 'rows')],
                          capture_output=True, text=True, timeout=600, check=False)
    if done.returncode == 0:
        return ''
    said = done.stderr.strip().splitlines()
    why = said[0].split(': ')[-1] if said else ''
    return f'exit {done.returncode}: {why}'


def main():
    recount = sys.argv[1]
    first = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    number = int(sys.argv[3]) if len(sys.argv) > 3 else 1000
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(first, first + number):
            head, lines, end = Stream(seed).text()
            failure = run(recount, folder, head, lines + end)
            if failure:
                lines = fewest(lines, lambda fewer: run(recount, folder, head, fewer + end) == failure)
                head = fewest(head, lambda fewer: run(recount, folder, fewer, lines + end) == failure)
                print(f'# seed {seed}: {failure}', *head, *lines, *end, sep='\n')
                return 1
    print(f'{number} streams from seed {first} on hold')
    return 0


if __name__ == '__main__':
    sys.exit(main())
