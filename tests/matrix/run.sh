#!/bin/sh
# SPDX-License-Identifier: MIT
# run.sh: every client with every device, as a table.
#
#     tests/matrix/run.sh BUILD [OPTION]...      the options are matrix.mjs's
set -eu
build=$1
shift
export COUNTERSIGN_PROGRAM="$build/countersign" COUNTERSIGN_BOARD="$build/countersign-board"
export COUNTERSIGN_CABLE="$build/tests/matrix/matrix_cable" COUNTERSIGN_FIRMWARE="$build/tests/matrix"
exec node "$(dirname "$0")/matrix.mjs" "$@"
