#!/bin/sh
# SPDX-License-Identifier: MIT
# run.sh: what gcc -fanalyzer, clang-tidy, cppcheck and shellcheck find in the sources. Fails
# where exceptions.txt does not name a finding, and where it names one that is not there.
#
#     tests/analysis/run.sh           src/ by all of them; the rest by cppcheck and shellcheck
#     tests/analysis/run.sh --long    everything by all of them: a minute and a half
#
# From the environment, for self_check.sh: ANALYSIS_ROOT, ANALYSIS_EXCEPTIONS.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
exceptions=${ANALYSIS_EXCEPTIONS:-$here/exceptions.txt}
tidy_config=$(cd "$here/../.." && pwd)/.clang-tidy
cd "${ANALYSIS_ROOT:-$here/../..}"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
: >"$work/found"
: >"$work/looked"

progress() {
    [ ! -t 2 ] || printf '\r\033[K%s' "$1" >&2
}

die() {
    progress ''
    echo "analysis: $*" >&2
    exit 1
}

for tool in gcc clang-tidy cppcheck shellcheck node; do
    command -v "$tool" >/dev/null 2>&1 || die "$tool is missing (scripts/setup.sh test)"
done

# The files in these folders whose names end so.
files() {
    end=$1
    shift
    for folder; do
        [ ! -d "$folder" ] || find "$folder" -name "*$end"
    done | grep -Ev '/(node_modules|build[^/]*)/' | sort
}

# $1 the tool. "$work/list" has the files; false: none.
begin() {
    [ -s "$work/list" ] || return 1
    tool=$1
    progress "$tool: $(wc -l <"$work/list") files"
    sed "s,^,$tool ," "$work/list" >>"$work/looked"
    : >"$work/out"
}

end() {
    sed "s,^,$tool ," "$work/out" >>"$work/found"
}

# gcc 12 analyses C only.
by_gcc() {
    begin gcc || return 0
    while read -r file; do
        gcc "$@" -O2 -fanalyzer -c "$file" -o /dev/null 2>>"$work/out" ||
            die "gcc does not compile $file: $(grep -m 1 'error:' "$work/out")"
    done <"$work/list"
    end
}

# A process a file: of several in one, clang-tidy 14 takes va_lists for uninitialized.
by_tidy() {
    begin clang-tidy || return 0
    mkdir "$work/tidy"
    # shellcheck disable=SC2016 # the inner shell's
    TIDY_CONFIG=$tidy_config TIDY_OUT=$work/tidy TIDY_FLAGS="$*" xargs -n 1 -P 2 sh -c '
        out=$TIDY_OUT/$(echo "$1" | tr / _)
        clang-tidy --quiet --config-file="$TIDY_CONFIG" "$1" -- $TIDY_FLAGS \
            >"$out" 2>"$out.err" || grep -q "error: " "$out" ||
            { cat "$out.err"; echo "clang-tidy fails at $1"; exit 1; }' tidy \
        <"$work/list" >"$work/failed" || die "$(cat "$work/failed")"
    cat "$work"/tidy/* | grep -v 'warnings\? generated\.$' >"$work/out" || :
    rm -r "$work/tidy"
    end
}

by_cppcheck() {
    begin cppcheck || return 0
    cppcheck --quiet --enable=warning,portability,performance --file-list="$work/list" \
        --template='{file}:{line}:{column}: {severity}: {message} [{id}]' \
        --template-location='{file}:{line}:{column}: note: {info}' "$@" \
        2>"$work/out" >"$work/failed" || die "cppcheck: $(cat "$work/failed" "$work/out")"
    end
}

by_shellcheck() {
    begin shellcheck || return 0
    xargs shellcheck --format=gcc <"$work/list" >"$work/out" 2>"$work/failed" || :
    [ ! -s "$work/failed" ] || die "shellcheck: $(cat "$work/failed")"
    end
}

# Flags of what runs on a PC: a folder's header is included by its name alone.
host_flags() {
    printf '%s ' -std=c11 -Isrc
    files .h host board/src bench | sed 's,/[^/]*$,,' | sort -u | sed 's/^/-I/' | tr '\n' ' '
}

classes='-DARDUINO=10813 -Itests/arduino/stub -Isrc'

files .c src >"$work/list"
by_gcc -std=c99 -Isrc
by_tidy -std=c99 -Isrc
by_cppcheck --std=c99 -Isrc
files .cpp src >"$work/list"
by_tidy -std=c++11 "$classes"
# shellcheck disable=SC2086 # options
by_cppcheck --language=c++ --std=c++11 $classes
# These two groups differ in who asks libc for more than C.
if [ "${1:-}" = --long ]; then
    files .c host demo bench >"$work/list"
    # shellcheck disable=SC2046 # options
    by_gcc $(host_flags) -D_GNU_SOURCE=1
    by_tidy "$(host_flags)" -D_GNU_SOURCE=1
    files .c board/src >"$work/list"
    # shellcheck disable=SC2046 # options
    by_gcc $(host_flags)
    by_tidy "$(host_flags)"
fi
files .c host demo board/src bench >"$work/list"
by_cppcheck --std=c11 -Isrc
files .sh scripts tests bench board packaging demo >"$work/list"
by_shellcheck
progress ''
node "$here/judge.mjs" "$exceptions" "$work/looked" "$work/found"
