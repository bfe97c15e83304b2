#!/bin/sh
# SPDX-License-Identifier: MIT
# self_check.sh: puts each fault of faults.txt into a copy of the file it is for. The
# target named there has to find it, from the kept inputs or within seconds.
#
#     self_check.sh [DIR]     DIR: with the objects of build.sh, else they are made
set -eu

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
# shellcheck source=/dev/null
. "$here/build.sh"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
objects=${1:-}
failed=0

if [ -z "$objects" ]; then
    objects=$work
    fuzz_objects "$work"
fi

# Runs the target with the fault in it.
look() {
    target=$1
    shift
    ASAN_OPTIONS=symbolize=0 LLVM_PROFILE_FILE=/dev/null "$objects/$target" \
        -artifact_prefix="$work/" "$@" >"$work/log" 2>&1
}

find_fault() {
    name=$1
    target=$2
    file=$3
    copy=$work/$(basename "$file")
    sed "$4" "$root/$file" >"$copy"
    if cmp -s "$copy" "$root/$file"; then
        echo "fuzz: $name: sed changes nothing in $file" >&2
        return 1
    fi
    case $file in src/*) folder=csign ;; *) folder=${file%%/*} ;; esac
    kept=$objects/$folder/$(basename "$file" .c).o
    mv "$kept" "$work/kept.o"
    if (cd "$objects/$folder" &&
        fuzz_compile -Wno-error -I"$root/$(dirname "$file")" -- "$copy") &&
        fuzz_link "$objects" "$target"
    then built=1; else built=0; fi
    mv "$work/kept.o" "$kept"
    [ "$built" -eq 1 ] || return 1
    # shellcheck disable=SC2046 # folders
    if ! look "$target" -runs=0 $(fuzz_inputs "$target"); then
        where='from the kept inputs'
    elif ! look "$target" -max_total_time=10 "$work/new" "$here/corpus/$target"; then
        where="by new inputs"
    else
        echo "fuzz: $target does not find that it $name" >&2
        return 1
    fi
    why=$(grep -m 1 -o 'does not hold: .*\|ERROR: AddressSanitizer: [a-zA-Z-]*\|runtime error: .*' \
        "$work/log") || { cat "$work/log" >&2; return 1; }
    printf '%-36s %-16s %s: %s\n' "$name" "$target" "$where" "${why#*: }"
}

mkdir "$work/new"
printf '%-36s %-16s %s\n' 'with a fault: it' target 'is found'
grep -v '^#' "$here/faults.txt" >"$work/faults"
while IFS='|' read -r name target file change; do
    find_fault "$name" "$target" "$file" "$change" || failed=1
done <"$work/faults"
[ "$failed" -eq 0 ] || { echo "fuzz: a fault is overlooked" >&2; exit 1; }
