/*
 * ways.h - which way to encode text that is no token.
 *
 * There are several, and which is the quickest hangs on the text: how soon it
 * says the same again, how long its tokens are, how many merges these take.
 * None of it can be told beforehand.  So for each sort of text all ways are
 * tried now and then, and the one that took least is used in between.
 *
 * What they take is not measured but reckoned, from how often was done what
 * takes long: the same text is encoded in the same way each time.
 */
#ifndef WAYS_H
#define WAYS_H

#include "variety.h"

enum way {
	WAY_MERGE,   /* short text whole, of long text windows: merge.h */
	WAY_STEP,    /* one token after another: path.c */
	WAY_GUESS_4, /* so many bytes ahead tell the next one: guess.h */
	WAY_GUESS_6,
	WAY_GUESS_8,
	WAYS
};

/* What is done, in nanoseconds: fitted to many texts, see bench/README.md. */
#define COST_PATH 130
#define COST_LONGEST 2
#define COST_CHAR 4 /* more for each character of it */
#define COST_PAIR 11
#define COST_UNDO 70 /* more, if its merges have to be undone */
#define COST_HIT 5
#define COST_MISS 20
#define COST_JOB 40   /* a text to be merged, ... */
#define COST_MERGE 30 /* ... and more for each merge, and each byte */

/* Text of a sort, and what the ways took there. */
struct choice {
	uint64_t cost[WAYS]; /* of a kilobyte; 0 if not known */
	uint64_t due[WAYS];  /* to be tried when TOTAL is this */
	uint64_t total;      /* what all took so far */
	/* Since it was settled last: bytes encoded, and what they took. */
	uint64_t bytes, spent;
	uint64_t last; /* what a kilobyte took before these; 0 if none */
	uint8_t best, other;
	uint8_t state;
};
enum {
	CHOICE_NEW,
	CHOICE_BEST, /* the best way is in use */
	CHOICE_OTHER /* the other is tried */
};

struct ways {
	struct choice choice[2][4][VARIETY_MAX + 1];
	/* What the last short pretoken was like, the way for it, and for how
	 * many before it, see piece.c. */
	struct variety look;
	enum way way;
	unsigned same;
};

/* Begin C, for text of such a variety.  IS_LONG as below. */
void choice_begin(struct choice *c, bool is_long, struct variety look);

/* Go by what was spent; see choice_add. */
void choice_settle(struct choice *c);

/* For text of such a variety.  IS_LONG: too long to be merged whole. */
static inline struct choice *
ways_choice(struct ways *ways, bool is_long, struct variety look)
{
	struct choice *c = &ways->choice[is_long][look.width - 1][look.kinds];

	if (c->state == CHOICE_NEW)
		choice_begin(c, is_long, look);
	return c;
}

/*
 * LEN bytes, of characters of WIDTH, were merged to N tokens.  A character is a
 * part to begin with.
 */
static inline size_t
cost_merged(size_t len, unsigned width, size_t n)
{
	static const uint8_t byte[] = {[1] = 2, [2] = 6, [3] = 15, [4] = 15};
	size_t parts = len / width;

	return COST_JOB + len * byte[width] +
	       (parts > n ? parts - n : 0) * COST_MERGE;
}

/* The way to go now. */
static inline enum way
choice_way(const struct choice *c)
{
	return c->state == CHOICE_BEST ? c->best : c->other;
}

/* By the way to go now BYTES more were encoded, which cost so much. */
#ifndef CHOICE_BYTES
#define CHOICE_BYTES 1024
#endif
#define CHOICE_DEAR 16 /* a trial ends if it takes so many times as much */
static inline void
choice_add(struct choice *c, size_t bytes, size_t cost)
{
	c->bytes += bytes;
	c->spent += cost;
	if (c->bytes >= CHOICE_BYTES ||
	    (c->state == CHOICE_OTHER &&
		c->spent >= c->cost[c->best] * CHOICE_DEAR))
		choice_settle(c);
}

#endif
