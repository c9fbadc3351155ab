/*
 * vocab.h - looking things up in a vocabulary's image.
 */
#ifndef VOCAB_H
#define VOCAB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "image.h"

/* An image's sections, ready for use. */
struct vocab {
	const struct tok_rec *rec;
	const uint64_t *split;
	const uint32_t *words;
	const uint32_t *pairs;
	const uint64_t *trie;
	const uint16_t *near;
	const uint8_t *tail;
	unsigned words_shift;
	unsigned pairs_shift;
	uint32_t trie_size;
	uint32_t ntok;
	uint32_t maxlen;
};

void vocab_open(struct vocab *v, const void *image);

/* The longest proper token that the text from P to END begins with. */
uint32_t vocab_longest(
    const struct vocab *v, const uint8_t *p, const uint8_t *end);

/*
 * May RIGHT follow LEFT, or would a merge across the boundary have come
 * before some merge within the two?  P is where their text meets.  MEET says
 * whether the two themselves may merge, or that is known not to be.
 */
bool vocab_may_follow(const struct vocab *v, uint32_t left, uint32_t right,
    const uint8_t *p, bool meet);

static inline unsigned
vocab_len(const struct vocab *v, uint32_t id)
{
	return v->rec[id].len;
}

/* Text of up to REC_MAX bytes, laid out as a token's record. */
struct word_key {
	uint64_t lo, hi;
};

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "word_key takes bytes for little-endian words"
#endif

/* The key of the LEN bytes at P, of which at least 16 can be read. */
static inline struct word_key
word_key(const uint8_t *p, size_t len)
{
	/* From one of its entries on, LEN bytes of ones, then zeros. */
	static const uint8_t ones[32] = {255, 255, 255, 255, 255, 255, 255, 255,
	    255, 255, 255, 255, 255, 255, 255, 255};
	struct word_key key, mask;

	memcpy(&key, p, sizeof(key));
	memcpy(&mask, ones + 16 - len, sizeof(mask));
	key.lo &= mask.lo;
	key.hi = (key.hi & mask.hi) | (uint64_t)len << 56;
	return key;
}

/* The same where less than 16 bytes may follow P. */
static inline struct word_key
word_key_safe(const uint8_t *p, size_t len)
{
	uint8_t b[16] = {0};

	memcpy(b, p, len);
	return word_key(b, len);
}

/* The token that is exactly KEY, whose hash is H; or ID_NONE. */
static inline uint32_t
vocab_word(const struct vocab *v, struct word_key key, uint64_t h)
{
	uint64_t mask = ((uint64_t)1 << (64 - v->words_shift)) - 1;
	uint32_t tag = hash_tag(h, v->words_shift);

	for (uint64_t i = h >> v->words_shift;; i = (i + 1) & mask) {
		uint32_t slot = v->words[i], id = slot & ID_MASK;
		struct word_key rec;

		if ((slot & ~ID_MASK) == tag && slot != SLOT_EMPTY) {
			memcpy(&rec, &v->rec[id], sizeof(rec));
			if (rec.lo == key.lo && rec.hi == key.hi)
				return id;
		} else if (slot == SLOT_EMPTY) {
			return ID_NONE;
		}
	}
}

#endif
