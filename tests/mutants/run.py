#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Breaks one rule of the models at a time and sees that a test notices.

    tests/mutants/run.py [WORD...]      all, or those with one of the words in their title or file
    tests/mutants/run.py --check        only that each applies, and that there is whoever should notice

The mutants are the *.txt beside this file, five lines each:

    = R2 nobody maps it any more: the charge ends       the rule, in words
    @ accounting/rss07.c                                where it is kept
    - op->mapcount != 1                                 what stands there, once
    + op->mapcount > 2                                  what is put instead
    > accounting_rss07 golden_rss-t3-fork-cow           who should notice

A copy of the tracked files is built and edited, never the sources. A mutant that those tests let pass is
tried on all of unit and golden; one that nobody notices is printed as SURVIVED, and the exit code is 1.
"""
import pathlib
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
RANDOM = ('streams', 'sharing')         # tests/golden/*.py


def read_mutants(path):
    mutants = []
    for number, line in enumerate(path.read_text().splitlines(), 1):
        mark, text = line[:1], line[2:]
        if mark == '=':
            mutants.append({'title': text, 'at': f'{path.name}:{number}', 'old': [], 'new': [], 'tests': []})
        elif mark == '@':
            mutants[-1]['file'] = text
        elif mark == '-':
            mutants[-1]['old'].append(text)
        elif mark == '+':
            mutants[-1]['new'].append(text)
        elif mark == '>':
            mutants[-1]['tests'] += text.split()
    return mutants


def is_test(name):
    parts = {'golden': 'golden/{}.ops', 'cli': 'cli/{}.sh'}
    kind, _, rest = name.partition('_')
    return name in RANDOM or any((ROOT / 'tests' / place).exists() for place in (
        parts[kind].format(rest) if kind in parts else f'unit/{name}.c', f'unit/{name}.py'))


def check():
    """The tests run this: a rule that moves takes its mutant along."""
    bad = 0
    for path in sorted(pathlib.Path(__file__).parent.glob('*.txt')):
        for mutant in read_mutants(path):
            source = ROOT / mutant['file']
            nr = source.read_text().count('\n'.join(mutant['old'])) if source.exists() else 0
            wrong = [f'found {nr} times in {mutant["file"]}'] if nr != 1 else []
            wrong += [f'no test {name}' for name in mutant['tests'] if not is_test(name)]
            bad += bool(wrong)
            if wrong:
                print(f"{mutant['at']}: {mutant['title']}: {', '.join(wrong)}")
    return bad > 0


def run(command, **more):
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **more)


class Copy:
    """The sources once more, and their build."""

    def __init__(self, folder):
        self.source, self.build = folder / 'source', folder / 'build'
        for name in run(['git', 'ls-files'], cwd=ROOT).stdout.split('\n'):
            if name:
                (self.source / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / name, self.source / name)
        done = run(['meson', 'setup', '-Doptimization=0', '-Dwerror=false', self.build, self.source])
        if done.returncode:
            sys.exit(done.stdout)

    def make(self, tests):
        targets = {'cmd/recount' if name.startswith(('golden_', 'cli_')) or name in RANDOM or
                   (ROOT / f'tests/unit/{name}.py').exists() else f'tests/unit/unit_{name}' for name in tests} or {'all'}
        return run(['ninja', '-C', self.build, *sorted(targets)])

    def failed(self, *tests):
        """Names of those that fail."""
        done = run(['meson', 'test', '-C', self.build, '--no-rebuild', *tests], timeout=900)
        return [line.split(' / ')[1].split()[0] for line in done.stdout.splitlines()
                if ' / ' in line and any(word in line for word in ('FAIL', 'TIMEOUT', 'ERROR'))]

    def notice(self, mutant):
        path = self.source / mutant['file']
        before = path.read_text()
        old, new = '\n'.join(mutant['old']), '\n'.join(mutant['new'])
        if before.count(old) != 1:
            return f"DOES NOT APPLY: found {before.count(old)} times"
        path.write_text(before.replace(old, new))
        try:
            done = self.make(mutant['tests'])
            if done.returncode:
                return 'DOES NOT COMPILE\n' + done.stdout[-2000:]
            for test in mutant['tests']:
                if self.failed(test):
                    return 'caught by ' + test
            self.make([])
            others = self.failed('--suite', 'unit', '--suite', 'golden')
            return 'caught by another: ' + ' '.join(others[:8]) if others else 'SURVIVED'
        finally:
            path.write_text(before)


def main():
    words = sys.argv[1:]
    if words == ['--check']:
        return check()
    bad = nr = 0
    with tempfile.TemporaryDirectory(prefix='mutants-') as folder:
        copy = Copy(pathlib.Path(folder))
        for path in sorted(pathlib.Path(__file__).parent.glob('*.txt')):
            for mutant in read_mutants(path):
                if words and not any(word in mutant['title'] + ' ' + mutant['at'] for word in words):
                    continue
                nr += 1
                result = copy.notice(mutant)
                bad += not result.startswith('caught')
                print(f"{mutant['at']}: {mutant['title']}: {result}", flush=True)
    print(f'{nr} mutants, {bad} not caught')
    return bad > 0


if __name__ == '__main__':
    sys.exit(main())
