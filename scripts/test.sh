#!/bin/sh
# SPDX-License-Identifier: MIT
# test.sh: builds and runs every test: once as users build it (gcc), once with clang under
# AddressSanitizer and UndefinedBehaviorSanitizer. --long: the tests that need more time.
set -eu
cd "$(dirname "$0")/.."

# Many tests wait more than they compute.
at_once=$(($(nproc) + 1))
which='-LE long'
[ "${1:-}" != --long ] || which='-L long'

scripts/build.sh build -DCSIGN_TESTS=ON -DCSIGN_BOARD=ON -DCSIGN_WERROR=ON
scripts/build.sh build/sanitized -DCSIGN_TESTS=ON -DCSIGN_BOARD=ON -DCSIGN_WERROR=ON \
    -DCSIGN_SANITIZE=ON -DCMAKE_C_COMPILER=clang -DCMAKE_BUILD_TYPE=Debug

# shellcheck disable=SC2086 # an option and its value
ctest --test-dir build $which --output-on-failure --no-tests=error --parallel "$at_once"
[ "${1:-}" != --long ] || exit 0
# shellcheck disable=SC2086
ctest --test-dir build/sanitized $which --output-on-failure --no-tests=error \
    --parallel "$at_once"
