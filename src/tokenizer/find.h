/*
 * find.h - the token that a word is, by all tables one after another.
 */
#ifndef FIND_H
#define FIND_H

#include "match.h"
#include "vocab.h"

/* The token of the word W, of hash H, or ID_NONE. */
static ALWAYS_INLINE uint32_t
find_hashed(const struct vocab *v, struct word w, uint64_t h, bool is_long)
{
	const struct words *hot = &v->words[is_long ? HOT_LONG : HOT_SHORT];
	const struct words *cold = &v->words[is_long ? COLD_LONG : COLD_SHORT];
	uint32_t id =
	    match_id(hot, h, match_word(hot, w.lo, h, is_long), is_long);

	/* One branch, as each of the two alone would be guessed wrong. */
	if (__builtin_expect((id == ID_NONE) & vocab_maybe(v, h), 0) == 0)
		return id;
	id = match_id(cold, h, match_word(cold, w.lo, h, is_long), is_long);
	if (id == ID_NONE && words_full(cold, h))
		return vocab_rest(v, w, h);
	return id < v->ntok ? id : ID_NONE;
}

static ALWAYS_INLINE uint32_t
find_word(const struct vocab *v, struct word w)
{
	return w.hi != 0 ? find_hashed(v, w, long_hash(w.lo, w.hi), true)
	                 : find_hashed(v, w, short_hash(w.lo), false);
}

#endif
