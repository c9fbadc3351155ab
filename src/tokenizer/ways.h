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

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "variety.h"

/* What lies in room that the caller declares as numbers of 64 bits. */
#define IN_ROOM __attribute__((may_alias))

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
#define COST_MERGE 30 /* ... and more for each merge; cost_merged has more */

/* Text of a sort, and what the ways took there. */
struct choice {
	enum way best;
	enum way way;        /* to go now; if not the best one, it is tried */
	uint64_t cost[WAYS]; /* of CHOICE_BYTES; 0 if not known */
	uint64_t due[WAYS];  /* to be tried when TOTAL is this */
	uint64_t total;      /* what all took so far */
	/* Since it was settled last: bytes encoded, and what they took. */
	uint64_t bytes, spent;
	uint64_t last; /* what as many took before these; 0 if none */
} IN_ROOM;

struct ways {
	uint64_t begun; /* the choices that have, a bit each */
	struct choice choice[2][4][VARIETY_MAX + 1];
	/* What the last short pretoken was like, the way for it, and for how
	 * many in a row that was the same: see piece.c. */
	struct variety look;
	enum way way;
	unsigned same;
} IN_ROOM;
_Static_assert(2 * 4 * (VARIETY_MAX + 1) <= 64, "each choice has a bit");

/* Each choice begins when it is asked for, and LOOK is set before it is read. */
static inline void
ways_begin(struct ways *ways)
{
	ways->begun = 0;
	ways->way = WAY_MERGE;
	ways->same = 0;
}

/* Begin C, for text of such a variety.  IS_LONG as below. */
void choice_begin(struct choice *c, bool is_long, struct variety look);

/* Go by what was spent; see choice_add. */
void choice_settle(struct choice *c);

/* For text of such a variety.  IS_LONG: too long to be merged whole. */
static inline struct choice *
ways_choice(struct ways *ways, bool is_long, struct variety look)
{
	struct choice *c = &ways->choice[is_long][look.width - 1][look.kinds];
	uint64_t bit = (uint64_t)1 << (c - &ways->choice[0][0][0]);

	if (!(ways->begun & bit)) {
		ways->begun |= bit;
		choice_begin(c, is_long, look);
	}
	return c;
}

/*
 * LEN bytes, of characters of WIDTH, were merged to N tokens.  A character is a
 * part to begin with.
 */
static inline size_t
cost_merged(size_t len, unsigned width, size_t n)
{
	/* What each byte takes, by the width of the characters. */
	static const uint8_t byte[] = {0, 2, 6, 15, 15};
	size_t parts = len / width;

	return COST_JOB + len * byte[width] +
	       (parts > n ? parts - n : 0) * COST_MERGE;
}

/*
 * BYTES more were encoded by WAY, which cost so much.  What was not by the way
 * to go now says nothing: it had waited while that became another.
 */
#ifndef CHOICE_BYTES
#define CHOICE_BYTES 1024
#endif
#define CHOICE_DEAR 16 /* a trial ends if it takes so many times as much */
static inline void
choice_add(struct choice *c, enum way way, size_t bytes, size_t cost)
{
	if (way != c->way)
		return;
	c->bytes += bytes;
	c->spent += cost;
	if (c->bytes >= CHOICE_BYTES ||
	    (way != c->best && c->spent >= c->cost[c->best] * CHOICE_DEAR))
		choice_settle(c);
}

#endif
