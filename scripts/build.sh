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
trap 'rm -f "$log"' EXIT
echo "building $dir ..."
if ! { cmake -S . -B "$dir" "$@" && cmake --build "$dir" --parallel "$(nproc)"; } >"$log" 2>&1
then
    grep -v '^\[ *[0-9]*%\]' "$log" >&2
    exit 1
fi
grep -A 5 'warning:' "$log" >&2 || :
echo "built $dir/countersign and $dir/libcountersign.a"
