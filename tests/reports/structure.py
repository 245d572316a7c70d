#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The HTML report without a browser: well-formed, alone, escaped, and every number of its first screen from RUN.db.

usage: structure.py ROOT RECOUNT
"""
import html.parser
import json
import os
import re
import sqlite3
import subprocess
import sys
import tempfile

import runs

VOID = {"meta", "br", "img", "link", "input", "hr"}
ALLOWED_ABSOLUTE = {"http://www.w3.org/2000/svg"}
failures = []


def check(truth, *words):
    if not truth:
        failures.append(" ".join(str(word) for word in words))


class Page(html.parser.HTMLParser):
    """Elements as they nest, ids, references, numbers and the text of the first screen."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.open, self.ids, self.references, self.data, self.texts = [], [], [], [], []
        self.urls, self.tags, self.first_text = [], set(), []

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.tags.add(tag)
        if "id" in attributes:
            self.ids.append(attributes["id"])
        for name, value in attributes.items():
            check(not name.startswith("on"), "an event handler:", tag, name)
            if name in ("src", "srcset", "action", "data", "poster") or name == "href" and not value.startswith("#"):
                self.urls.append(value)
            if name == "href" and value.startswith("#"):
                self.references.append(value[1:])
            if name in ("aria-labelledby", "aria-describedby"):
                self.references += value.split()
        if tag == "data":
            self.data.append((attributes["data-from"], int(attributes["value"]), "recommended" in self.sections()))
        if tag not in VOID:
            self.open.append((tag, attributes.get("id"), attributes.get("class", "")))

    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        check(self.open and self.open[-1][0] == tag, f"</{tag}> closes", self.open[-1:])
        if self.open:
            self.open.pop()

    def sections(self):
        return [element[1] for element in self.open if element[0] == "section"]

    def handle_data(self, data):
        if self.open and self.open[-1][0] not in ("script", "style"):
            self.texts.append(data)
        inside = [element[0] for element in self.open]
        if "recommended" in self.sections() and ("tbody" in inside or "decision" in self.open[-1][2]) and "data" not in inside:
            self.first_text.append((self.open[-1][2], data))

    def handle_decl(self, decl):
        check(decl.lower() == "doctype html", decl)


def parse(text):
    page = Page()
    page.feed(text)
    page.close()
    check(not page.open, "never closed:", page.open)
    check(len(page.ids) == len(set(page.ids)), "an id twice")
    for reference in page.references:
        check(reference in page.ids, "no such id:", reference)
    check(not page.urls, "leaves the page:", page.urls)
    for style in re.findall(r"<style>(.*?)</style>", text, re.S):
        check(not re.search(r"@import|url\((?!#)", style), "a style leaves the page")
    # what a script or an attribute could load; uPlot's own address stands in its comment and licence
    for url in re.findall(r"\bhttps?://[^\s\"'<>)]+", text):
        check(url in ALLOWED_ABSOLUTE or url == "https://github.com/leeoniya/uPlot", "an address:", url)
    return page


def rounded(pages, mib=256):
    """Whole MiB, of less than one whole pages."""
    return pages if pages < mib else -(-pages // mib) * mib


def raised(pages):
    return -(-pages * 115 // 100)


def trace_first_screen(page, db, recommended):
    """Each number: from its row, by the rule of docs/recommendation.md done again here."""
    nr = 0
    for source, value, is_first in page.data:
        table, *key, column = source.split("/")
        if table == "bills":
            rows = db.execute(f"SELECT {column} FROM bills WHERE container = ? AND resource = ?", key).fetchall()
            check(rows == [(value,)], source, "is", rows, "not", value)
        elif table == "sum":
            given = [row for (_, resource), row in recommended.items() if [resource] == key and row["recommended_limit_pages"]]
            if column == "maxheld_pages":
                expected = sum(db.execute("SELECT maxheld_pages FROM outcomes WHERE scenario = 0 AND container = ? AND resource = ?",
                                          (row["container"], *key)).fetchone()[0] for row in given)
            else:
                expected = sum(row["recommended_barrier_pages"] or row["recommended_limit_pages"] for row in given)
            check(expected == value and len(given) > 4, source, "is", expected, "not", value)
        elif table == "outcomes":
            rows = db.execute(f"SELECT {column} FROM outcomes WHERE scenario = ? AND container = ? AND resource = ?", key).fetchall()
            check(rows == [(value,)], source, "is", rows, "not", value)
        else:
            row = recommended[int(key[0]), key[1]]
            if column == "broken_pages":    # the largest that was tried, where none will do
                rows = db.execute("SELECT max(coalesce(barrier_pages, limit_pages)) FROM limits WHERE container = ? AND resource = ?", key).fetchall()
                check(row["status"] == "too small" and rows == [(value,)], source, "is", rows, "not", value)
                nr += is_first
                continue
            limit = db.execute("SELECT barrier_pages, limit_pages FROM limits WHERE scenario = ? AND container = ? AND resource = ?",
                               (row["scenario"], *key)).fetchone()
            peak, = db.execute("SELECT maxheld_pages FROM outcomes WHERE scenario = 0 AND container = ? AND resource = ?", key).fetchone()
            barrier = limit[0] and rounded(raised(limit[0]))
            expected = {
                "recommended_barrier_pages": barrier,
                "recommended_limit_pages": rounded(max(raised(limit[1] or 0), raised(barrier or 0))),
                "sure_limit_pages": row["untouched_pages"] and rounded(raised(row["untouched_pages"])),
            }
            expected["saving_pages"] = abs(peak - (barrier or expected["recommended_limit_pages"]))
            check(expected[column] == value, source, "is", expected[column], "not", value)
        nr += is_first
    check(nr >= 4, "too few numbers on the first screen:", nr)


def check_words(page, recommended):
    """Digits of the first screen that are no <data>: of the names, of the share of the peak, of the reason."""
    reasons = {row["reason"] for row in recommended.values()}
    names = {row["name"] for row in recommended.values()}
    for where, text in page.first_text:
        if re.search(r"\d", text) and not re.fullmatch(r"\([−+]\d+ %\)", text):
            check(text in reasons or text in names, "a number from nowhere:", repr(text))


def report(recount, run, *arguments):
    return subprocess.run([recount, "report", run, *arguments], check=True, stdout=subprocess.PIPE).stdout.decode()


def check_recording(root, recount, folder):
    run = os.path.join(folder, "run.db")
    subprocess.run([recount, "replay", os.path.join(root, "tests/data/forkcow.dat"), "-o", run, "--swap", "8M", "-q",
                    "--limit", "rss=8M,16M,32M,40M,64M", "--limit", "privvmpages=50%:60%,90%,100%:120%", "--limit", "memcg=50%,100%"],
                   check=True)
    text = report(recount, run, "-O", "html")
    check(text == report(recount, run, "-O", "html"), "not the same bytes again")
    page = parse(text)
    recommended = {(row["container"], row["resource"]): row
                   for row in json.loads(report(recount, run, "-r", "recommend", "-O", "json"))["recommendations"]}
    trace_first_screen(page, sqlite3.connect(run), recommended)
    check_words(page, recommended)
    data = sum(len(part) for part in re.findall(r"<script type=\"application/json\">.*?</script>", text, re.S))
    check(len(text.encode()) - data <= 300_000, "too large:", len(text.encode()), "of it data", data)
    for part in re.findall(r"<script type=\"application/json\"[^>]*>(.*?)</script>", text, re.S):
        json.loads(part)
    for words in ("0.296 s of 2 containers, replayed against 10 sets of limits", "Recommended limits", "How far to trust this", "What goes wrong", "Usage over time", "rss_stat"):
        check(any(words in part for part in page.texts), "does not say", words)


def check_no_answer(root, recount, folder):
    """Where events were lost, or the recorded kernel killed, the first screen says so in the place of an answer."""
    run = os.path.join(folder, "none.db")
    subprocess.run([recount, "replay", os.path.join(root, "tests/data/forkcow.dat"), "-o", run, "-q", "-m", "rss", "--limit", "rss=32M,64M"], check=True)
    db = sqlite3.connect(run)
    peak, = db.execute("SELECT maxheld_pages FROM outcomes WHERE scenario = 0 AND container = 1").fetchone()
    with db:
        db.execute("UPDATE outcomes SET verdict_stands = 0, maxheld_high_pages = 2 * maxheld_pages")
    page = parse(report(recount, run, "-O", "html"))
    data = {source: value for source, value, is_first in page.data if is_first}
    check(data["recommend/1/rss/sure_limit_pages"] == rounded(raised(2 * peak)), "not what may have been lost:", data)
    check(any("cannot tell, because events were lost" in part for part in page.texts), "does not say that events were lost")
    check(not any(part.startswith("Give ") for part in page.texts), "gives a limit all the same")
    with db:
        db.execute("UPDATE outcomes SET maxheld_high_pages = NULL")
    page = parse(report(recount, run, "-O", "html"))
    check(any("nothing bounds what was lost" in part for part in page.texts), "does not say that nothing bounds it")
    with db:
        db.execute("UPDATE outcomes SET verdict_stands = 1, maxheld_high_pages = maxheld_pages")
        db.execute("UPDATE processes SET killed_ns = (SELECT CAST(value AS INTEGER) FROM run WHERE key = 'end_ns') WHERE container = 1")
    page = parse(report(recount, run, "-O", "html"))
    check(any("the kernel killed in it" in part for part in page.texts), "does not say that the recording was cut short")
    check("recommend/1/rss/recommended_limit_pages" not in {source for source, *_ in page.data}, "a limit where it was cut short")
    db.close()


def escaped(name):
    """As base/text.h shows a name."""
    name = name.replace("\n", "\\n").replace("\t", "\\t")
    return re.sub(r"[\x00-\x1f\x7f]|\u202e", lambda match: f"\\x{ord(match[0]):02x}" if ord(match[0]) < 256 else f"\\u{ord(match[0]):04x}", name)


def check_hostile(root, recount, folder):
    run = os.path.join(folder, "hostile.db")
    runs.make(root, "hostile", run)
    text = report(recount, run, "-O", "html")
    page = parse(text)
    shown = "\n".join(page.texts)
    check(not page.tags & {"img", "i", "iframe"}, "a name became an element")
    for name in runs.HOSTILE:
        check(shown.count(escaped(name)) >= 3, "not shown as text:", repr(name), shown.count(escaped(name)))
    check("alert(1)</script>" not in text.replace("&lt;/script&gt;", ""), "a script")
    check(not re.search("[\x00-\x08\x0b-\x1f\x7f\u202e]", text), "a control character")

    table = report(recount, run)
    check(not re.search("[\x00-\x08\x0b-\x1f\x7f\u202e]", table), "a control character in the table")
    for name in runs.HOSTILE:
        check(escaped(name) in table, "not in the table:", repr(name))

    read = json.loads(report(recount, run, "-O", "json"))
    check({row["name"] for row in read["outcomes"]} == set(runs.HOSTILE), "JSON has other names")

    for kind in ("table", "recommend", "bills"):
        csv = report(recount, run, "-r", kind, "-O", "csv")
        check("\n3,\"'=1+cmd" in csv or "\n3,'=1+cmd" in csv, "a formula in CSV of", kind)
        check(not re.search("[\x00-\x08\x0b-\x1f\x7f\u202e]", csv), "a control character in CSV")


def check_extreme(root, recount, folder):
    """No number is too large to be shown somehow: report() fails when recount does."""
    run = os.path.join(folder, "extreme.db")
    runs.make(root, "extreme", run)
    parse(report(recount, run, "-O", "html"))
    check(report(recount, run, "-r", "bills"), "bills says nothing")
    for kind in ("table", "json", "csv", "ubc", "openmetrics", "trace"):
        check(report(recount, run, "-O", kind), kind, "says nothing")
    subprocess.run([recount, "compare", run, run], check=True, stdout=subprocess.DEVNULL)


def check_sums(recount, folder):
    """Of many containers the first sentence says sums: here six, of 300 to 1,800 pages."""
    ops, run = os.path.join(folder, "six.ops"), os.path.join(folder, "six.db")
    with open(ops, "w") as out:
        print("recount-ops 1", file=out)
        for i in range(1, 7):
            print(f"container c{i}\ntask T{i} in c{i}\nmmap T{i} heap {300 * i}\ntouch T{i} heap write", file=out)
    subprocess.run([recount, "replay", ops, "-o", run, "-q", "-m", "rss", "--limit", "rss=50%,100%"], check=True)
    page = parse(report(recount, run, "-O", "html"))
    recommended = {(row["container"], row["resource"]): row
                   for row in json.loads(report(recount, run, "-r", "recommend", "-O", "json"))["recommendations"]}
    trace_first_screen(page, sqlite3.connect(run), recommended)
    check({source: value for source, value, _ in page.data}.get("sum/rss/maxheld_pages") == 300 * 21, "no sum of the peaks")


def check_fleet(root, recount, folder):
    """Several runs together: hostile names stay text, and each figure is that of the JSON report."""
    databases = []
    for limits in ("rss=8M,64M", "rss=16M,64M"):
        databases.append(os.path.join(folder, f"<b>{len(databases)}.db"))
        subprocess.run([recount, "replay", os.path.join(root, "tests/data/forkcow.dat"), "-o", databases[-1], "-q", "--limit", limits, "--model", "rss"],
                       check=True)
    subprocess.run([recount, "report", *databases, os.path.join(folder, "hostile.db"), "-O", "html", "-o", os.path.join(folder, "fleet.html")], check=True)
    page = parse(open(os.path.join(folder, "fleet.html")).read())
    check(not page.tags & {"img", "i", "iframe", "b"}, "a name became an element of a fleet")
    for name in runs.HOSTILE:
        check("\n".join(page.texts).count(escaped(name)) >= 2, "not shown as text in a fleet:", repr(name))
    read = json.loads(report(recount, databases[0], databases[1], os.path.join(folder, "hostile.db"), "-O", "json"))
    each = {(row["run"], row["container"], row["resource"]): row for row in read["each"]}
    for source, value, _ in page.data:
        table, *key, column = source.split("/")
        row = read["recommendations"][int(key[0])] if table == "recommendations" else each[int(key[0]), int(key[1]), key[2]]
        check(row[column] == value, source, "is", row[column], "not", value)
    check(len(page.data) > 20, "too few figures of a fleet:", len(page.data))


def main(root, recount):
    with tempfile.TemporaryDirectory() as folder:
        check_recording(root, recount, folder)
        check_no_answer(root, recount, folder)
        check_sums(recount, folder)
        check_extreme(root, recount, folder)
        check_hostile(root, recount, folder)
        check_fleet(root, recount, folder)
    for failure in failures[:20]:
        print("FAILED:", failure)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], os.path.abspath(sys.argv[2])))
