/* SPDX-License-Identifier: MIT */
/* cmd_key.h: `countersign key`: changes a device's keys over the network. */
#ifndef CMD_KEY_H
#define CMD_KEY_H

/* argv[0] is "key". The exit status: an enum send_status. */
int cmd_key(int argc, char **argv);

#endif
