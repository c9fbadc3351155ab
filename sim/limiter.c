/* Requests and tokens a minute: see limiter.h. */
#include "limiter.h"

/* What the headers say of a limit that is not set: a large account's. */
#define NOMINAL_REQUESTS 30000
#define NOMINAL_TOKENS 150000000

void
sim_limiter_init(struct sim_limiter *l, int64_t rpm, int64_t tpm,
    int64_t minute_us, bool fixed)
{
	*l = (struct sim_limiter){
	    .requests.limit = rpm,
	    .tokens.limit = tpm,
	    .period = minute_us,
	    .fixed = fixed,
	};
}

static void
refill(struct sim_bucket *b, int64_t elapsed)
{
	b->used -= b->limit * elapsed;
	if (b->used < 0 || !b->limit)
		b->used = 0;
}

/* Brings the buckets to NOW. */
static void
advance(struct sim_limiter *l, int64_t now)
{
	int64_t elapsed = now - l->since;

	if (l->fixed) {
		if (l->open && elapsed < l->period)
			return;
		l->requests.used = 0;
		l->tokens.used = 0;
		l->open = false;
		return;
	}
	/* No debt takes an hour; the bound keeps the product in range. */
	if (elapsed > 60 * SIM_MINUTE_US)
		elapsed = 60 * SIM_MINUTE_US;
	refill(&l->requests, elapsed);
	refill(&l->tokens, elapsed);
	l->since = now;
}

/* How long until N more fit into B, 0 if they do now. */
static int64_t
wait_for(const struct sim_limiter *l, const struct sim_bucket *b, int64_t now,
    int64_t n)
{
	int64_t excess = b->used + n * l->period - b->limit * l->period;

	if (!b->limit || excess <= 0)
		return 0;
	if (l->fixed)
		return l->since + l->period - now;
	return (excess + b->limit - 1) / b->limit;
}

static struct sim_verdict
over(const struct sim_limiter *l, const struct sim_bucket *b,
    enum sim_over kind, int64_t requested, int64_t wait_us)
{
	return (struct sim_verdict){
	    .over = kind,
	    .limit = b->limit,
	    .used = (b->used + l->period - 1) / l->period,
	    .requested = requested,
	    .wait_us = wait_us,
	};
}

struct sim_verdict
sim_limiter_take(struct sim_limiter *l, int64_t now, int64_t tokens)
{
	int64_t wait;

	advance(l, now);
	if (l->tokens.limit && tokens > l->tokens.limit)
		return over(l, &l->tokens, SIM_TOO_LARGE, tokens, 0);
	wait = wait_for(l, &l->requests, now, 1);
	if (wait)
		return over(l, &l->requests, SIM_OVER_REQUESTS, 1, wait);
	wait = wait_for(l, &l->tokens, now, tokens);
	if (wait)
		return over(l, &l->tokens, SIM_OVER_TOKENS, tokens, wait);
	if (l->fixed && !l->open) {
		l->open = true;
		l->since = now;
	}
	l->requests.used += l->period;
	l->tokens.used += tokens * l->period;
	return (struct sim_verdict){.over = SIM_WITHIN};
}

void
sim_limiter_charge(struct sim_limiter *l, int64_t now, int64_t tokens)
{
	advance(l, now);
	/* An answer that outlives its window belongs to no later one. */
	if (!l->fixed || l->open)
		l->tokens.used += tokens * l->period;
}

static struct sim_gauge
gauge(const struct sim_limiter *l, const struct sim_bucket *b, int64_t nominal,
    int64_t now)
{
	struct sim_gauge g = {.limit = nominal, .remaining = nominal};

	if (!b->limit)
		return g;
	g.limit = b->limit;
	g.remaining = b->limit - (b->used + l->period - 1) / l->period;
	if (g.remaining < 0)
		g.remaining = 0;
	if (!b->used)
		g.reset_us = 0;
	else if (l->fixed)
		g.reset_us = l->since + l->period - now;
	else
		g.reset_us = (b->used + b->limit - 1) / b->limit;
	return g;
}

struct sim_gauge
sim_limiter_requests(struct sim_limiter *l, int64_t now)
{
	advance(l, now);
	return gauge(l, &l->requests, NOMINAL_REQUESTS, now);
}

struct sim_gauge
sim_limiter_tokens(struct sim_limiter *l, int64_t now)
{
	advance(l, now);
	return gauge(l, &l->tokens, NOMINAL_TOKENS, now);
}
