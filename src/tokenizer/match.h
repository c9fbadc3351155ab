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

/*
 * A bit for the slot of the word with hash H, or 0.  A long word has two slots,
 * of which the first is LO.
 */
static ALWAYS_INLINE unsigned
match_word(const struct words *w, uint64_t lo, uint64_t h, bool is_long)
{
	const uint64_t *slot = words_bucket(w, h);
	long long tag = (long long)word_tag(h, w->id_bits);
	long long ids = (long long)(~0ull << w->id_bits);
	long long first = is_long ? (long long)lo : tag;
	__m256i want = _mm256_set_epi64x(tag, first, tag, first);
	long long all = is_long ? -1 : ids;
	__m256i mask = _mm256_set_epi64x(ids, all, ids, all);
	unsigned m = equal_slots(slot, want, mask) |
	             equal_slots(slot + 4, want, mask) << 4;

	return is_long ? m & m >> 1 & 0x55 : m;
}
#else
static ALWAYS_INLINE unsigned
match_word(const struct words *w, uint64_t lo, uint64_t h, bool is_long)
{
	const uint64_t *slot = words_bucket(w, h);
	uint64_t tag = word_tag(h, w->id_bits);
	unsigned m = 0, same = 0;

	for (unsigned i = 0; i < BUCKET_WORDS; i++) {
		m |= (unsigned)words_match(w, slot[i], tag) << i;
		same |= (unsigned)(slot[i] == lo) << i;
	}
	return is_long ? same & m >> 1 & 0x55 : m;
}
#endif

/* The id in the slot of M, whose last number has it; or ID_NONE. */
static ALWAYS_INLINE uint32_t
match_id(const struct words *w, uint64_t h, unsigned m, bool is_long)
{
	unsigned wide = 1u + is_long;
	/* The bit beyond all others picks some number that is not used. */
	unsigned i = (unsigned)__builtin_ctz(m | 1u << (BUCKET_WORDS - wide));
	uint32_t id = words_id(w, words_bucket(w, h)[i + wide - 1]);

	return id | (ID_NONE & -(uint32_t)(m == 0));
}

#endif
