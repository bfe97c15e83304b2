/* SPDX-License-Identifier: MIT */
/* send_chain.h: sends commands over one connection, each after the answer to the one
 * before. */
#ifndef SEND_CHAIN_H
#define SEND_CHAIN_H

#include "send_command.h"
#include "send_options.h"
#include "send_output.h"
#include "session.h"

/* Sends them, prints what became of each, stops at the first that is not done. The exit
 * status is the last sent one's. */
enum send_status send_chain(struct session *session, const struct send_options *options,
                            const struct send_command *commands);

#endif
