/*
 * limiter.h - the account's limits: requests and tokens a minute.
 *
 *	struct sim_limiter l;
 *	sim_limiter_init(&l, 500, 500000, SIM_MINUTE_US, false);
 *	struct sim_verdict v = sim_limiter_take(&l, now, 1807);
 *	if (v.over) answer 429, "try again in" v.wait_us
 *	sim_limiter_charge(&l, now, completion_tokens);
 *
 * Each limit is a bucket that refills evenly, its whole limit a minute, as the
 * real API's, or whatever shorter time a test takes for a minute.  With fixed
 * windows the whole limit is there anew each time a minute has passed since the
 * first request of the window before: coarser, and predictable.
 *
 * Pure: times are microseconds on any clock that does not go back.  All
 * arithmetic is on integers, so a limit is met to the token.
 */
#ifndef SIM_LIMITER_H
#define SIM_LIMITER_H

#include <stdbool.h>
#include <stdint.h>

/* One limit and what is used of it; 0 as limit is no limit. */
struct sim_bucket {
	int64_t limit;
	int64_t used; /* in units of 1/period, so that refill is exact */
};

struct sim_limiter {
	struct sim_bucket requests;
	struct sim_bucket tokens;
	int64_t period; /* in which a limit is there once, in us */
	bool fixed;     /* windows, not refill */
	bool open;      /* a window has begun */
	int64_t since;  /* the window's begin, or the last refill */
};

enum sim_over {
	SIM_WITHIN,
	SIM_OVER_REQUESTS,
	SIM_OVER_TOKENS,
	SIM_TOO_LARGE, /* more tokens than the limit itself */
};

struct sim_verdict {
	enum sim_over over;
	int64_t limit; /* of the kind that is over ... */
	int64_t used;  /* ... and what is used of it, rounded up */
	int64_t requested;
	int64_t wait_us; /* until the same request would pass */
};

/* What the x-ratelimit-* headers tell of one limit. */
struct sim_gauge {
	int64_t limit;
	int64_t remaining;
	int64_t reset_us; /* until all of it is there again */
};

#define SIM_MINUTE_US INT64_C(60000000)

/* RPM and TPM (0: no limit) a minute of MINUTE_US, with refill or FIXED. */
void sim_limiter_init(struct sim_limiter *l, int64_t rpm, int64_t tpm,
    int64_t minute_us, bool fixed);

/* Takes one request of TOKENS, or nothing if it is over a limit. */
struct sim_verdict sim_limiter_take(
    struct sim_limiter *l, int64_t now, int64_t tokens);

/* Charges tokens that were not known beforehand; never refuses. */
void sim_limiter_charge(struct sim_limiter *l, int64_t now, int64_t tokens);

struct sim_gauge sim_limiter_requests(struct sim_limiter *l, int64_t now);
struct sim_gauge sim_limiter_tokens(struct sim_limiter *l, int64_t now);

#endif
