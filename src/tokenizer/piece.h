/*
 * piece.h - one pretoken to its tokens, by the shortest way.
 *
 * Nine pretokens of ten are tokens themselves: one look into a hash.  Of the
 * others most have been met before in the same text: a cache, which lives on
 * the caller's stack, remembers what became of them.  Only the rest is
 * encoded.
 */
#ifndef PIECE_H
#define PIECE_H

#include "bpe.h"

/*
 * What a pretoken became.  One of up to REC_MAX bytes has its key; a longer
 * one has where it was met (LO) and its length (HI, above it LONG_MARK).
 * The first id has the number of tokens above it.  No pretoken is empty: all
 * zeros is an entry not used.
 */
#define MEMO_IDS 4
#define LONG_MARK ((uint64_t)0xff << 56)
struct memo_entry {
	struct word_key key;
	uint32_t id[MEMO_IDS];
};

struct memo {
	struct memo_entry *entry;
	size_t mask;
};

#define MEMO_MIN 64
#define MEMO_MAX 2048
#define MEMO_LONG 512 /* nothing longer is remembered */

struct engine {
	struct vocab v;
	struct sink *sink;
	struct memo memo;
	bool avx2; /* the processor has it */
};

/* The entry of a pretoken whose hash is H. */
static inline struct memo_entry *
piece_memo(const struct memo *memo, uint64_t h)
{
	return &memo->entry[h >> 16 & memo->mask];
}

/* A pretoken of up to REC_MAX bytes that is not a token.  H: its hash. */
void piece_short(struct engine *e, const uint8_t *p, size_t len,
    struct word_key key, uint64_t h);

/* A pretoken of more than REC_MAX bytes. */
void piece_long(struct engine *e, const uint8_t *p, size_t len);

/* Any pretoken. */
void piece_any(struct engine *e, const uint8_t *p, size_t len);

#endif
