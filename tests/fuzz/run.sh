#!/bin/sh
# SPDX-License-Identifier: MIT
# run.sh: fuzzes what takes bytes from others, and prints what was reached as a table.
#
#     run.sh [SECONDS]             each target so long (60); 0: only the kept inputs
#     run.sh --keep SECONDS        the same; what reaches more goes to corpus/, minimised
#     run.sh --only TARGET SECONDS one of them
#     run.sh --check SECONDS       also self_check.sh, with what is compiled already
#
# Fails when a target finds something, whose input is then in build/fuzz/found/; when the
# kept inputs reach less than 90 % of a file's lines and reasons.txt does not say why; and
# when reasons.txt says so of more.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
# shellcheck source=/dev/null
. "$here/build.sh"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
found=$root/build/fuzz/found
least=90
failed=0
keep=0
check=0
only=
seconds=60

die() {
    echo "fuzz: $*" >&2
    exit 1
}

while [ $# -gt 0 ]; do
    case $1 in
    --keep) keep=1; shift ;;
    --check) check=1; shift ;;
    --only) only=$2; shift 2 ;;
    -*) die "run.sh [--keep] [--check] [--only TARGET] [SECONDS]" ;;
    *) seconds=$1; shift ;;
    esac
done
case $seconds in *[!0-9]*) die "SECONDS is a number" ;; esac
for tool in "${fuzz_cc:?}" llvm-profdata-14 llvm-cov-14; do
    command -v "$tool" >/dev/null 2>&1 || die "$tool is missing (scripts/setup.sh test)"
done

# Runs a target; its name, then libFuzzer's options and folders. Says how often it ran.
execute() {
    name=$1
    shift
    if ! LLVM_PROFILE_FILE=$work/$name.profraw "$work/$name" -print_final_stats=1 \
        -verbosity=0 -timeout=60 -artifact_prefix="$work/$name." "$@" >"$work/$name.log" 2>&1
    then
        grep -v '^#[0-9]' "$work/$name.log" >&2 || :
        mkdir -p "$found"
        for input in "$work/$name".crash-* "$work/$name".timeout-* "$work/$name".oom-* \
            "$work/$name".leak-*; do
            [ -e "$input" ] || continue
            cp "$input" "$found"
            echo "fuzz: $name finds $found/${input##*/}" >&2
        done
        return 1
    fi
    sed -n 's/^stat::number_of_executed_units: *//p' "$work/$name.log"
}

# Lines of the files that the kept inputs reach: file, lines, lines not reached.
measure() {
    name=$1
    shift
    llvm-profdata-14 merge -o "$work/$name.profdata" "$work/$name.profraw"
    # shellcheck disable=SC2046 # files without blanks
    llvm-cov-14 report "$work/$name" -instr-profile="$work/$name.profdata" \
        $(printf "$root/%s " "$@") 2>/dev/null |
        awk -v files="$*" '{ sub(/.*\//, "", $1); lines[$1] = $8 " " $9 }
            END { count = split(files, file, " ")
                for (i = 1; i <= count; i++) {
                    base = file[i]; sub(/.*\//, "", base)
                    print file[i], base in lines ? lines[base] : "0 0" } }'
}

# A row a file; what a target did only in its first.
rows() {
    awk -v name="$1" -v files="$2" -v bytes="$3" -v runs="$4" -v least="$least" '
        NR == FNR { if ($0 !~ /^#/ && $1 == name) { file = $2; $1 = $2 = ""
                sub(/^ */, ""); why[file] = $0 }; next }
        {
            all = all + 1
            percent = $2 > 0 ? 100 * ($2 - $3) / $2 : 0
            note = ""
            if (percent < least && !($1 in why)) { note = "FAILS: not explained"; bad = 1 }
            if (percent >= least && $1 in why) { note = "FAILS: reason is stale"; bad = 1 }
            if (percent < least && $1 in why) note = why[$1]
            used[$1] = 1
            printf "%-16s %-29s %14s %10s %6.1f %%  %s\n", all == 1 ? name : "", $1,
                all == 1 ? files ", " bytes " B" : "", all == 1 ? runs : "", percent, note
        }
        END {
            for (file in why) if (!(file in used)) {
                print name ": reasons.txt names " file ", which it does not measure"; bad = 1 }
            exit bad || all == 0
        }' "$here/reasons.txt" -
}

fuzz_one() {
    name=$1
    length=$4
    shift 4
    corpus=$here/corpus/$name
    mkdir -p "$corpus"
    set -- "$name" "$@"
    fuzz_link "$work" "$name" || return 1
    # shellcheck disable=SC2046 # folders
    replayed=$(execute "$name" -runs=0 $(fuzz_inputs "$name")) || return 1
    measured=$(measure "$@")
    runs=$replayed
    if [ "$seconds" -gt 0 ]; then
        mkdir "$work/new.$name"
        # shellcheck disable=SC2046
        fuzzed=$(execute "$name" -max_len="$length" -max_total_time="$seconds" \
            "$work/new.$name" $(fuzz_inputs "$name")) || return 1
        runs=$((runs + fuzzed))
    fi
    echo "$measured" | rows "$name" "$(find "$corpus" -type f | wc -l)" \
        "$(find "$corpus" -type f -exec cat {} + | wc -c)" "$runs" || failed=1
    [ "$keep" -eq 0 ] || keep_new "$name"
}

# The smallest inputs that reach what all reach take the place of the kept ones.
keep_new() {
    mkdir "$work/kept.$1"
    LLVM_PROFILE_FILE=/dev/null "$work/$1" -merge=1 -use_counters=0 "$work/kept.$1" \
        "$here/corpus/$1" "$work/new.$1" >"$work/$1.log" 2>&1 || die "$1: not merged"
    rm -rf "$here/corpus/$1"
    mv "$work/kept.$1" "$here/corpus/$1"
}

fuzz_objects "$work" || die "not compiled"
printf '%-16s %-29s %14s %10s %8s  %s\n' target 'file fuzzed' 'corpus' executions lines \
    explained
fuzz_targets >"$work/targets"
while read -r line; do
    # shellcheck disable=SC2086 # words
    set -- $line
    [ -z "$only" ] || [ "$only" = "$1" ] || continue
    fuzz_one "$@" || { echo "$1: FAILS"; failed=1; }
done <"$work/targets"
awk '!/^#/ { print $1 }' "$here/reasons.txt" | sort -u | while read -r name; do
    grep -q "^$name " "$work/targets" || die "reasons.txt names $name, which is no target"
done || failed=1
if [ "$check" -ne 0 ]; then
    echo
    "$here/self_check.sh" "$work" || failed=1
fi
[ "$failed" -eq 0 ] || die "not as it must be"
