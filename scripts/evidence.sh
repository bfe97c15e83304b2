#!/bin/sh
# SPDX-License-Identifier: MIT
# evidence.sh: everything that shows what Countersign withstands, one after the other, for who
# distrusts it. Each report goes to build/evidence/NAME.txt; here stands a line of each.
#
#     scripts/evidence.sh [NAME]...       all, or these
set -eu
cd "$(dirname "$0")/.."

all='model attack fuzz constant-time portability faults analyse coverage mutants matrix'
into=build/evidence
mkdir -p "$into"
[ $# -gt 0 ] || {
    # shellcheck disable=SC2086 # one word a name
    set -- $all
}
failed=0
count=0
for name in "$@"; do
    count=$((count + 1))
    began=$(date +%s)
    if make --no-print-directory "$name" >"$into/$name.txt" 2>&1; then
        verdict=ok
    else
        verdict=FAILED
        failed=$((failed + 1))
    fi
    printf '%-14s %-6s %5d s  %s\n' "$name" "$verdict" $(($(date +%s) - began)) \
        "$(grep -v '^[[:space:]]*$' "$into/$name.txt" | tail -n 1 | cut -c 1-100)"
done
echo "reports: $into/*.txt"
echo "$((count - failed)) passed, $failed failed"
[ "$failed" -eq 0 ]
