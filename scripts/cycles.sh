#!/bin/sh
# SPDX-License-Identifier: MIT
# cycles.sh: what the library costs an ATmega328P at run time: cycles of its parts and of a
# whole request, static RAM and peak stack of whole firmwares; counted by the virtual board.
#
#     scripts/cycles.sh [BUILD-DIR]
set -eu
cd "$(dirname "$0")/.."

dir=${1:-build}
avr=$dir/tests/avr
scripts/build.sh "$dir" -DCSIGN_TESTS=ON -DCSIGN_BOARD=ON >/dev/null
out=$(mktemp)
trap 'rm -f "$out"' EXIT

# Runs the firmware and keeps what its functions took.
measure() {
    firmware=$1 profile=$2 hash=$3
    shift 3
    "$avr/costs" "$avr/$firmware-$profile-$hash.elf" "$profile" "$hash" "$@" >"$out"
}

# The number behind a name, with the milliseconds at 16 MHz.
print_cycles() {
    awk -v name="$1" -v what="$2" '$1 == name {
        printf "  %-34s %8d %9.2f\n", what, $2, $2 / 16000
    }' "$out"
}

compress_of() {
    case $1 in
    sha256 | blake2s) echo "csign_$1_compress" ;;
    *) echo compress ;;
    esac
}

echo "Cycles and milliseconds at 16 MHz, avr-gcc $(avr-gcc -dumpversion) -Os"
for hash in sha256 blake2s sha1 sha512; do
    compress=$(compress_of $hash)
    measure parts classic $hash "$compress" csign_classic_tag csign_classic_search
    print_cycles "$compress" "$hash: a block"
    print_cycles csign_classic_tag "$hash: an HMAC of 17 bytes"
    print_cycles csign_classic_search "$hash: a search of 16 commands"
done

echo
echo "From a request's last byte until the reply can leave: one key, challenges of 16 bytes,"
echo "nothing but the code in the request; classic with 3 commands"
for kind in sealed-sha256 sealed-blake2s classic-sha256 classic-blake2s classic-sha1 \
    classic-sha512; do
    measure device "${kind%-*}" "${kind#*-}" take_byte
    print_cycles take_byte "${kind%-*} ${kind#*-}"
done

echo
echo "Whole firmware, as in \`make sizes\`, bytes"
printf '  %-22s %6s %10s %10s\n' 'profile hash' flash 'static RAM' 'peak stack'
for kind in sealed-sha256 sealed-blake2s classic-sha256 classic-blake2s classic-sha1 \
    classic-sha512; do
    measure device "${kind%-*}" "${kind#*-}"
    flash=$(avr-size -A "$avr/device-$kind.elf" | awk '
        /^\.(text|data)/ { flash += $2 }
        END { print flash }')
    awk -v what="${kind%-*} ${kind#*-}" -v flash="$flash" '
        { bytes[$1] = $2 }
        END { printf "  %-22s %6d %10d %10d\n", what, flash, bytes["static"], bytes["stack"] }
    ' "$out"
done
