#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs the commands that docs/ shows, page by page, and looks for what docs/tour.md says of their results; looks for every
file that a page names.

usage: docs.py ROOT RECOUNT

A block of sh is run line by line in a folder with tests/ of ROOT and recordings/, where recount is RECOUNT; what
needs a privilege or another machine is left out.  A block of ops is a case.  Every command ends with 0.
"""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

BLOCK = re.compile(r"^```(sh|ops)\n(.*?)^```$", re.M | re.S)
LEFT_OUT = re.compile(r"^(perf |contrib/slurm|cd |recount record|recount info trace\.dat)|PATH=")
PAGES = ["tour", "fleet", "run-db", "ops"]      # in this order: RUN.db and FLEET.db are those of the pages before

failures = []


def run(command, folder, recount, page):
    environment = {**os.environ, "PATH": os.path.dirname(recount) + ":" + os.environ["PATH"], "LC_ALL": "C.UTF-8"}
    done = subprocess.run(["bash", "-c", command], cwd=folder, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode:
        failures.append(f"docs/{page}.md: {command}: exit {done.returncode}: {done.stdout.strip()[-300:]}")
    return done.stdout


def run_page(text, page, folder, recount):
    for kind, block in BLOCK.findall(text):
        if kind == "ops":
            with open(os.path.join(folder, "case.ops"), "w", encoding="utf-8") as file:
                file.write(block)
            run("recount replay case.ops -o case.db", folder, recount, page)
            continue
        for command in re.sub(r"\\\n\s*|\n {4,}", " ", block).splitlines():
            is_there = shutil.which(command.split(" ")[0]) or command.startswith("recount")
            if is_there and not LEFT_OUT.search(command):
                run(command, folder, recount, page)


def prepare(root, folder):
    data = os.path.join(root, "tests/data")
    os.symlink(os.path.join(root, "tests"), os.path.join(folder, "tests"))
    os.mkdir(os.path.join(folder, "recordings"))
    for name, other in (("forkcow.dat", "web16.dat"), ("v1-forkcow-6.1.dat", "web17.dat")):
        os.symlink(os.path.join(data, name), os.path.join(folder, "recordings", other))
    for name in ("BEFORE.db", "AFTER.db"):
        os.symlink("FLEET.db", os.path.join(folder, name))


def mib(pages):
    return f"{pages * 4096 / (1 << 20):.3g} MiB"


def bare(size):
    return size.removesuffix(" MiB")


def told(folder, recount):
    """What docs/tour.md has to say of its runs, if its figures are those that come out now."""
    def asked(database):
        return json.loads(run(f"recount report {database} -O json", folder, recount, "tour"))

    def recommended(answer, container):
        row = next(row for row in answer["recommendations"] if row["name"] == container and row["resource"] == "memory")
        return mib(row["recommended_limit_pages"]), mib(row["broken_pages"] or 0), row["reason"]

    answer = asked("RUN.db")
    (web, broken, reason), (batch, *_), (finer, finer_broken, _) = (
        recommended(answer, "web"), recommended(answer, "batch"), recommended(asked("fine.db"), "web"))
    pages, when, who = re.search(r"tried, (\S+ pages) .* first hit at (\S+ s), by (\w+ \(pid)", reason).groups()
    bills = {row["name"]: {key: mib(row[key]) for key in row if key.endswith("_pages")}
             for row in answer["bills"] if row["resource"] == "memory"}
    checked, exact = (sum(row[column] for row in answer["checks"]) for column in ("checked", "exact"))
    worst = max(100 * row["error_pages"] / row["mean_pages"] for row in answer["proofs"] if row["mean_pages"])
    limits = {row["limit_pages"] for row in answer["outcomes"] if row["limit_pages"]}
    larger = mib(min(pages for pages in limits if float(bare(mib(pages))) > float(bare(broken))))
    between = f"between {bare(broken)} and {larger}"
    return [
        f"{web} of `memory` for `web`, {batch} for `batch`", f"give web {web} and batch {batch} of memory",
        f"at {broken}, the next smaller limit tried, {pages} come back", f"`{who.split(' ')[0]}` (pid", f"hit {broken} first, at {when}",
        f"`web` would be charged {bills['web']['alone_pages']}\nand not {bare(bills['web']['held_pages'])}",
        f"`batch` {bills['batch']['alone_pages']} and not {bare(bills['batch']['held_pages'])}",
        f"web is charged for {bills['web']['others_pages']} that only batch uses",
        f"batch uses {bills['batch']['unpaid_pages']} that others are charged for",
        f"{exact * 10000 // checked / 100:.2f} % of the kernel's own counter predicted", f"counters met within {worst:.3f} % over time",
        f"limits {between} for `web`", f"truth for `web` lies {between}", f"Now it is {finer}, because at {finer_broken} pages come back",
    ]


def check_names(root, page, text, names):
    """Files in code spans, by their folder or, if it is source, by their name; and links."""
    for span in sorted(set(re.findall(r"`(\w[\w./-]*\.\w+)`", text))):
        folder, _, name = span.rpartition("/")
        is_file = os.path.isdir(os.path.join(root, folder.split("/")[0])) if folder else re.search(r"\.(c|py|sh|sql)$", name)
        is_there = os.path.exists(os.path.join(root, span)) if folder else name in names
        if is_file and not is_there and not re.search("[A-Z]{4}|^noun", name):
            failures.append(f"{page}: there is no {span}")
    for link in re.findall(r"\]\(([^)#]+)[^)]*\)", text):
        if "://" not in link and not os.path.exists(os.path.join(root, os.path.dirname(page), link)):
            failures.append(f"{page}: leads to {link}, which is not there")


def main(root, recount):
    root, recount = os.path.abspath(root), os.path.abspath(recount)
    pages = {}
    names = {name for folder, folders, files in os.walk(root) if "/build" not in folder for name in files}
    for page in ["README.md", "ARCHITECTURE.md", "HACKING.md", *("docs/" + name for name in sorted(os.listdir(os.path.join(root, "docs"))))]:
        if page.endswith(".md"):
            with open(os.path.join(root, page), encoding="utf-8") as file:
                pages[page] = file.read()
            check_names(root, page, pages[page], names)
    with tempfile.TemporaryDirectory() as folder:
        prepare(root, folder)
        for page in PAGES:
            text = pages[f"docs/{page}.md"]
            run_page(text, page, folder, recount)
            if page == "tour":
                failures.extend(f"docs/tour.md does not say: {words}" for words in told(folder, recount) if words not in text)
    for failure in failures:
        print(failure)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
