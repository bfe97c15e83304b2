/* SPDX-License-Identifier: MIT */
/* public.h: compiled before every file of the library: where csign/port.h says that a
 * value is public, memcheck learns that it is. With NOTHING_IS_PUBLIC it does not, and
 * then every decision of the library on a secret has to be reported. */
#ifndef PUBLIC_H
#define PUBLIC_H

#include <valgrind/memcheck.h>

#ifndef NOTHING_IS_PUBLIC
#define CSIGN_PUBLIC(value)                                                              \
    __extension__({                                                                      \
        __typeof__(value) public_ = (value);                                             \
        VALGRIND_MAKE_MEM_DEFINED(&public_, sizeof public_);                             \
        public_;                                                                         \
    })
#endif

#endif
