#!/bin/sh
# SPDX-License-Identifier: MIT
# build.sh: compiles the targets and what they fuzz with libFuzzer, AddressSanitizer,
# UndefinedBehaviorSanitizer and a count of the lines that are reached. Other scripts read
# it for its functions; root is the repository's folder.
: "${root:?}"
fuzz_here=$root/tests/fuzz
fuzz_cc=${FUZZ_CC:-clang-14}
# In the place of this machine's sockets, see w5500_peers.h.
fuzz_wraps="-Wl,--wrap=send,--wrap=sendto,--wrap=recv,--wrap=recvfrom,--wrap=shutdown
    -Wl,--wrap=getsockopt,--wrap=setsockopt,--wrap=getpeername,--wrap=close"

fuzz_targets() {
    grep -v '^#' "$fuzz_here/targets.txt"
}

# The folders of a target's kept inputs: what reaches its lines, and what once found
# something.
fuzz_inputs() {
    for fuzz_folder in corpus found; do
        [ ! -d "$fuzz_here/$fuzz_folder/$1" ] || echo "$fuzz_here/$fuzz_folder/$1"
    done
}

# Compiles files into this folder, each to an object that is called after it; by two
# compilers at a time. Options come before --.
fuzz_compile() {
    fuzz_options=
    while [ "$1" != -- ]; do
        fuzz_options="$fuzz_options $1"
        shift
    done
    shift
    # shellcheck disable=SC2086 # a row of options
    printf '%s\n' "$@" | xargs -P 2 -n 8 "$fuzz_cc" -std=gnu11 -O1 -gline-tables-only \
        -fno-omit-frame-pointer -Wall -Wextra -Werror -Wno-macro-redefined \
        -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all \
        -fprofile-instr-generate -fcoverage-mapping -D_GNU_SOURCE -I"$root/src" \
        -I"$root/tests/fuzz" -I"$root/host/config" -I"$root/host/keys" \
        -I"$root/board/src" $fuzz_options -c
}

# All that targets are linked from, in a folder for the library and the harnesses' common
# files, one for the program's, one for the board's: names are used twice.
fuzz_objects() {
    mkdir -p "$1/csign" "$1/host" "$1/board"
    (cd "$1/csign" && fuzz_compile -- "$root"/src/csign/*.c "$fuzz_here/fuzz.c" \
        "$fuzz_here/talk.c" "$fuzz_here/setup.c" "$fuzz_here/cells.c") &&
        (cd "$1/host" && fuzz_compile -- "$root"/host/config/device_*.c \
            "$root/host/config/address.c" "$root/host/config/serial_line.c" \
            "$root/host/config/ini_lines.c" "$root/host/config/name_table.c" \
            "$root/host/config/raw_list.c" "$root/host/config/file_error.c" \
            "$root/host/keys/secret.c" "$root/host/keys/key_text.c" \
            "$root/host/keys/utf8.c") &&
        (cd "$1/board" && fuzz_compile -- "$root"/board/src/w5500_*.c "$fuzz_here/w5500_peers.c")
}

# What a target is linked from, in a folder of objects.
fuzz_parts() {
    case $1 in
    device_file | key_text) echo csign/*.o host/*.o -linih ;;
    w5500) echo csign/fuzz.o board/*.o "$fuzz_wraps" ;;
    *) echo csign/*.o ;;
    esac
}

# Links a target in a folder of objects: fuzz_link FOLDER TARGET
fuzz_link() (
    cd "$1" || exit 1
    name=$2
    # shellcheck disable=SC2046 # words
    set -- $(fuzz_targets | grep "^$name ")
    mkdir -p "main.$name"
    (cd "main.$name" && fuzz_compile "-D$3" -- "$fuzz_here/$2") || exit 1
    # shellcheck disable=SC2046 # rows of objects and options
    "$fuzz_cc" -fsanitize=fuzzer,address,undefined -fprofile-instr-generate \
        "main.$name"/*.o $(fuzz_parts "$name") -o "$name"
)
