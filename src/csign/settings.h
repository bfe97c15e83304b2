/* SPDX-License-Identifier: MIT */
/* settings.h: what a client and a device must set alike before they meet. Nothing of it is
 * negotiated (docs/protocol.md, section 1). */
#ifndef CSIGN_SETTINGS_H
#define CSIGN_SETTINGS_H

#include "hash.h"
#include "status.h"

CSIGN_BEGIN_DECLS

#define CSIGN_ID_MAX        64
#define CSIGN_CHALLENGE_MAX 64
#define CSIGN_CODE_MAX      16    /* bytes of a classic code or answer */
#define CSIGN_TAG_MIN       16    /* bytes of a sealed tag on the wire */
#define CSIGN_SEALED_LEN    32    /* L of every hash that sealed allows */
#define CSIGN_DEADLINE_MS   5000  /* the protocol's D unless set otherwise */
#define CSIGN_IDLE_MS       30000 /* from a reply to a further request */
#define CSIGN_REPLY_MS      10000 /* how long a client waits unless set otherwise */
#define CSIGN_SILENCE_MS    500   /* ends an exchange on a link without connections */
#define CSIGN_QUIET_MS      750   /* a client's silence there before each wake */
#define CSIGN_REWAKE_MS     1000  /* without a challenge there, wake again */

/* The caller's, and must outlive everything that points to it. */
typedef struct {
    csign_hasher hasher;
    const char *id;       /* id_len bytes; sealed only */
    uint8_t id_len;       /* 0 to 64; 0 only if no other device has one of the keys */
    uint8_t wake;         /* bytes; classic 0 to 255, sealed 8 to 64 */
    uint8_t challenge;    /* bytes; classic 1 to 64, sealed 8 to 64; 16 is good */
    uint8_t tag;          /* bytes on the wire, 16 to 32; sealed only */
    uint8_t request_max;  /* bytes of code and arguments together; sealed only */
    uint8_t reply_max;    /* bytes of status and data together; sealed only */
    uint8_t is_link;      /* 1: a link without connections, a serial line */
    uint16_t deadline_ms; /* the protocol's D */
} csign_settings;

/* Codes of equal length, one after the other; the position in it is a code's row. */
typedef struct {
    const uint8_t *codes; /* count * len bytes, CSIGN_FLASH; the caller's */
    size_t count;
    uint8_t len; /* bytes of one code; sealed 1, classic 1 to 16 */
} csign_table;

#define CSIGN_NO_ROW ((size_t)-1)

/* Copies the code in row (which exists) to out, table->len bytes. */
void csign_table_code(const csign_table *table, size_t row, uint8_t *out);

/* Whether settings are usable in the profile: CSIGN_OK, or the number that names what is
 * wrong. Meant for start-up and for tools; nothing else in the library checks lengths. */
csign_status csign_settings_check(const csign_settings *settings, bool sealed);

/* Whether every code of the table differs from the others. Time grows with count squared. */
bool csign_table_is_unique(const csign_table *table);

/* Whether a code of one table equals a code of the other. */
bool csign_tables_overlap(const csign_table *a, const csign_table *b);

CSIGN_END_DECLS

#endif
