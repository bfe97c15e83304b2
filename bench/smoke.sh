#!/bin/sh
# SPDX-License-Identifier: MIT
# The host's benchmark runs from end to end with tiny counts, has every row of its goals, and
# its JSON and its picture are well formed. What it measures then means nothing.
#
#     bench/smoke.sh BUILD-DIR
set -eu
cd "$(dirname "$0")/.."

out=$(mktemp)
trap 'rm -f "$out"' EXIT
scripts/bench-host.sh --smoke "$1" >"$out"
# shellcheck disable=SC2016 # JavaScript's own
node -e '
const fs = require("fs");
const figures = JSON.parse(fs.readFileSync(process.argv[1]));
const table = fs.readFileSync(process.argv[2], "utf8");
let rows = 0;
for (const line of fs.readFileSync("bench/host-goals.txt", "utf8").split("\n")) {
  const [id, what] = line.split(" | ");
  if (!/^[a-z]/.test(line) || (id.includes("sha-ni") && !(id in figures))) continue;
  if (!(figures[id] >= 0)) throw new Error(`${id} was not measured`); // 0: a busy machine
  if (!table.includes(what)) throw new Error(`no row tells ${what}`);
  rows++;
}
const grown = Object.keys(figures).filter((id) => id.startsWith("grow-")).length;
if (rows < 20 || grown < 14) throw new Error(`only ${rows} rows, ${grown} points`);
if (figures["bytes-sealed"] !== 68) throw new Error("a sealed exchange has 68 bytes");
if (figures["bytes-classic"] !== 80) throw new Error("a classic exchange has 80 bytes");
console.log(`${rows} figures, ${grown} points of growth`);
' "$1/bench/host.json" "$out"
for line in commands keys connections payload; do
    printf 'grow-%s-1 20000\ngrow-%s-16 30000\n' $line $line
done | scripts/growth-picture.sh | grep -c '<polyline' | grep -qx 4
