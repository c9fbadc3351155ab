#include "quota.h"

/* Sums that stop at the ends of the range instead of wrapping. */
static int64_t
sat_add(int64_t a, int64_t b)
{
	int64_t sum;

	if (__builtin_add_overflow(a, b, &sum))
		return b < 0 ? INT64_MIN : INT64_MAX;
	return sum;
}

static int64_t
sat_sub(int64_t a, int64_t b)
{
	int64_t diff;

	if (__builtin_sub_overflow(a, b, &diff))
		return b < 0 ? INT64_MAX : INT64_MIN;
	return diff;
}

static int64_t
max64(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/* A counter plus a difference: never wraps, never falls below zero. */
static int64_t
counter_add(int64_t counter, int64_t diff)
{
	return max64(sat_add(counter, diff), 0);
}

/* Would a counter at USED have more than LIMIT with MORE added? */
static bool
exceeds(int64_t used, int64_t more, int64_t limit)
{
	return sat_add(used, more) > limit;
}

/* Edited by hand, or written under other limits, a flag can be wrong. */
static void
set_flags(struct usage *u, const struct limits *lim)
{
	u->minute_reached = u->minute_tokens > lim->minute_tokens;
	u->day_reached = u->day_tokens > lim->day_tokens;
}

/* The nanoseconds of NOW beyond its whole second. */
static int64_t
past_second(int64_t now)
{
	return ((now % NS_PER_S) + NS_PER_S) % NS_PER_S;
}

int64_t
window_begin(int64_t now, struct day today)
{
	const int64_t past = past_second(now);
	const int64_t up = past ? sat_add(now, NS_PER_S - past) : now;
	const int64_t down = sat_sub(today.end, NS_PER_S);

	return up < today.end ? up : down - past_second(down);
}

bool
usage_roll(
    struct usage *u, const struct limits *lim, int64_t now, struct day today)
{
	const bool over = sat_sub(now, u->window) > lim->window_ns;

	if (u->window < today.start) {
		u->day_tokens = 0;
		u->window = today.start;
	}
	/* By the old beginning: midnight does not make a minute longer. */
	if (over) {
		u->minute_tokens = 0;
		u->minute_requests = 0;
		u->window = window_begin(now, today);
	}
	set_flags(u, lim);
	return sat_sub(u->window, now) < NS_PER_S;
}

/* What no waiting can cure: too much even for an empty window and day. */
static enum verdict
check_never(
    const struct limits *lim, int64_t tokens, int64_t requests, bool batch)
{
	if (batch && tokens > lim->batch_tokens)
		return NEVER_BATCH_TOKENS;
	if (tokens > lim->minute_tokens)
		return NEVER_MINUTE_TOKENS;
	if (requests > lim->minute_requests)
		return NEVER_MINUTE_REQUESTS;
	if (tokens > lim->day_tokens)
		return NEVER_DAY_TOKENS;
	return ADMIT;
}

static enum verdict
check_minute(const struct limits *lim, const struct usage *u, int64_t tokens,
    int64_t requests)
{
	if (exceeds(u->minute_tokens, tokens, lim->minute_tokens))
		return WAIT_MINUTE_TOKENS;
	if (exceeds(u->minute_requests, requests, lim->minute_requests))
		return WAIT_MINUTE_REQUESTS;
	return ADMIT;
}

enum verdict
limits_check(const struct limits *lim, const struct usage *u, int64_t tokens,
    int64_t requests, bool batch, struct day today, int64_t *until)
{
	const int64_t window_over =
	    sat_add(sat_add(u->window, lim->window_ns), 1);
	enum verdict v = check_never(lim, tokens, requests, batch);

	if (v != ADMIT)
		return v;
	v = check_minute(lim, u, tokens, requests);
	if (v != ADMIT)
		*until = window_over;
	if (exceeds(u->day_tokens, tokens, lim->day_tokens)) {
		*until = v == ADMIT ? today.end : max64(today.end, window_over);
		v = WAIT_DAY_TOKENS;
	}
	return v;
}

void
usage_reserve(struct usage *u, const struct limits *lim, int64_t tokens,
    int64_t now, struct reservation *r)
{
	u->minute_tokens = counter_add(u->minute_tokens, tokens);
	u->minute_requests = counter_add(u->minute_requests, 1);
	u->day_tokens = counter_add(u->day_tokens, tokens);
	set_flags(u, lim);
	r->tokens = tokens;
	r->window = u->window;
	r->at = now;
}

bool
reservation_is_stale(
    const struct reservation *r, const struct limits *lim, int64_t now)
{
	return sat_sub(now, r->window) > lim->window_ns &&
	       sat_sub(now, r->at) > NS_PER_S;
}

/*
 * Do the minute's counters still hold R?  Either nobody has rolled the window
 * since, or only to this midnight, which keeps them: that happens to a window
 * that reaches midnight and to no other.
 */
static bool
same_window(const struct usage *u, const struct limits *lim,
    const struct reservation *r, struct day today)
{
	if (r->window == u->window)
		return true;
	return u->window == today.start && r->window < today.start &&
	       sat_sub(today.start, r->window) <= lim->window_ns;
}

/*
 * Does the day's counter still hold R?  A counter belongs to the day of the
 * moment or of the window, whichever is later: while the clock is behind the
 * ledger's Date no new day begins.
 */
static bool
same_day(const struct usage *u, const struct reservation *r, struct day today)
{
	const int64_t counted = max64(r->at, r->window);

	return counted >= today.start &&
	       (counted >= today.end) == (u->window >= today.end);
}

void
usage_settle(struct usage *u, const struct limits *lim,
    const struct reservation *r, const struct charge *c, struct day today)
{
	int64_t tokens = sat_sub(c->minute_tokens, r->tokens);
	int64_t requests = sat_sub(c->minute_requests, 1);
	int64_t billed = c->day_tokens;

	if (!same_window(u, lim, r, today)) {
		tokens = max64(tokens, 0);
		requests = max64(requests, 0);
	}
	if (same_day(u, r, today))
		billed = sat_sub(billed, r->tokens);
	u->minute_tokens = counter_add(u->minute_tokens, tokens);
	u->minute_requests = counter_add(u->minute_requests, requests);
	u->day_tokens = counter_add(u->day_tokens, billed);
	set_flags(u, lim);
}
