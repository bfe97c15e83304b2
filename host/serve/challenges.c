/* SPDX-License-Identifier: MIT */
#include "challenges.h"

#include "Countersign.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>

static bool refill(struct challenges *challenges)
{
    size_t have = 0;

    challenges->left = 0;
    while (have < sizeof challenges->bytes) {
        ssize_t got =
            getrandom(challenges->bytes + have, sizeof challenges->bytes - have, 0);

        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return false;
        have += (size_t)got;
    }
    challenges->left = have;
    return true;
}

bool challenges_draw(struct challenges *challenges, uint8_t *out, size_t len)
{
    uint8_t *from;

    if (challenges->left < len && !refill(challenges))
        return false;
    from = challenges->bytes + (sizeof challenges->bytes - challenges->left);
    memcpy(out, from, len);
    csign_wipe(from, len);
    challenges->left -= len;
    return true;
}

void challenges_wipe(struct challenges *challenges)
{
    csign_wipe(challenges, sizeof *challenges);
}
