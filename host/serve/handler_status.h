/* SPDX-License-Identifier: MIT */
/* handler_status.h: what the end of a handler means on the wire. */
#ifndef HANDLER_STATUS_H
#define HANDLER_STATUS_H

#include "runner.h"
#include "served.h"

/* Sealed: 0 is done, 2 bad arguments, 128 to 255 the same status, all else failed. */
uint8_t handler_status(const struct run_result *result);

/* Classic: the row of the answer. Of a program that ended well, the answer whose name it
 * printed, else done; of any other, failed. CSIGN_NO_ROW where there are no answers. */
size_t handler_answer(const struct served *served, const struct run_result *result);

#endif
