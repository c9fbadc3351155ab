/*
 * settle.h - stage: the truth into the ledger, and the jobs to their ends.
 */
#ifndef SETTLE_H
#define SETTLE_H

#include "quota.h"

struct run;

/* Results that come within this long of each other share a transaction. */
#define SETTLE_DELAY (NS_PER_S / 20)

/*
 * Settle FINISHED jobs when it is time, and, once the run has stopped, give
 * back what was reserved and never sent.  Failed prompts get their error
 * report first, then the claim goes.  If the ledger cannot be written the
 * claims stay as they are, and whoever runs next settles them.
 */
void settle(struct run *r);

#endif
