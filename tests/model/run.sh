#!/bin/sh
# SPDX-License-Identifier: MIT
# run.sh: runs the searches of expectations.txt and prints what they show as a table.
#
#     run.sh [NAME...]       these searches; without a name all the short ones
#     run.sh --long          all the long ones
#     run.sh --show NAME     a shortest run of the model that violates an assertion
#
# Fails if a search shows anything but what it must, or was not complete. From the
# environment, for self_check.sh: MODEL_DEPTH, MODEL_MEMORY (MiB), MODEL_EXPECTATIONS, CC.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
list=${MODEL_EXPECTATIONS:-$here/expectations.txt}
depth=${MODEL_DEPTH:-100000}
memory=${MODEL_MEMORY:-8000}
cc=${CC:-gcc}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

die() {
    echo "model: $*" >&2
    exit 1
}

for tool in spin "$cc"; do
    command -v "$tool" >/dev/null 2>&1 || die "$tool is missing (scripts/setup.sh test)"
done

# Makes the search program. $1 model, $2 settings, $3 options of the compiler.
build() {
    defines=
    for setting in $2; do
        defines="$defines -D$setting"
    done
    # shellcheck disable=SC2086 # one word a setting
    (cd "$work" && spin $defines -a "$here/$1.pml") >"$work/spin.log" 2>&1 ||
        die "spin refuses $1 with $2: $(cat "$work/spin.log")"
    [ ! -s "$work/spin.log" ] || die "spin warns of $1: $(cat "$work/spin.log")"
    # shellcheck disable=SC2086 # options
    (cd "$work" && "$cc" -w -DSAFETY -DNOCLAIM -DNOFAIR -DMEMLIM="$memory" $3 \
        -o pan pan.c) >"$work/cc.log" 2>&1 ||
        die "$cc does not compile the search of $1: $(cat "$work/cc.log")"
}

# Searches all states, on past what fails. A search that was cut short shows nothing.
run_pan() {
    status=0
    (cd "$work" && ./pan -c0 -w20 -m"$depth") >"$work/pan.log" 2>&1 || status=$?
    if short=$(grep -Eim 1 'not completed|too small|out of memory|memlim|abort' \
        "$work/pan.log"); then
        die "$1: the search was cut short: $short"
    fi
    for sign in '^Full statespace search' 'errors: [0-9]'; do
        grep -q "$sign" "$work/pan.log" || status="$status without '$sign'"
    done
    [ "$status" = 0 ] || die "$1: no search, status $status: $(tail -n 3 "$work/pan.log")"
}

# The names at the end of the assertions that failed. Any other error is one of the model.
violated() {
    sed -n 's/^pan:[0-9]*: \(.*\) (at depth [0-9]*)$/\1/p' "$work/pan.log" | sort -u |
        sed 's/^assertion violated .*||\([a-z_]*\))$/\1/' | sort -u >"$work/names"
    if strange=$(grep -Evm 1 '^[a-z_]*$' "$work/names"); then
        die "$1: the model itself is wrong: $strange"
    fi
    tr '\n' ' ' <"$work/names"
}

figure() {
    sed -n "s/.*$1.*/\\1/p" "$work/pan.log"
}

# One line a property: search, property, expected, seen, states, depth, seconds.
row() {
    printf '%-43s %-27s %-9s %-9s %8s %6s %7s\n' "$@"
}

row_of_search() {
    row "$@" "$(figure ' \([0-9.e+]*\) states, stored')" \
        "$(figure 'depth reached \([0-9]*\)')" \
        "$(figure 'elapsed time \([0-9.e+-]*\) sec')"
}

# Where no name is expected the search must be free of errors; else each of the names must
# have failed, and no other. $1 search, $2 model, $3 settings, $4 what failing is called,
# $5 names.
search() {
    build "$2" "$3" "$options"
    run_pan "$1"
    seen=$(violated "$1") || exit 1
    wrong=0
    if [ -z "$seen$5" ]; then
        [ "$(figure 'errors: \([0-9]*\)')" = 0 ] || die "$1: errors without a name"
        row_of_search "$1" 'every assertion' holds holds
    fi
    for property in $(printf '%s %s' "$seen" "$5" | tr ' ' '\n' | sort -u); do
        expected=holds
        found=holds
        case " $5 " in *" $property "*) expected=$4 ;; esac
        case " $seen " in *" $property "*) found=$4 ;; esac
        [ "$expected" = "$found" ] || wrong=1
        row_of_search "$1" "$property" "$expected" "$found"
    done
    [ "$wrong" -eq 0 ] || echo "WRONG: $1 does not show what it must" >&2
    return "$wrong"
}

# A line of the list: name, model, when, what, settings.
run_line() {
    name=$1
    model=$2
    names=$(echo "${4#*:}" | tr ',' ' ')
    what=${4%%:*}
    options=-O1  # most searches take less time than their compilation
    [ "$3" = short ] || options="-O2 -DCOLLAPSE"
    [ -n "$names" ] || die "$name: nothing is expected"
    shift 4
    case $what in
    holds)
        search "$name" "$model" "$*" violated '' &&
            search "$name" "$model" "$* REACH" reached "$names"
        ;;
    shows) search "$name" "$model" "$*" violated "$names" ;;
    *) die "$name: holds or shows?" ;;
    esac
}

show() {
    line=$(grep "^$1 " "$list") || die "no search is called $1"
    # shellcheck disable=SC2086 # its words
    set -- $line
    name=$1
    model=$2
    shift 4
    build "$model" "$*" -DBFS
    (cd "$work" && ./pan -c1) >"$work/pan.log" 2>&1 || :
    grep -m 1 '^pan:1:' "$work/pan.log" || die "$name: nothing to show"
    # shellcheck disable=SC2086 # one word a setting
    (cd "$work" && spin $defines -T -t -k "$model.pml.trail" "$here/$model.pml") |
        sed '/^spin: /,$d; s/^ *//'
}

when=short
case ${1:-} in
--show)
    show "${2:?the name of a search}"
    exit
    ;;
--long)
    when=long
    shift
    ;;
esac

if [ $# -gt 0 ]; then
    for name in "$@"; do
        grep "^$name " "$list" || die "no search is called $name"
    done
else
    grep -E "^[a-z_]+ +[a-z]+ +$when " "$list"
fi >"$work/lines"

row search property expected seen states depth seconds
failed=0
while read -r line; do
    # shellcheck disable=SC2086 # its words
    (run_line $line) || failed=$((failed + 1))
done <"$work/lines"
[ "$failed" -eq 0 ] || die "$failed of $(wc -l <"$work/lines") searches went wrong"
