/* SPDX-License-Identifier: MIT */
/* cmd_check.h: countersign check FILE */
#ifndef CMD_CHECK_H
#define CMD_CHECK_H

/* argv[0] is the verb. Exit status: 0 the file is good, warnings or not; 1 could not
 * print; 2 usage, or something is wrong with the file. */
int cmd_check(int argc, char **argv);

#endif
