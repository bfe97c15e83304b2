/* SPDX-License-Identifier: MIT */
/* What LeakSanitizer looks for by this name: simavr never frees its interrupt requests.
 */
const char *__lsan_default_suppressions(void);

const char *__lsan_default_suppressions(void)
{
    return "leak:libsimavr\n";
}
