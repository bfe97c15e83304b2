/* SPDX-License-Identifier: MIT */
/* cmd_send.h: the verb `send`: makes a device run commands. */
#ifndef CMD_SEND_H
#define CMD_SEND_H

/* argv[0] is the verb. Returns the program's exit status (send_output.h). */
int cmd_send(int argc, char **argv);

#endif
