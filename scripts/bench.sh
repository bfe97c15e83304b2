#!/bin/sh
# SPDX-License-Identifier: MIT
# bench.sh: how fast the library is on this host, as ratios. Needs a quiet machine.
set -eu
cd "$(dirname "$0")/.."

scripts/build.sh build-bench -DCMAKE_BUILD_TYPE=Release -DCSIGN_TESTS=OFF
build-bench/bench/bench "$@"
