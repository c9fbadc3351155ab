/*
 * quota.h - the account's limits, and the arithmetic of the ledger.
 *
 * Pure: a struct usage (the ledger's numbers) and the time go in, numbers
 * and verdicts come out.  Times are wall-clock nanoseconds since the epoch;
 * tokens and requests are plain counts.  All sums saturate: a counter never
 * wraps and never falls below zero.
 *
 * The order of use, all under the ledger's lock:
 *
 *	usage_roll	first, always: forget what is over
 *	limits_check	may this batch go now?
 *	usage_reserve	count it as if it were spent
 *	usage_settle	later: replace the reservation by the truth
 */
#ifndef QUOTA_H
#define QUOTA_H

#include <stdbool.h>
#include <stdint.h>

#define NS_PER_S INT64_C(1000000000)

struct limits {
	int64_t batch_tokens;    /* in one batch; 300,000 */
	int64_t minute_tokens;   /* in one window; 500,000 */
	int64_t minute_requests; /* in one window; 500 */
	int64_t day_tokens;      /* in one local day; 5,000,000 */
	int64_t window_ns;       /* the length of "a minute"; 60 s */
};

#define LIMITS_DEFAULT                                           \
	{                                                        \
		.batch_tokens = 300000, .minute_tokens = 500000, \
		.minute_requests = 500, .day_tokens = 5000000,   \
		.window_ns = 60 * NS_PER_S                       \
	}

/* The ledger's six lines as numbers. */
struct usage {
	int64_t minute_tokens;
	int64_t minute_requests;
	int64_t day_tokens;
	bool minute_reached; /* minute_tokens is above its limit */
	bool day_reached;    /* day_tokens is above its limit */
	int64_t window;      /* when the minute window began; a whole second */
};

/* The local day around a moment: the midnight it began at, and the next. */
struct day {
	int64_t start;
	int64_t end;
};

/*
 * When a window that opens at NOW begins: rounded up to a whole second, as
 * the file keeps whole seconds and rounding down would end the window early;
 * but down in the day's last second, because a window that began tomorrow
 * would hide tomorrow's midnight.  (Nothing ends early then either: midnight
 * moves the window's begin.)
 */
int64_t window_begin(int64_t now, struct day today);

/*
 * Bring U to NOW, which lies in the local day TODAY.
 *
 * A window that began before today's midnight: the day's counter becomes 0
 * and the window now begins at that midnight, keeping its counters.  More
 * than window_ns since the window began (since its own begin, where midnight
 * has just moved it): the minute's counters become 0 and a window begins now
 * (window_begin).  The flags follow the counters.
 *
 * Returns false if the window begins in the future by more than that
 * rounding: the clock went back, or somebody wrote a later date.  Nothing is
 * reset then; it can only make us wait longer.
 */
bool usage_roll(
    struct usage *u, const struct limits *lim, int64_t now, struct day today);

enum verdict {
	ADMIT,
	WAIT_MINUTE_TOKENS,   /* until the window is over */
	WAIT_MINUTE_REQUESTS, /* the same */
	WAIT_DAY_TOKENS,      /* until local midnight */
	NEVER_BATCH_TOKENS,   /* more than one batch may have */
	NEVER_MINUTE_TOKENS,  /* more than an empty window has room for */
	NEVER_MINUTE_REQUESTS,
	NEVER_DAY_TOKENS
};

/*
 * May TOKENS in REQUESTS go now?  U has been rolled to NOW.  For a WAIT
 * verdict *UNTIL is the first moment at which it is worth asking again:
 * one nanosecond after the window's last, or the end of TODAY, the day whose
 * tokens U counts (a later one than NOW's if the window begins there); where
 * both stand in the way, the later.  The batch limit is not checked here unless
 * BATCH is true (a retry of one prompt is not a batch of its own).
 */
enum verdict limits_check(const struct limits *lim, const struct usage *u,
    int64_t tokens, int64_t requests, bool batch, struct day today,
    int64_t *until);

/* What one attempt holds in the ledger until it is settled. */
struct reservation {
	int64_t tokens; /* the estimate; one request goes with it */
	int64_t window; /* the usage.window it was counted in */
	int64_t at;     /* when it was made: tells which day counted it */
};

/* What became of it: what each counter should have got. */
struct charge {
	int64_t minute_tokens;
	int64_t minute_requests; /* 1 if it was sent, else 0 */
	int64_t day_tokens;
};

/* Count TOKENS in one request; R says what to give back later. */
void usage_reserve(struct usage *u, const struct limits *lim, int64_t tokens,
    int64_t now, struct reservation *r);

/*
 * Is R no longer good at NOW?  A reservation is for its window; but one that is
 * not a second old is good whatever the window: between the admission and the
 * launch a disk is waited for, and whoever had to ask again would have lost
 * its place in the queue.
 */
bool reservation_is_stale(
    const struct reservation *r, const struct limits *lim, int64_t now);

/*
 * Put C in the place of R.  U has been rolled.  In the window and the day
 * that R was taken from, the difference is added or given back.  If the
 * window has passed, only what C has above R is added to the present one; if
 * the day has passed, all of C goes to the present day, in which the answer
 * came.  A window that midnight has moved is still the same window.
 */
void usage_settle(struct usage *u, const struct limits *lim,
    const struct reservation *r, const struct charge *c, struct day today);

#endif
