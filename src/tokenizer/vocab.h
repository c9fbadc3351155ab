/*
 * vocab.h - looking things up in a vocabulary's image.
 */
#ifndef VOCAB_H
#define VOCAB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

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
	const uint32_t *roots;
	const uint32_t *runs;
	const uint64_t *kids;
	const uint16_t *near;
	const uint64_t *span;
	const uint64_t *edge;
	const uint8_t *before_mended, *after_mended, *run;
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

/* The longest token that the text from P to END begins with. */
struct found vocab_longest(
    const struct vocab *v, const uint8_t *p, const uint8_t *end);

static inline unsigned
vocab_len(const struct vocab *v, uint32_t id)
{
	return v->len[id];
}

/* The next shorter token that T begins with; ID_NONE if there is none. */
static inline struct found
vocab_shorter(const struct vocab *v, struct found t)
{
	do
		t.id = SPLIT_PREFIX(v->split[t.id]);
	while (t.id >= v->ntok && t.id != ID_NONE);
	t.len = t.id != ID_NONE ? vocab_len(v, t.id) : 0;
	return t;
}

/* The token of a single byte. */
static inline uint32_t
vocab_byte(const struct vocab *v, uint8_t b)
{
	return TRIE_TOK(v->roots[b]);
}

/* The token of the two ASCII characters at P, or ID_NONE. */
static inline uint32_t
vocab_two(const struct vocab *v, const uint8_t *p)
{
	uint32_t r = v->roots[ROOT_PAIR + ((uint32_t)p[0] << 7 | p[1])];

	return TRIE_LESS(r) == 0 && TRIE_TOK(r) < v->ntok ? TRIE_TOK(r)
	                                                  : ID_NONE;
}

/* The root of the character of two to four bytes, N, at P. */
static inline uint32_t
vocab_char(const struct vocab *v, const uint8_t *p, unsigned n)
{
	uint32_t cp = unit_of(p, n), r;
	const uint32_t *block;

	if (n == 2)
		return v->roots[ROOT_TWO + cp];
	r = v->roots[ROOT_BLOCK + cp / 64];
	block = v->roots + (r & ~(ROOT_OWN | ROOT_EITHER));
	if (r & ROOT_OWN)
		return block[cp % 64];
	if (r & ROOT_EITHER)
		return block[block[2 + cp % 64 / 32] >> cp % 32 & 1];
	return r;
}

/* The bytes of a token. */
const uint8_t *vocab_text(const struct vocab *v, uint32_t id);

/* The token that LEFT and RIGHT merge into, if it is no word; or ID_NONE. */
uint32_t vocab_pair(const struct vocab *v, uint32_t left, uint32_t right);

/* The token that LEFT and RIGHT, whose text meets at P, merge into. */
uint32_t vocab_joined(const struct vocab *v, struct found left,
    struct found right, const uint8_t *p);

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

static inline uint64_t
vocab_edge(const struct vocab *v, uint32_t bit)
{
	return v->edge[bit / 64] >> bit % 64;
}

/*
 * Does no token span the place P in valid UTF-8, so that what comes before it
 * and after it can be encoded on its own?  Only found out at span_place; five
 * bytes can be read there.
 */
static inline bool
vocab_gap(const struct vocab *v, const uint8_t *p)
{
	uint64_t w, h, edge;

	memcpy(&w, p - SPAN_BEFORE, sizeof(w));
	h = span_hash(w);
	edge = vocab_edge(v, edge_1_1(w)) | vocab_edge(v, edge_1_3(w)) |
	       vocab_edge(v, edge_3_1(w));
	return ((~v->span[set_place(h)] & set_bits(h)) != 0) & ~edge & 1;
}

/*
 * No merge across the place P, where LEFT and RIGHT meet, comes before this
 * rank.
 */
static inline uint32_t
vocab_bound(const struct vocab *v, struct found left, struct found right,
    const uint8_t *p)
{
	uint32_t bound = v->near[near_byte(p)], bound2 = bound;

	if (left.len > 1 && right.len > 1)
		bound2 = v->near[near_bytes(p)];
	return NEAR_UNIT * (bound < bound2 ? bound : bound2);
}

/* Does that settle it that RIGHT may follow LEFT?  MEET as below. */
static inline bool
vocab_is_bound(uint32_t bound, struct found left, struct found right, bool meet)
{
	return left.id < bound && right.id < bound && !meet;
}

/* vocab_may_follow, if BOUND does not settle it. */
bool vocab_undo(const struct vocab *v, struct found left, struct found right,
    const uint8_t *p, uint32_t bound, bool meet);

/*
 * May RIGHT follow LEFT, or would a merge across the boundary have come
 * before some merge within the two?  P is where their text meets.  MEET says
 * whether the two themselves may merge, or that is known not to be.
 */
static inline bool
vocab_may_follow(const struct vocab *v, struct found left, struct found right,
    const uint8_t *p, bool meet)
{
	uint32_t bound = vocab_bound(v, left, right, p);

	return vocab_is_bound(bound, left, right, meet) ||
	       vocab_undo(v, left, right, p, bound, meet);
}

#endif
