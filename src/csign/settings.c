/* SPDX-License-Identifier: MIT */
#include "settings.h"

void csign_table_code(const csign_table *table, size_t row, uint8_t *out)
{
    const uint8_t *code = table->codes + row * table->len;

    for (uint8_t left = table->len; left > 0; left--)
        *out++ = csign_flash_u8(code++);
}

static bool is_within(uint8_t value, uint8_t least, uint8_t most)
{
    return value >= least && value <= most;
}

static csign_status check_sealed(const csign_settings *settings)
{
    if (settings->hasher.hash->id == 0)
        return CSIGN_E_HASH;
    if (!is_within(settings->wake, 8, CSIGN_CHALLENGE_MAX))
        return CSIGN_E_WAKE;
    if (!is_within(settings->challenge, 8, CSIGN_CHALLENGE_MAX))
        return CSIGN_E_CHALLENGE;
    if (!is_within(settings->tag, CSIGN_TAG_MIN, CSIGN_SEALED_LEN))
        return CSIGN_E_TAG_LENGTH;
    if (settings->id_len > CSIGN_ID_MAX)
        return CSIGN_E_ID;
    if (settings->id_len > 0 && settings->id == NULL)
        return CSIGN_E_MEMORY;
    if (settings->request_max < 1)
        return CSIGN_E_REQUEST_MAX;
    /* 9: what the answer to `last` takes. */
    if (settings->reply_max < 9)
        return CSIGN_E_REPLY_MAX;
    return CSIGN_OK;
}

csign_status csign_settings_check(const csign_settings *settings, bool sealed)
{
    if (settings->hasher.hash == NULL || settings->hasher.work == NULL)
        return CSIGN_E_MEMORY;
    if (settings->deadline_ms == 0)
        return CSIGN_E_DEADLINE;
    if (settings->is_link && settings->wake == 0)
        return CSIGN_E_LINK_WAKE;
    if (sealed)
        return check_sealed(settings);
    if (!is_within(settings->challenge, 1, CSIGN_CHALLENGE_MAX))
        return CSIGN_E_CHALLENGE;
    return CSIGN_OK;
}

/* Whether one of the table's first rows is this code. */
static bool is_among(const csign_table *table, size_t rows, const uint8_t *code)
{
    const uint8_t *other = table->codes;

    for (; rows > 0; rows--) {
        bool is_same = true;

        for (uint8_t i = 0; i < table->len; i++) {
            if (csign_flash_u8(code + i) != csign_flash_u8(other++))
                is_same = false;
        }
        if (is_same)
            return true;
    }
    return false;
}

bool csign_table_is_unique(const csign_table *table)
{
    const uint8_t *code = table->codes;

    for (size_t row = 0; row < table->count; row++, code += table->len) {
        if (is_among(table, row, code))
            return false;
    }
    return true;
}

bool csign_tables_overlap(const csign_table *a, const csign_table *b)
{
    const uint8_t *code = a->codes;

    if (a->len != b->len)
        return false;
    for (size_t left = a->count; left > 0; left--, code += a->len) {
        if (is_among(b, b->count, code))
            return true;
    }
    return false;
}
