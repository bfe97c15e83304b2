#!/bin/sh
# SPDX-License-Identifier: MIT
# run.sh: which lines and branches of src/ its own tests reach, as a table; fails where a
# branch is not reached and reasons.txt does not say why, or says it without need.
#
#     tests/coverage/run.sh [FOLDER]      FOLDER: where to build, else a temporary one
#
# gcc -O0, so that each branch of the text is one of the program. In it: tests/unit, the
# provisioning vectors, tests/arduino with its stub core. Not in it: src/csign/avr and what
# only an AVR's compiler sees (tests/avr runs that on the emulated chip), the program, the board.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
if [ $# -gt 0 ]; then
    work=$1
    rm -rf "$work"
    mkdir -p "$work"
else
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
    trap 'exit 1' HUP INT TERM
fi
cd "$work"

die() {
    echo "coverage: $*" >&2
    exit 1
}

for tool in gcc g++ gcov node; do
    command -v "$tool" >/dev/null 2>&1 || die "$tool is missing (scripts/setup.sh test)"
done

# $1 name of the log, then the test. A test that fails has not shown what it reaches.
passes() {
    log=$1.log
    shift
    "$@" >"$log" 2>&1 || die "$1 fails: $(grep -v "^ok" "$log" | tail -n 20)"
}

# A file's objects and notes have its name, with the folder's letter before it.
build_library() {
    for source in "$root"/src/csign/*.c; do
        gcc -std=c99 -O0 --coverage -I"$root/src" -c "$source" \
            -o "c-$(basename "$source" .c).o"
    done
}

run_unit_tests() {
    gcc "$root/tests/vectors/vectors_to_header.c" -ljansson -o vectors_to_header
    ./vectors_to_header "$root/tests/vectors/vectors.json" vectors.h
    for source in "$root"/tests/unit/test_*.c; do
        name=$(basename "$source" .c)
        # 15 s for not one branch more.
        [ "$name" != test_store_cuts ] || continue
        gcc -O0 -I"$root/src" -I"$root/tests/unit" -I. "$source" c-*.o -lcmocka --coverage \
            -o "$name"
        passes "$name" "./$name"
    done
}

run_provisioning_vectors() {
    host=$root/host
    gcc -O0 -D_GNU_SOURCE -DCOUNTERSIGN_ROOT="\"$root\"" -I"$root/src" -I"$host/provision" \
        -I"$host/send" -I"$host/config" -I"$host/serve" -I"$host" -I"$root/tests/unit" \
        -I"$root/tests/host" "$root/tests/host/test_provision_vectors.c" \
        "$host/provision/provision_line.c" "$host/send/moment.c" c-*.o -lcmocka -ljansson \
        --coverage -o test_provision_vectors
    passes test_provision_vectors ./test_provision_vectors
}

# As Arduino builds them: without exceptions, whose edges would be branches.
run_classes() {
    set -- -std=c++11 -O0 -fno-exceptions -DARDUINO=10813 -I"$root/tests/arduino/stub" \
        -I"$root/src" --coverage
    for source in "$root"/src/csign/arduino/*.cpp; do
        g++ "$@" -c "$source" -o "cpp-$(basename "$source" .cpp).o"
    done
    for source in "$root"/tests/arduino/stub/*.cpp "$root"/tests/arduino/*.cpp; do
        g++ "$@" -c "$source" -o "stub-$(basename "$source" .cpp).o"
    done
    for source in "$root"/tests/arduino/test_*.cpp; do
        name=$(basename "$source" .cpp)
        g++ "stub-$name.o" stub-world.o stub-stub.o cpp-*.o c-*.o --coverage -o "$name"
        passes "$name" "./$name"
    done
}

# docs/analysis.md says so.
! grep -Ev '^(#|csign/arduino/)' "$here/reasons.txt" >&2 ||
    die "all branches of the C library are to be reached; reasons are for the classes"
build_library
run_unit_tests
run_provisioning_vectors
run_classes
gcov --json-format --branch-probabilities --stdout c-*.gcda cpp-*.gcda stub-*.gcda \
    >coverage.json 2>gcov.log || die "gcov: $(cat gcov.log)"
node "$here/report.mjs" "$root/src" "$here/reasons.txt" coverage.json
