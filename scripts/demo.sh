#!/bin/sh
# SPDX-License-Identifier: MIT
# demo.sh: builds and runs the demonstration: the Arduino sketches on the virtual board, or
# where the packages for that are missing the same device as a Linux program.
#
#     scripts/demo.sh BUILD-DIR
set -eu
cd "$(dirname "$0")/.."

build=$1
missing=$(scripts/setup.sh --missing demo)
tests=
[ -e "$build/CMakeCache.txt" ] || tests=-DCSIGN_TESTS=OFF
if [ -z "$missing" ]; then
    # shellcheck disable=SC2086 # one option or none
    scripts/build.sh "$build" -DCSIGN_BOARD=ON $tests
    exec scripts/demo-board.sh "$build"
fi
# shellcheck disable=SC2086
scripts/build.sh "$build" -DCSIGN_BOARD=OFF $tests
echo "This machine has no virtual board, for want of ${missing% }: the device is a Linux"
echo "program instead."
exec scripts/demo-linux.sh "$build"
