#include "forecast.h"

#include "localday.h"

#include <stdlib.h>

/* The ledger as it would be, and when. */
struct play {
	const struct limits *lim;
	struct usage usage;
	int64_t now;
	struct day today;
};

static void
move_to(struct play *p, int64_t when)
{
	p->now = when;
	p->today = local_day(when);
	usage_roll(&p->usage, p->lim, p->now, p->today);
}

/* Wait, as often as it takes, until TOKENS in REQUESTS may go.  What stood in
 * the way first, or ADMIT. */
static enum verdict
wait_for(struct play *p, int64_t tokens, int64_t requests)
{
	enum verdict first = ADMIT, v;
	int64_t until;

	while ((v = limits_check(p->lim, &p->usage, tokens, requests, false,
		    p->today, &until)) != ADMIT &&
	       v < NEVER_BATCH_TOKENS) {
		if (first == ADMIT)
			first = v;
		move_to(p, until > p->now ? until : p->now + 1);
	}
	return first;
}

static void
spend(struct play *p, int64_t tokens)
{
	struct reservation ignored;

	usage_reserve(&p->usage, p->lim, tokens, p->now, &ignored);
}

/* One batch from estimate I on; how many it takes. */
static size_t
next_batch(struct play *p, const int64_t *estimates, size_t n, size_t i,
    struct forecast_batch *b)
{
	int64_t until;

	*b = (struct forecast_batch){.first = i};
	b->reason = wait_for(p, estimates[i], 1);
	b->start = p->now;
	do {
		spend(p, estimates[i]);
		b->tokens += estimates[i];
		b->count++;
		i++;
	} while (i < n && b->tokens + estimates[i] <= p->lim->batch_tokens &&
		 limits_check(p->lim, &p->usage, estimates[i], 1, false,
		     p->today, &until) == ADMIT);
	return b->count;
}

static enum verdict
never(const struct limits *lim, int64_t tokens, int64_t requests)
{
	const struct usage fresh = {0};
	const struct day today = {0};
	int64_t until;

	return limits_check(lim, &fresh, tokens, requests, true, today, &until);
}

static void
play_whole(
    struct forecast *f, struct play *p, const int64_t *estimates, size_t n)
{
	struct forecast_batch *const b = &f->batches[0];

	for (size_t i = 0; i < n; i++)
		b->tokens += estimates[i];
	b->count = n;
	f->refused = never(p->lim, b->tokens, (int64_t)n);
	if (f->refused != ADMIT)
		return;
	b->reason = wait_for(p, b->tokens, (int64_t)n);
	b->start = p->now;
	f->count = 1;
}

int
forecast_make(struct forecast *f, const struct limits *lim,
    const struct usage *u, int64_t now, const int64_t *estimates, size_t n,
    bool split)
{
	struct play p = {
	    .lim = lim, .usage = *u, .now = now, .today = local_day(now)};

	*f = (struct forecast){0};
	f->batches = calloc(n + 1, sizeof(*f->batches));
	if (f->batches == NULL)
		return -1;
	if (n == 0)
		return 0;
	if (!split) {
		play_whole(f, &p, estimates, n);
		return 0;
	}
	for (size_t i = 0; i < n; i++) {
		f->refused = never(lim, estimates[i], 1);
		f->culprit = i;
		if (f->refused != ADMIT)
			return 0;
	}
	for (size_t i = 0; i < n;)
		i += next_batch(&p, estimates, n, i, &f->batches[f->count++]);
	return 0;
}
