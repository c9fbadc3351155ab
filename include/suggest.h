/*
 * suggest.h - "did you mean ...?" for a mistyped word.
 *
 *	struct suggestion s = SUGGESTION_INIT("--tiemout");
 *	suggestion_try(&s, "--timeout");
 *	suggestion_try(&s, "--model");
 *	if (s.best != NULL) ...
 *
 * Pure.  Words longer than SUGGEST_MAX bytes get no suggestion.
 */
#ifndef SUGGEST_H
#define SUGGEST_H

#include <stddef.h>

enum {
	SUGGEST_MAX = 64
};

struct suggestion {
	const char *word;
	const char *best; /* the nearest so far, NULL: none is near */
	size_t distance;  /* how far BEST is */
};

#define SUGGESTION_INIT(w)  \
	{                   \
		.word = (w) \
	}

/*
 * How many letters must be changed, added, left out or swapped with
 * their neighbour to make B of A; SUGGEST_MAX if either is too long.
 */
size_t suggest_distance(const char *a, const char *b);

/* Let CANDIDATE, which is borrowed, be the best if it is the nearest. */
void suggestion_try(struct suggestion *s, const char *candidate);

#endif
