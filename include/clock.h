/*
 * clock.h - the two clocks, in nanoseconds.
 *
 * Wall time (CLOCK_REALTIME) is for the ledger alone; everything that waits
 * or measures inside one run uses CLOCK_BOOTTIME, which nobody can set and
 * which goes on during suspend.
 */
#ifndef CLOCK_H
#define CLOCK_H

#include <stdint.h>
#include <time.h>

int64_t clock_wall(void);
int64_t clock_boot(void);

/* NS nanoseconds as the kernel takes them; 0 if they are negative. */
struct timespec clock_timespec(int64_t ns);

#endif
