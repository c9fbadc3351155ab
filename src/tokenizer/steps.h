/*
 * steps.h - the path through a long pretoken, as path.c and what helps it
 * share it.
 */
#ifndef STEPS_H
#define STEPS_H

#include "memo.h"
#include "vocab.h"

/*
 * The longest stretch that is encoded as a whole.  In a longer pretoken the
 * part that no later text can change is settled window by window, so that
 * memory and stack have a bound.
 */
#ifndef BPE_WINDOW
#define BPE_WINDOW 16384
#endif

/*
 * A step is a token, and above its id how many bytes that has, and whether it
 * is the longest that its place has, or whether longer ones were not tried.
 */
#define STEP_LEN(len) ((uint32_t)(len) << ID_BITS)
#define LONGEST ((uint32_t)1 << 31)
#define UNTRIED ((uint32_t)1 << 30)

static inline struct found
step_token(uint32_t step)
{
	return (struct found){step & ID_MASK, step >> ID_BITS & 0xff};
}

/*
 * All who add steps are told where the last one ends, and tell it: POS, in
 * bytes from TEXT on.
 */
struct path {
	const struct vocab *v;
	struct memo *memo;
	const uint8_t *text;
	uint32_t step[BPE_WINDOW + 1]; /* from 1 to N; before TEXT that of 0 */
	size_t n;
	uint64_t dead[BPE_WINDOW / 64 + 1]; /* positions that failed */
	unsigned windows;                   /* to merge together next */
	unsigned width;                     /* of the characters */
	/* The stretch that is under way: see path.c. */
	struct choice *choice;
	enum way way;
	unsigned ahead; /* bytes to guess by; 0 if not at all */
	size_t from, cost;
	unsigned guesses, parts;
	size_t looked; /* where the variety was looked at last */
};

static inline bool
is_dead(const struct path *path, size_t pos)
{
	return path->dead[pos / 64] >> pos % 64 & 1;
}

/* The token that the path ends with. */
static inline struct found
path_last(const struct path *path)
{
	return step_token(path->step[path->n]);
}

#endif
