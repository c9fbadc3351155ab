/*
 * localday.h - local midnights, across daylight-saving changes.
 *
 * A day begins at its first local instant: 00:00 where that exists, else the
 * moment after a gap that swallows it (zones that change at midnight), and
 * where midnight comes twice, the first of the two.  So a day is always later
 * than the one before, also where clocks go back from 00:01 to 23:01.
 */
#ifndef LOCALDAY_H
#define LOCALDAY_H

#include "quota.h"

#include <stdint.h>

/* The local day (TZ) around NOW, ns since the epoch. */
struct day local_day(int64_t now);

/* Seconds east of UTC in the local zone at T, seconds since the epoch. */
int64_t local_offset(int64_t t);

/*
 * The moment, in seconds since the epoch, at which local clocks show CIVIL (a
 * local date and time, counted as if it were UTC).  Where it comes twice, the
 * later; where clocks jump over it, as far after the jump as it is into it.
 */
int64_t local_instant(int64_t civil);

#endif
