#!/bin/sh
# SPDX-License-Identifier: MIT
# self_check.sh: run.sh fails when it must: a tool is missing, a search is cut short, or
# it shows something else than what is expected.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
list=$work/expectations.txt
cat >"$list" <<'END'
right           sealed short shows:said_without_a_run FAULT_REPLY_BOUND_TO_CHALLENGE
another_one     sealed short shows:ran_twice FAULT_REPLY_BOUND_TO_CHALLENGE
one_too_many    sealed short shows:said_without_a_run,ran_twice FAULT_REPLY_BOUND_TO_CHALLENGE
one_too_few     sealed short shows:ran_twice RESTARTS=1 FAULT_COUNTER_GOES_BACK
no_fault        sealed short shows:ran_twice
does_not_hold   sealed short holds:a_chain_is_done FAULT_CHALLENGE_ACCEPTED_TWICE
not_reached     sealed short holds:a_first_exchange_is_done,a_chain_is_done,two_sessions_are_done,a_right_is_refused,done_after_a_restart
more_reached    sealed short holds:a_chain_is_done
nothing         sealed short holds:
no_such_model   seeled short shows:ran_twice
END

checks=0
refused() {
    checks=$((checks + 1))
    reason=$1
    shift
    if env "$@" >"$work/log" 2>&1; then
        echo "should have failed: $*" >&2
        exit 1
    fi
    grep -q "$reason" "$work/log" || {
        echo "failed for another reason than '$reason': $*" >&2
        cat "$work/log" >&2
        exit 1
    }
}

run="MODEL_EXPECTATIONS=$list $here/run.sh"
# shellcheck disable=SC2086 # a variable and a command
env $run right >"$work/log" 2>&1 || { cat "$work/log" >&2; exit 1; }
for name in another_one one_too_many one_too_few no_fault does_not_hold not_reached \
    more_reached; do
    # shellcheck disable=SC2086
    refused "WRONG: $name " $run $name
done
# shellcheck disable=SC2086
{
    refused 'nothing is expected' $run nothing
    refused 'spin refuses' $run no_such_model
    refused 'no search is called' $run no_such_name
    refused 'cut short' MODEL_DEPTH=60 $run right
    refused 'cut short' MODEL_MEMORY=9 $run right
    refused 'no-such-cc is missing' CC=no-such-cc $run right
    mkdir "$work/bin"
    for tool in sh env dirname mktemp rm sed grep sort tail tr wc cat gcc; do
        ln -s "$(command -v $tool)" "$work/bin/$tool"
    done
    refused 'spin is missing' PATH="$work/bin" $run right
}
echo "run.sh refused what it must, $checks times"
