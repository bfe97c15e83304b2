#!/bin/sh
# SPDX-License-Identifier: MIT
# demo-picture.sh: what the demonstration printed, as a picture of a terminal (SVG).
#
#     scripts/demo.sh build 2>&1 | scripts/demo-picture.sh [PART]... >docs/images/demo.svg
#
# A PART is a regular expression for the title of a section ("== title"), perhaps followed
# by :N, its first N lines only. Parts are sought in their order, each once; one that is
# not found is an error, so that no part is lost unnoticed. Without parts everything after
# the first title is shown. The same input makes the same picture. Input with a key in it is
# refused.
set -eu

if [ "${1:-}" = --help ]; then
    sed -n '3,12s/^# \{0,1\}//p' "$0"
    exit 0
fi

made=$(mktemp)
trap 'rm -f "$made"' EXIT
PARTS=$(printf '%s\n' "$@") LC_ALL=C awk '
function refuse(why) {
    print "demo-picture: " why >"/dev/stderr"
    failed = 1
    exit 1
}

function escape(text) {
    gsub(/&/, "\\&amp;", text)
    gsub(/</, "\\&lt;", text)
    gsub(/>/, "\\&gt;", text)
    return text
}

function ink(class, text) {
    return text == "" ? "" : "<tspan class=\"" class "\">" escape(text) "</tspan>"
}

function put(spans) {
    if (spans != "")
        row[rows] = spans
    rows++
}

# What stands before and after the words that get a colour of their own.
function words(text, class,   spans, at, len, kind, near) {
    while (match(text, marked)) {
        at = RSTART
        len = RLENGTH
        kind = substr(text, at, len)
        near = substr(text, at - 1, 1) substr(text, at + len, 1)
        spans = spans ink(class, substr(text, 1, at - 1))
        if (near ~ /[=A-Za-z0-9\/]/)
            spans = spans ink(class, kind)
        else if (kind ~ /^[0-9]/)
            spans = spans ink("number", kind)
        else if (kind ~ /^(refused|unknown|hung up|without a word)$/)
            spans = spans ink("bad", kind)
        else
            spans = spans ink("good", kind)
        text = substr(text, at + len)
    }
    return spans ink(class, text)
}

# client -> device  request   18  01 24 0cb7...
function message(text,   head, from, number) {
    match(text, /^ *[a-z]+ -> [a-z]+/)
    head = substr(text, 1, RLENGTH)
    text = substr(text, RLENGTH + 1)
    from = head ~ /^ *(replay|stranger)/ ? "bad" : "client"
    if (head ~ /^ *device/)
        from = "device"
    if (!match(text, /^ +[a-z]+ +[0-9]+/))
        return ink(from, head) words(text, "plain")
    number = substr(text, 1, RLENGTH)
    text = substr(text, RLENGTH + 1)
    match(number, /[0-9]+$/)
    return ink(from, head) ink("name", substr(number, 1, RSTART - 1)) \
        ink("number", substr(number, RSTART)) ink("hex", text)
}

function paint(text) {
    if (text ~ /^== /)
        put(ink("title", substr(text, 4)))
    else if (text ~ /^[$#] /)
        put(ink("good", substr(text, 1, 2)) ink("typed", substr(text, 3)))
    else if (text ~ /^ *[a-z]+ -> [a-z]+ /)
        put(message(text))
    else if (text ~ /^                    /)
        put(ink("aside", text))
    else
        put(words(text, "plain"))
}

# As a terminal would, but between words where there are some, and indented.
function show(text,   cut, hang, is_hex) {
    hang = 4
    is_hex = match(text, /^ *[a-z]+ -> [a-z]+ +[a-z]+ +[0-9]+ */)
    if (is_hex && RLENGTH < COLUMNS / 2)
        hang = RLENGTH
    while (length(text) > COLUMNS) {
        cut = COLUMNS
        while (cut > COLUMNS * 0.6 && substr(text, cut, 1) != " ")
            cut--
        if (substr(text, cut, 1) != " ")
            cut = COLUMNS
        paint(substr(text, 1, cut))
        text = sprintf("%" hang "s", "") substr(text, cut + 1)
        if (is_hex && length(text) <= COLUMNS) {
            put(ink("hex", text))
            return
        }
    }
    paint(text)
}

function begin_section(title) {
    shown = parts == 0 || (next_part <= parts && title ~ pattern[next_part])
    left = -1
    if (shown && parts > 0)
        left = limit[next_part++]
    if (shown) {
        if (rows > 0)
            put("")
        show("== " title)
    }
}

BEGIN {
    COLUMNS = 96
    parts = split(ENVIRON["PARTS"], pattern, "\n")
    if (parts == 1 && pattern[1] == "")
        parts = 0
    for (i = 1; i <= parts; i++) {
        limit[i] = -1
        if (match(pattern[i], /:[0-9]+$/)) {
            limit[i] = substr(pattern[i], RSTART + 1) + 0
            pattern[i] = substr(pattern[i], 1, RSTART - 1)
        }
    }
    next_part = 1
    rows = 0
    marked = "[0-9][0-9.,]* (ms|s|us|bytes|cycles|MHz)|[0-9][0-9.]* ?%|done|proved|" \
        "refused|unknown|hung up|without a word|is off|is on|lamp (off|on)|high|low"
}

{
    gsub(/\033\[[0-9;]*[A-Za-z]/, "")
    gsub(/[\001-\010\013-\037\177]/, "")
    gsub(/\t/, "        ")
    if ($0 ~ /csk1|key *= *(hex|text):/)
        refuse("line " NR " has a key in it")
}

/^== / {
    begin_section(substr($0, 4))
    next
}

shown && left != 0 && $0 != "" {
    show($0)
    left--
    next
}

shown && left == 0 && $0 != "" {
    put(ink("aside", "..."))
    shown = 0
}

END {
    if (failed)
        exit 1
    if (next_part <= parts)
        refuse("no section with the title " pattern[next_part])
    if (rows == 0)
        refuse("nothing to show")
    width = 860
    height = 78 + rows * 19
    print "<?xml version=\"1.0\" encoding=\"UTF-8\"?>"
    print "<!-- SPDX-License-Identifier: MIT -->"
    print "<!-- Made by scripts/demo-picture.sh from what the demonstration printed. -->"
    size = sprintf("width=\"%d\" height=\"%d\"", width, height)
    print "<svg xmlns=\"http://www.w3.org/2000/svg\" " size
    print "     viewBox=\"0 0 " width " " height "\""
    print "     role=\"img\" aria-labelledby=\"title desc\">"
    print "<title id=\"title\">make demo</title>"
    print "<desc id=\"desc\">A terminal with output of make demo: commands, their"
    print "outcomes, and each message on the wire in hex.</desc>"
    print "<style>"
    print "  text { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas,"
    print "         \"DejaVu Sans Mono\", monospace; font-size: 14px; white-space: pre }"
    print "  .title { fill: #79c0ff; font-weight: bold }"
    print "  .typed { fill: #f0f6fc; font-weight: bold }"
    print "  .plain { fill: #d1d7de }  .aside { fill: #8d96a0 }  .hex { fill: #a5b1bd }"
    print "  .client { fill: #58a6ff }  .device { fill: #d2a8ff }"
    print "  .name { fill: #e3b341 }"
    print "  .number { fill: #ffa657 }  .good { fill: #56d364 }  .bad { fill: #ff7b72 }"
    print "</style>"
    print "<rect " size " rx=\"10\" fill=\"#0d1117\"/>"
    print "<circle cx=\"24\" cy=\"22\" r=\"6\" fill=\"#ff5f57\"/>"
    print "<circle cx=\"44\" cy=\"22\" r=\"6\" fill=\"#febc2e\"/>"
    print "<circle cx=\"64\" cy=\"22\" r=\"6\" fill=\"#28c840\"/>"
    print "<text class=\"aside\" x=\"" width / 2 "\" y=\"27\""
    print "      text-anchor=\"middle\">make demo</text>"
    for (i = 0; i < rows; i++)
        if (row[i] != "")
            printf "<text xml:space=\"preserve\" x=\"20\" y=\"%d\">%s</text>\n", \
                66 + i * 19, row[i]
    print "</svg>"
}' >"$made"
cat "$made"
