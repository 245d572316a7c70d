#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Completion and man pages know every command and every option that --help knows.
. "$(dirname "$0")/lib.sh"

commands=$("$recount" --help | sed -n 's/^  \([a-z]*\)  .*/\1/p')
[ -n "$commands" ] || complain "no commands"

for shell in bash zsh fish; do
	"$recount" --completion $shell >"$folder/$shell" || complain "--completion $shell"
	! command -v $shell >/dev/null || $shell -n "$folder/$shell" || complain "$shell does not take its completion"
done
expect 1 1 '--completion: takes bash\|zsh\|fish' --completion tcsh
expect 1 1 '--man-page: takes a command, or recount' --man-page frob

# what bash offers for a line
offers() {
	bash -c '. "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _recount; echo "${COMPREPLY[*]}"' bash "$folder/bash" "$@"
}
[ "$(offers recount rep)" = "replay report" ] || complain "rep: $(offers recount rep)"
[ "$(offers recount report -O ht)" = html ] || complain "-O ht: $(offers recount report -O ht)"
[ "$(offers recount report --sl)" = --slo ] || complain "--sl: $(offers recount report --sl)"

# and fish, where there is one
fish_offers() {
	fish -N -c "source '$folder/fish'; complete -C '$*'" | sed 's/	.*//' | tr '\n' ' '
}
if command -v fish >/dev/null; then
	[ "$(fish_offers recount rep)" = "replay report " ] || complain "fish, rep: $(fish_offers recount rep)"
	[ "$(fish_offers recount report --sl)" = "--slo " ] || complain "fish, --sl: $(fish_offers recount report --sl)"
	[ "$(fish_offers recount report -O ht)" = "html " ] || complain "fish, -O ht: $(fish_offers recount report -O ht)"
fi

for command in $commands; do
	"$recount" --man-page "$command" >"$folder/page.scd" || complain "--man-page $command"
	for option in $("$recount" "$command" --help | sed -n 's/^ .*\(--[a-z][a-z-]*\).*/\1/p'); do
		grep -q -- "$option" "$folder/page.scd" || complain "the page of $command has no $option"
		case $("$recount" "$command" --help | grep -c -- "^ *\(-., \)\?$option\( \|$\)") in
		0) ;;
		*) case " $(offers recount "$command" --) " in *" $option "*) ;; *) complain "bash does not offer $command $option" ;; esac ;;
		esac
	done
	! command -v scdoc >/dev/null || scdoc <"$folder/page.scd" >"$folder/page" || complain "scdoc does not take the page of $command"
	grep -q "'$command'" "$(dirname "$0")/../../man/meson.build" || complain "man/meson.build has no page for $command"
done
finish
