#!/bin/sh
# SPDX-License-Identifier: MIT
# run.sh: runs the library's tests on other machines, emulated, and prints a table of what
# ran and of what the library takes there.
#
#     run.sh BUILD-DIR            all of it
#     run.sh --write BUILD-DIR    the same, and writes the table into docs/portability.md
#     run.sh --short BUILD-DIR    runs the tests on s390x and on the Cortex-M0 only, with fewer
#                                 bytes in the sweeps of test_store_cuts (ctest has this
#                                 machine's and the AVR's tests by themselves)
#
# BUILD-DIR has tests/vectors.h and, for the AVR, its firmware. Fails if a test fails or is
# missing, and if the document says anything else (sizes: if they are more than 2 % off;
# tests: if there are fewer).
# shellcheck disable=SC2086 # options of compilers, several in one variable
set -eu

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
mode=long
case ${1:-} in
--short | --write)
    mode=${1#--}
    shift
    ;;
esac
[ $# -eq 1 ] || { echo "usage: run.sh [--short|--write] BUILD-DIR" >&2; exit 2; }
build=$(cd "$1" && pwd)
document=$root/docs/portability.md
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
failed=0

die() {
    echo "portability: $*" >&2
    exit 1
}

# -- what is known of a target: $prefix of its tools, $flags, $emulator, how to link --

# The emulator of a processor for programs, of Debian's qemu-user or qemu-user-static.
user() {
    command -v "qemu-$1" || command -v "qemu-$1-static" ||
        die "qemu-$1 is missing (scripts/setup.sh test)"
}

choose() {
    target=$1
    prefix=
    flags=
    emulator=
    platform=$here/stdout.c
    link=-static
    case $target in
    x86-64) flags="-fno-pie -no-pie" ;;
    s390x)
        prefix=s390x-linux-gnu-
        flags="-fno-pie -no-pie"
        emulator=$(user s390x)
        ;;
    arm) # newlib's I/O is semihosting, which qemu-user has too
        prefix=arm-none-eabi-
        flags="-mcpu=cortex-a7 -marm"
        link=--specs=rdimon.specs
        emulator=$(user arm)
        ;;
    cortex-m0)
        prefix=arm-none-eabi-
        flags="-mcpu=cortex-m0 -mthumb"
        emulator="qemu-system-arm -M microbit -display none -monitor none -serial stdio
            -semihosting -kernel"
        platform=$here/microbit.c
        link="-nostartfiles --specs=nano.specs -T $here/microbit.ld"
        ;;
    avr)
        prefix=avr-
        flags=-mmcu=atmega328p
        ;;
    *) die "no target is called $target" ;;
    esac
    flags="$flags -Os -ffunction-sections -fdata-sections -I$root/src"
    dir=$work/$target
    mkdir -p "$dir"
    command -v "${prefix}gcc" >/dev/null 2>&1 ||
        die "${prefix}gcc is missing (scripts/setup.sh test)"
}

fact() {
    echo | "${prefix}gcc" $flags -dM -E - | awk -v name="$1" '$2 == name { print $3 }'
}

compile_library() {
    for source in "$root"/src/csign/*.c; do
        "${prefix}gcc" $flags -std=c99 -pedantic -Wall -Wextra -Wconversion -Wshadow -Werror \
            -c "$source" -o "$dir/$(basename "$source" .c).o" || die "$target: $source"
    done
    [ "$target" != avr ] || for source in "$root"/src/csign/avr/*.S; do
        "${prefix}gcc" $flags -c "$source" -o "$dir/$(basename "$source" .S)-asm.o" ||
            die "$target: $source"
    done
    "${prefix}ar" rcs "$dir/library.a" "$dir"/*.o
}

# Flash and RAM of what a device takes of the library. Constants lie in both on an AVR.
size_of_least() {
    "${prefix}gcc" $flags -std=c99 -DSEALED="$1" -DCLASSIC="$2" "$here/least.c" \
        "$dir/library.a" -static -nostdlib -Wl,--gc-sections,-e,least_device \
        -Wl,--build-id=none,--unresolved-symbols=ignore-all -o "$dir/least.elf" ||
        die "$target: least.c"
    "${prefix}size" -A "$dir/least.elf" | awk -v target="$target" '
        /^\.(text|progmem|rodata|init)/ { flash += $2 }
        /^\.rodata/ && target == "avr" { ram += $2 }
        /^\.data/ { flash += $2; ram += $2 }
        /^\.bss/ { ram += $2 }
        END { printf "%d | %d", flash, ram }'
}

# The number of tests in a report that is whole, and how many of them passed.
judge() {
    awk '
        /^TAP version 13/ { begun = 1 }
        /^(not )?ok [0-9]/ { count++; passed += /^ok/
            if ($(/^ok/ ? 2 : 3) != count) bad = 1 }
        /^1\.\./ { plan = substr($0, 4) + 0 }
        /^# done/ { done = 1 }
        END {
            print count + 0, passed + 0
            exit bad || !begun || !done || count == 0 || plan != count || passed != count
        }' "$1"
}

# test_store* keep what an EEPROM saw, more than 16 KiB of it unless on a small target.
tap() {
    case $target-$1 in
    cortex-m0-test_store | cortex-m0-test_store_c* | cortex-m0-test_store_use)
        echo -DCHECK_ON_TARGET
        ;;
    *) echo -DCHECK_TAP ;;
    esac
    [ "$mode" != short ] || echo -DCHECK_SHORT
}

build_suite() {
    # shellcheck disable=SC2046 # options
    "${prefix}gcc" $flags -std=gnu11 -Wall -Wextra $(tap "$1") -I"$root/tests/unit" \
        -I"$build/tests" "$root/tests/unit/$1.c" "$dir/platform.obj" "$dir/library.a" \
        $link -Wl,--gc-sections -o "$dir/$1" || die "$target: $1 is not built"
}

run_suite() {
    timeout 300 $emulator "$dir/$1" </dev/null >"$dir/$1.tap" 2>"$dir/$1.log" ||
        echo "$target: $1 ended with status $?" >>"$dir/wrong"
    judge "$dir/$1.tap" >>"$dir/counts" || {
        echo "$target: $1 is not reported well"
        grep -v '^ok' "$dir/$1.tap" || :
        cat "$dir/$1.log"
    } >>"$dir/wrong"
}

run_suites() {
    "${prefix}gcc" $flags -std=gnu11 -Wall -Wextra -c "$platform" -o "$dir/platform.obj"
    for source in "$root"/tests/unit/test_*.c; do
        suite=$(basename "$source" .c)
        build_suite "$suite"
        run_suite "$suite"
    done
    [ "$target" != cortex-m0 ] || judge_must_condemn
}

# On the virtual board, judged by tests/avr/judge.c.
# Reports that must be condemned (tests/avr/faulty.c): a failed test, a missing one, a wild
# jump.
judge_must_condemn() {
    for fault in 1 2 4; do
        "${prefix}gcc" $flags -std=gnu11 -w -DCHECK_TAP -DFAULT=$fault -I"$root/tests/unit" \
            "$root/tests/avr/faulty.c" "$dir/platform.obj" $link -o "$dir/faulty"
        if timeout 300 $emulator "$dir/faulty" </dev/null >"$dir/faulty.tap" &&
            judge "$dir/faulty.tap" >"$dir/counted"; then
            echo "$target: fault $fault of faulty.c was overlooked" >>"$dir/wrong"
        fi
    done
}

run_firmware() {
    for elf in "$build"/tests/avr/avr_test_*.elf; do
        suite=$(basename "$elf" .elf)
        "$build/tests/avr/judge" "$elf" >"$dir/$suite.tap" ||
            echo "$target: $suite failed" >>"$dir/wrong"
        judge "$dir/$suite.tap" >>"$dir/counts" || tail -n 3 "$dir/$suite.tap" >>"$dir/wrong"
    done
}

# -- the table --

words() {
    case $target in
    x86-64) echo "x86-64 | this machine" ;;
    s390x) echo "s390x | qemu-user" ;;
    arm) echo "Arm, 32 bit | qemu-user" ;;
    cortex-m0) echo "Cortex-M0 | QEMU's microbit" ;;
    avr) echo "ATmega328P | simavr" ;;
    esac
}

row() {
    endian=little
    [ "$(fact __BYTE_ORDER__)" != __ORDER_BIG_ENDIAN__ ] || endian=big
    printf '| %s | %d | %d | %s | %s | %s | %s |\n' "$(words)" \
        $((8 * $(fact __SIZEOF_INT__))) $((8 * $(fact __SIZEOF_POINTER__))) "$endian" "$1" \
        "$(size_of_least 1 0)" "$(size_of_least 1 1)"
}

run_tests() {
    case $mode-$target in
    short-s390x | short-cortex-m0) run_suites ;;
    short-*) ;;
    *-avr) run_firmware ;;
    *) run_suites ;;
    esac
}

measure() {
    choose "$1"
    compile_library
    run_tests
    counts='- | -'
    [ ! -e "$dir/counts" ] ||
        counts=$(awk '{ n += $1; ok += $2 } END { print n " | " ok }' "$dir/counts")
    row "$counts"
    [ ! -e "$dir/wrong" ] || { cat "$dir/wrong" >&2; return 1; }
}

{
    echo "| target | run on | int | pointer | bytes | tests | passed | sealed: flash | RAM | both: flash | RAM |"
    echo "| --- | --- | --: | --: | --- | --: | --: | --: | --: | --: | --: |"
    for one in x86-64 s390x arm cortex-m0 avr; do
        (measure "$one") || failed=1
    done
} >"$work/table"
cat "$work/table"
[ "$failed" -eq 0 ] || die "not every test passed"

if [ "$mode" = write ]; then
    awk -v table="$work/table" '
        /^<!-- table: begin/ { print; while ((getline line <table) > 0) print line; inside = 1 }
        /^<!-- table: end/ { inside = 0 }
        !inside' "$document" >"$work/document"
    cp "$work/document" "$document"
    echo "wrote docs/portability.md"
fi

# Words are to be equal, tests not to be fewer; "-" stands for what was not run now.
awk -F ' *[|] *' '
    !/^\| / || NF < 12 || /^\| (target|---)/ { next }
    NR == FNR { known[$2] = $0; next }
    !($2 in known) { print "not in the document: " $0; bad = 1; next }
    {
        rows++
        split(known[$2], old)
        for (i = 3; i < NF; i++) {
            differs = i < 7 ? $i != old[i] : i < 9 ? $i != "-" && $i + 0 < old[i] + 0 : \
                $i > old[i] * 1.02 || $i < old[i] * 0.98
            if (differs) {
                print "the document says " known[$2] "\nand now it is     " $0
                bad = 1
                break
            }
        }
    }
    END { exit bad || rows != 5 }' "$document" "$work/table" >&2 ||
    die "docs/portability.md is not as it is (tests/portability/run.sh --write BUILD-DIR)"
