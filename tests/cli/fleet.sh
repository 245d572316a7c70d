#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Reports over a fleet: the worst case, the spread, who stands out; figures worked out by hand.
. "$(dirname "$0")/lib.sh"
cd "$folder" || exit 99

# Nine hosts reserve so many pages in `web`; with limits of 256, 512, 1024, 2048 and 4096 pages the smallest that denies nothing is
# 512 for 300 pages, 1024 for seven of them, 4096 for 3000.  With 15 % more and rounded up to a MiB, 256 pages: 589 -> 768, 1178 -> 1280,
# 4711 -> 4864 pages; the limit over such a barrier is 15 % more again: 5594 -> 5632.
sizes="1000 1001 1002 1003 1004 1005 1006 300 3000"
for size in $sizes; do
	printf 'recount-ops 1\ncontainer web\ntask A in web\nmmap A heap %d\ntouch A heap\nexit A\n' "$size" >"host$size"
done
expect 0 0 '' replay -j 2 host* -o runs --model ubc --limit privvmpages=256p,512p,1024p,2048p,4096p
expect 0 0 '' merge runs/*.db -o fleet.db
expect 0 0 '' report fleet.db -O csv
python3 - <<-END || complain "services: $(cat stdout)"
	import csv
	(web,) = csv.DictReader(open("stdout"))
	expected = {"name": "web", "resource": "privvmpages", "status": "supported", "recommended_barrier_pages": "4864", "recommended_limit_pages": "5632",
	    "runs": "9", "worst_name": "host3000", "worst_run": "9", "least_recommended_pages": "768", "median_recommended_pages": "1280",
	    "peak_pages": "3000", "least_peak_pages": "300", "median_peak_pages": "1003", "unlike_runs": "2"}
	assert expected == {key: web[key] for key in expected}, web
END
cp stdout services.csv
expect 0 0 '' report -r recommend runs/host*.db -O csv
sed 's/,[0-9]*,768/,,768/' services.csv >one
sed 's/,[0-9]*,768/,,768/' stdout | cmp -s - one || complain "of files: $(cat stdout)"	# number 9 of them in the order of the call

# The median distance from the median peak is 2 pages, so 15 % of it, 151 pages, decide; of what they need 192 pages.
expect 0 0 '' report fleet.db -O json
python3 - <<-END || complain "standing out: $(cat stdout)"
	import json
	report = json.load(open("stdout"))
	found = [(row["run_name"], row["how"], row["pages"], row["median_pages"]) for row in report["standing_out"]]
	assert found == [("host300", "needs less", 768, 1280), ("host300", "peaks lower", 300, 1003),
	    ("host3000", "needs more", 4864, 1280), ("host3000", "peaks higher", 3000, 1003)], found
	assert [run["name"] for run in report["runs"]] == ["host300"] + ["host%d" % size for size in range(1000, 1007)] + ["host3000"]
	assert report["settings"] == [], report["settings"]
END
# 3000 pages are 199 % more than the median of 1003, 300 are 70 % less: a margin above both leaves nobody.  With it the limits are
# 512 * 3 = 1536, 1024 * 3 = 3072 and 4096 * 3 = 12288 pages: 50 % less and 300 % more than the median.
expect 0 0 '' report fleet.db --margin 200% -O json
python3 - <<-END || complain "standing out by 200 %"
	import json
	found = [(row["run_name"], row["how"], row["pages"]) for row in json.load(open("stdout"))["standing_out"]]
	assert found == [("host3000", "needs more", 12288)], found
END
expect 0 0 '' report fleet.db
grep -Eq '^web +privvmpages +9 +19M:22M +3M..19M +5M +12000K +\+62 % +2 Of 9 recordings, host3000 needs most: At 8 MiB, ' stdout ||
	complain "table: $(cat stdout)"
grep -q '^stands out: host300: web privvmpages needs less: 3M, the median is 5M$' stdout || complain "table: $(cat stdout)"
expect 0 0 '' report fleet.db -r hosts
[ "$(grep -c '^host' stdout)" = 9 ] || complain "hosts: $(cat stdout)"
grep -Eq '^host3000 +web +privvmpages +19M:22M .* needs more, peaks higher ' stdout || complain "hosts: $(cat stdout)"
expect 0 0 '' report fleet.db -O html
grep -q '<h1>9 recordings</h1>' stdout || complain "html: $(head -50 stdout)"
expect 0 0 '' report fleet.db -r hosts -O csv
[ "$(wc -l <stdout)" = 10 ] || complain "hosts as csv: $(cat stdout)"

# One of them is what its RUN.db is.
for format in table json csv ubc openmetrics trace html; do
	expect 0 0 '' report runs/host1004.db -O $format
	mv stdout one
	expect 0 0 '' report fleet.db --run host1004 -O $format
	cmp -s stdout one || complain "report --run -O $format is not that of its RUN.db"
done
expect 0 0 '' report fleet.db --run 9 -r recommend
grep -q '^web .* 19M:22M ' stdout || complain "report --run 9: $(cat stdout)"
expect 1 1 "report: --run: takes NAME\|NUMBER: fleet.db has no run '10'" report fleet.db --run 10
expect 1 1 'report: openmetrics shows one run: choose it with --run' report fleet.db -O openmetrics

# Before and after: without the two that stood out seven hosts need 1178 -> 1280 pages, host1006 peaks highest, 1003 in the middle.
expect 0 0 '' merge runs/host10*.db -o after.db
expect 0 0 '' compare fleet.db after.db -O csv
cat >wanted <<-END
	container,name,path,resource,scenario,label,what,a,a_high,b,b_high,difference,error,verdict
	1,web,,privvmpages,,,"highest peak, pages",3000,3000,1006,1006,-1994,0,more than the error
	1,web,,privvmpages,,"host3000, then host1000","recommended, pages",4864,4864,1280,1280,-3584,0,more than the error
	1,web,,privvmpages,,,recordings,9,9,7,7,-2,0,counted
	1,web,,privvmpages,,,stand out,2,2,0,0,-2,0,counted
END
cmp -s wanted stdout || complain "before and after: $(cat stdout)"
expect 0 0 '' compare fleet.db after.db
grep -Eq '^web +privvmpages +host3000, then host1000 +recommended, pages +4864 +1280 +-3584 more than the error$' stdout || complain "compare: $(cat stdout)"
expect 0 0 '' compare fleet.db after.db -O html
grep -q '<b>web</b> needs 5 MiB of <code>privvmpages</code>, not 19 MiB\.' stdout || complain "compare -O html: $(grep decision stdout)"
expect 0 0 '' compare fleet.db after.db -O json
python3 -c 'import json; assert len(json.load(open("stdout"))["differences"]) == 4' || complain "compare -O json: $(cat stdout)"
expect 0 0 '' compare after.db after.db
grep -q '^Nothing changed.$' stdout || complain "a fleet with itself: $(cat stdout)"
# One run beside a fleet is a fleet of one; a service that only one side has is said.
expect 0 0 '' compare fleet.db runs/host300.db -O csv
grep -q '^1,web,,privvmpages,,"host3000, then host300","recommended, pages",4864,4864,768,768,-4096,0,more than the error$' stdout ||
	complain "a fleet and a run: $(cat stdout)"
sed 's/web/shop/' host300 >shop
expect 0 0 '' replay shop -o shop.db --model ubc --limit privvmpages=512p
expect 0 0 '' compare fleet.db shop.db -O csv
grep -q '^1,web,,privvmpages,,host3000,service,,,,,,,only in the first$' stdout && grep -q ',shop,.*,only in the second$' stdout ||
	complain "other services: $(cat stdout)"

# Of four nobody stands out; what they were not asked alike is said; a name that is there twice gets its number.
mkdir a b
expect 0 0 '' replay host300 -o a/one.db --model ubc --limit privvmpages=512p --swap none
expect 0 0 '' replay host1000 -o b/one.db --model ubc --limit privvmpages=512p
expect 0 0 '' merge a/one.db b/one.db runs/host3000.db -o few.db
expect 0 0 '' report few.db
grep -q '^stands out: one #[12]: web privvmpages no limit tried will do, the median is ' stdout || complain "few: $(cat stdout)"
grep -q 'needs more: \|peaks' stdout && complain "few: $(cat stdout)"
grep -q '^unlike: option.swap_pages is unlimited in 2, 0 in 1$' stdout || complain "settings: $(cat stdout)"
grep -Eq '^web +privvmpages +3 +none ' stdout || complain "no limit will do for one, and yet: $(cat stdout)"

# Two that need the same: 1178 -> 1280 pages.
expect 0 0 '' report runs/host1000.db runs/host1001.db
grep -q ' 5M:6M .* All 2 recordings need the same. In host1000: At 2 MiB, ' stdout || complain "two alike: $(cat stdout)"

# Where one run has a name twice, paths tell services apart in all of them.
printf 'recount-ops 1\ncontainer web "/a/web"\ntask A in web\nmmap A heap 10\nexit A\n' >once
printf 'recount-ops 1\ncontainer web "/a/web"\ncontainer w2 "/b/web"\ntask A in web\nmmap A heap 20\nexit A\ntask B in w2\nmmap B heap 30\nexit B\n' >twice
expect 0 0 '' replay -j 2 once twice -o paths --model ubc --limit privvmpages=50%,100%
python3 - <<-END
	import sqlite3
	db = sqlite3.connect("paths/twice.db")
	db.execute("UPDATE containers SET name = 'web' WHERE name = 'w2'")
	db.commit()
END
expect 0 0 '' merge paths/*.db -o paths.db
expect 0 0 '' report paths.db -O csv
python3 - <<-END || complain "paths: $(cat stdout)"
	import csv
	found = [(row["name"], row["path"], row["runs"], row["least_peak_pages"], row["peak_pages"]) for row in csv.DictReader(open("stdout"))]
	assert found == [("web", "/a/web", "2", "10", "20"), ("web", "/b/web", "1", "30", "30")], found
END
finish
