#include "ways.h"

/*
 * By what the best way took, in nanoseconds: when the first other way is tried,
 * the next one, and each again; and for each that a kilobyte takes more by it.
 * So however dear a way is, trying it takes a small part of the time, and where
 * the best way takes more than before others are tried the sooner.
 */
#define TRY_FIRST 600000
#define TRY_NEXT 60000
#define TRY_AGAIN 600000
#define TRY_DEAR 192

#define LEARN_STEP 32  /* it still takes less, if by one part of these */
#define LEARN_DEAR 4   /* unless it takes so many times as much as the best */
#define BETTER_STEP 16 /* another way is better, if by one part of these */

/*
 * The way to begin with.  The order of a few letters is met again, that of many
 * is not.
 */
static enum way
first_way(bool is_long, struct variety look)
{
	if (look.width > 2)
		return look.kinds <= 4 ? WAY_GUESS_6 : WAY_STEP;
	if (look.kinds <= 2)
		return WAY_GUESS_8;
	if (look.kinds == 3)
		return WAY_GUESS_6;
	if (look.kinds < VARIETY_MAX)
		return WAY_GUESS_4;
	return is_long && look.width == 2 ? WAY_GUESS_4 : WAY_MERGE;
}

void
choice_begin(struct choice *c, bool is_long, struct variety look)
{
	*c = (struct choice){
	    .state = CHOICE_BEST, .best = (uint8_t)first_way(is_long, look)};
	/* Longer guesses first. */
	for (unsigned i = 0; i < WAYS; i++)
		c->due[i] =
		    TRY_FIRST + TRY_NEXT * ((WAYS + i - c->best) % WAYS);
}

/*
 * The next one to try is that which has been due for longest, if one is.  To
 * guess by more bytes takes longer to learn, and is only tried where guessing
 * by fewer is best.
 */
static void
choose_other(struct choice *c)
{
	unsigned most = c->best < WAY_GUESS_4 ? WAY_GUESS_4 : c->best + 1u;
	uint64_t due = c->total + 1;

	for (unsigned i = 0; i < WAYS && i <= most; i++)
		if (i != c->best && c->due[i] < due) {
			due = c->due[i];
			c->other = (uint8_t)i;
			c->state = CHOICE_OTHER;
			c->last = 0;
		}
}

/* Both are known now. */
static void
choose_best(struct choice *c)
{
	uint64_t best = c->cost[c->best];
	uint8_t loser = c->other;

	if (c->cost[c->other] < best - best / BETTER_STEP) {
		loser = c->best;
		c->best = c->other;
	}
	c->due[loser] = c->total + TRY_AGAIN;
	if (c->cost[loser] > c->cost[c->best])
		c->due[loser] += (c->cost[loser] - c->cost[c->best]) * TRY_DEAR;
	c->state = CHOICE_BEST;
	c->last = 0;
}

/* Does it still take less from one time to the next? */
static bool
is_learning(struct choice *c, uint64_t cost)
{
	uint64_t last = c->last;

	c->last = cost;
	if (c->state == CHOICE_OTHER && cost > LEARN_DEAR * c->cost[c->best])
		return false;
	return last == 0 || cost < last - last / LEARN_STEP;
}

void
choice_settle(struct choice *c)
{
	uint64_t cost = c->spent * CHOICE_BYTES / (c->bytes + 1) + 1;
	uint64_t *mean = &c->cost[choice_way(c)];
	bool learning = is_learning(c, cost);

	c->total += c->spent;
	c->bytes = c->spent = 0;
	/* What was long ago counts less. */
	if (c->state == CHOICE_OTHER || *mean == 0)
		*mean = cost;
	else
		*mean = (3 * *mean + cost) / 4;
	if (learning)
		return;
	if (c->state == CHOICE_OTHER)
		choose_best(c);
	else
		choose_other(c);
}
