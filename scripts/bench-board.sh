#!/bin/sh
# SPDX-License-Identifier: MIT
# bench-board.sh: what a device costs an ATmega328P: cycles, flash, RAM, each beside its goal
# (bench/board-goals.txt); counted by the virtual board, so the same on every machine.
#
#     scripts/bench-board.sh                      builds, measures, prints
#     scripts/bench-board.sh --write              the same, and into docs/performance.md
#     scripts/bench-board.sh --check BUILD-DIR    fails where a figure of what is built there is
#                                                 more than 2 % beside the document's
set -eu
cd "$(dirname "$0")/.."

goals=bench/board-goals.txt
document=docs/performance.md
dir=build
case ${1:-} in
--check) dir=$2 ;;
*) scripts/build.sh "$dir" -DCSIGN_TESTS=ON -DCSIGN_BOARD=ON >/dev/null ;;
esac
avr=$dir/tests/avr
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Both lie in flash; sections that begin in RAM are copied there at the start.
flash_of() {
    avr-size -A "$1" | awk '/^\.(text|data|rodata|progmem)/ { sum += $2 } END { print sum + 0 }'
}

progress() {
    [ ! -t 2 ] || printf '\r\033[K%s' "$1" >&2
}

# A line for each figure: id value.
say() {
    echo "$1 $2"
}

value() {
    awk -v name="$1" '$1 == name { print $2 }' "$2"
}

compress_of() {
    case $1 in
    sha256 | blake2s) echo "csign_$1_compress" ;;
    *) echo compress ;;
    esac
}

measure_hash() {
    for commands in 1 4 16 64; do
        progress "hashes: $1, $commands commands"
        "$avr/costs" "$avr/parts-$1-$commands.elf" classic "$1" "$(compress_of "$1")" \
            csign_classic_tag csign_classic_search csign_hmac_key >"$work/parts"
        search=$(value csign_classic_search "$work/parts")
        say "search-$1-$commands" "$search"
    done
    say "block-$1" "$(value "$(compress_of "$1")" "$work/parts")"
    say "hmac-$1" "$(value csign_classic_tag "$work/parts")"
    "$avr/costs" "$avr/parts-$1-16.elf" classic "$1" csign_classic_search csign_hmac_key \
        >"$work/parts"
    say "keyed-$1-16" $(($(value csign_classic_search "$work/parts") +
        $(value csign_hmac_key "$work/parts")))
}

measure_sealed() {
    progress "EthernetLamp with $1"
    "$dir/tests/board/stages" "$2" >"$work/stages" 2>"$work/log" || {
        cat "$work/log" >&2
        return 1
    }
    sed "s/^/$1-/; s/_/-/" "$work/stages"
}

measure_flash() {
    progress "flash"
    echo 'int main(void) { for (;;) {} }' >"$work/empty.c"
    avr-gcc -mmcu=atmega328p -Os "$work/empty.c" -o "$work/empty.elf"
    empty=$(flash_of "$work/empty.elf")
    for hash in sha256 blake2s; do
        avr-gcc -mmcu=atmega328p -c "src/csign/avr/$hash.S" -o "$work/hash.o"
        say "flash-$hash" "$(flash_of "$work/hash.o")"
    done
    for profiles in sealed classic both; do
        say "flash-$profiles" $(($(flash_of "$avr/device-$profiles-sha256.elf") - empty))
    done
    say flash-sealed-blake2s $(($(flash_of "$avr/device-sealed-blake2s.elf") - empty))
    for profiles in sealed both; do
        say "flash-$profiles-store" $(($(flash_of "$avr/store-$profiles-sha256.elf") - empty))
    done
}

measure_ram() {
    for profiles in sealed classic both; do
        progress "RAM: $profiles"
        "$avr/costs" "$avr/device-$profiles-sha256.elf" "${profiles%%both}" sha256 \
            >"$work/ram" 2>/dev/null ||
            "$avr/costs" "$avr/device-$profiles-sha256.elf" sealed sha256 >"$work/ram"
        static=$(value static "$work/ram")
        stack=$(value stack "$work/ram")
        say "static-$profiles" "$static"
        say "stack-$profiles" "$stack"
        say "ram-$profiles" $((static + stack))
    done
    avr-gcc -mmcu=atmega328p -std=c99 -Isrc -Os -c tests/avr/sizes.c -o "$work/sizes.o"
    bytes() {
        echo $((0x$(avr-nm -S "$work/sizes.o" | awk -v name="$1" '$4 == name { print $2 }')))
    }
    say ram-connection $(($(bytes connection_csign_server) + $(bytes connection_sealed_memory)))
    say ram-key $(($(bytes key_slot) + $(bytes key_keyed_sha256)))
}

# The figures in the goals' order, as a table of Markdown that is read in a terminal too.
tell_table() {
    awk -F ' *[|] *' '
    function grouped(number) {
        while (match(number, /[0-9][0-9][0-9][0-9]($| )/))
            number = substr(number, 1, RSTART) " " substr(number, RSTART + 1)
        return number
    }
    function verdict(value, goal) {
        if (goal == "-")
            return ""
        return value <= goal + 0 ? "reached" : sprintf("missed by %d %%", 100 * (value / goal - 1) + 0.5)
    }
    NR == FNR {
        split($0, word, " ")
        measured[word[1]] = word[2]
        next
    }
    /^## / {
        printf "\n### %s\n\n", substr($0, 4)
        printf "| %-46s | %9s | %7s | %-14s | %s |\n", "what", "measured", "goal", "", "best of others"
        printf "| %s | %s | %s | %s | %s |\n", "---", "--:", "--:", "---", "---"
    }
    /^[a-z]/ {
        if (!($1 in measured)) {
            print "not measured: " $1 >"/dev/stderr"
            exit 1
        }
        printf "| %-46s | %9s | %7s | %-14s | %s |\n", $2, grouped(measured[$1]),
            ($3 == "-" ? "" : grouped($3)), verdict(measured[$1], $3),
            ($4 == "-" ? "" : grouped($4) ", " $5)
    }' "$work/figures" "$goals"
}

tell_json() {
    awk -F ' *[|] *' '
    NR == FNR {
        split($0, word, " ")
        measured[word[1]] = word[2]
        next
    }
    /^[a-z]/ {
        printf "%s\n  \"%s\": {\"value\": %d, \"goal\": %s, \"others\": %s}", comma, $1,
            measured[$1], ($3 == "-" ? "null" : $3), ($4 == "-" ? "null" : $4)
        comma = ","
    }
    BEGIN { printf "{" }
    END { print "\n}" }' "$work/figures" "$goals"
}

# Fails where a figure of the document is missing here, or differs by more than 2 %.
compare() {
    awk '
    function rows(line) {
        if (line ~ /^### /)
            section = line
        return line ~ /^\| .* \|$/ && line !~ /^\| (what|---) /
    }
    rows($0) {
        split($0, cell, "|")
        gsub(/ /, "", cell[3])
        key = section cell[2]
        gsub(/ +/, " ", key)
        if (NR == FNR) {
            known[key] = cell[3]
            next
        }
        count++
        change = key in known && known[key] > 0 ? cell[3] / known[key] - 1 : 1
        if (change > 0.02 || change < -0.02) {
            print "not within 2 % of the document (" known[key] "): " $0
            bad = 1
        }
    }
    END {
        if (count < 50) {
            print "only " count + 0 " figures were measured"
            bad = 1
        }
        exit bad
    }' "$work/documented" "$work/table"
}

{
    for hash in sha256 blake2s sha1 sha512; do
        measure_hash $hash
    done
    measure_sealed sha256 EthernetLamp
    measure_sealed blake2s EthernetLamp-blake2s
    measure_flash
    measure_ram
} >"$work/figures"
progress ''
tell_table >"$work/table"

if [ "${1:-}" = --check ]; then
    sed -n '/^<!-- board: begin/,/^<!-- board: end/p' "$document" >"$work/documented"
    compare || {
        echo "run scripts/bench-board.sh --write, and say in the change why it differs" >&2
        exit 1
    }
    exit 0
fi
echo "On an ATmega328P at 16 MHz (16 000 cycles are a millisecond), avr-gcc $(avr-gcc -dumpversion)"
cat "$work/table"
mkdir -p "$dir/bench"
tell_json >"$dir/bench/board.json"
echo
echo "as JSON: $dir/bench/board.json"
if [ "${1:-}" = --write ]; then
    awk -v table="$work/table" '
        /^<!-- board: begin/ {
            print
            while ((getline line <table) > 0)
                print line
            print ""
            inside = 1
        }
        /^<!-- board: end/ { inside = 0 }
        !inside' "$document" >"$work/document"
    cp "$work/document" "$document"
    echo "wrote $document"
fi
