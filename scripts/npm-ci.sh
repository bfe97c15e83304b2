#!/bin/sh
# SPDX-License-Identifier: MIT
# npm-ci.sh: the dependencies of a folder, as its lock file has them, unless they are there.
#
#     scripts/npm-ci.sh npm|npm/examples
set -eu
cd "$(dirname "$0")/../$1"

# npm writes this file last.
done=node_modules/.package-lock.json
# shellcheck disable=SC3013 # dash and bash both compare ages
[ -e "$done" ] && [ "$done" -nt package-lock.json ] && [ "$done" -nt package.json ] && exit 0
exec npm ci --ignore-scripts --no-audit --no-fund
