/*
 * slots.h - stage: how many children may run at once, now.
 *
 * As many as -j allows; under make's jobserver, one and those that make has
 * lent us; none while a server wants us to hold back, and after that one, two,
 * four: the wall that all ran into together is not run into again together.
 */
#ifndef SLOTS_H
#define SLOTS_H

#include <stdint.h>

struct run;

/* Before the loop: find make's jobserver, if there is one. */
void slots_begin(struct run *r);

/* A server said to wait for DELAY ns: nobody sends before, here or in other
 * invocations on the workspace. */
void slots_hold(struct run *r, int64_t delay);

/* The server has dealt with a request: the way is free. */
void slots_passed(struct run *r);

/* In every turn: ask for what could be used, give back what could not, and
 * set R->slots. */
void slots_update(struct run *r);

/* Everything goes back to make. */
void slots_end(struct run *r);

#endif
