#!/bin/sh
# SPDX-License-Identifier: MIT
# demo-linux.sh: a Linux device and a client on this machine, in both profiles, with an
# eavesdropper in between that tells each message. Fails if anything is not as it says.
#
#     scripts/demo-linux.sh BUILD-DIR
set -eu
cd "$(dirname "$0")/.."

build=$(cd "$1" && pwd)
countersign=$build/countersign
wiretap=$build/demo/wiretap
work=$(mktemp -d)
device=
trap '[ -z "$device" ] || kill "$device" 2>/dev/null || :; rm -rf "$work"' EXIT
export XDG_STATE_HOME="$work/state"

say() { printf '\n== %s\n' "$*"; }
show() { printf '$ %s\n' "$*"; }
fail() {
    printf 'demo: %s\n' "$*" >&2
    exit 1
}

# Waits for "listening on ADDRESS" in a file and prints the address.
address_in() {
    for _ in $(seq 200); do
        line=$(sed -n 's/^listening on //p' "$1")
        [ -z "$line" ] || { echo "$line"; return; }
        sleep 0.05
    done
    fail "nothing listens: $(cat "$1")"
}

# A copy of the device file with another address and key, as another party would have it.
copy_for() {
    sed "s|^address .*|address   = $2|; s|^key .*|key       = file:$3|" lamp.ini >"$1"
}

# Sends commands through the eavesdropper, who tells each message.
tapped_send() {
    : >tap.out # of the last one nothing may be read
    "$wiretap" lamp.ini >tap.out &
    tap=$!
    copy_for tapped.ini "$(address_in tap.out)" lamp.key
    show "countersign send lamp.ini $*"
    "$countersign" send --timeout 5000 tapped.ini "$@" || fail "send $* failed"
    wait "$tap"
    echo "  and on the wire:"
    grep -v '^listening' tap.out
}

start_device() {
    : >serve.out
    "$countersign" serve --listen tcp://127.0.0.1:0 lamp.ini >serve.out 2>serve.log &
    device=$!
    at=$(address_in serve.out)
    copy_for moved.ini "$at" lamp.key
    mv moved.ini lamp.ini
}

stop_device() {
    kill "$device"
    wait "$device" || :
    device=
}

refusals() {
    "$wiretap" --replay lamp.ini || fail "the replay was answered"

    say "A stranger with another key"
    copy_for stranger.ini "$at" stranger.key
    show "countersign send stranger.ini on"
    status=0
    "$countersign" send --timeout 5000 stranger.ini on || status=$?
    [ "$status" -eq 4 ] || fail "a stranger got exit status $status"
    [ "$(cat lamp.state)" = off ] || fail "the lamp is not off"
    echo "the lamp is still $(cat lamp.state)"
}

cp demo/lamp "$work/lamp"
cd "$work"

say "A key for the lamp, and one that a stranger made"
show "countersign keygen -o lamp.key"
"$countersign" keygen -o lamp.key
"$countersign" keygen -o stranger.key >/dev/null 2>&1

say "One device file for both sides: lamp.ini"
cat >lamp.ini <<'END'
[device]
id        = lamp-1
address   = tcp://127.0.0.1:7531
profile   = sealed
key       = file:lamp.key

[commands]
on     = 01
off    = 02
status = 03

[run]
on     = ./lamp on
off    = ./lamp off
status = ./lamp status
END
cat lamp.ini

say "Sealed: the device starts, the client makes it run commands"
show "countersign serve lamp.ini"
start_device
cat serve.out
tapped_send on
tapped_send status + off

say "An eavesdropper sees the above and no more: lengths and times, not which command"
say "A replay of the recorded messages"
refusals
echo "what the device logged:"
sed 's/^/    /' serve.log
stop_device

say "Classic, the original scheme: the request is the tag alone, the device finds the command"
{
    sed '/^\[run\]/,$d; s/^profile .*/profile   = classic\nwake      = 0/' lamp.ini
    printf '[answers]\ndone   = a0\nfailed = a1\n\n[run]\n'
    sed '1,/^\[run\]/d' lamp.ini
} >classic.ini
mv classic.ini lamp.ini
start_device
tapped_send on
tapped_send off
say "A replay of the recorded messages"
refusals
stop_device

say "Done: both profiles work, and neither a replay nor a stranger was heard"
