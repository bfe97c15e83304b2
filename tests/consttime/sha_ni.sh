#!/bin/sh
# SPDX-License-Identifier: MIT
# sha_ni.sh: valgrind 3.19 does not know the SHA instructions, so these paths are not run
# but read: which conditional jumps a compiler made of them, and by which instructions what
# is in the vector registers (all that is secret) gets to where a jump could ask for it.
#
# Fails where a jump stands at a source line that sha_ni_branches.txt does not name, or
# where a vector register is read but by difference(), whose result only masks follow.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0

sed -n 's/^\([^#].*[^ ]\) *| .*/\1/p' "$here/sha_ni_branches.txt" >"$work/known"

# The source line, without the blanks before it, of each instruction that matches.
lines_of() {
    objdump -dl --no-show-raw-insn "$work/listed.o" | awk -v wanted="$1" '
        /^\/.*:[0-9]+/ { split($1, words, ":"); file = words[1]; line = words[2] + 0 }
        $0 ~ "\t" wanted { print file, line }' |
        while read -r file line; do
            sed -n "${line}s/^ *//p" "$file"
        done
}

strangers() {
    grep -Fxv -f "$1" "$2" >"$work/strangers" || return 0
    echo "$3:" >&2
    sort -u "$work/strangers" >&2
    failed=1
}

# gcc names the line in its own header that makes the intrinsic.
cat >"$work/reads" <<'END'
half = (uint64_t)_mm_cvtsi128_si64(all);
return ((__v2di)__A)[0];
END
echo "SHA-NI, not run (valgrind 3.19 does not know it), from the listing of -O2:"
for cc in gcc clang; do
    for source in sha256_ni search_ni; do
        "$cc" -std=gnu11 -O2 -g -gdwarf-4 -I"$root/src" -I"$root/host/fast" \
            -c "$root/host/fast/$source.c" -o "$work/listed.o"
        [ "$(objdump -d "$work/listed.o" | grep -c 'sha256rnds2')" -ge 32 ] || {
            echo "$source of $cc has no SHA instructions" >&2
            failed=1
        }
        lines_of '(j[a-ln-z][a-z]*|loop[a-z]*) ' >"$work/jumps"
        lines_of '(v?mov[dq]|v?pextr[bwdq]|v?p?movmsk[a-z]+) .*%xmm[0-9]+,(%[er]|.*[(])' \
            >"$work/read"
        lines_of 'v?(ptest|u?comis[sd]|cvtt?s[sd]2si) ' >>"$work/read"
        [ "$source" != search_ni ] || [ -s "$work/jumps" ] || failed=1
        strangers "$work/known" "$work/jumps" "$source of $cc: jumps that depend on"
        echo "  $source of $cc: $(wc -l <"$work/jumps") conditional jumps," \
            "$(wc -l <"$work/read") reads of a vector register"
        strangers "$work/reads" "$work/read" "$source of $cc: vector registers read by"
    done
done
echo "  decided by:"
sed -n 's/^[^#].*| \(.*\)/    \1/p' "$here/sha_ni_branches.txt" | sort -u
exit "$failed"
