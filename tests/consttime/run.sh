#!/bin/sh
# SPDX-License-Identifier: MIT
# run.sh: follows secrets through the library under valgrind, as each compiler made it, and
# prints what was found as a table.
#
#     run.sh            gcc and clang, -O0 to -O3, as a host's C and as a small machine's
#     run.sh --short    gcc and clang, -O2
#
# Fails if a branch or an address depends on a secret, if a leak that is there on purpose is
# overlooked, or if the library with nothing declared public is found clean.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
failed=0

die() {
    echo "constant-time: $*" >&2
    exit 1
}

for tool in valgrind gcc clang objdump; do
    command -v "$tool" >/dev/null 2>&1 || die "$tool is missing (scripts/setup.sh test)"
done

# valgrind 3.19 does not read the DWARF 5 that clang 14 writes unless told.
build() {
    name=$1
    cc=$2
    shift 2
    "$cc" -std=gnu11 -g -gdwarf-4 "$@" -include "$here/public.h" -I"$root/src" \
        -I"$root/host/fast" -I"$root/tests/unit" "$here"/*.c "$root"/src/csign/*.c \
        "$root/host/fast/search_portable.c" "$root/host/fast/search_message.c" \
        "$root/host/fast/sha256_constants.c" -o "$work/$name" || die "$name is not built"
}

# The parts and their reports into NAME.parts.
run() {
    valgrind -q --error-limit=no --num-callers=8 --log-file="$work/$1.log" "$work/$1" \
        >"$work/$1.parts" || {
        cat "$work/$1.log" >&2
        die "$1 did not run to its end"
    }
    rows=$(wc -l <"$work/$1.parts")
    [ "$rows" -ge 30 ] || die "$1: only $rows parts"
}

# Where memcheck saw something, but for what is there to be seen.
show_reports() {
    awk 'BEGIN { RS = "== \n"; ORS = "== \n" } !/leaks\.c/' "$work/$1.log" >&2
}

judge() {
    awk -F '\t' -v name="$1" '
        ($1 ~ /^leak: /) != ($2 > 0) { print name ": " $1 ": " $2 " reports"; bad = 1 }
        END { exit bad }' "$work/$1.parts" >&2 && return
    show_reports "$1"
    failed=1
}

# One column a file, the parts at the left.
table() {
    awk -F '\t' '
        FNR == 1 { column = FILENAME; sub(/.*\//, "", column); sub(/\.parts$/, "", column)
            columns = columns sprintf(" %9s", column) }
        !($1 in cells) { order[++count] = $1 }
        { cell = $1 ~ /^leak: / ? "seen " $2 : $2 == 0 ? "clean" : $2 " found"
            cells[$1] = cells[$1] sprintf(" %9s", cell) }
        END {
            printf "%-36s%s\n", "", columns
            for (i = 1; i <= count; i++)
                printf "%-36s%s\n", order[i], cells[order[i]]
        }' "$@"
}

# Compiles with each compiler at these levels, and prints the table. $1 options.
columns() {
    options=$1
    shift
    files=
    for cc in gcc clang; do
        for level in "$@"; do
            # shellcheck disable=SC2086 # options
            build "$cc$level" "$cc" "$level" $options
            run "$cc$level"
            judge "$cc$level"
            files="$files $work/$cc$level.parts"
        done
    done
    # shellcheck disable=SC2086 # files without blanks
    table $files
}

# What the harness lets go of is all that a conversation decides on: without it each has
# reports, or the secrets never came as far.
without_declassifying() {
    build kept gcc -O0 -DNOTHING_IS_PUBLIC
    run kept
    awk -F '\t' '
        /^sealed|^classic,|^classic as/ { parts++; sum += $2
            if ($2 == 0) { print "nothing is reported in " $1; bad = 1 } }
        END {
            printf "With nothing declared public: %d reports in %d conversations\n", sum, parts
            exit bad || parts == 0
        }' "$work/kept.parts" || failed=1
}

# Each file that declares something public stands in the document's table.
declarations() {
    (cd "$root/src/csign" && grep -c 'CSIGN_PUBLIC(' -- *.c) | awk -F : '
        FILENAME != "-" { if (/^\| `/) documented = documented $0; next }
        $2 > 0 { files++; places += $2
            if (!index(documented, "`" $1 "`")) { print $1 " is not in docs/constant-time.md"; bad = 1 } }
        END {
            printf "Declared public: %d places in %d files (docs/constant-time.md)\n", places, files
            exit bad || places == 0
        }' "$root/docs/constant-time.md" - || failed=1
}

case ${1:-} in
--short) columns '' -O2 ;;
'')
    columns '' -O0 -O1 -O2 -O3
    echo
    echo "As a small machine's C (CSIGN_SMALL=1):"
    columns -DCSIGN_SMALL=1 -O0 -O1 -O2 -O3
    ;;
*) die "run.sh [--short]" ;;
esac
echo
declarations
without_declassifying
echo
"$here/sha_ni.sh" || failed=1
[ "$failed" -eq 0 ] || die "not as it must be"
