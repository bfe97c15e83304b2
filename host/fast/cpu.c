/* SPDX-License-Identifier: MIT */
#include "cpu.h"

#if CPU_MAY_HAVE_SHA

#include <cpuid.h>

#define SSSE3  (1u << 9)  /* leaf 1, ecx */
#define SSE4_1 (1u << 19) /* leaf 1, ecx */
#define SHA    (1u << 29) /* leaf 7, ebx */

bool cpu_has_sha(void)
{
    unsigned eax, ebx, ecx, edx;

    if (__get_cpuid(1, &eax, &ebx, &ecx, &edx) == 0 || (ecx & SSSE3) == 0 ||
        (ecx & SSE4_1) == 0)
        return false;
    return __get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx) != 0 && (ebx & SHA) != 0;
}

#else

bool cpu_has_sha(void)
{
    return false;
}

#endif
