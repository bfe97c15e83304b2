#!/bin/sh
# SPDX-License-Identifier: MIT
# self_check.sh: each analyser finds the fault that was made for it, and the driver fails at
# it; an exception lets it pass; one that fits nothing fails.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0
mkdir -p "$work/src" "$work/scripts"

complain() {
    echo "self_check: $*" >&2
    failed=1
}

run() {
    status=0
    ANALYSIS_ROOT=$work ANALYSIS_EXCEPTIONS=$work/exceptions "$here/run.sh" >"$work/log" 2>&1 ||
        status=$?
}

# $1 a part of the line that must be there.
expect() {
    [ "$status" = 1 ] || complain "status $status instead of 1 where '$1' was expected"
    grep -qF "$1" "$work/log" || complain "no '$1' in: $(cat "$work/log")"
}

cat >"$work/src/freed.c" <<'END'
#include <stdlib.h>

void release(void *memory);

void release(void *memory)
{
    free(memory);
    free(memory);
}
END
cat >"$work/src/stray.cpp" <<'END'
int least(int a, int b)
{
    if (a < b);
        return a;
    return b;
}
END
cat >"$work/src/beyond.c" <<'END'
int past_the_end(void);

int past_the_end(void)
{
    int four[4] = {1, 2, 3, 4};

    return four[4];
}
END
cat >"$work/scripts/words.sh" <<'END'
#!/bin/sh
rm $1
END

: >"$work/exceptions"
run
expect '[gcc, -Wanalyzer-double-free]'
expect '[clang-tidy, clang-analyzer-unix.Malloc]'
expect '[clang-tidy, bugprone-suspicious-semicolon]'
expect '[cppcheck, arrayIndexOutOfBounds]'
expect '[shellcheck, SC2086]'

sed -n 's/^\([a-z]*\/[a-z.]*\):[0-9]*: .* \[\([a-z-]*\), \(.*\)\]$/\2 | \3 | \1 | * | made here/p' \
    "$work/log" >"$work/all"
cp "$work/all" "$work/exceptions"
run
[ "$status" = 0 ] || complain "exceptions do not let pass: $(cat "$work/log")"

echo 'gcc | -Wanalyzer-double-free | src/freed.c | not this line | why' >>"$work/exceptions"
run
expect 'gcc does not find -Wanalyzer-double-free there any more'

cp "$work/all" "$work/exceptions"
sed -i 's/ | made here$//; 1q' "$work/exceptions"
run
expect 'tool | check | file | line | why'

rm "$work/src/stray.cpp" "$work/src/freed.c" "$work/src/beyond.c"
: >"$work/exceptions"
run
expect 'has looked at no file'
exit $failed
