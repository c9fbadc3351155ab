/*
 * find.h - the token that a word is, by all tables one after another.
 */
#ifndef FIND_H
#define FIND_H

#include "match.h"
#include "vocab.h"

/* The token of the word W, or ID_NONE. */
static ALWAYS_INLINE uint32_t
find_word(const struct vocab *v, struct word w)
{
	const struct words *hot, *cold;
	uint32_t id;
	uint64_t h;

	if (w.hi != 0) {
		hot = &v->words[HOT_LONG];
		cold = &v->words[COLD_LONG];
		h = long_hash(w.lo, w.hi);
		id = match_id(hot, h, match_long(hot, w.lo, h), 2);
		if (id != ID_NONE || !vocab_maybe(v, h))
			return id;
		id = match_id(cold, h, match_long(cold, w.lo, h), 2);
	} else {
		hot = &v->words[HOT_SHORT];
		cold = &v->words[COLD_SHORT];
		h = short_hash(w.lo);
		id = match_id(hot, h, match_short(hot, h), 1);
		if (id != ID_NONE || !vocab_maybe(v, h))
			return id;
		id = match_id(cold, h, match_short(cold, h), 1);
	}
	if (id == ID_NONE && words_full(cold, h))
		return vocab_rest(v, w, h);
	return id < v->ntok ? id : ID_NONE;
}

#endif
