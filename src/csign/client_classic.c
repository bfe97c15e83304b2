/* SPDX-License-Identifier: MIT */
/* client_classic.c: how a client makes a classic request and believes an answer
 * (docs/protocol.md, section 3). */
#include "bytes.h"
#include "client_state.h"
#include "rights.h"

static uint16_t make_request(csign_client *c, const uint8_t *command, size_t len)
{
    const csign_settings *settings = c->config->settings;

    csign_classic_tag(settings, c->config->keyed, c->memory, command, (uint8_t)len,
                      csign_client_tag(c));
    csign_hasher_wipe(&settings->hasher);
    c->at = csign_client_tag(c);
    return settings->hasher.hash->digest_size;
}

static void received(csign_client *c, uint32_t now)
{
    const csign_settings *settings = c->config->settings;
    const uint8_t *reply = csign_client_message(c);

    /* Where an answer equals a code, a false device could send the request back. */
    if (CSIGN_PUBLIC(
            csign_same(reply, csign_client_tag(c), settings->hasher.hash->digest_size))) {
        csign_client_finish(c, CSIGN_P_REFLECTED);
        return;
    }
    c->row = csign_classic_search(settings, c->config->keyed, c->memory, &c->config->answers,
                                  CSIGN_RIGHTS_EVERY, reply);
    csign_hasher_wipe(&settings->hasher);
    if (CSIGN_PUBLIC(c->row == CSIGN_NO_ROW))
        csign_client_finish(c, CSIGN_P_TAG);
    else
        csign_client_decide(c, CSIGN_OUTCOME_DONE, now);
}

const csign_client_profile csign_classic_client = {0, CSIGN_CLASSIC_KEY_MIN,
                                                   csign_classic_key, make_request, received};
