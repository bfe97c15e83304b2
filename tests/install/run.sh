#!/bin/sh
# SPDX-License-Identifier: MIT
# An installed copy serves foreign projects: the host examples, found by CMake's
# find_package() and by pkg-config, command each other and are commanded by the program.
#
#     run.sh BUILD-DIR C-COMPILER
set -eu

build=$1
cc=$2
source=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
device=
trap '[ -z "$device" ] || kill "$device"; rm -rf "$work"' EXIT

fail() {
    echo "FAILED: $*" >&2
    exit 1
}

cmake --install "$build" --prefix "$work/usr" >"$work/log" || fail "install"
for file in include/Countersign.h bin/countersign share/man/man1/countersign.1 \
    lib/systemd/system/countersign@.service; do
    [ -e "$work/usr/$file" ] || fail "$file is not installed"
done
[ ! -e "$work/usr/include/csign/server_state.h" ] || fail "a private header is installed"

cp -r "$source/examples-host" "$work/foreign"
cmake -S "$work/foreign" -B "$work/by-cmake" -DCMAKE_PREFIX_PATH="$work/usr" \
    -DCMAKE_C_COMPILER="$cc" -DCMAKE_C_FLAGS="${CFLAGS:-}" >"$work/log" ||
    { cat "$work/log"; fail "find_package"; }
cmake --build "$work/by-cmake" >"$work/log" 2>&1 || { cat "$work/log"; fail "CMake build"; }

pc=$(find "$work/usr" -name countersign.pc -exec dirname {} \;)
# shellcheck disable=SC2046,SC2086 # several flags
"$cc" ${CFLAGS:-} -Wall -Wextra "$work/foreign/client.c" "$work/foreign/lamp.c" -o "$work/client" \
    $(PKG_CONFIG_PATH=$pc pkg-config --cflags --libs countersign) || fail "pkg-config build"

printf 'hex:%s\n' "$(od -An -N32 -tx1 /dev/urandom | tr -d ' \n')" >"$work/lamp.key"
chmod 600 "$work/lamp.key"
"$work/by-cmake/device" "$work/lamp.key" >"$work/device.out" &
device=$!
for _ in $(seq 100); do
    grep -q listening "$work/device.out" && break
    sleep 0.05
done
port=$(sed -n 's/.*:\([0-9]*\)$/\1/p' "$work/device.out" | head -n 1)
[ -n "$port" ] || fail "the device did not start"

[ "$("$work/by-cmake/client" "$work/lamp.key" "$port" on)" = "done, the lamp is on" ] ||
    fail "find_package's client"
[ "$("$work/client" "$work/lamp.key" "$port" status)" = "done, the lamp is on" ] ||
    fail "pkg-config's client"
cat >"$work/lamp.ini" <<END
[device]
id      = lamp-1
address = tcp://127.0.0.1:$port
payload = 40
key     = file:lamp.key
[commands]
on      = 01
off     = 02
status  = 03
END
"$work/usr/bin/countersign" send --no-state "$work/lamp.ini" off || fail "the program's client"
tail -n 1 "$work/device.out" | grep -q "the lamp is off" || fail "the lamp is not off"
echo "an installed copy serves CMake and pkg-config projects"
