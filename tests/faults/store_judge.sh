#!/bin/sh
# SPDX-License-Identifier: MIT
# store_judge.sh DIR: the judges of the store find faults that were put into its code, and a store
# that was put back.
set -eu
dir=$1

# wants WHAT SEEN COMMAND...: the command must fail, and a row must say what was seen.
wants() {
    what=$1 seen=$2
    shift 2
    if out=$("$@"); then
        echo "row|judge: $what|1|found|NOT FOUND"
        exit 1
    fi
    case $out in
    *"WRONG"*"$seen"*) echo "row|judge: $what|1|found|so each time" ;;
    *) echo "row|judge: $what|1|found|ANOTHER: $(echo "$out" | grep -m 1 WRONG)"; exit 1 ;;
    esac
}

wants 'one slot of the counter in place of two' 'came again' "$dir/faults_store_limits_one_slot"
wants 'the counter used before it is stored' 'went back' "$dir/faults_store_cuts_early" 97
wants 'the same, on the wire' 'came again' "$dir/faults_store_starts_early" 1000
wants 'a start leaves half-written records' 'later undone' "$dir/faults_store_cuts_untidy" 97
wants 'provisioning leaves the marks till the end' 'neither the old' "$dir/faults_store_cuts_marks" 97
wants 'an old copy of the store put back' 'came again' "$dir/faults_store_starts" 1000 repeat
