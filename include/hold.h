/*
 * hold.h - lockfiles/hold: until when nobody here sends.
 *
 * A server that has said "slow down" to one invocation means all of them.
 * Who hears it writes the time down, and the others look before they send, so
 * that they do not run into the same wall one by one.  It is advice: a file
 * that is missing, foreign or out of date holds nobody.
 */
#ifndef HOLD_H
#define HOLD_H

#include <stdint.h>

/* No server can hold us longer than this, ns; nor can a clock set back. */
#define HOLD_MAX (INT64_C(120) * 1000000000)

/* Until when to hold back, as the file in LOCKS says at NOW; at most NOW +
 * HOLD_MAX; 0: not at all.  Wall clock, ns. */
int64_t hold_read(int locks, int64_t now);

/* Write it down, if it is later than what stands there. */
void hold_tell(int locks, int64_t now, int64_t until);

#endif
