/* SPDX-License-Identifier: MIT */
/* cmd_provision.h: `countersign provision`: gives a device its keys over a cable. */
#ifndef CMD_PROVISION_H
#define CMD_PROVISION_H

/* argv[0] is "provision". The exit status: 0 done, 1 the device has not got them, 2 wrong
 * usage or device file, 3 not reached, 4 unknown. */
int cmd_provision(int argc, char **argv);

#endif
