#!/bin/sh
# SPDX-License-Identifier: MIT
# Builds the Arduino classes, their tests and all sketches on a PC with a stub core, and runs
# the tests: where int has 32 bits, with every warning an error.
#
#   tests/arduino/run.sh [BUILD]      CC, CXX and SANITIZE (such as address,undefined) count
#
# shellcheck disable=SC2086 # several options in one variable
set -eu
cd "$(dirname "$0")/../.."

cc=${CC:-cc}
cxx=${CXX:-c++}
if [ $# -gt 0 ]; then
    work=$1
    mkdir -p "$work"
else
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
fi
common="-O1 -g -Wall -Wextra -Werror"
if [ -n "${SANITIZE:-}" ]; then
    common="$common -fsanitize=$SANITIZE -fno-sanitize-recover=all"
fi
sketch="-std=c++11 -DARDUINO=10813 -Itests/arduino/stub -Isrc"

for source in src/csign/*.c; do
    $cc $common -std=c99 -c "$source" -o "$work/$(basename "$source").o"
done
for source in src/csign/arduino/*.cpp tests/arduino/stub/*.cpp tests/arduino/*.cpp; do
    $cxx $common -Wshadow $sketch -c "$source" -o "$work/$(basename "$source").o"
done
rm -f "$work/library.a"
ar rc "$work/library.a" "$work"/Countersign*.cpp.o "$work"/*.c.o

for directory in examples/*/; do
    name=$(basename "$directory")
    $cxx $common $sketch -I"$directory" -include Arduino.h -x c++ \
        -c "$directory$name.ino" -o "$work/$name.o"
    echo 'int main() { setup(); loop(); }' |
        $cxx $common $sketch -include Arduino.h -x c++ -c - -o "$work/$name.main.o"
    $cxx $common "$work/$name.o" "$work/$name.main.o" "$work/stub.cpp.o" \
        "$work/library.a" -o "$work/$name"
    echo "# $name builds"
done

failed=0
for source in tests/arduino/test_*.cpp; do
    name=$(basename "$source" .cpp)
    $cxx $common "$work/$name.cpp.o" "$work/world.cpp.o" "$work/stub.cpp.o" \
        "$work/library.a" -o "$work/$name"
    echo "# $name"
    "$work/$name" || failed=1
done
exit $failed
