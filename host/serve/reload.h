/* SPDX-License-Identifier: MIT */
/* reload.h: SIGHUP. */
#ifndef RELOAD_H
#define RELOAD_H

#include "serve.h"

/* Reads the device file again. If it and all its keys are good, new connections get what
 * it says. Those that are there finish the exchange under way as it began and then end; a
 * key that is gone or has other rights ends them at once. With a store the keys are those
 * in it, as before. The address stays as it is. If anything is wrong, nothing changes but
 * for a line in the log. */
void reload(struct serve *serve);

#endif
