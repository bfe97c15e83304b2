#!/bin/sh
# SPDX-License-Identifier: MIT
# bench-host.sh: how fast this host is: the candidate search beside OpenSSL's, `serve` beside a
# server that moves the same bytes without cryptography and beside TLS 1.3 with a shared key,
# and how cost grows. Runs are interleaved and medians taken: on a shared machine only ratios of
# one session mean anything. Server and client have a core each.
#
#     scripts/bench-host.sh               3 minutes on a quiet machine
#     scripts/bench-host.sh --write       the same, and into docs/performance.md and growth.svg
#     scripts/bench-host.sh --smoke DIR   tiny counts, with the programs built in DIR: only
#                                         whether all of it works
set -eu
cd "$(dirname "$0")/.."

goals=bench/host-goals.txt
document=docs/performance.md
rounds=5 exchanges=20000 growing=4000 crowd=10000 time_ms=200
dir=build-bench
if [ "${1:-}" = --smoke ]; then
    rounds=1 exchanges=200 growing=50 crowd=100 time_ms=2
    dir=$2
else
    scripts/build.sh "$dir" -DCMAKE_BUILD_TYPE=Release -DCSIGN_TESTS=OFF >/dev/null
fi
bench=$dir/bench
work=$(mktemp -d)
server=
cleanup() {
    [ -z "$server" ] || kill "$server" 2>/dev/null || :
    rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 1' INT TERM
last_core=$(($(nproc) - 1))

progress() {
    [ ! -t 2 ] || printf '\r\033[K%s' "$1" >&2
}

fail() {
    progress ''
    echo "bench-host.sh: $1" >&2
    exit 1
}

# A figure: id value.
say() {
    echo "$1 $2" >>"$work/figures"
}

# The key that the load client has, for a device file.
key_hex=$(printf '%s' 'a key for measuring, no secret..' | od -An -tx1 | tr -d ' \n')

# Device files: commands that run no program, so that nothing is measured but serve.
write_sealed() {
    {
        echo "[device]"
        printf 'id = bench\naddress = tcp://127.0.0.1:0\npayload = 255\n'
        echo "key = hex:$key_hex"
        printf '[commands]\nping = 01\n'
        if [ "$1" -gt 1 ]; then
            echo "[keys]"
            for i in $(seq 2 "$1"); do
                printf 'other%d = hex:%064x : ping\n' "$i" "$i"
            done
            echo "load = hex:$key_hex : ping"
        fi
    } >"$work/sealed-$1.ini"
}

write_classic() {
    {
        echo "[device]"
        printf 'id = bench\naddress = tcp://127.0.0.1:0\nprofile = classic\nwake = 0\n'
        echo "key = hex:$key_hex"
        echo "[commands]"
        awk -v n="$1" 'BEGIN { for (i = 0; i < n; i++) printf "c%d = %04x\n", i, i }'
        printf '[answers]\ndone = f0\nfailed = f1\n'
    } >"$work/classic-$1.ini"
}

# Starts a server on the first core and learns its port.
start() {
    : >"$work/listening"
    taskset -c 0 "$@" >"$work/listening" 2>"$work/server.log" &
    server=$!
    for _ in $(seq 1000); do
        port=$(sed -n 's/^listening on tcp:..127.0.0.1:\([0-9]*\)$/\1/p' "$work/listening")
        [ -z "$port" ] || return 0
        kill -0 "$server" 2>/dev/null || fail "$1 does not start: $(tail -n 3 "$work/server.log")"
        sleep 0.01
    done
    fail "$1 does not listen"
}

stop() {
    kill "$server"
    wait "$server" 2>/dev/null || :
    server=
}

# The server's time on the processor so far, in ns.
server_time() {
    cut -d ' ' -f 1 "/proc/$server/schedstat"
}

server_memory() {
    awk '/^VmRSS/ { print $2 * 1024 }' "/proc/$server/status"
}

# load NAME PROTOCOL BUSY IDLE EXCHANGES [NAME=NUMBER]...: adds "NAME cpu-ns rate bytes".
load() {
    name=$1 protocol=$2 busy=$3 idle=$4 count=$5
    shift 5
    mkfifo "$work/go"
    : >"$work/load" # the last one's words are not this one's
    taskset -c "$last_core" "$bench/bench_load" "$protocol" "$port" "$busy" "$idle" "$count" \
        "$@" <"$work/go" >"$work/load" 2>"$work/load.log" &
    client=$!
    exec 4>"$work/go"
    rm "$work/go"
    until grep -q ready "$work/load"; do
        kill -0 "$client" 2>/dev/null || fail "$name: $(cat "$work/load.log")"
        sleep 0.01
    done
    before=$(server_time)
    echo go >&4
    wait "$client" || fail "$name: $(cat "$work/load.log")"
    exec 4>&-
    after=$(server_time)
    awk -v name="$name" -v ns=$((after - before)) '/^exchanges/ {
        printf "%s %.0f %.0f %.0f\n", name, ns / $2, $2 * 1e9 / $4, $6 / $2
    }' "$work/load" >>"$work/loads"
}

median() {
    awk -v name="$1" -v column="$2" '$1 == name { print $column }' "$work/loads" | sort -n |
        awk '{ value[NR] = $1 } END { print NR % 2 ? value[(NR + 1) / 2] : (value[NR / 2] + value[NR / 2 + 1]) / 2 }'
}

ratio() {
    awk -v a="$1" -v b="$2" 'BEGIN { printf "%.2f", a / b }'
}

measure_search() {
    for commands in 16 65536; do
        progress "search of $commands commands"
        "$bench/bench_search" "$commands" 1 "$rounds" "$time_ms" >"$work/search"
        while read -r way rate; do
            say "search-$commands-$way" "$rate"
        done <"$work/search"
    done
}

measure_peers() {
    for round in $(seq "$rounds"); do
        progress "peers: round $round of $rounds"
        start "$bench/bench_raw_server" 16 16 18 18 0
        load raw-sealed raw 64 0 "$exchanges"
        stop
        start "$dir/countersign" serve "$work/sealed-1.ini"
        load sealed sealed 64 0 "$exchanges"
        stop
        start "$bench/bench_raw_server" 0 16 32 32 1
        load raw-classic raw 64 0 "$exchanges" wake=0 request=32 reply=32
        stop
        start "$dir/countersign" serve "$work/classic-16.ini"
        load classic classic 64 0 "$exchanges" code=2 row=15
        stop
        start "$bench/bench_tls_server" psk
        load tls-psk tls 64 0 "$exchanges"
        stop
        start "$bench/bench_tls_server" dhe
        load tls-dhe tls-dhe 64 0 "$exchanges"
        stop
    done
    for peer in raw-sealed sealed raw-classic classic tls-psk tls-dhe; do
        raw='raw-sealed'
        case $peer in *classic) raw='raw-classic' ;; esac
        say "cpu-$peer" "$(median $peer 2)"
        say "rate-$peer" "$(median $peer 3)"
        say "bytes-$peer" "$(median $peer 4)"
        say "cpu-ratio-$peer" "$(ratio "$(median $peer 2)" "$(median $raw 2)")"
        say "rate-ratio-$peer" "$(ratio "$(median $peer 3)" "$(median $raw 3)")"
    done
}

# grow LINE X PROTOCOL IDLE FILE [NAME=NUMBER]...
grow() {
    line=$1 x=$2 protocol=$3 idle=$4 file=$5
    shift 5
    progress "growth: $line $x"
    start "$dir/countersign" serve "$file"
    empty=$(server_memory)
    load "$line-$x" "$protocol" 16 "$idle" "$growing" "$@"
    full=$(server_memory)
    stop
    say "grow-$line-$x" "$(median "$line-$x" 2)"
    [ "$idle" -lt "$crowd" ] || say idle-bytes $(((full - empty) / idle))
}

measure_growth() {
    for commands in 1 16 256 4096 65536; do
        write_classic $commands
        grow commands $commands classic 0 "$work/classic-$commands.ini" code=2 row=$((commands - 1))
    done
    for keys in 1 4 16; do
        write_sealed $keys
        grow keys $keys sealed 0 "$work/sealed-$keys.ini"
    done
    for idle in 1 10 100 1000 10000; do
        [ "$idle" -gt "$crowd" ] || grow connections "$idle" sealed "$idle" "$work/sealed-1.ini"
    done
    for payload in 1 16 64 255; do
        grow payload $payload sealed 0 "$work/sealed-1.ini" payload=$payload
    done
}

# The figures in the goals' order; a goal that begins with > is to be exceeded.
tell_table() {
    awk -F ' *[|] *' '
    function verdict(value, goal) {
        if (goal == "-")
            return ""
        if (goal ~ /^>/)
            return value >= substr(goal, 2) + 0 ? "reached" : "missed"
        return value <= goal + 0 ? "reached" : "missed"
    }
    NR == FNR {
        split($0, word, " ")
        measured[word[1]] = word[2]
        next
    }
    /^## / {
        printf "\n### %s\n\n", substr($0, 4)
        printf "| %-58s | %9s | %7s | %-7s | %s |\n", "what", "measured", "goal", "", "known of others"
        printf "| --- | --: | --: | --- | --- |\n"
    }
    /^[a-z]/ && ($1 in measured) {
        printf "| %-58s | %9s | %7s | %-7s | %s |\n", $2, measured[$1], ($3 == "-" ? "" : $3),
            verdict(measured[$1], $3), ($4 == "-" ? "" : $4)
    }' "$work/figures" "$goals"
}

tell_growth() {
    printf '\n### How cost grows: server time of an exchange, microseconds\n\n'
    awk '
    /^grow-/ {
        split($1, part, "-")
        if (!(part[2] in lines))
            order[++count] = part[2]
        lines[part[2]] = lines[part[2]] sprintf(" %s: %.1f,", part[3], $2 / 1000)
    }
    END {
        name["commands"] = "commands, classic"
        name["keys"] = "keys, sealed"
        name["connections"] = "idle connections beside, sealed"
        name["payload"] = "bytes of payload, sealed"
        print "| growing | number: microseconds |\n| --- | --- |"
        for (i = 1; i <= count; i++)
            printf "| %s |%s |\n", name[order[i]], substr(lines[order[i]], 1, length(lines[order[i]]) - 1)
    }' "$work/figures"
}

tell_json() {
    awk 'BEGIN { printf "{" }
        { printf "%s\n  \"%s\": %s", comma, $1, $2; comma = "," }
        END { print "\n}" }' "$work/figures"
}

: >"$work/figures"
: >"$work/loads"
umask 077
write_sealed 1
write_classic 16
measure_search
measure_peers
measure_growth
progress ''
{
    tell_table
    tell_growth
} >"$work/table"
echo "On $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1), $(nproc) cores, loopback; medians of $rounds interleaved rounds"
cat "$work/table"
tell_json >"$bench/host.json"
echo
echo "as JSON: $bench/host.json"
if [ "${1:-}" = --write ]; then
    scripts/growth-picture.sh <"$work/figures" >"$work/growth.svg"
    cp "$work/growth.svg" docs/images/growth.svg
    awk -v table="$work/table" '
        /^<!-- host: begin/ {
            print
            while ((getline line <table) > 0)
                print line
            print ""
            inside = 1
        }
        /^<!-- host: end/ { inside = 0 }
        !inside' "$document" >"$work/document"
    cp "$work/document" "$document"
    echo "wrote $document and docs/images/growth.svg"
fi
