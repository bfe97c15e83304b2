/* SPDX-License-Identifier: MIT */
#define _DEFAULT_SOURCE 1

#include "core_dump.h"

#include <sys/prctl.h>
#include <sys/resource.h>

void core_dump_forbid(void)
{
    static const struct rlimit none = {0, 0};

    /* The limit alone does not stop a system that pipes core dumps into a program. Both
     * can only fail where they are already stricter. */
    setrlimit(RLIMIT_CORE, &none);
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}
