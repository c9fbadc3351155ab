/*
 * classes.h - 64 bytes of text as bit masks, a bit a byte, the first lowest.
 *
 * Here ASCII only; wide.h adds the other characters.
 */
#ifndef CLASSES_H
#define CLASSES_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define ALWAYS_INLINE inline __attribute__((always_inline))

static ALWAYS_INLINE unsigned
lowest(uint64_t bits)
{
	return (unsigned)__builtin_ctzll(bits);
}

/* The highest of BITS alone; there is one. */
static ALWAYS_INLINE uint64_t
highest_bit(uint64_t bits)
{
	return (uint64_t)1 << 63 >> __builtin_clzll(bits);
}

/* The place after the highest; 0 if there is none. */
static ALWAYS_INLINE unsigned
after_highest(uint64_t bits)
{
	return bits != 0 ? 64 - (unsigned)__builtin_clzll(bits) : 0;
}

struct classes {
	uint64_t letter;
	uint64_t upper;
	uint64_t digit;
	uint64_t space;   /* ' ' */
	uint64_t white;   /* all white space */
	uint64_t newline; /* \n and \r */
	uint64_t quote;   /* ' */
	uint64_t slash;
	uint64_t high;  /* not ASCII */
	uint64_t after; /* of these, the second to the last byte of each */
	/* For wide.h: none of ASCII is among them. */
	uint64_t both;   /* in either of o200k's two sets of letters */
	uint64_t mended; /* where U+FFFD begins */
};

/*
 * Eight bytes at a time in a 64-bit word.  The arithmetic is on seven bits,
 * so no byte carries into the next; bytes beyond ASCII are masked off at the
 * end.
 */
#define EACH(c) (0x0101010101010101u * (c))

/* The high bit of each byte whose low seven bits are >= C. */
static inline uint64_t
at_least(uint64_t low, uint8_t c)
{
	return (low + EACH(0x80u - c)) & EACH(0x80);
}

static inline uint64_t
in_range(uint64_t low, uint8_t first, uint8_t last)
{
	return at_least(low, first) & ~at_least(low, (uint8_t)(last + 1));
}

/* The high bits of eight bytes as one byte. */
static inline uint64_t
gather(uint64_t high)
{
	return (high >> 7) * 0x0102040810204080u >> 56;
}

#if defined(WITH_AVX2)
/* A bit for each byte of V in FIRST..FIRST + COUNT - 1. */
static inline uint64_t
range_bits(__m256i v, uint8_t first, uint8_t count)
{
	/* The comparison is signed: FIRST becomes the least number. */
	__m256i moved =
	    _mm256_add_epi8(v, _mm256_set1_epi8((char)(0x80 - first)));

	return (uint32_t)_mm256_movemask_epi8(
	    _mm256_cmpgt_epi8(_mm256_set1_epi8((char)(0x80 + count)), moved));
}

static inline uint64_t
equal_bits(__m256i v, char c)
{
	return (uint32_t)_mm256_movemask_epi8(
	    _mm256_cmpeq_epi8(v, _mm256_set1_epi8(c)));
}

/* The places where the byte is B. */
static ALWAYS_INLINE uint64_t
places_of(const uint8_t *p, uint8_t b)
{
	uint64_t places = 0;

	for (unsigned i = 0; i < 64; i += 32) {
		__m256i v = _mm256_loadu_si256((const void *)(p + i));

		places |= equal_bits(v, (char)b) << i;
	}
	return places;
}

/* The places where it is B, 0x80 or more, or above. */
static ALWAYS_INLINE uint64_t
places_from(const uint8_t *p, uint8_t b)
{
	uint64_t places = 0;

	for (unsigned i = 0; i < 64; i += 32) {
		__m256i v = _mm256_loadu_si256((const void *)(p + i));

		places |= range_bits(v, b, (uint8_t)(0x100 - b)) << i;
	}
	return places;
}

/* Of the places AT, which have ASCII, those where it is one of SET. */
static ALWAYS_INLINE uint64_t
places_in(const uint8_t *p, uint64_t at, const uint8_t set[16])
{
	__m128i one = _mm_set1_epi64x((long long)0x8040201008040201u);
	__m256i bits = _mm256_broadcastsi128_si256(one);
	__m256i rows =
	    _mm256_broadcastsi128_si256(_mm_loadu_si128((const void *)set));
	__m256i low = _mm256_set1_epi8(15);
	uint64_t places = 0;

	for (unsigned i = 0; i < 64; i += 32) {
		__m256i v = _mm256_loadu_si256((const void *)(p + i));
		__m256i up = _mm256_and_si256(_mm256_srli_epi16(v, 4), low);
		__m256i row = _mm256_shuffle_epi8(rows, v);
		__m256i bit = _mm256_shuffle_epi8(bits, up);
		__m256i in = _mm256_cmpeq_epi8(_mm256_and_si256(row, bit), bit);

		places |= (uint64_t)(uint32_t)_mm256_movemask_epi8(in) << i;
	}
	return places & at;
}

static ALWAYS_INLINE void
classify(const uint8_t *p, struct classes *c)
{
	memset(c, 0, sizeof(*c));
	for (unsigned i = 0; i < 64; i += 32) {
		__m256i v = _mm256_loadu_si256((const void *)(p + i));
		__m256i folded = _mm256_or_si256(v, _mm256_set1_epi8(0x20));
		uint64_t space = equal_bits(v, ' ');

		c->letter |= range_bits(folded, 'a', 26) << i;
		c->upper |= range_bits(v, 'A', 26) << i;
		c->digit |= range_bits(v, '0', 10) << i;
		c->space |= space << i;
		c->white |= (space | range_bits(v, '\t', 5)) << i;
		c->newline |= (equal_bits(v, '\n') | equal_bits(v, '\r')) << i;
		c->quote |= equal_bits(v, '\'') << i;
		c->slash |= equal_bits(v, '/') << i;
		c->high |= (uint64_t)(uint32_t)_mm256_movemask_epi8(v) << i;
		c->after |= range_bits(v, 0x80, 0x40) << i;
	}
}
#else
/* The places where the byte is B. */
static ALWAYS_INLINE uint64_t
places_of(const uint8_t *p, uint8_t b)
{
	uint64_t places = 0;

	for (unsigned i = 0; i < 64; i += 8) {
		uint64_t w, other;

		memcpy(&w, p + i, sizeof(w));
		w ^= EACH(b);
		other = ((w & EACH(0x7f)) + EACH(0x7f)) | w;
		places |= gather(~other & EACH(0x80)) << i;
	}
	return places;
}

/* The places where it is B, 0x80 or more, or above. */
static ALWAYS_INLINE uint64_t
places_from(const uint8_t *p, uint8_t b)
{
	uint64_t places = 0;

	for (unsigned i = 0; i < 64; i += 8) {
		uint64_t w;

		memcpy(&w, p + i, sizeof(w));
		places |= gather(at_least(w & EACH(0x7f), b & 0x7f) & w) << i;
	}
	return places;
}

/* Of the places AT, which have ASCII, those where it is one of SET. */
static ALWAYS_INLINE uint64_t
places_in(const uint8_t *p, uint64_t at, const uint8_t set[16])
{
	uint64_t places = 0;

	for (; at != 0; at &= at - 1) {
		uint8_t b = p[lowest(at)];

		places |= (uint64_t)(set[b & 15] >> (b >> 4) & 1) << lowest(at);
	}
	return places;
}

static ALWAYS_INLINE void
classify(const uint8_t *p, struct classes *c)
{
	memset(c, 0, sizeof(*c));
	for (unsigned i = 0; i < 64; i += 8) {
		uint64_t w, low, ascii, high;

		memcpy(&w, p + i, sizeof(w));
		high = w & EACH(0x80);
		ascii = ~high;
		low = w & EACH(0x7f);
#define PUT(member, bits) c->member |= gather((bits)&ascii) << i
		PUT(letter, in_range(low | EACH(0x20), 'a', 'z'));
		PUT(upper, in_range(low, 'A', 'Z'));
		PUT(digit, in_range(low, '0', '9'));
		PUT(space, in_range(low, ' ', ' '));
		PUT(white, in_range(low, '\t', '\r') | in_range(low, ' ', ' '));
		PUT(newline,
		    in_range(low, '\n', '\n') | in_range(low, '\r', '\r'));
		PUT(quote, in_range(low, '\'', '\''));
		PUT(slash, in_range(low, '/', '/'));
#undef PUT
		c->high |= gather(high) << i;
		c->after |= gather(high & ~(w << 1)) << i;
	}
}
#endif

#endif
