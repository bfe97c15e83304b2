#!/bin/sh
# SPDX-License-Identifier: MIT
# install.sh: the examples' own dependencies, as their lock file has them, unless they are there.
set -eu
cd "$(dirname "$0")/../../npm/examples"

# npm writes this file last.
done=node_modules/.package-lock.json
[ -e "$done" ] && [ "$done" -nt package-lock.json ] && [ "$done" -nt package.json ] && exit 0
exec npm ci --ignore-scripts --no-audit --no-fund
