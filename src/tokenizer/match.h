/*
 * match.h - which slots of a bucket hold a word.
 */
#ifndef MATCH_H
#define MATCH_H

#include "classes.h"
#include "words.h"

#if defined(WITH_AVX2)
static inline unsigned
equal_slots(const uint64_t *slot, __m256i want, __m256i mask)
{
	__m256i s = _mm256_load_si256((const void *)slot);

	return (unsigned)_mm256_movemask_pd(_mm256_castsi256_pd(
	    _mm256_cmpeq_epi64(_mm256_and_si256(s, mask), want)));
}

/* A bit for the slot of the short word with hash H, or 0. */
static ALWAYS_INLINE unsigned
match_short(const struct words *w, uint64_t h)
{
	const uint64_t *slot = words_bucket(w, h);
	uint64_t tag = word_tag(h, w->id_bits);
	__m256i want = _mm256_set1_epi64x((long long)tag);
	__m256i mask = _mm256_set1_epi64x((long long)(~0ull << w->id_bits));

	return equal_slots(slot, want, mask) | equal_slots(slot + 4, want, mask)
	                                           << 4;
}

/* A bit where the slot of the long word begins with hash H, or 0. */
static ALWAYS_INLINE unsigned
match_long(const struct words *w, uint64_t lo, uint64_t h)
{
	const uint64_t *slot = words_bucket(w, h);
	long long tag = (long long)word_tag(h, w->id_bits);
	long long ids = (long long)(~0ull << w->id_bits);
	__m256i want =
	    _mm256_set_epi64x(tag, (long long)lo, tag, (long long)lo);
	__m256i mask = _mm256_set_epi64x(ids, -1, ids, -1);
	unsigned m = equal_slots(slot, want, mask) |
	             equal_slots(slot + 4, want, mask) << 4;

	/* The text matches, and so does the tag after it. */
	return m & m >> 1 & 0x55;
}
#else
static ALWAYS_INLINE unsigned
match_short(const struct words *w, uint64_t h)
{
	const uint64_t *slot = words_bucket(w, h);
	uint64_t tag = word_tag(h, w->id_bits);
	unsigned m = 0;

	for (unsigned i = 0; i < BUCKET_WORDS; i++)
		m |= (unsigned)words_match(w, slot[i], tag) << i;
	return m;
}

static ALWAYS_INLINE unsigned
match_long(const struct words *w, uint64_t lo, uint64_t h)
{
	const uint64_t *slot = words_bucket(w, h);
	uint64_t tag = word_tag(h, w->id_bits);
	unsigned m = 0;

	for (unsigned i = 0; i < BUCKET_WORDS; i += 2)
		m |= (unsigned)(slot[i] == lo &&
				words_match(w, slot[i + 1], tag))
		     << i;
	return m;
}
#endif

/* The id in the slot of M, whose last number of WIDE has it; or ID_NONE. */
static ALWAYS_INLINE uint32_t
match_id(const struct words *w, uint64_t h, unsigned m, unsigned wide)
{
	/* The bit beyond all others picks some number that is not used. */
	unsigned i = (unsigned)__builtin_ctz(m | 1u << (BUCKET_WORDS - wide));
	uint32_t id = words_id(w, words_bucket(w, h)[i + wide - 1]);

	return m != 0 ? id : ID_NONE;
}

#endif
