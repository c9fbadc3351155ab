/*
 * match.h - which slots of a bucket hold a word, with AVX2 or without.
 */
#ifndef MATCH_H
#define MATCH_H

#include "classes.h"
#include "words.h"

#if defined(__x86_64__)
AVX2 static inline unsigned
equal_slots_avx2(const uint64_t *slot, __m256i want, __m256i mask)
{
	__m256i s = _mm256_load_si256((const void *)slot);

	return (unsigned)_mm256_movemask_pd(_mm256_castsi256_pd(
	    _mm256_cmpeq_epi64(_mm256_and_si256(s, mask), want)));
}

AVX2 static inline unsigned
match_short_avx2(const struct words *w, const uint64_t *slot, uint64_t tag)
{
	__m256i want = _mm256_set1_epi64x((long long)tag);
	__m256i mask = _mm256_set1_epi64x((long long)(~0ull << w->id_bits));

	return equal_slots_avx2(slot, want, mask) |
	       equal_slots_avx2(slot + 4, want, mask) << 4;
}

AVX2 static inline unsigned
match_long_avx2(
    const struct words *w, uint64_t lo, const uint64_t *slot, uint64_t tag)
{
	long long ids = (long long)(~0ull << w->id_bits);
	__m256i want = _mm256_set_epi64x(
	    (long long)tag, (long long)lo, (long long)tag, (long long)lo);
	__m256i mask = _mm256_set_epi64x(ids, -1, ids, -1);
	unsigned m = equal_slots_avx2(slot, want, mask) |
	             equal_slots_avx2(slot + 4, want, mask) << 4;

	/* The text matches, and so does the tag after it. */
	return m & m >> 1 & 0x55;
}
/* A bit for each of the eight numbers in the bucket, if it is WANT's. */
static inline unsigned
equal_slots_sse2(const uint64_t *slot, __m128i want, __m128i mask)
{
	unsigned m = 0;

	for (unsigned i = 0; i < BUCKET_WORDS; i += 4) {
		__m128i a = _mm_load_si128((const void *)(slot + i));
		__m128i b = _mm_load_si128((const void *)(slot + i + 2));

		a = _mm_cmpeq_epi32(_mm_and_si128(a, mask), want);
		b = _mm_cmpeq_epi32(_mm_and_si128(b, mask), want);
		/* Both halves of a number have to be equal. */
		a = _mm_and_si128(a, _mm_shuffle_epi32(a, 0xb1));
		b = _mm_and_si128(b, _mm_shuffle_epi32(b, 0xb1));
		m |= (unsigned)(_mm_movemask_pd(_mm_castsi128_pd(a)) |
				_mm_movemask_pd(_mm_castsi128_pd(b)) << 2)
		     << i;
	}
	return m;
}
#endif

/* A bit for the slot of the short word with hash H, or 0. */
static ALWAYS_INLINE unsigned
match_short(const struct words *w, uint64_t h, bool avx2)
{
	const uint64_t *slot = words_bucket(w, h);
	uint64_t tag = word_tag(h, w->id_bits);

#if defined(__x86_64__)
	if (avx2)
		return match_short_avx2(w, slot, tag);
	return equal_slots_sse2(slot, _mm_set1_epi64x((long long)tag),
	    _mm_set1_epi64x((long long)(~0ull << w->id_bits)));
#else
	unsigned m = 0;

	(void)avx2;
	for (unsigned i = 0; i < BUCKET_WORDS; i++)
		m |= (unsigned)words_match(w, slot[i], tag) << i;
	return m;
#endif
}

/* A bit where the slot of the long word begins with hash H, or 0. */
static ALWAYS_INLINE unsigned
match_long(const struct words *w, uint64_t lo, uint64_t h, bool avx2)
{
	const uint64_t *slot = words_bucket(w, h);
	uint64_t tag = word_tag(h, w->id_bits);
	unsigned m = 0;

#if defined(__x86_64__)
	if (avx2)
		return match_long_avx2(w, lo, slot, tag);
	m = equal_slots_sse2(slot,
	    _mm_set_epi64x((long long)tag, (long long)lo),
	    _mm_set_epi64x((long long)(~0ull << w->id_bits), -1));
	return m & m >> 1 & 0x55;
#else
	(void)avx2;
	for (unsigned i = 0; i < BUCKET_WORDS; i += 2)
		m |= (unsigned)(slot[i] == lo &&
				words_match(w, slot[i + 1], tag))
		     << i;
	return m;
#endif
}

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
