/* SPDX-License-Identifier: MIT */
/* cmd_header.h: countersign header FILE [-o OUT] [--prefix NAME] */
#ifndef CMD_HEADER_H
#define CMD_HEADER_H

/* argv[0] is the verb. Exit status: 0 done, 1 not written, 2 usage or device file. */
int cmd_header(int argc, char **argv);

#endif
