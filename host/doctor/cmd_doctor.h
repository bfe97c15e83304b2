/* SPDX-License-Identifier: MIT */
/* cmd_doctor.h: the verb `doctor`: why do a device's commands not work? */
#ifndef CMD_DOCTOR_H
#define CMD_DOCTOR_H

/* argv[0] is the verb. Returns the program's exit status. */
int cmd_doctor(int argc, char **argv);

#endif
