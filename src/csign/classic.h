/* SPDX-License-Identifier: MIT */
/* classic.h: the formulas of the classic profile, the same for both sides
 * (docs/protocol.md, section 3). */
#ifndef CSIGN_CLASSIC_H
#define CSIGN_CLASSIC_H

#include "hmac.h"
#include "settings.h"

CSIGN_BEGIN_DECLS

#define CSIGN_CLASSIC_KEY_MIN 1 /* bytes; fewer than 16 deserve a warning */

/* The keyed state of K as it is (RFC 2104 treats a long or short one). */
void csign_classic_key(const csign_settings *settings, void *keyed, const uint8_t *key,
                       size_t len);

/* HMAC(K, R || code): digest_size bytes to tag. R has settings->challenge bytes. */
void csign_classic_tag(const csign_settings *settings, const void *keyed,
                       const uint8_t *r, const uint8_t *code, uint8_t code_len,
                       uint8_t *tag);

/* The row of the table whose tag this is, or CSIGN_NO_ROW. Tries every row, whichever
 * matches. A row that rights do not allow is computed like the others and never matches
 * (rights: see csign_slot; all ones allow every row). */
typedef size_t csign_classic_search_fn(const csign_settings *settings, const void *keyed,
                                       const uint8_t *r, const csign_table *table,
                                       uint32_t rights, const uint8_t *tag);
csign_classic_search_fn csign_classic_search;

CSIGN_END_DECLS

#endif
