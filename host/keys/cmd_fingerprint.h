/* SPDX-License-Identifier: MIT */
/* cmd_fingerprint.h: countersign fingerprint FILE */
#ifndef CMD_FINGERPRINT_H
#define CMD_FINGERPRINT_H

/* argv[0] is the verb. Exit status: 0 done, 1 not written, 2 usage or key file. */
int cmd_fingerprint(int argc, char **argv);

#endif
