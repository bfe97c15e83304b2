#!/bin/sh
# SPDX-License-Identifier: MIT
# mutate.sh IN OUT SED: a copy with a fault in it; fails where the text to be changed is not there.
set -eu
sed -e "$3" "$1" >"$2"
if cmp -s "$1" "$2"; then
    echo "mutate.sh: $3 changes nothing in $1" >&2
    rm -f "$2"
    exit 1
fi
