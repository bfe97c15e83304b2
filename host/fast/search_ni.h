/* SPDX-License-Identifier: MIT */
/* search_ni.h: csign_classic_search() by the SHA extensions of x86-64, four candidates in
 * step. Only where cpu_has_sha(); for other hashes than SHA-256 it is
 * csign_classic_search() itself. */
#ifndef SEARCH_NI_H
#define SEARCH_NI_H

#include "Countersign.h"

csign_classic_search_fn search_ni;

#endif
