/* SPDX-License-Identifier: MIT */
/* cmd_keygen.h: countersign keygen [-o FILE] [--passphrase --id ID] */
#ifndef CMD_KEYGEN_H
#define CMD_KEYGEN_H

/* argv[0] is the verb. Exit status: 0 done, 1 no key or not written, 2 usage. */
int cmd_keygen(int argc, char **argv);

#endif
