#!/bin/sh
# SPDX-License-Identifier: MIT
# build.sh: configures and builds into a folder.
#
#     scripts/build.sh DIR [CMAKE-OPTION]...
#
# Without options only the program and the library are built, which needs no test tools.
set -eu
cd "$(dirname "$0")/.."

dir=$1
shift
if [ $# -eq 0 ] && [ ! -e "$dir/CMakeCache.txt" ]; then
    set -- -DCSIGN_TESTS=OFF
fi
log=$(mktemp)
if ! cmake -S . -B "$dir" "$@" >"$log" 2>&1; then
    cat "$log" >&2
    exit 1
fi
rm -f "$log"
cmake --build "$dir" --parallel "$(nproc)" -- --no-print-directory -s
echo "built $dir/countersign and $dir/libcountersign.a"
