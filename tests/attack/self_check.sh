#!/bin/sh
# SPDX-License-Identifier: MIT
# self_check.sh: gives the attack suite devices and clients that are weak on purpose (weak.mjs,
# forge.c), and wants it to fail, by name.
#
#     tests/attack/self_check.sh BUILD
set -eu
build=$1
run=$(dirname "$0")/run.sh
out=$(mktemp)
trap 'rm -f "$out"' EXIT
bad=0

# is_caught WEAKNESS ROW WORD...: the rows that have each WORD are run, and ROW must be among those failed.
is_caught() {
    weakness=$1 row=$2
    shift 2
    if COUNTERSIGN_WEAK=$weakness "$run" "$build" --short --only "$@" >"$out" 2>&1; then
        echo "not caught: $weakness, by $row"
        bad=1
    elif ! grep -qF "FAILED $row" "$out"; then
        echo "$weakness failed without naming $row:"
        cat "$out"
        bad=1
    else
        echo "caught: $weakness, by $row"
    fi
}

is_caught challenges 'a whole session again: wake and request [node, sealed]' 'whole session again: wake' 'node, sealed'
is_caught challenges 'a request again, on another connection [node, classic]' 'a request again, on another' 'node, classic'
is_caught tags 'every bit of the request flipped [node, sealed]' 'bit of the request' 'node, sealed'
is_caught tags 'forged requests by the hundred thousand [src/, sealed]' forgeries 'src/, sealed'
is_caught tags 'forged requests by the hundred thousand [src/, classic]' forgeries 'src/, classic'
is_caught tags 'false device: the last bit of the answer flipped [node client, sealed]' 'last bit of the answer' 'node client, sealed'
is_caught tags 'two clients are given one challenge, and one the other'\''s answer [node client, sealed]' 'two clients are' 'node client, sealed'
is_caught refusals 'a request cut at every byte, then the end [node, sealed]' 'cut at every byte' 'node, sealed'
is_caught patience 'a client that sends its request a byte at a time, beyond the deadline [node, sealed]' 'byte at a time' 'node, sealed'

# Words that no row has, and a device that does not start, are failures too.
if "$run" "$build" --only 'no such row' >"$out" 2>&1; then
    echo 'a run without rows passed'
    bad=1
fi
if "$run" /nonexistent --only 'serve, sealed' 'request of 64 KiB' >"$out" 2>&1; then
    echo 'a run without the program passed'
    bad=1
fi
exit $bad
