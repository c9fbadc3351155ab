/*
 * admit.h - stage: reservations under the limits, or waiting for them.
 *
 * Invocations are admitted one at a time, in the order in which they came
 * (queue.h).  Who has to wait for the minute window keeps its place at the head
 * while waiting, so that smaller batches that come later do not overtake it for
 * ever; who has to wait for midnight leaves.
 */
#ifndef ADMIT_H
#define ADMIT_H

#include <stdint.h>

struct run;

/*
 * Reserve for every job that wants it, as far as the limits and the free
 * slots allow: the first batch as a whole (--split: as much of it as fits),
 * later ones (retries; reservations whose window is over) one by one.  Jobs
 * that got one become READY.  Never blocks: where waiting is needed
 * R->admission has what to wait for.
 */
void admit(struct run *r);

/* The timer of R->admission has fired, or the clock was set. */
void admit_timer(struct run *r);

/* Let go of everything. */
void admit_end(struct run *r);

#endif
