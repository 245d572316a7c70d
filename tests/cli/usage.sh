#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Wrong usage is exit 1 and one line that names the option and what it takes.
. "$(dirname "$0")/lib.sh"

expect 1 1 'a command is needed: record, info, events, ops, replay, merge, report'
expect 1 1 "'frobnicate' is no command: there are record, info" frobnicate
expect 1 1 "'a..b' is no command" 'a
b'
for command in info events replay report; do
	expect 1 1 "^recount: $command: takes (FILE|RUN.db)\.\.\., and none is given" $command
	expect 1 1 "$command: -Z: no such option" $command -Z x
	expect 1 1 "$command: --frob: no such option" $command --frob x
	expect 1 1 "$command: --output: takes FILE, and nothing follows it" $command x -o
	expect 1 1 "$command: --output: takes FILE: the name is empty" $command x -o ''
	expect 1 1 "$command: --format: takes FORMAT: $command writes .*, not 'xml'" $command -O xml x
	expect 1 1 "$command: --quiet: takes nothing" $command --quiet=1 x
done
expect 1 1 'replay: --output: takes FILE, and must be given' replay x
expect 1 1 "report: --report: takes NAME: 'x' is no report: there are table, recommend, hosts, bills, ubc, html, openmetrics, trace" report -r x y
expect 1 1 "report: --slo: takes PERCENT: 'x' is not a share of 0% to 1000%" report --slo x y
expect 1 1 "report: --margin: takes PERCENT: '1001%' is not a share" report --margin 1001% y
expect 1 1 "events: --kind: takes NAME,...: 'x' is no kind of event" events -k x y
expect 1 1 "info: --begin: takes TIME: 'soon' is not a time like" info -b soon x
expect 1 1 "info: --end: takes TIME: '\+' is not a time like" info -e + x

wrong() {
	expect 1 1 "$1" replay x -o "$folder/RUN.db" "$2" "$3"
}
wrong "replay: --swap: takes SIZE\|none\|unlimited: '12x' is not a size" --swap 12x
wrong "replay: --swappiness: takes 0..200: '201' is not a whole number from 0 to 200" --swappiness 201
wrong "replay: --mapped-ratio: takes PERCENT: '-1' is not" --mapped-ratio -1
wrong "replay: --ram: takes SIZE: '' is not a size" --ram ''
wrong "replay: --zone-active: takes SIZE: 'x' is not a size" --zone-active x
wrong "replay: --zone-inactive: takes SIZE: 'x' is not a size" --zone-inactive x
wrong "replay: --interval: takes TIME: the step is 0" --interval 0
wrong "replay: --reclaim-end: takes under_limit\|zone_alive\|freed_only: not 'x'" --reclaim-end x
wrong "replay: --combine: takes each\|zip\|cross: not 'x'" --combine x
wrong "replay: --rules: takes intended\|posted: not 'both'" --rules both
wrong "replay: --rule: takes RULE=intended\|posted: 'D17' is not like D17=posted" --rule D17
wrong "replay: --rule: takes .*: 'D99' is no rule: see --help-models" --rule D99=posted
wrong "replay: --rule: takes .*: D17 is posted or intended, not 'on'" --rule D17=on
wrong "replay: --rule: takes .*: D13 cannot be chosen: never happens" --rule D13=posted
wrong "replay: --switch: takes NAME=VALUE: 'bc.rss' is not like bc.rss=on" --switch bc.rss
wrong "replay: --switch: takes NAME=VALUE: 'x' is no switch" --switch x=on
wrong "replay: --switch: takes NAME=VALUE: bc.rss has no value 'yes'" --switch bc.rss=yes
wrong "replay: --switch: takes NAME=VALUE: rss07.move_rule cannot be old_match" --switch rss07.move_rule=old_match
wrong "replay: --model: takes NAME,...: 'x' is no model: there are" --model x
wrong "replay: --limit: takes \[CONTAINER:\]RESOURCE=VALUES: 'rss' has no '='" --limit rss
wrong "replay: --limit: takes .*: 'cpu' is no resource: there are .*rss" --limit cpu=1M
wrong "replay: --limit: takes .*: '12x' is not a size" --limit web:rss=64M,12x
expect 2 1 "nonexistent.ini: cannot read: No such file" replay x -o "$folder/RUN.db" -c nonexistent.ini
[ ! -e "$folder/RUN.db" ] || complain "RUN.db was made"

for command in record info events replay report compare verify ops merge scrub; do
	expect 0 0 '' $command --help
	expect 0 0 '' $command --no-progress -q -v --help
	grep -q "^usage: recount $command " "$folder/stdout" || complain "$command --help says no usage"
	expect 0 0 '' $command --version
	grep -Eq '^recount [0-9.]+$' "$folder/stdout" || complain "$command --version: $(cat "$folder/stdout")"
done
# What follows -- is the program's, so options come before it.
"$recount" record --help | grep -qx 'usage: recount record \[OPTION\]\.\.\. \[-- COMMAND\.\.\.\]' || complain "record --help: the usage is another"
"$recount" --man-page record | grep -qFx '*recount record* [OPTION]... \[-- COMMAND...\]' || complain "the page of record: the synopsis is another"
expect 0 0 '' replay --help-models
for word in D1 D7b D38 reclaim07.end_result=; do
	grep -q "^  $word" "$folder/stdout" || complain "replay --help-models: no $word"
done
expect 0 0 '' --help
expect 0 0 '' -h
expect 0 0 '' --version
finish
