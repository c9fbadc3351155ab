#include "utf8.h"

#include <stdbool.h>
#include <string.h>

#include "classes.h"

/*
 * What is at a place: N bytes of a character that has WIDTH, or of none if
 * that is more, or 0.
 */
struct part {
	unsigned n, width;
};

/*
 * Of four bytes at P.  The second byte is where overlong forms, surrogates
 * and what is beyond U+10FFFF are kept out (Unicode, table 3-7).  No
 * branches: random bytes would have each guessed wrong.
 */
static inline struct part
part_at(const uint8_t *p)
{
	uint8_t b = p[0];
	unsigned low = 0x80u + 0x20u * (b == 0xe0) + 0x10u * (b == 0xf0);
	unsigned high = 0xbfu - 0x20u * (b == 0xed) - 0x30u * (b == 0xf4);
	unsigned width = (b < 0x80) + 2u * (b >= 0xc2) + (b >= 0xe0) +
	                 (b >= 0xf0) - 4u * (b >= 0xf5);
	unsigned second = (width >= 2) & (p[1] >= low) & (p[1] <= high);
	unsigned third = second & (width >= 3) & ((p[2] ^ 0x80u) < 0x40);
	unsigned fourth = third & (width == 4) & ((p[3] ^ 0x80u) < 0x40);

	return (struct part){1 + second + third + fourth, width};
}

/* Of the last bytes, one to three.  N is LEN if more might have followed. */
static inline struct part
last_part(const uint8_t *text, size_t len)
{
	uint8_t p[4] = {0};

	memcpy(p, text, len);
	return part_at(p);
}

#if defined(WITH_AVX2)
/*
 * Which mistakes two bytes in a row can make, by the upper and the lower half
 * of the first and the upper half of the second; a mistake is one that all
 * three allow (Keiser and Lemire, Validating UTF-8 In Less Than One
 * Instruction Per Byte, 2021).
 */
enum {
	SHORT = 1,       /* the character is cut short */
	LONG = 2,        /* ASCII goes on */
	OVERLONG_3 = 4,  /* E0 80..9F */
	LARGE = 8,       /* F4 90..BF, and F5 or more */
	SURROGATE = 16,  /* ED A0..BF */
	OVERLONG_2 = 32, /* C0 and C1 */
	OVERLONG_4 = 64, /* F0 80..8F, and F5 or more */
	TWO = 128,       /* two after a lead: none if that has three or more */
	ANY = SHORT | LONG | TWO,
	BEYOND = ANY | LARGE | OVERLONG_4,
	AFTER = LONG | TWO | OVERLONG_2
};

#define TWICE(...) _mm256_setr_epi8(__VA_ARGS__, __VA_ARGS__)

static inline __m256i
high_half(__m256i v)
{
	return _mm256_and_si256(_mm256_srli_epi16(v, 4), _mm256_set1_epi8(15));
}

/* Not 0 where a mistake is in 32 bytes at P; three bytes come before. */
static inline __m256i
mistakes(const uint8_t *p)
{
	const __m256i first_high =
	    TWICE(LONG, LONG, LONG, LONG, LONG, LONG, LONG, LONG, (char)TWO,
		(char)TWO, (char)TWO, (char)TWO, SHORT | OVERLONG_2, SHORT,
		SHORT | OVERLONG_3 | SURROGATE, SHORT | LARGE | OVERLONG_4);
	const __m256i first_low = TWICE(
	    (char)(ANY | OVERLONG_2 | OVERLONG_3 | OVERLONG_4),
	    (char)(ANY | OVERLONG_2), (char)ANY, (char)ANY, (char)(ANY | LARGE),
	    (char)BEYOND, (char)BEYOND, (char)BEYOND, (char)BEYOND,
	    (char)BEYOND, (char)BEYOND, (char)BEYOND, (char)BEYOND,
	    (char)(BEYOND | SURROGATE), (char)BEYOND, (char)BEYOND);
	const __m256i second_high = TWICE(SHORT, SHORT, SHORT, SHORT, SHORT,
	    SHORT, SHORT, SHORT, (char)(AFTER | OVERLONG_3 | OVERLONG_4),
	    (char)(AFTER | OVERLONG_3 | LARGE),
	    (char)(AFTER | SURROGATE | LARGE),
	    (char)(AFTER | SURROGATE | LARGE), SHORT, SHORT, SHORT, SHORT);
	__m256i v = _mm256_loadu_si256((const void *)p);
	__m256i v1 = _mm256_loadu_si256((const void *)(p - 1));
	__m256i v2 = _mm256_loadu_si256((const void *)(p - 2));
	__m256i v3 = _mm256_loadu_si256((const void *)(p - 3));
	__m256i pair = _mm256_and_si256(
	    _mm256_and_si256(_mm256_shuffle_epi8(first_high, high_half(v1)),
		_mm256_shuffle_epi8(
		    first_low, _mm256_and_si256(v1, _mm256_set1_epi8(15)))),
	    _mm256_shuffle_epi8(second_high, high_half(v)));
	/* A third or fourth byte has to come after two, and nowhere else. */
	__m256i more =
	    _mm256_or_si256(_mm256_subs_epu8(v2, _mm256_set1_epi8(0x60)),
		_mm256_subs_epu8(v3, _mm256_set1_epi8(0x70)));

	return _mm256_xor_si256(
	    pair, _mm256_and_si256(more, _mm256_set1_epi8((char)TWO)));
}

/* Go on from I, where a character begins; may stop sooner than need be. */
static size_t
valid_blocks(const uint8_t *text, size_t i, size_t len)
{
	size_t from = i;

	for (; len - i >= 32; i += 32) {
		__m256i m = mistakes(text + i);

		if (!_mm256_testz_si256(m, m))
			break;
	}
	/* The last character may go on, rightly or not. */
	for (unsigned k = 1; k <= 3 && i - k >= from; k++)
		if (text[i - k] >= 0xc0)
			return i - k;
	return i;
}
#else
static size_t
valid_blocks(const uint8_t *text, size_t i, size_t len)
{
	(void)text, (void)len;
	return i;
}
#endif

/* Go on from I until that is ENOUGH or a character is none. */
static size_t
valid_from(const uint8_t *text, size_t i, size_t enough, size_t len)
{
	while (i < enough) {
		struct part part;
		uint64_t word = ~(uint64_t)0;

		if (len - i >= sizeof(word))
			memcpy(&word, text + i, sizeof(word));
		if ((word & 0x8080808080808080u) == 0) {
			i += sizeof(word);
			continue;
		}
		part = len - i >= 4 ? part_at(text + i)
		                    : last_part(text + i, len - i);
		if (part.n != part.width)
			break;
		i += part.n;
	}
	return i;
}

size_t
utf8_valid(const uint8_t *text, size_t len)
{
	size_t i = 0;

	if (len >= 64) {
		i = valid_from(text, 0, 3, len);
		if (i >= 3)
			i = valid_blocks(text, i, len);
	}
	return valid_from(text, i, len, len);
}

static const uint8_t replacement[4] = {0xef, 0xbf, 0xbd};

#if defined(WITH_AVX2)
/* A bit for each of 64 bytes in FIRST..FIRST + COUNT - 1. */
static inline uint64_t
in_64(const uint8_t *p, uint8_t first, uint8_t count)
{
	__m256i low = _mm256_loadu_si256((const void *)p);
	__m256i high = _mm256_loadu_si256((const void *)(p + 32));

	return range_bits(low, first, count) | range_bits(high, first, count)
	                                           << 32;
}

/*
 * Which of 64 bytes begin a character or what is none, and which of these
 * are none and how many bytes those have: one, two with SECOND, or three with
 * THIRD as well.  Three bytes ahead are looked at.
 */
struct starts {
	uint64_t all, none, second, third;
};

static inline struct starts
find_parts(const uint8_t *p)
{
	uint64_t after = in_64(p, 0x80, 0x40) >> 1;
	uint64_t from_a0 = in_64(p, 0xa0, 0x60) >> 1;
	uint64_t from_90 = in_64(p, 0x90, 0x70) >> 1;
	uint64_t lead2 = in_64(p, 0xc2, 0x1e), lead3 = in_64(p, 0xe0, 0x10);
	uint64_t lead4 = in_64(p, 0xf0, 5);
	uint64_t bad =
	    (in_64(p, 0xe0, 1) & ~from_a0) | (in_64(p, 0xed, 1) & from_a0) |
	    (in_64(p, 0xf0, 1) & ~from_90) | (in_64(p, 0xf4, 1) & from_90);
	uint64_t second = (lead2 | lead3 | lead4) & after & ~bad;
	uint64_t third = second & (lead3 | lead4) & after >> 1;
	uint64_t fourth = third & lead4 & after >> 2;
	uint64_t whole =
	    in_64(p, 0, 0x80) | (lead2 & second) | (lead3 & third) | fourth;
	uint64_t all = ~(second << 1 | third << 2 | fourth << 3);

	return (struct starts){all, all & ~whole, second, third};
}

/* Copy N bytes, sixteen at a time; mostly there are fewer. */
static inline void
copy_some(uint8_t *to, const uint8_t *from, unsigned n)
{
	memcpy(to, from, 16);
	for (unsigned i = 16; i < n; i += 16)
		memcpy(to + i, from + i, 16);
}

/* So many bytes of a block have three behind them; what is copied, more. */
#define MEND_STARTS 61
#define MEND_REACH (64 + 16)

/* Mend what begins in the first bytes of the block at P; returns its end. */
static inline size_t
mend_block(const uint8_t *p, uint8_t **out)
{
	struct starts s = find_parts(p);
	unsigned from = 0, end;
	uint8_t *o = *out;

	s.none &= ((uint64_t)1 << MEND_STARTS) - 1;
	for (; s.none != 0; s.none &= s.none - 1) {
		unsigned at = lowest(s.none);

		copy_some(o, p + from, at - from);
		o += at - from;
		memcpy(o, replacement, 4);
		o += 3;
		from = at + 1 + (unsigned)(s.second >> at & 1) +
		       (unsigned)(s.third >> at & 1);
	}
	s.all &= ~(uint64_t)0 << MEND_STARTS;
	end = s.all != 0 ? lowest(s.all) : 64;
	copy_some(o, p + from, end - from);
	*out = o + (end - from);
	return end;
}
#endif

size_t
utf8_mend(const uint8_t *text, size_t len, uint8_t *out, size_t *n)
{
	uint8_t *o = out;
	size_t i = 0;

#if defined(WITH_AVX2)
	while (len - i >= MEND_REACH)
		i += mend_block(text + i, &o);
#endif
	while (len - i >= 4) {
		struct part part = part_at(text + i);
		bool whole = part.n == part.width;

		memcpy(o, whole ? text + i : replacement, 4);
		o += whole ? part.n : 3;
		i += part.n;
	}
	while (i < len) {
		struct part part = last_part(text + i, len - i);
		bool whole = part.n == part.width;

		if (!whole && i + part.n == len && part.width > 0)
			break;
		memcpy(o, whole ? text + i : replacement, whole ? part.n : 3);
		o += whole ? part.n : 3;
		i += part.n;
	}
	*n = (size_t)(o - out);
	return i;
}
