#!/bin/sh
# SPDX-License-Identifier: MIT
# security_model.sh: what docs/security-model.md and the README name as evidence is there: each
# make target, each test that a command asks for, each name to look for.
#
#     tests/host/security_model.sh BUILD-DIR
set -eu
build=$1
cd "$(dirname "$0")/../.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The rows of both tables, with the escapes of Markdown taken away.
sed -n '/^## Invariants/,/^## What the program adds/p' docs/security-model.md >"$work/text"
sed -n '/^## Evidence/,/^## /p' README.md >>"$work/text"
grep '^| ' "$work/text" | sed 's/\\|/|/g' >"$work/rows"
[ "$(grep -c '^| [0-9]' "$work/rows")" -ge 30 ] || { echo "the tables have too few rows"; exit 1; }
# shellcheck disable=SC2016 # Markdown's backquotes
grep -o '`[^`]*`' "$work/rows" | tr -d '`' | sort -u >"$work/names"
ctest --test-dir "$build" -N | sed -n 's/^ *Test *#[0-9]*: \([^ ]*\).*/\1/p' >"$work/tests"

bad=0
miss() {
    echo "not there: $1"
    bad=1
}

# Each alternative of a pattern has to find a test of its own.
look_for_tests() {
    pattern=$(echo "$1" | sed "s/.*R '//; s/'.*//; s/[\^\$()]//g")
    for name in $(echo "$pattern" | tr '|' ' '); do
        grep -q "$name" "$work/tests" || miss "test $name of: $1"
    done
}

while read -r name; do
    case $name in
    "make "*) grep -q "^${name#make }:" Makefile || miss "$name" ;;
    "R "* | *"ctest "*) look_for_tests "$name" ;;
    *.c | *'('*) ;;
    *_*_* | ran_*) grep -rqF "$name" tests npm/test || miss "$name" ;;
    esac
done <"$work/names"
[ "$bad" -eq 0 ] || exit 1
echo "ok: $(wc -l <"$work/names") names"
