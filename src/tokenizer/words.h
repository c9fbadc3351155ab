/*
 * words.h - is this text a token?  One look into one cache line says so.
 *
 * A word is text of up to WORD_MAX bytes.  A short one, of up to SHORT_MAX
 * bytes, is packed into one 64-bit number, a longer one into two.  A table's
 * bucket is one cache line, and a slot in it holds all of the word that the
 * number of the bucket does not tell, next to the token's id: what matches is
 * the word and nothing else.  That needs a hash that can be undone, which
 * multiplication by an odd number is.
 *
 * Frequent tokens, which are those of low rank, have tables of their own: few
 * pages and cache lines are touched for ordinary text.  What a bucket there
 * has no room for goes to the large tables, and what these have no room for
 * goes to a third place.
 */
#ifndef WORDS_H
#define WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "image.h"

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "words are bytes in little-endian numbers"
#endif

struct words {
	const uint64_t *slot;
	uint32_t size; /* buckets */
	uint32_t id_bits;
};

/* A short word is LO, and HI is 0, which it is of no long one. */
struct word {
	uint64_t lo, hi;
};

#define LEN_ONE ((uint64_t)1 << 56) /* a word has its length on top */

static inline uint64_t
word_bytes(const uint8_t *p, size_t n)
{
	uint64_t w;

	memcpy(&w, p, sizeof(w));
	return w & (((uint64_t)1 << 8 * n) - 1);
}

/* Of 1 to SHORT_MAX bytes at P, of which 8 can be read. */
static inline uint64_t
word_short(const uint8_t *p, size_t len)
{
	return word_bytes(p, len) | len * LEN_ONE;
}

/* Of more bytes, to WORD_MAX; 16 can be read. */
static inline struct word
word_long(const uint8_t *p, size_t len)
{
	struct word w;

	memcpy(&w.lo, p, sizeof(w.lo));
	w.hi = word_bytes(p + 8, len - 8) | len * LEN_ONE;
	return w;
}

/* Either, of LEN bytes at P after which nothing can be read. */
static inline struct word
word_exact(const uint8_t *p, size_t len)
{
	struct word w = {0, 0};
	uint32_t first, last;

	if (len > SHORT_MAX) {
		memcpy(&w.lo, p, 8);
		memcpy(&w.hi, p + len - 8, 8);
		w.hi = w.hi >> 4 >> (60 - 8 * (len - 8)) | len * LEN_ONE;
		return w;
	}
	if (len >= 4) {
		memcpy(&first, p, 4);
		memcpy(&last, p + len - 4, 4);
		w.lo = first | (uint64_t)last << 8 * (len - 4);
	} else {
		w.lo = p[0] | (uint64_t)p[len / 2] << 8 * (len / 2) |
		       (uint64_t)p[len - 1] << 8 * (len - 1);
	}
	w.lo |= len * LEN_ONE;
	return w;
}

/* The first of the eight numbers of the bucket. */
static inline const uint64_t *
words_bucket(const struct words *w, uint64_t h)
{
	return w->slot + (size_t)hash_bucket(h, w->size) * BUCKET_WORDS;
}

static inline uint32_t
words_id(const struct words *w, uint64_t slot)
{
	return (uint32_t)slot & ((1u << w->id_bits) - 1);
}

/* Is the bucket of H full? */
static inline bool
words_full(const struct words *w, uint64_t h)
{
	uint64_t last = words_bucket(w, h)[BUCKET_WORDS - 1];

	return words_id(w, last) != (1u << w->id_bits) - 1;
}

/* No bucket has two such slots, and none that is empty is one. */
static inline bool
words_match(const struct words *w, uint64_t slot, uint64_t tag)
{
	return (slot ^ tag) >> w->id_bits == 0;
}

#endif
