/*
 * vocab.h - looking things up in a vocabulary's image.
 */
#ifndef VOCAB_H
#define VOCAB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include "words.h"

/* An image's sections, ready for use. */
struct vocab {
	const uint8_t *len;
	const uint32_t *start;
	const uint8_t *text;
	const uint64_t *split;
	struct words words[WORD_TABLES];
	const uint64_t *maybe;
	const struct rest_entry *rest;
	const uint32_t *pairs;
	const uint64_t *trie;
	const uint32_t *bytes;
	const uint32_t *twos;
	const uint16_t *near;
	const uint8_t *span;
	uint32_t rest_size;
	uint32_t pairs_size;
	uint32_t trie_size;
	uint32_t ntok; /* ids from here on do not count */
	uint32_t maxlen;
};

/* NTOK: how many ids of the image are the encoding's; 0 if all. */
void vocab_open(struct vocab *v, const void *image, uint32_t ntok);

/* A token, and its length. */
struct found {
	uint32_t id;
	uint32_t len;
};

/* The longest proper token that the text from P to END begins with. */
struct found vocab_longest(
    const struct vocab *v, const uint8_t *p, const uint8_t *end);

static inline unsigned
vocab_len(const struct vocab *v, uint32_t id)
{
	return v->len[id];
}

/* The longest proper token that T begins with; ID_NONE if there is none. */
static inline struct found
vocab_shorter(const struct vocab *v, struct found t)
{
	do
		t.id = SPLIT_PREFIX(v->split[t.id]);
	while (t.id >= v->ntok && t.id != ID_NONE);
	t.len = t.id != ID_NONE ? vocab_len(v, t.id) : 0;
	return t;
}

/* The bytes of a token. */
const uint8_t *vocab_text(const struct vocab *v, uint32_t id);

/*
 * The slots of the bucket at SLOT with the tag of H, a bit for each; what an
 * empty slot holds is no tag.
 */
static inline unsigned
bucket_match(const uint32_t *slot, uint32_t tag)
{
#if defined(__SSE2__)
	__m128i slots = _mm_load_si128((const void *)slot);
	__m128i tags = _mm_andnot_si128(_mm_set1_epi32(ID_MASK), slots);

	return (unsigned)_mm_movemask_ps(
	    _mm_castsi128_ps(_mm_cmpeq_epi32(tags, _mm_set1_epi32((int)tag))));
#else
	return (unsigned)((slot[0] & ~ID_MASK) == tag) |
	       (unsigned)((slot[1] & ~ID_MASK) == tag) << 1 |
	       (unsigned)((slot[2] & ~ID_MASK) == tag) << 2 |
	       (unsigned)((slot[3] & ~ID_MASK) == tag) << 3;
#endif
}

/* May the word of hash H be a token that is not one of the hot ones? */
static inline bool
vocab_maybe(const struct vocab *v, uint64_t h)
{
	return (~v->maybe[maybe_place(h)] & maybe_bits(h)) == 0;
}

/*
 * The token that is the word W, of hash H, or ID_NONE; if the tables do not
 * have it and its bucket in the last one is full.
 */
uint32_t vocab_rest(const struct vocab *v, struct word w, uint64_t h);

/*
 * Does no token span the place P in valid UTF-8, so that what comes before it
 * and after it can be encoded on its own?  Only found out where two
 * characters beyond ASCII meet, at least three bytes after the text's start.
 */
static inline bool
vocab_gap(const struct vocab *v, const uint8_t *p)
{
	uint32_t a, b, c;

	if (!span_place(p))
		return false;
	a = span_3_3(p);
	b = span_3_1(p);
	c = span_1_1(p);
	return ((v->span[a / 8] >> a % 8 | v->span[b / 8] >> b % 8 |
		    v->span[c / 8] >> c % 8) &
		   1) == 0;
}

/* The token that LEFT and RIGHT merge into, or ID_NONE. */
static inline uint32_t
vocab_pair(const struct vocab *v, uint32_t left, uint32_t right)
{
	uint64_t h = pair_hash(left, right);
	uint32_t bucket = hash_bucket(h, v->pairs_size);
	uint32_t tag = hash_tag(h);

	for (;;) {
		const uint32_t *slot = &v->pairs[(size_t)bucket * BUCKET];
		unsigned match = bucket_match(slot, tag);

		for (; match != 0; match &= match - 1) {
			uint32_t id = slot[__builtin_ctz(match)] & ID_MASK;
			uint64_t s = v->split[id];

			if (SPLIT_LEFT(s) == left && SPLIT_RIGHT(s) == right)
				return id < v->ntok ? id : ID_NONE;
		}
		if (slot[BUCKET - 1] == SLOT_EMPTY)
			return ID_NONE;
		bucket = bucket + 1 < v->pairs_size ? bucket + 1 : 0;
	}
}

/*
 * vocab_may_follow, if what lies near P does not settle it: BOUND is the
 * lowest rank of a merge across such bytes.
 */
bool vocab_undo(const struct vocab *v, uint32_t left, uint32_t right,
    uint32_t bound, bool meet);

/*
 * May RIGHT follow LEFT, or would a merge across the boundary have come
 * before some merge within the two?  P is where their text meets.  MEET says
 * whether the two themselves may merge, or that is known not to be.
 */
static inline bool
vocab_may_follow(const struct vocab *v, struct found left, struct found right,
    const uint8_t *p, bool meet)
{
	uint32_t bound = v->near[near_byte(p)], bound2 = bound;

	if (left.len > 1 && right.len > 1)
		bound2 = v->near[near_bytes(p)];
	bound = NEAR_UNIT * (bound < bound2 ? bound : bound2);
	if (left.id < bound && right.id < bound && !meet)
		return true;
	return vocab_undo(v, left.id, right.id, bound, meet);
}

#endif
