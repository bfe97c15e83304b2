/* SPDX-License-Identifier: MIT */
/* core_dump.h: keeps this process' memory, which holds keys, out of files. */
#ifndef CORE_DUMP_H
#define CORE_DUMP_H

/* From now on a crash leaves no core dump, and no other process of this user may read the
 * memory of this one. Children that this process starts afterwards inherit the limit. */
void core_dump_forbid(void);

#endif
