#!/bin/sh
# SPDX-License-Identifier: MIT
# troubleshooting.sh: docs/troubleshooting.md has a row for each number that the program, the
# doctor and a sketch can tell, with its word, and none for another.
set -eu
cd "$(dirname "$0")/../.."
document=docs/troubleshooting.md
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

numbers() {
    sed -n "s/^ *$1_[A-Z0-9_]* = \([0-9][0-9]*\).*/\1/p" "$2"
}

numbers CAUSE host/doctor/cause.h >"$work/known"
numbers 'CSIGN_[EP]' src/csign/status.h >>"$work/known"
sort -n "$work/known" >"$work/source"
sed -n 's/^| \([0-9][0-9]*\) |.*/\1/p' $document | sort -n >"$work/documented"
[ "$(wc -l <"$work/source")" -gt 70 ] || { echo "only $(wc -l <"$work/source") numbers in the source"; exit 1; }
diff "$work/source" "$work/documented" || { echo "numbers: < source, > $document"; exit 1; }

# The words of the library's numbers stand in the second column.
sed -n 's/^ *CSIGN_\([EP]_[A-Z0-9_]*\) = \([0-9]*\).*/\1 \2/p' src/csign/status.h |
    while read -r name number; do
        word=$(sed -n "s/^ *{CSIGN_$name, \"\([a-z-]*\)\".*/\1/p" host/status_text.c)
        grep -q "^| $number | \`$word\` |" $document || { echo "$document: $number is not called $word"; exit 1; }
    done
echo "ok: $(wc -l <"$work/source") numbers"
