#include "ways.h"

/*
 * When other ways are tried, in nanoseconds that all took: the first one, each
 * next one, and one that was tried again.  The latter is later by the factor
 * TRY_DEAR of what CHOICE_BYTES took more.  So however dear a way is, trying it
 * takes a small part of the time; and where the best way takes long, others are
 * tried after less text.
 */
#define TRY_FIRST 150000
#define TRY_NEXT 30000
#define TRY_AGAIN 600000
#define TRY_DEAR 192

/*
 * A trial goes on while the way still learns: while it takes less than before
 * by one part of LEARN_STEP, unless it takes LEARN_DEAR times as much as the
 * best one.  It is the best one then, if it takes less by one part of
 * BETTER_STEP.
 */
#define LEARN_STEP 32
#define LEARN_DEAR 4
#define BETTER_STEP 16

/*
 * The way to begin with.  The order of a few letters is met again, that of many
 * is not; and a short text is merged in the time that a path takes to begin.
 */
static enum way
first_way(bool is_long, struct variety look)
{
	if (look.width > 2)
		return look.kinds <= 4 ? WAY_GUESS_6 : WAY_STEP;
	if (look.kinds <= 2 && (is_long || look.width == 1))
		return WAY_GUESS_8;
	if (is_long && (look.kinds <= 5 || look.width == 2))
		return WAY_GUESS_4;
	return WAY_MERGE;
}

void
choice_begin(struct choice *c, bool is_long, struct variety look)
{
	enum way first = first_way(is_long, look);

	*c = (struct choice){.best = first, .way = first};
	/* Longer guesses first. */
	for (unsigned i = 0; i < WAYS; i++)
		c->due[i] = TRY_FIRST + TRY_NEXT * ((WAYS + i - first) % WAYS);
}

/*
 * The next one to try is that which has been due for longest, if one is.  To
 * guess by more bytes takes longer to learn, and is only tried where guessing
 * by fewer is best.
 */
static void
choose_other(struct choice *c)
{
	enum way most = c->best < WAY_GUESS_4 ? WAY_GUESS_4 : c->best + 1;
	uint64_t due = c->total;

	for (enum way i = 0; i < WAYS && i <= most; i++)
		if (i != c->best && c->due[i] < due) {
			due = c->due[i];
			c->way = i;
			c->last = 0;
		}
}

/* Both are known now. */
static void
choose_best(struct choice *c)
{
	uint64_t best = c->cost[c->best];
	enum way loser = c->way;

	if (c->cost[c->way] < best - best / BETTER_STEP) {
		loser = c->best;
		c->best = c->way;
	}
	c->way = c->best;
	c->last = 0;
	c->due[loser] = c->total + TRY_AGAIN;
	if (c->cost[loser] > c->cost[c->best])
		c->due[loser] += (c->cost[loser] - c->cost[c->best]) * TRY_DEAR;
}

/* Does it still take less from one time to the next, now that it took COST? */
static bool
is_learning(const struct choice *c, uint64_t cost)
{
	if (c->way != c->best && cost > LEARN_DEAR * c->cost[c->best])
		return false;
	return c->last == 0 || cost < c->last - c->last / LEARN_STEP;
}

void
choice_settle(struct choice *c)
{
	uint64_t cost = c->spent * CHOICE_BYTES / (c->bytes + 1) + 1;
	uint64_t *mean = &c->cost[c->way];
	bool is_trial = c->way != c->best;
	bool learning = is_learning(c, cost);

	/* What was long ago counts less. */
	if (is_trial || *mean == 0)
		*mean = cost;
	else
		*mean = (3 * *mean + cost) / 4;
	c->total += c->spent;
	c->bytes = c->spent = 0;
	c->last = cost;
	if (learning)
		return;
	if (is_trial)
		choose_best(c);
	else
		choose_other(c);
}
