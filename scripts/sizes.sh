#!/bin/sh
# SPDX-License-Identifier: MIT
# sizes.sh: what the library and the sketches cost an ATmega328P: flash, RAM, stack, cycles.
#
#     scripts/sizes.sh                      builds, measures, writes docs/sizes.md
#     scripts/sizes.sh --write BUILD-DIR    the same with what is built there
#     scripts/sizes.sh --check BUILD-DIR    fails where a figure of what is built there is more
#                                           than 2 % over the document's
set -eu
cd "$(dirname "$0")/.."

document=docs/sizes.md
dir=${2:-build}
[ $# -gt 0 ] || scripts/build.sh "$dir" -DCSIGN_TESTS=ON -DCSIGN_BOARD=ON
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

mcu=-mmcu=atmega328p
strict="-std=c99 -pedantic -Wall -Wextra -Wconversion -Wshadow -Werror"
sketches="EthernetLamp EthernetLamp-blake2s GarageDoor PinServer ClassicLamp
    ClassicLamp-blake2s SerialLamp Provision"

# On an AVR constants that are not marked for flash lie in both.
size_of() {
    avr-size -A "$1" | awk '
        /^\.(text|progmem)/ { flash += $2 }
        /^\.(rodata|data)/ { flash += $2; ram += $2 }
        /^\.bss/ { ram += $2 }
        END { printf "%d | %d", flash, ram }'
}

elf_of() {
    for elf in "$dir"/demo/board_"$1".elf "$dir"/tests/board/board_"$1".elf; do
        [ ! -e "$elf" ] || { echo "$elf"; return; }
    done
    echo "sizes.sh: no firmware of $1 in $dir" >&2
    return 1
}

tell_sketches() {
    echo "### Sketches"
    echo
    echo "| sketch | flash | static RAM | peak stack | cycles of a challenge | cycles of a request |"
    echo "| --- | --: | --: | --: | --: | --: |"
    # shellcheck disable=SC2086 # one word a sketch
    "$dir/tests/board/figures" $sketches >"$work/figures" 2>"$work/log" || {
        cat "$work/log" >&2
        return 1
    }
    while read -r name stack challenge request; do
        echo "| $name | $(size_of "$(elf_of "$name")") | $stack | $challenge | $request |"
    done <"$work/figures"
    echo "| RemoteButton | $(size_of "$(elf_of RemoteButton)") | | | |"
}

tell_parts() {
    echo "### Parts of the library"
    echo
    echo "| part | flash | static RAM |"
    echo "| --- | --: | --: |"
    for source in src/csign/*.c src/csign/avr/*.S; do
        part=${source#src/csign/}
        part=${part%.*}
        # shellcheck disable=SC2086 # several options
        avr-gcc $mcu $strict -Os -c "$source" -o "$work/part.o"
        echo "| $part | $(size_of "$work/part.o") |"
    done
}

tell_memory() {
    echo "### Memory of a device, a key, a connection"
    echo
    echo "| what | bytes |"
    echo "| --- | --: |"
    # shellcheck disable=SC2086
    avr-gcc $mcu $strict -Isrc -Os -c tests/avr/sizes.c -o "$work/sizes.o"
    # shellcheck disable=SC2013 # each line is one word
    for name in $(sed -n 's/^char \([a-z0-9_]*\)\[.*/\1/p' tests/avr/sizes.c); do
        size=$(avr-nm -S "$work/sizes.o" | awk -v name="$name" '$4 == name { print $2 }')
        printf '| a %s, %s | %d |\n' "${name%%_*}" "$(echo "${name#*_}" | tr _ ' ')" "0x$size"
    done
}

tell_least() {
    echo "### The least firmware"
    echo
    echo "| profile | hash | flash | static RAM |"
    echo "| --- | --- | --: | --: |"
    for kind in sealed-sha256 sealed-blake2s classic-sha256 classic-blake2s classic-sha1 \
        classic-sha512 both-sha256 both-blake2s; do
        echo "| ${kind%-*} | ${kind#*-} | $(size_of "$dir/tests/avr/device-$kind.elf") |"
    done
}

# Fails where a row of the document is missing or a figure has outgrown it.
compare() {
    awk '
    function shape(line) {
        gsub(/\| *[0-9]+ *(\| *[0-9]+ *)*\|.*/, "", line)
        return section line
    }
    # A sketch is provisioned by the clock of the host, so that the timer interrupt may strike
    # where the stack is deepest, or not.
    function slack(column) {
        return section ~ /Sketches/ && column == 5 ? 16 : 0
    }
    /^### / { section = $0 }
    /^\| .*[0-9] \|/ {
        if (NR == FNR) {
            known[shape($0)] = $0
            next
        }
        rows++
        if (!(shape($0) in known)) {
            print "not in the document: " $0
            bad = 1
            next
        }
        count = split($0, now, "|")
        split(known[shape($0)], old, "|")
        for (i = 2; i < count; i++)
            if (now[i] ~ /^ *[0-9]+ *$/ && now[i] + 0 > old[i] * 1.02 + slack(i)) {
                print "is more than 2 % over the document: " $0
                print "                                    " known[shape($0)]
                bad = 1
                break
            }
    }
    END {
        if (rows < 30) {
            print "only " rows + 0 " rows were measured"
            bad = 1
        }
        exit bad
    }' "$document" "$work/measured"
}

{
    echo
    echo "Made by \`make sizes\` with avr-gcc $(avr-gcc -dumpversion) for an ATmega328P."
    echo
    tell_sketches
    echo
    tell_parts
    echo
    tell_memory
    echo
    tell_least
    echo
} >"$work/measured"

if [ "${1:-}" = --check ]; then
    compare || {
        echo "run make sizes, and say in the change why it costs more" >&2
        exit 1
    }
    exit 0
fi
awk -v made="$work/measured" '
    /^<!-- sizes: begin/ {
        print
        while ((getline line <made) > 0)
            print line
        inside = 1
    }
    /^<!-- sizes: end/ { inside = 0 }
    !inside' "$document" >"$work/document"
cp "$work/document" "$document"
echo "wrote $document"
cat "$work/measured"
