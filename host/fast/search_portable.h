/* SPDX-License-Identifier: MIT */
/* search_portable.h: csign_classic_search() for long tables in portable C: what the
 * candidates share is computed once. For other hashes than SHA-256 it is
 * csign_classic_search() itself. */
#ifndef SEARCH_PORTABLE_H
#define SEARCH_PORTABLE_H

#include "Countersign.h"

csign_classic_search_fn search_portable;

#endif
