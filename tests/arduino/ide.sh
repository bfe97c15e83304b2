#!/bin/sh
# SPDX-License-Identifier: MIT
# Sketches build as a user's Arduino IDE builds them: with Debian's arduino-builder, whose
# link-time optimisation the other builds do not have, and within the board's flash and RAM.
#
#     ide.sh WORK BOARD [SKETCH]...       BOARD: pro16, pro8, uno or mega; without a sketch all
set -eu
cd "$(dirname "$0")/../.."

work=$1/$2
case $2 in
pro16) board=arduino:avr:pro:cpu=16MHzatmega328 ;;
pro8) board=arduino:avr:pro:cpu=8MHzatmega328 ;;
uno) board=arduino:avr:uno ;;
mega) board=arduino:avr:mega:cpu=atmega2560 ;;
*) echo "ide.sh: no board $2" >&2; exit 2 ;;
esac
name=$2
shift 2
# shellcheck disable=SC2046 # one word a sketch
[ $# -gt 0 ] || set -- $(cd examples && echo *)

# The library as it is downloaded, beside the one for the shield.
rm -rf "$work"
mkdir -p "$work/libraries/Countersign" "$work/tools"
cp -r src library.properties keywords.txt "$work/libraries/Countersign"
cp -r board/arduino/Ethernet "$work/libraries"

for sketch in "$@"; do
    mkdir -p "$work/$sketch"
    if ! arduino-builder -hardware /usr/share/arduino-builder \
        -hardware /usr/share/arduino/hardware -tools "$work/tools" -fqbn "$board" \
        -prefs=runtime.tools.avr-gcc.path=/usr -prefs=runtime.tools.ctags.path=/usr/bin \
        -prefs=compiler.cpp.extra_flags=-DDECIMAL_DIG=__DECIMAL_DIG__ \
        -libraries "$work/libraries" -build-path "$work/$sketch" \
        "examples/$sketch/$sketch.ino" >"$work/log" 2>&1; then
        cat "$work/log" >&2
        exit 1
    fi
    echo "$name $sketch: $(sed -n 's/^Sketch uses \([0-9]*\) .*/\1 bytes of flash/p' "$work/log"), $(
        sed -n 's/^Global variables use \([0-9]*\) .*/\1 of RAM/p' "$work/log")"
done
