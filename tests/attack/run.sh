#!/bin/sh
# SPDX-License-Identifier: MIT
# run.sh: the attack suite, as a report.
#
#     tests/attack/run.sh BUILD [OPTION]...      the options are attack.mjs's
set -eu
build=$1
shift
export COUNTERSIGN_PROGRAM="$build/countersign" COUNTERSIGN_BOARD="$build/countersign-board"
export COUNTERSIGN_FIRMWARE="$build/tests/matrix" COUNTERSIGN_ATTACK="$build/tests/attack"
exec node "$(dirname "$0")/attack.mjs" "$@"
