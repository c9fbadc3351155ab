/*
 * slots.h - stage: how many children may run at once, now.
 *
 * As many as -j allows; under make's jobserver, one and those that make
 * has lent us.
 */
#ifndef SLOTS_H
#define SLOTS_H

struct run;

/* Before the loop: find make's jobserver, if there is one. */
void slots_begin(struct run *r);

/* In every turn: ask for what could be used, give back what could not, and
 * set R->slots. */
void slots_update(struct run *r);

/* Everything goes back to make. */
void slots_end(struct run *r);

#endif
