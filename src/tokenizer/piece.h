/*
 * piece.h - a pretoken that is not a token to its tokens.
 *
 * Most of them have been met before in the same text: a cache, which lives on
 * the caller's stack, remembers what became of them.  Only the rest is
 * encoded.
 */
#ifndef PIECE_H
#define PIECE_H

#include "merge.h"
#include "sink.h"

/*
 * What a pretoken became.  One of up to WORD_MAX bytes has its word for a
 * key; a longer one has where it was met, and in HI its length and LONG_MARK,
 * which no word has.  No pretoken is empty: all zeros is an entry not used.
 *
 * Where ids are wanted the first one has the number of tokens above it.  More
 * than MEMO_IDS are not kept, but where they went: the number of the first one
 * among all of the text is in the last two.
 * Where they are only counted the number of a word's tokens is above the four
 * bits of its length, and of a longer pretoken's it is NUMBER_SHIFT up.
 */
#define MEMO_IDS 4
#define LONG_MARK ((uint64_t)1 << 56)
#define NUMBER_SHIFT 16
#define WORD_SHIFT 60
struct memo_count {
	struct word key;
};
struct memo_ids {
	struct word key;
	uint32_t id[MEMO_IDS];
};

/* As many entries as a power of two; MASK is one less. */
struct memo {
	union {
		struct memo_count *count;
		struct memo_ids *ids;
	} entry;
	size_t mask;
};

#define MEMO_MIN 64
#define MEMO_BYTES 524288u
#define MEMO_LONG 512 /* nothing longer is remembered */

struct engine {
	struct vocab v;
	struct sink *sink;
	struct memo memo;
};

/* Give E, whose sink is known, N entries at AT, all zeros, to remember in. */
static inline void
engine_memo(struct engine *e, void *at, size_t n)
{
	if (e->sink->ids != NULL)
		e->memo.entry.ids = at;
	else
		e->memo.entry.count = at;
	e->memo.mask = n - 1;
}

/* The place of a pretoken whose hash is H. */
static inline size_t
memo_place(const struct memo *memo, uint64_t h)
{
	return h >> 40 & memo->mask;
}

static inline void
piece_prefetch(const struct memo *memo, uint64_t h, bool ids)
{
	size_t place = memo_place(memo, h);

	__builtin_prefetch(ids ? (const void *)&memo->entry.ids[place]
			       : (const void *)&memo->entry.count[place]);
}

/*
 * A pretoken at P that is not a token.  If it has up to WORD_MAX bytes W is
 * the word, of hash H.
 */
struct piece {
	const uint8_t *p;
	size_t len;
	struct word w;
	uint64_t h;
};

/*
 * Pretokens that are not remembered and wait to be merged together.  None do
 * if the number in MERGE is 0.
 */
struct pieces {
	struct merge merge;
	struct word key[MERGE_JOBS];
	size_t place[MERGE_JOBS];
};

/* Add the number of its tokens; if it waits, pieces_count does so. */
void piece_count(struct engine *e, struct pieces *q, const struct piece *piece);
void pieces_count(struct engine *e, struct pieces *q);

/* Its number among those that wait in Q, which has room, or NOT_WAITING. */
#define NOT_WAITING MERGE_JOBS
unsigned piece_wait(
    struct engine *e, struct pieces *q, const struct piece *piece);

/* Add the tokens of the J-th of those, once they are merged. */
void piece_merged(struct engine *e, const struct pieces *q, unsigned j);

/* Add the tokens of one that does not wait. */
void piece_ids(struct engine *e, const struct piece *piece);

#endif
