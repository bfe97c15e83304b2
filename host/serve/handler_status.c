/* SPDX-License-Identifier: MIT */
#include "handler_status.h"

#include <string.h>

enum { EXIT_BAD_ARGUMENTS = 2 };

uint8_t handler_status(const struct run_result *result)
{
    if (result->end != RUN_EXITED)
        return CSIGN_STATUS_FAILED;
    if (result->code == 0)
        return CSIGN_STATUS_DONE;
    if (result->code == EXIT_BAD_ARGUMENTS)
        return CSIGN_STATUS_BAD_ARGUMENTS;
    if (result->code >= CSIGN_STATUS_OWN && result->code <= UINT8_MAX)
        return (uint8_t)result->code;
    return CSIGN_STATUS_FAILED;
}

/* One newline at the end does not count. */
static size_t printed_answer(const struct served *served, const struct run_result *result)
{
    char name[RUN_OUTPUT_MAX + 1];
    size_t len = result->output_len;

    if (result->output_total > RUN_OUTPUT_MAX)
        return CSIGN_NO_ROW;
    if (len > 0 && result->output[len - 1] == '\n')
        len--;
    if (memchr(result->output, '\0', len) != NULL)
        return CSIGN_NO_ROW;
    memcpy(name, result->output, len);
    name[len] = '\0';
    return name_table_find(&served->file.answers, name);
}

size_t handler_answer(const struct served *served, const struct run_result *result)
{
    size_t row;

    if (served->file.answers.count == 0)
        return CSIGN_NO_ROW;
    if (result->end != RUN_EXITED || result->code != 0)
        return served->failed;
    row = printed_answer(served, result);
    return row == CSIGN_NO_ROW ? served->done : row;
}
