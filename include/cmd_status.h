/*
 * status.h - the ledger rolled to now, and who is at work; nothing written.
 */
#ifndef STATUS_H
#define STATUS_H

#include "config.h"

/* Print it, as text or (--json) one object.  0, or 2: broken. */
int status_command(const struct config *cfg);

#endif
