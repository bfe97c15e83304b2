/* SPDX-License-Identifier: MIT */
/* cmd_serve.h: countersign serve FILE [--listen ADDRESS] [--json] [--connections N] */
#ifndef CMD_SERVE_H
#define CMD_SERVE_H

/* argv[0] is the verb. Exit status: 0 stopped by a signal, 1 cut off by a second one, 2
 * usage or device file, 3 cannot listen. */
int cmd_serve(int argc, char **argv);

#endif
