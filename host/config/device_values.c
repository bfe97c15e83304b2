/* SPDX-License-Identifier: MIT */
#include "device_values.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DIGITS  "0123456789"
#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

bool value_is_name(const char *text)
{
    size_t len = strspn(text, LETTERS DIGITS "_.-");

    return len >= 1 && len <= NAME_MAX_LEN && text[len] == '\0' && text[0] != '-';
}

bool value_number(uint32_t *number, const char *text)
{
    uint64_t value = 0;

    if (text[0] == '\0' || strlen(text) > 10 || text[strspn(text, DIGITS)] != '\0' ||
        (text[0] == '0' && text[1] != '\0'))
        return false;
    for (; *text != '\0'; text++)
        value = value * 10 + (uint64_t)(*text - '0');
    *number = (uint32_t)value;
    return value <= UINT32_MAX;
}

static int hex_digit(char c)
{
    static const char digits[] = "0123456789abcdef0123456789ABCDEF";
    const char *found = c == '\0' ? NULL : strchr(digits, c);

    return found == NULL ? -1 : (int)(found - digits) & 15;
}

size_t value_hex(uint8_t *bytes, size_t max, const char *text)
{
    size_t len = strlen(text);

    if (len % 2 != 0 || len / 2 > max)
        return 0;
    for (size_t i = 0; i < len / 2; i++) {
        int upper = hex_digit(text[2 * i]), lower = hex_digit(text[2 * i + 1]);

        if (upper < 0 || lower < 0)
            return 0;
        bytes[i] = (uint8_t)(upper << 4 | lower);
    }
    return len / 2;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* Copies the word at *text to out, 0 behind it, and says where the copy ends; *text is
 * then behind the word. NULL: a quote is not closed. */
static char *copy_word(char *out, const char **text)
{
    bool is_quoted = false;
    const char *at = *text;

    for (; *at != '\0' && (is_quoted || !is_blank(*at)); at++) {
        if (*at == '"')
            is_quoted = !is_quoted;
        else
            *out++ = *at;
    }
    *out++ = '\0';
    *text = at;
    return is_quoted ? NULL : out;
}

char **value_words(const char *text, bool *is_open)
{
    /* Every second character at most begins a word; the copies are no longer than text.
     */
    size_t len = strlen(text), most = len / 2 + 2;
    char **words = calloc(1, most * sizeof *words + len + 2);
    char *out;
    size_t count = 0;

    *is_open = false;
    if (words == NULL)
        return NULL;
    out = (char *)(words + most);
    for (;;) {
        while (is_blank(*text))
            text++;
        if (*text == '\0')
            return words;
        words[count++] = out;
        out = copy_word(out, &text);
        if (out == NULL) {
            free(words);
            *is_open = true;
            return NULL;
        }
    }
}

char *value_path(const char *directory, const char *path)
{
    const char *rest = strncmp(path, "./", 2) == 0 ? path + 2 : path;
    size_t size = strlen(directory) + 1 + strlen(path) + 1;
    char *joined = malloc(size);

    if (joined == NULL)
        return NULL;
    if (path[0] == '/')
        snprintf(joined, size, "%s", path);
    else
        snprintf(joined, size, "%s/%s", directory, rest);
    return joined;
}
