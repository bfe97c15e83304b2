#!/bin/sh
# SPDX-License-Identifier: MIT
# The headers beside the sketches are what the program makes of the device files there.
#
#     headers.sh PROGRAM
set -eu
cd "$(dirname "$0")/../../examples"

for file in */*.ini; do
    header=${file%.ini}.h
    # RemoteButton.ini is for provisioning alone.
    [ -e "$header" ] || continue
    "$1" header "$file" | diff -u "$header" - || { echo "$header is out of date" >&2; exit 1; }
done
echo "every sketch's header is up to date"
