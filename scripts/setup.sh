#!/bin/sh
# SPDX-License-Identifier: MIT
# setup.sh: makes sure that the Debian packages are there that a part of the work needs.
#
#     scripts/setup.sh build|demo|test
#     scripts/setup.sh --missing PART      only prints what is missing
#
# As root on Debian it installs what is missing; elsewhere it names it in one line and fails.
# The demonstration can do without its own packages, so for `demo` only what the program
# itself needs must be there.
set -eu

# One line a need: the part it is for, the package, and how to see that it is there.
needs() {
    cat <<'END'
build gcc command gcc
build libc6-dev file /usr/include/stdio.h
build cmake command cmake
build pkg-config command pkg-config
build libinih-dev pkg inih
build libssl-dev pkg libcrypto
test libcmocka-dev pkg cmocka
test libjansson-dev pkg jansson
test nodejs command node
test npm command npm
test mosquitto glob /usr/sbin/mosquitto /usr/bin/mosquitto
test clang command clang
test libclang-rt-14-dev glob /usr/lib/*/libclang_rt.asan*.a /usr/lib/llvm-*/lib/clang/*/lib/linux/libclang_rt.asan*.a
test clang-14 command clang-14
test llvm-14 command llvm-cov-14
test g++ command g++
demo gcc-avr command avr-gcc
demo avr-libc file /usr/lib/avr/include/avr/io.h
demo arduino-core-avr file /usr/share/arduino/hardware/arduino/avr/cores/arduino/Arduino.h
test arduino-builder command arduino-builder
demo libsimavr-dev file /usr/include/simavr/sim_avr.h
demo libelf-dev pkg libelf
test bash-completion file /usr/share/bash-completion/bash_completion
test zsh command zsh
test mandoc command mandoc
test systemd command systemd-analyze
test procps command ps
test strace command strace
test spin command spin
test valgrind file /usr/include/valgrind/memcheck.h
test qemu-user glob /usr/bin/qemu-s390x /usr/bin/qemu-s390x-static
test gcc-s390x-linux-gnu command s390x-linux-gnu-gcc
test libc6-dev-s390x-cross file /usr/s390x-linux-gnu/include/stdio.h
test qemu-system-arm command qemu-system-arm
test gcc-arm-none-eabi command arm-none-eabi-gcc
test libnewlib-arm-none-eabi file /usr/lib/arm-none-eabi/newlib/nano.specs
test clang-tidy command clang-tidy
test cppcheck command cppcheck
test shellcheck command shellcheck
END
}

is_there() {
    kind=$1
    shift
    case $kind in
    command) command -v "$1" >/dev/null 2>&1 ;;
    file) [ -e "$1" ] ;;
    glob) for path in "$@"; do [ -e "$path" ] && return 0; done; return 1 ;;
    pkg) command -v pkg-config >/dev/null 2>&1 && pkg-config --exists "$1" ;;
    esac
}

# The packages that the part and those before it lack.
missing() {
    case $1 in
    build) parts=" build " ;;
    demo) parts=" build demo " ;;
    test) parts=" build demo test " ;;
    *) echo "setup.sh: build, demo or test?" >&2; exit 2 ;;
    esac
    needs | while read -r part package kind rest; do
        case $parts in *" $part "*) ;; *) continue ;; esac
        # shellcheck disable=SC2086 # a need may hold several words and patterns
        is_there "$kind" $rest || printf '%s ' "$package"
    done
}

install() {
    log=$(mktemp)
    export DEBIAN_FRONTEND=noninteractive
    if ! { apt-get update && apt-get install -y --no-install-recommends "$@"; } >"$log" 2>&1
    then
        tail -n 20 "$log" >&2
        rm -f "$log"
        return 1
    fi
    rm -f "$log"
}

# Makes a part whole, or says what is missing.
make_whole() {
    list=$(missing "$1")
    [ -n "$list" ] || return 0
    if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null 2>&1; then
        echo "countersign: missing Debian packages; as root: apt-get install $list" >&2
        return 1
    fi
    echo "Installing ${list% } ..."
    # shellcheck disable=SC2086 # one word a package
    if ! install $list; then
        echo "countersign: could not install $list" >&2
        return 1
    fi
    left=$(missing "$1")
    if [ -n "$left" ]; then
        echo "countersign: installed, and yet not found: $left" >&2
        return 1
    fi
}

case ${1:-build} in
--missing)
    missing "${2:-build}"
    ;;
demo)
    make_whole build
    make_whole demo || :
    ;;
test)
    make_whole test
    "$(dirname "$0")/npm-ci.sh" npm
    ;;
*)
    make_whole "${1:-build}"
    ;;
esac
