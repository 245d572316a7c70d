# SPDX-License-Identifier: GPL-2.0-or-later
"""A text of operations made at random, line by line, of lines that can be.

A subclass writes the head and steps until it has its lines; here is the picture that it keeps of tasks, their areas
and names, and the cutting down of a text that fails.
"""
import random


class RandomText:
    def __init__(self, seed):
        self.random = random.Random(seed)
        self.tasks = {}         # name: {area: (pages, is_write, ...)}
        self.nr_names = 0
        self.lines = []

    def pick(self, *choices):
        return self.random.choice(choices)

    def name(self, letter):
        self.nr_names += 1
        return f'{letter}{self.nr_names}'

    def container(self):
        return f'c{self.random.randrange(3)}'

    def fork(self, task):
        child = self.name('T')
        self.lines.append(f'fork {task} {child}')
        self.tasks[child] = dict(self.tasks[task])

    def exit(self, task):
        self.lines.append(f'exit {task}')
        del self.tasks[task]

    def move(self, task):
        self.lines.append(f'move {task} {self.container()}')

    def munmap(self, task, area):
        self.lines.append(f'munmap {task} {area}')
        del self.tasks[task][area]


def fewest(lines, still_fails):
    """Lines without any run of them that can be left out while still_fails(lines)."""
    size = len(lines) // 2
    while size:
        at = 0
        while at < len(lines):
            shorter = lines[:at] + lines[at + size:]
            if still_fails(shorter):
                lines = shorter
            else:
                at += size
        size //= 2
    return lines
