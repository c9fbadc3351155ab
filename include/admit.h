/*
 * admit.h - stage: reservations under the limits, or waiting for them.
 *
 * Invocations are admitted one at a time, through an flock on
 * lockfiles/admission.  Who has to wait for the minute window keeps that
 * lock while waiting, so that smaller batches that come later do not
 * overtake it for ever; who has to wait for midnight lets go of it.  While
 * it waits for the window the file says until when (ns since the epoch), so
 * that an invocation with --no-wait can tell a waiter from one passing through.
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

/* The helper of R->admission.queue has ended. */
void admit_queue(struct run *r);

/* Let go of everything. */
void admit_end(struct run *r);

#endif
