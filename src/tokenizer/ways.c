#include "ways.h"

/* In bytes: when the first way is tried, the next one, and each again: ... */
#define TRY_FIRST 32768
#define TRY_NEXT 4096
#define TRY_AGAIN 32768
#define TRY_DEAR 8     /* ... so much later if it takes twice as much, ... */
#define TRY_MOST 16    /* ... and never later than this */
#define LEARN_STEP 32  /* it still takes less, if by one part of these */
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

/* All others are to be tried from FROM on, longer guesses first. */
static void
be_due(struct choice *c, size_t from)
{
	for (unsigned i = 0; i < WAYS; i++) {
		size_t due = from + TRY_NEXT * ((WAYS + i - c->best) % WAYS);

		if (c->due[i] == 0 || c->due[i] > due)
			c->due[i] = due;
	}
}

void
choice_begin(struct choice *c, bool is_long, struct variety look)
{
	*c = (struct choice){
	    .state = CHOICE_BEST, .best = (uint8_t)first_way(is_long, look)};
	be_due(c, TRY_FIRST);
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
	size_t due = c->total + 1;

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
	size_t best = c->cost[c->best], later = 0;
	uint8_t loser = c->other;

	if (c->cost[c->other] < best - best / BETTER_STEP) {
		loser = c->best;
		c->best = c->other;
	}
	best = c->cost[c->best];
	if (c->cost[loser] > best)
		later = (c->cost[loser] - best) * TRY_DEAR / best;
	if (later > TRY_MOST)
		later = TRY_MOST;
	c->due[loser] = c->total + (1 + later) * TRY_AGAIN;
	c->state = CHOICE_BEST;
	c->last = 0;
}

/* Does it still take less from one time to the next? */
static bool
is_learning(struct choice *c, size_t cost)
{
	size_t last = c->last;

	c->last = cost;
	return last == 0 || cost < last - last / LEARN_STEP;
}

void
choice_settle(struct choice *c)
{
	size_t cost = c->spent * CHOICE_BYTES / c->bytes + 1;
	size_t *mean = &c->cost[choice_way(c)];
	bool learning = is_learning(c, cost);

	c->total += c->bytes;
	c->bytes = c->spent = 0;
	/* The text is another now. */
	if (c->state == CHOICE_BEST && *mean != 0 && cost > 2 * *mean)
		be_due(c, c->total);
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
