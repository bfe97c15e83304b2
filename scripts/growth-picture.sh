#!/bin/sh
# SPDX-License-Identifier: MIT
# growth-picture.sh: an SVG of cost against growth, from bench-host.sh's figures on standard
# input ("grow-LINE-NUMBER NANOSECONDS"). Both axes are logarithmic.
set -eu
awk '
function x(number) { return left + log(number < 1 ? 1 : number) / log(most) * width }
function y(us) { return top + height - (log(us) - log(low)) / (log(high) - log(low)) * height }
BEGIN {
    left = 70; top = 20; width = 560; height = 300
    most = 65536; low = 10; high = 10000
    label["commands"] = "commands of a classic device"
    label["keys"] = "keys of a sealed device"
    label["connections"] = "idle connections beside"
    label["payload"] = "bytes of payload"
}
/^grow-/ {
    split($1, part, "-")
    if (!(part[2] in points))
        order[++count] = part[2]
    points[part[2]] = points[part[2]] sprintf(" %.1f,%.1f", x(part[3]), y($2 / 1000))
    last[part[2]] = sprintf("%.1f %.1f", x(part[3]), y($2 / 1000))
    dots = dots sprintf("<circle class=\"l%d\" cx=\"%.1f\" cy=\"%.1f\" r=\"3.5\"/>\n", count, x(part[3]), y($2 / 1000))
}
END {
    print "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 660 440\" font-family=\"sans-serif\" font-size=\"13\" role=\"img\" aria-label=\"Server time of an exchange against commands, keys, connections and payload\">"
    print "<style>text{fill:#222}.g{stroke:#ccc}polyline{fill:none;stroke-width:2}"
    print ".l1{stroke:#b3261e;fill:#b3261e}.l2{stroke:#1b5e9c;fill:#1b5e9c}.l3{stroke:#2e7d32;fill:#2e7d32}.l4{stroke:#8a5a00;fill:#8a5a00}polyline{fill:none!important}"
    print "@media(prefers-color-scheme:dark){text{fill:#ddd}.g{stroke:#444}.l1{stroke:#ff8a80;fill:#ff8a80}.l2{stroke:#82b1ff;fill:#82b1ff}.l3{stroke:#81c784;fill:#81c784}.l4{stroke:#ffcc80;fill:#ffcc80}}</style>"
    for (us = low; us <= high; us *= 10) {
        printf "<line class=\"g\" x1=\"%d\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\"/>\n", left, left + width, y(us), y(us)
        printf "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%s</text>\n", left - 8, y(us) + 4, us < 1000 ? us " us" : us / 1000 " ms"
    }
    for (number = 1; number <= most; number *= 16) {
        printf "<line class=\"g\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%d\" y2=\"%d\"/>\n", x(number), x(number), top, top + height
        printf "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%d</text>\n", x(number), top + height + 20, number
    }
    for (i = 1; i <= count; i++) {
        printf "<polyline class=\"l%d\" points=\"%s\"/>\n", i, substr(points[order[i]], 2)
        printf "<circle class=\"l%d\" cx=\"%d\" cy=\"%d\" r=\"4\"/><text x=\"%d\" y=\"%d\">%s</text>\n", i,
            left + (i - 1) % 2 * 290, 372 + int((i - 1) / 2) * 24, left + 12 + (i - 1) % 2 * 290, 376 + int((i - 1) / 2) * 24, label[order[i]]
    }
    printf "%s", dots
    printf "<text x=\"%d\" y=\"425\">Server time of one exchange, new connection each, on one core of a shared machine</text>\n", left
    print "</svg>"
}'
