/* SPDX-License-Identifier: MIT */
#include "ini_lines.h"

#include "utf8.h"

#include <csign/bytes.h>
#include <errno.h>
#include <ini.h>
#include <string.h>

#define BLANKS " \t"

/* One line, its end cut off. */
struct line {
    char text[INI_LINE_MAX + 3]; /* room for \r, a byte too many and 0 */
    size_t len;
    bool is_too_long;
};

static bool refuse(struct ini_lines *lines, const char *what_and_cure)
{
    return file_error_set(lines->error, lines->line, "%s", what_and_cure);
}

/* False at the end of the stream. What is too long is passed over, not kept. */
static bool get_line(struct ini_lines *lines, struct line *line)
{
    int byte = getc(lines->stream);

    if (byte == EOF)
        return false;
    line->len = 0;
    for (; byte != EOF && byte != '\n'; byte = getc(lines->stream)) {
        if (line->len < sizeof line->text - 1)
            line->text[line->len++] = (char)byte;
    }
    if (byte == '\n' && line->len > 0 && line->text[line->len - 1] == '\r')
        line->len--;
    line->is_too_long = line->len > INI_LINE_MAX;
    line->text[line->len] = '\0';
    lines->line++;
    return true;
}

/* The first line may begin with a byte order mark. */
static const char *text_of(const struct ini_lines *lines, const struct line *line)
{
    bool has_mark = lines->line == 1 && strncmp(line->text, "\xef\xbb\xbf", 3) == 0;

    return line->text + (has_mark ? 3 : 0);
}

static bool is_blank_or_comment(const char *text)
{
    text += strspn(text, BLANKS);
    return *text == '\0' || *text == ';' || *text == '#';
}

static bool has_control_character(const struct line *line)
{
    for (size_t i = 0; i < line->len; i++) {
        unsigned char byte = (unsigned char)line->text[i];

        if ((byte < 0x20 && byte != '\t') || byte == 0x7f)
            return true;
    }
    return false;
}

static bool check_bytes(struct ini_lines *lines, const struct line *line)
{
    if (line->is_too_long)
        return refuse(lines,
                      "the line is over 190 bytes long; shorten it, and put a long "
                      "key into a file");
    if (memchr(line->text, '\0', line->len) != NULL)
        return refuse(lines, "the line holds a NUL byte; save the file as UTF-8 text");
    if (has_control_character(line))
        return refuse(lines, "the line holds a control character; remove it");
    if (!utf8_valid((const uint8_t *)line->text, line->len))
        return refuse(lines, "the line is not UTF-8; save the file as UTF-8 text");
    return true;
}

static bool enter(struct ini_lines *lines, unsigned section)
{
    unsigned first = lines->headings[section];

    if (first != 0)
        return file_error_set(lines->error, lines->line,
                              "[%s] is there twice, first in line %u; join the two",
                              lines->sections[section], first);
    lines->headings[section] = lines->line;
    lines->section = section;
    lines->is_inside = true;
    return true;
}

static bool take_heading(struct ini_lines *lines, const char *text)
{
    const char *end = strchr(text, ']');
    const char *rest = end == NULL ? NULL : end + 1;

    /* inih agrees that " ;" ends a line also inside the brackets: no name has a blank. */
    if (rest == NULL || (*rest != '\0' && strchr(BLANKS, *rest) == NULL) ||
        (rest[strspn(rest, BLANKS)] != '\0' && rest[strspn(rest, BLANKS)] != ';'))
        return refuse(lines,
                      "not a whole section heading; write [name] alone on the line");
    for (unsigned i = 0; i < lines->section_count; i++) {
        size_t len = strlen(lines->sections[i]);

        if (len == (size_t)(end - text - 1) &&
            memcmp(text + 1, lines->sections[i], len) == 0)
            return enter(lines, i);
    }
    return refuse(lines, "unknown section; known are [device], [commands], [answers], "
                         "[keys] and [run]");
}

static bool is_skipped(const struct ini_lines *lines)
{
    return lines->is_inside && (lines->skipped >> lines->section & 1) != 0;
}

/* Where a comment begins behind other text, else the end. */
static const char *find_comment(const char *text)
{
    const char *at = strchr(text + 1, ';');

    while (at != NULL && strchr(BLANKS, at[-1]) == NULL)
        at = strchr(at + 1, ';');
    return at == NULL ? text + strlen(text) : at;
}

static bool check_entry(struct ini_lines *lines, const char *text)
{
    const char *separator = strpbrk(text, "=:");

    if (strchr(BLANKS, *text) != NULL)
        return refuse(lines, "the line is indented; begin it in the first column");
    if (!lines->is_inside)
        return refuse(lines, "stands before the first section; put [device] above it");
    if (separator == NULL || *separator == ':' || separator > find_comment(text))
        return refuse(lines, "neither a heading nor a name with = behind it; write "
                             "name = value, and ; before a comment");
    return true;
}

/* Whether the line may go to inih. *give: what of it, "" when it says nothing there. */
static bool check_line(struct ini_lines *lines, const struct line *line,
                       const char **give)
{
    const char *text = text_of(lines, line);

    *give = "";
    /* A skipped section ends with the next heading, whatever its lines look like. */
    if (is_skipped(lines) && *text != '[')
        return true;
    if (!check_bytes(lines, line))
        return false;
    if (is_blank_or_comment(text))
        return true;
    *give = text;
    return *text == '[' ? take_heading(lines, text) : check_entry(lines, text);
}

/* inih's reader: one line a call, so that its count and this one agree. size is inih's
 * room, 200 bytes, more than a line that passes check_line(). */
static char *give_line(char *text, int size, void *user)
{
    struct ini_lines *lines = user;
    struct line line;
    const char *give;

    if (lines->is_over || !get_line(lines, &line))
        return NULL;
    if (!check_line(lines, &line, &give) || line.len + 2 > (size_t)size) {
        lines->is_over = true;
        return NULL;
    }
    snprintf(text, (size_t)size, "%s\n", give);
    csign_wipe(&line, sizeof line);
    return text;
}

/* inih's handler. Its own idea of the section is the same and not needed. */
static int take_entry(void *user, const char *section, const char *name,
                      const char *value)
{
    struct ini_lines *lines = user;

    (void)section;
    if (lines->is_over)
        return 1;
    lines->is_over = !lines->entry(lines->user, lines->section, name, value, lines->line);
    return 1;
}

bool ini_lines_read(struct ini_lines *lines, FILE *stream)
{
    int bad_line;

    lines->stream = stream;
    lines->line = 0;
    lines->is_inside = lines->is_over = false;
    memset(lines->headings, 0, sizeof lines->headings);

    bad_line = ini_parse_stream(give_line, lines, take_entry, lines);
    if (ferror(stream))
        return file_error_set(lines->error, 0, "%s; give a file that can be read",
                              strerror(errno));
    if (bad_line != 0 && !lines->is_over)
        return file_error_set(lines->error, bad_line > 0 ? (unsigned)bad_line : 0,
                              "neither a heading nor a name with = behind it; write "
                              "name = value, and ; before a comment");
    return !lines->is_over;
}
