/* SPDX-License-Identifier: MIT */
#include "settings.h"

void csign_table_code(const csign_table *table, size_t row, uint8_t *out)
{
    const uint8_t *code = table->codes + row * table->len;

    for (uint8_t i = 0; i < table->len; i++)
        out[i] = csign_flash_u8(code + i);
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

static bool is_equal_row(const csign_table *a, size_t row_a, const csign_table *b,
                         size_t row_b)
{
    uint8_t code_a[CSIGN_CODE_MAX];
    uint8_t code_b[CSIGN_CODE_MAX];

    csign_table_code(a, row_a, code_a);
    csign_table_code(b, row_b, code_b);
    return memcmp(code_a, code_b, a->len) == 0;
}

bool csign_table_is_unique(const csign_table *table)
{
    for (size_t i = 1; i < table->count; i++) {
        for (size_t j = 0; j < i; j++) {
            if (is_equal_row(table, i, table, j))
                return false;
        }
    }
    return true;
}

bool csign_tables_overlap(const csign_table *a, const csign_table *b)
{
    if (a->len != b->len)
        return false;
    for (size_t i = 0; i < a->count; i++) {
        for (size_t j = 0; j < b->count; j++) {
            if (is_equal_row(a, i, b, j))
                return true;
        }
    }
    return false;
}
