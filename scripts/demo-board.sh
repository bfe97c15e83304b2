#!/bin/sh
# SPDX-License-Identifier: MIT
# demo-board.sh: the very firmware of two sketches on the virtual board: provisioned over its
# serial line, commanded through its Ethernet shield, with an eavesdropper in between that
# tells each message. Fails if anything is not as it says.
#
#     scripts/demo-board.sh BUILD-DIR
set -eu
cd "$(dirname "$0")/.."

root=$PWD
build=$(cd "$1" && pwd)
countersign=$build/countersign
wiretap=$build/demo/wiretap
work=$(mktemp -d)
board=
trap '[ -z "$board" ] || kill "$board" 2>/dev/null || :; rm -rf "$work"' EXIT
export XDG_STATE_HOME="$work/state"

say() { printf '\n== %s\n' "$*"; }
show() { printf '$ %s\n' "$*"; }
fail() {
    printf 'demo: %s\n' "$*" >&2
    exit 1
}

ask() { "$build/demo/board_ask" control "$@"; }

# Waits for a line "WORD REST" in a file and prints the rest.
line_in() {
    for _ in $(seq 200); do
        line=$(sed -n "s/^$2 //p" "$1")
        [ -z "$line" ] || { echo "$line"; return; }
        sleep 0.05
    done
    fail "no $2 in: $(cat "$1")"
}

# A copy of the device file with another address and key, as another party would have it.
copy_for() {
    sed "s|^address .*|address = $2|; s|^key .*|key = file:$3|" "$file" >"$1"
}

figures() {
    avr-size -A "$1" | awk '
        $1 == ".text" || $1 == ".data" { flash += $2 }
        $1 == ".data" || $1 == ".bss" { ram += $2 }
        END {
            printf "flash %d of 30720 bytes (%d %%), ", flash, flash * 100 / 30720
            printf "static RAM %d of 2048 bytes (%d %%)\n", ram, ram * 100 / 2048
        }'
}

start_board() {
    elf=$build/demo/board_$sketch.elf
    show "countersign-board --map $port=127.0.0.1:0 --uart pty --name D5=lamp $sketch.elf"
    : >board.out
    "$build/countersign-board" --map "$port=127.0.0.1:0" --uart pty --uart-link line \
        --control control --name D5=lamp --show-pins "$elf" >board.out 2>board.err &
    board=$!
    at=$(line_in board.out "mapped $port to")
    sed -n '/^uart /p; /^mapped /p' board.out
}

stop_board() {
    kill "$board"
    wait "$board" || :
    board=
    rm -f control line
}

provision() {
    show "countersign provision $file --port \"serial:$(readlink line)?baud=57600\""
    "$countersign" provision "$file" --port "serial:$(readlink line)?baud=57600" ||
        fail "not provisioned: $(cat board.err)"
    copy_for moved "tcp://$at" "$owner"
    mv moved "$file"
}

# The request's way through the device: from its last byte until the reply is with the
# Ethernet chip, and before it the challenge from the wake on.
measure() {
    ask cycles clear >/dev/null
    ask measure csign_store_secret csign_server_sent >/dev/null
    ask measure received csign_server_sent >/dev/null
}

cycles_of() {
    ask cycles "$1" csign_server_sent | sed 's/.* max=\([0-9]*\).*/\1/'
}

tell_time() {
    challenge=$(cycles_of csign_store_secret)
    request=$(cycles_of received)
    awk -v c="$challenge" -v r="$request" 'BEGIN {
        printf "  at 16 MHz: %.1f ms for the challenge, %.1f ms from the request", \
            c / 16000, r / 16000
        printf " to its reply (%d and %d cycles)\n", c, r }'
}

lamp_is() {
    ask pin lamp | grep -q "level=$1" || fail "the lamp's pin is not $1"
}

# Sends a command through the eavesdropper, who tells each message.
tapped_send() {
    command=$1 level=$2
    changes=$(wc -l <board.out)
    measure
    : >tap.out # of the last one nothing may be read
    "$wiretap" "$file" >tap.out &
    tap=$!
    copy_for tapped.ini "$(line_in tap.out 'listening on')" "$owner"
    show "countersign send $file $command"
    "$countersign" send --timeout 10000 tapped.ini "$command" || fail "send $command failed"
    wait "$tap"
    lamp_is "$level"
    tail -n "+$((changes + 1))" board.out | sed -n 's/.* D5 */  pin D5: /p'
    echo "  and on the wire:"
    grep -v '^listening' tap.out
    tell_time
}

refusals() {
    say "$1: a replay of the recorded messages"
    "$wiretap" --replay "$file" || fail "the replay was answered"
    lamp_is low

    say "$1: a stranger with another key"
    copy_for stranger.ini "tcp://$at" stranger.key
    show "countersign send stranger.ini on"
    status=0
    "$countersign" send --timeout 10000 stranger.ini on || status=$?
    [ "$status" -eq 4 ] || fail "a stranger got exit status $status"
    lamp_is low
    echo "pin D5, the lamp, is still low"
    echo "what the sketch said on its serial line meanwhile:"
    ask uart take | sed 's/\\n/\n/g' | sed '/^$/d; s/^/    /'
}

use() {
    sketch=$1 port=$2 owner=$3
    file=$sketch.ini
    cp "$root/examples/$sketch/$sketch.ini" .
    say "$sketch, built for an ATmega328P with avr-gcc $(avr-gcc -dumpversion)"
    figures "$build/demo/board_$sketch.elf"
    say "$sketch: the board starts, without any key"
    start_board
    say "$sketch: keys come over the serial line, and never again without its jumper"
    provision
    ask uart take >/dev/null
}

cd "$work"
"$countersign" keygen -o stranger.key >/dev/null 2>&1

use EthernetLamp 7531 owner.key
say "Sealed: commands through the Ethernet shield"
tapped_send on high
tapped_send status high
tapped_send off low
refusals Sealed
ask stack | sed 's/^peak=\([0-9]*\) static=\([0-9]*\) free=\([0-9]*\).*/RAM: \2 bytes static, at most \1 of stack, \3 never used/'
stop_board

use ClassicLamp 7532 classic-owner.key
say "Classic, the original scheme: the request is the tag alone, the device finds the command"
tapped_send on high
tapped_send off low
refusals Classic
stop_board

say "Done: both profiles work on the board, and neither a replay nor a stranger was heard"
