#!/bin/sh
# SPDX-License-Identifier: MIT
# run.sh: faults that are not an attacker's, as a table: what was done, how often, what must come of
# it and what did.
#
#     tests/faults/run.sh BUILD short|long [PART]...
#
# Parts: store starts kills disk clock; all unless some are named.
set -eu
build=$(cd "$1" && pwd)
form=$2
shift 2
here=$(cd "$(dirname "$0")" && pwd)
bin=$build/tests/faults
export COUNTERSIGN_PROGRAM="$build/countersign" FAULTS_FORM="$form"
[ $# -gt 0 ] || set -- store starts kills disk clock

# A stride of 37 meets each second cut in some pairs, none meets all of them.
run_part() {
    case $1-$form in
    store-short) "$bin/faults_store_cuts" 37 && "$bin/faults_store_limits" && "$here/store_judge.sh" "$bin" ;;
    store-long) "$bin/faults_store_cuts" && "$bin/faults_store_limits" all && "$here/store_judge.sh" "$bin" ;;
    starts-*) "$bin/faults_store_starts" 100000 ;;
    *) FAULTS_BIN=$bin node "$here/$1.mjs" ;;
    esac
}

row() {
    printf '%-64s %9s  %-38s %s\n' "$@"
}

table() {
    row fault 'how many' expected seen
    while IFS='|' read -r kind fault count expected seen; do
        if [ "$kind" = row ]; then
            row "$fault" "$count" "$expected" "$seen"
        else
            echo "$kind"
        fi
    done
}

status=$(mktemp)
trap 'rm -f "$status"' EXIT
for part; do
    run_part "$part" || echo "$part" >>"$status"
done | table
if [ -s "$status" ]; then
    echo "not as expected: $(tr '\n' ' ' <"$status")"
    exit 1
fi
echo "all as expected"
