/* SPDX-License-Identifier: MIT */
/* utf8.h: whether bytes are UTF-8. */
#ifndef UTF8_H
#define UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Whether all len bytes are well-formed UTF-8 (RFC 3629): no overlong forms, no
 * surrogates, nothing above U+10FFFF, no sequence cut off. No bytes at all are. Does not
 * depend on the locale. */
bool utf8_valid(const uint8_t *bytes, size_t len);

#endif
