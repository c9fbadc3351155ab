/*
 * forecast.h - when a run's batches would go, if nobody else spent anything.
 *
 * The same arithmetic as the run's own admission (quota.h), played forward:
 * where a batch would have to wait, the clock is moved to the end of the
 * wait.  Pure but for the time zone.
 */
#ifndef FORECAST_H
#define FORECAST_H

#include "quota.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct forecast_batch {
	size_t first, count; /* which of the estimates */
	int64_t tokens;
	int64_t start;       /* wall ns: when it is admitted */
	enum verdict reason; /* what it waits for before that; ADMIT: nothing */
};

struct forecast {
	struct forecast_batch *batches; /* owned */
	size_t count;
	enum verdict refused; /* a NEVER verdict, or ADMIT */
	size_t culprit;       /* with SPLIT: whose estimate is refused */
};

/*
 * Play N prompts of ESTIMATES tokens against U, the ledger rolled to NOW: as
 * one batch, or with SPLIT as batches that fit.  0, or -1 with errno ENOMEM.
 * Free F->batches.
 */
int forecast_make(struct forecast *f, const struct limits *lim,
    const struct usage *u, int64_t now, const int64_t *estimates, size_t n,
    bool split);

#endif
