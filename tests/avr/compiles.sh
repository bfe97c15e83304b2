#!/bin/sh
# SPDX-License-Identifier: MIT
# The library compiles for the ATmega328P and on hosts without a warning, and a firmware
# links only the profile and the hash that it names.
set -eu
cd "$(dirname "$0")/../.."

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
strict="-std=c99 -pedantic -Wall -Wextra -Wconversion -Wshadow -Werror"

for source in src/csign/*.c; do
    for level in -Os -O2 -O3; do
        # shellcheck disable=SC2086 # several options
        avr-gcc -mmcu=atmega328p $strict $level -c "$source" -o "$work/x.o"
    done
    for cc in gcc clang; do
        for level in -O0 -O2 -O3; do
            # shellcheck disable=SC2086
            $cc $strict $level -c "$source" -o "$work/x.o"
        done
    done
done

# Each of the two hashes in assembly has its C, on AVRs that multiply and on those that do not.
for mcu in atmega328p atmega2560 attiny84; do
    for hash in sha256 blake2s; do
        for without in "" -DCSIGN_NO_ASM; do
            avr-gcc -mmcu=$mcu $without -Wall -Wextra -Werror -Os -c src/csign/$hash.c \
                -o "$work/c.o"
            avr-gcc -mmcu=$mcu $without -Wall -Wextra -Werror -c src/csign/avr/$hash.S \
                -o "$work/s.o"
            if [ "$(avr-nm "$work/c.o" "$work/s.o" | grep -c " T csign_${hash}_compress")" != 1 ]
            then
                echo "$hash on an $mcu is not there once" >&2
                exit 1
            fi
        done
    done
done

# C++ sketches include the header too.
echo '#include "Countersign.h"' >"$work/sketch.cpp"
g++ -std=c++11 -Wall -Wextra -Werror -Isrc -c "$work/sketch.cpp" -o "$work/x.o"

# shellcheck disable=SC2086
avr-gcc -mmcu=atmega328p -Os -std=c99 -Isrc -ffunction-sections -fdata-sections \
    -DHASH=sha256 -DSEALED=1 -DCLASSIC=0 tests/avr/device.c \
    src/csign/*.c src/csign/avr/*.S -Wl,--gc-sections -o "$work/device.elf"
for other in sha1 sha512 blake2s classic csign_client csign_key_change csign_server_answer; do
    if avr-nm "$work/device.elf" | grep -q "$other"; then
        echo "a sealed sha256 device links $other too" >&2
        exit 1
    fi
done

# Nothing from libc but memory functions, and no state of the library's own.
for source in src/csign/*.c; do
    gcc -std=c99 -Os -c "$source" -o "$work/x.o"
    for symbol in $(nm -u "$work/x.o" | awk '{ print $2 }'); do
        case $symbol in
        csign_* | memcpy | memmove | memset | memcmp | memchr | __stack_chk_fail | _GLOBAL_*) ;;
        *) echo "$source calls $symbol" >&2; exit 1 ;;
        esac
    done
    if size -A "$work/x.o" | awk '/^\.(data|bss) / && $2 > 0 { found = 1 } END { exit !found }'
    then
        echo "$source has a variable that changes" >&2
        exit 1
    fi
done
echo "src/ compiles everywhere, links only what is named and keeps no state"
