#!/bin/sh
# SPDX-License-Identifier: MIT
# sizes.sh: what the library costs an ATmega328P: flash of each part, bytes of memory for each
# device, key and connection, and whole firmwares with one profile and one hash.
set -eu
cd "$(dirname "$0")/.."

out=build/avr
mcu=-mmcu=atmega328p
strict="-std=c99 -pedantic -Wall -Wextra -Wconversion -Wshadow -Werror"
arduino="-Os -flto -ffunction-sections -fdata-sections"
mkdir -p "$out"

# On an AVR constants that are not marked for flash lie in both.
print_size() {
    avr-size -A "$2" | awk -v what="$1" '
        /^\.(text|progmem)/ { flash += $2 }
        /^\.(rodata|data)/ { flash += $2; ram += $2 }
        /^\.bss/ { ram += $2 }
        END { printf "  %-22s %6d %6d\n", what, flash, ram }'
}

echo "Flash and static RAM of each part, avr-gcc $(avr-gcc -dumpversion) -Os, bytes"
printf '  %-22s %6s %6s\n' part flash RAM
for source in src/csign/*.c; do
    part=$(basename "$source" .c)
    # shellcheck disable=SC2086 # several options
    avr-gcc $mcu $strict -Os -c "$source" -o "$out/$part.o"
    print_size "$part" "$out/$part.o"
done

echo
echo "Memory, bytes (wake, challenge and tag 16, payload 40)"
# shellcheck disable=SC2086
avr-gcc $mcu $strict -Isrc -Os -c tests/avr/sizes.c -o "$out/sizes.o"
# shellcheck disable=SC2013 # each line is one word
for name in $(sed -n 's/^char \([a-z0-9_]*\)\[.*/\1/p' tests/avr/sizes.c); do
    size=$(avr-nm -S "$out/sizes.o" | awk -v name="$name" '$4 == name { print $2 }')
    printf '  %-12s %-20s %6d\n' "a ${name%%_*}" "${name#*_}" "0x$size"
done

echo
echo "Whole firmware: one profile, one hash, one key, one connection (with start-up code)"
printf '  %-22s %6s %6s\n' 'profile hash' flash RAM
for profile in sealed classic; do
    for hash in sha256 blake2s sha1 sha512; do
        case $profile-$hash in sealed-sha1 | sealed-sha512) continue ;; esac
        sealed=0
        [ $profile = classic ] || sealed=1
        # shellcheck disable=SC2086
        avr-gcc $mcu $arduino -std=c99 -Isrc -DHASH=$hash -DSEALED=$sealed \
            -DPROFILE=csign_${profile}_server tests/avr/device.c src/csign/*.c \
            -Wl,--gc-sections -o "$out/$profile-$hash.elf"
        print_size "$profile $hash" "$out/$profile-$hash.elf"
    done
done
