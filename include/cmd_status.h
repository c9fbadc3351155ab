/*
 * cmd_status.h - the ledger rolled to now, and who is at work; nothing written.
 */
#ifndef CMD_STATUS_H
#define CMD_STATUS_H

#include "config.h"

/* Print it, as text or (--json) one object.  0, or 2: broken. */
int cmd_status(const struct config *cfg);

#endif
