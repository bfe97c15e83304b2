#!/bin/sh
# SPDX-License-Identifier: MIT
# self_check.sh: the report fails at a branch that no test takes, takes a reason for it, and
# fails at a reason that is not needed, is for another line, or does not say why.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0
mkdir "$work/src"
cd "$work"

cat >src/sign.c <<'END'
int sign(int value);

int sign(int value)
{
    if (value < 0)
        return -1;
    return value > 0;
}

int main(void)
{
    return sign(7) != 1;
}
END
gcc -O0 --coverage -c src/sign.c -o sign.o
gcc --coverage sign.o -o sign
./sign
gcov --json-format --branch-probabilities --stdout sign.gcda >sign.json

folder=src
# $1 the status that is expected, $2 what is then said; the reasons come from standard input.
expect() {
    cat >reasons
    status=0
    node "$here/report.mjs" "$folder" reasons sign.json >log 2>&1 || status=$?
    [ "$status" = "$1" ] && grep -qF "$2" log && return 0
    echo "self_check: status $status, expected $1 and '$2': $(cat log)" >&2
    failed=1
}

expect 1 'not reached, and no reason is given: sign.c:5 | if (value < 0) | 1 of 2' </dev/null
echo 'sign.c | if (value < 0) | 1 of 2 | made here' | expect 0 'sign.c'
echo 'sign.c | if (value < 0) | 2 of 2 | made here' | expect 1 'no such branch is missed'
echo 'sign.c | if (value < 1) | 1 of 2 | made here' | expect 1 'no such branch is missed'
printf 'sign.c | if (value < 0) | 1 of 2 | made here\n%s\n' \
    'sign.c | return value > 0; | 1 of 2 | there is no branch' | expect 1 'no such branch is missed'
echo 'sign.c | if (value < 0) | 1 of 2 | ' | expect 1 'file | line | branches | why'
folder=elsewhere
expect 1 'nothing was counted of elsewhere' </dev/null
exit $failed
