/* SPDX-License-Identifier: MIT */
#include "send_output.h"

#include "message.h"
#include "status_text.h"
#include "utf8.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum send_status send_status_of(csign_outcome outcome)
{
    switch (outcome) {
    case CSIGN_OUTCOME_DONE:
    case CSIGN_OUTCOME_SENT:
        return SEND_DONE;
    case CSIGN_OUTCOME_FAILED:
        return SEND_FAILED;
    case CSIGN_OUTCOME_NOT_SENT:
        return SEND_NOT_SENT;
    default:
        return SEND_UNKNOWN;
    }
}

static void print_hex(const uint8_t *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++)
        printf("%02x", bytes[i]);
}

/* What is not UTF-8 comes out as U+FFFD, byte for byte: JSON has nothing else. */
static void print_string(const char *text)
{
    bool is_utf8 = utf8_valid((const uint8_t *)text, strlen(text));

    putchar('"');
    for (; *text != '\0'; text++) {
        unsigned char c = (unsigned char)*text;

        if (c == '"' || c == '\\')
            printf("\\%c", c);
        else if (c < 0x20 || c == 0x7f)
            printf("\\u%04x", (unsigned)c);
        else if (c >= 0x80 && !is_utf8)
            printf("\\ufffd");
        else
            putchar(c);
    }
    putchar('"');
}

static void print_json(const struct send_result *result)
{
    printf("{\"command\":");
    print_string(result->command);
    printf(",\"outcome\":\"%s\",\"status\":", outcome_word(result->outcome));
    if (result->status < 0)
        printf("null");
    else
        printf("%d", result->status);
    printf(",\"answer\":");
    if (result->answer == NULL)
        printf("null");
    else
        print_string(result->answer);
    printf(",\"data\":\"");
    print_hex(result->data, result->len);
    printf("\",\"ms\":%" PRIu64, result->ms);
    if (result->last != NULL)
        printf(",\"last\":\"%s\"", result->last);
    printf("}\n");
}

/* Whether it may go to a terminal as it is: no control character but tab and newline,
 * those of U+0080 to U+009F neither. */
static bool is_printable(const uint8_t *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        bool is_c1 = bytes[i] == 0xc2 && i + 1 < len && bytes[i + 1] < 0xa0;

        if ((bytes[i] < 0x20 && bytes[i] != '\n' && bytes[i] != '\t') ||
            bytes[i] == 0x7f || is_c1)
            return false;
    }
    return utf8_valid(bytes, len);
}

/* Further lines of a text are indented, so that none looks like another command's. */
static void print_text(const uint8_t *bytes, size_t len)
{
    if (len > 0 && bytes[len - 1] == '\n')
        len--;
    for (size_t i = 0; i < len; i++) {
        putchar(bytes[i]);
        if (bytes[i] == '\n')
            printf("    ");
    }
}

static void print_data(const struct send_result *result)
{
    if (result->len == 0)
        return;
    printf(": ");
    if (is_printable(result->data, result->len)) {
        print_text(result->data, result->len);
    } else {
        printf("hex:");
        print_hex(result->data, result->len);
    }
}

static void print_answer(const struct send_result *result)
{
    const char *outcome = outcome_word(result->outcome);

    printf("%s: %s", result->command, outcome);
    if (result->answer != NULL && strcmp(result->answer, outcome) != 0)
        printf(", %s", result->answer);
    if (result->status > CSIGN_STATUS_DONE)
        printf(" (status %02x)", (unsigned)result->status);
    print_data(result);
    putchar('\n');
}

static bool has_answer(const struct send_result *result)
{
    return result->outcome == CSIGN_OUTCOME_DONE ||
           result->outcome == CSIGN_OUTCOME_FAILED ||
           result->outcome == CSIGN_OUTCOME_SENT;
}

static void tell(const struct send_result *result)
{
    complain("%s: %s: %s%s%s", result->command,
             result->outcome == CSIGN_OUTCOME_NOT_SENT ? "not sent" : "unknown",
             result->reason, result->cure == NULL ? "" : "; ",
             result->cure == NULL ? "" : result->cure);
}

static void flush(void)
{
    if (fflush(stdout) != 0)
        complain("send: cannot write to standard output: %s", strerror(errno));
}

void send_print(const struct send_result *result, bool is_json)
{
    if (is_json)
        print_json(result);
    else if (has_answer(result))
        print_answer(result);
    flush();
    if (!has_answer(result))
        tell(result);
}

void send_print_line(const char *line)
{
    puts(line);
    flush();
}
