/*
 * memo.h - what was found out about the text so far.
 *
 * A table in the caller's room.  What is met again need not be encoded again:
 * pretokens (see piece.c) and steps of a path through a long one (guess.h).
 * What comes to the place of something else takes it.  A second table has which
 * tokens may follow which.  And there is what the ways to encode took.
 */
#ifndef MEMO_H
#define MEMO_H

#include "ways.h"
#include "words.h"

/*
 * What a pretoken became.  One of up to WORD_MAX bytes has its word for a
 * key; a longer one has where it was met, and in HI its length, LONG_MARK and
 * how often the text had moved.
 * All zeros is an entry not used.  No word has in HI what the marks have.
 *
 * Where ids are wanted the first one has the number of tokens above it.  More
 * than MEMO_IDS are not kept, but where they went: the number of the first one
 * among all of the text is in the last two.
 * Where they are only counted the number of a word's tokens is above the four
 * bits of its length, and of a longer pretoken's it is NUMBER_SHIFT up.
 */
#define MEMO_IDS 4
#define LONG_MARK ((uint64_t)1 << 56)
#define GUESS_MARK ((uint64_t)2 << 56)
#define RUN_MARK ((uint64_t)3 << 56)
#define NUMBER_SHIFT 16
#define WORD_SHIFT 60
#define MEMO_LONG 512 /* nothing longer is remembered */
struct memo_ids {
	struct word key;
	uint32_t id[MEMO_IDS];
} IN_ROOM;

/* Whether one token may follow another: see the function. */
struct memo_pair {
	uint32_t key;
} IN_ROOM;

/*
 * The size, in words that are counted, is a power of two.  The room has the
 * tables and the ways.
 */
#define MEMO_MIN 256
#define MEMO_MAX 32768
#define PAIR_BITS (2 * ID_BITS)
#define TABLE_BYTES(size) \
	((size) * (sizeof(struct word) + sizeof(struct memo_pair)))
#define MEMO_BYTES(size) (TABLE_BYTES(size) + sizeof(struct ways))
struct memo_room {
	_Alignas(64) uint64_t room[MEMO_BYTES(MEMO_MAX) / sizeof(uint64_t)];
};

struct memo {
	struct {
		struct word *count;
		struct memo_ids *ids;
	} entry; /* the same room */
	size_t size;
	unsigned shift; /* which leaves of a hash the place */
	unsigned guess_shift;
	bool has_ids;
	unsigned pair_shift;
	struct memo_pair *pairs;
	uint64_t moved; /* how often the text did, as keys have it */
	struct ways *ways;
};

/* Small for a short text, of LEN bytes: it takes time to make it empty. */
static inline size_t
memo_size(size_t len)
{
	size_t size = MEMO_MIN;

	while (size < MEMO_MAX && size < len / 16)
		size *= 2;
	return size;
}

/* MEMO is in ROOM now, of MEMO_BYTES(memo->size). */
static inline void
memo_put(struct memo *memo, void *room)
{
	memo->entry.count = room;
	memo->entry.ids = room;
	memo->pairs = (void *)((struct word *)room + memo->size);
	memo->ways = (void *)(memo->pairs + memo->size);
}

/* IDS says whether these are wanted. */
static inline void
memo_begin(struct memo *memo, void *room, size_t size, bool ids)
{
	size_t places = ids ? size / 2 : size;

	memset(room, 0, TABLE_BYTES(size));
	memo->size = size;
	memo->has_ids = ids;
	memo_put(memo, room);
	memo->shift = 64 - (unsigned)__builtin_ctzll(places);
	memo->guess_shift = 64 - (unsigned)__builtin_ctzll(size);
	memo->pair_shift = PAIR_BITS - (unsigned)__builtin_ctzll(size);
	memo->moved = 0;
	ways_begin(memo->ways);
}

/*
 * The text has moved: what is remembered by where it was met is not there any
 * more.
 */
#define MOVED_ONE ((uint64_t)1 << 32)
static inline void
memo_move(struct memo *memo)
{
	memo->moved += MOVED_ONE;
	if (memo->moved >= LONG_MARK)
		memo_begin(memo, memo->entry.count, memo->size, memo->has_ids);
}

/* The place of what has the hash H: its highest bits are those of all. */
static inline size_t
memo_place(const struct memo *memo, uint64_t h)
{
	return h >> memo->shift;
}

static inline void
memo_prefetch(const struct memo *memo, uint64_t h, bool ids)
{
	size_t place = memo_place(memo, h);

	__builtin_prefetch(ids ? (const void *)&memo->entry.ids[place]
			       : (const void *)&memo->entry.count[place]);
}

/*
 * The place of a guess.  It is half of what has ids: there it takes those from
 * the pretoken which has them, or all of it.
 */
static inline struct word *
memo_guess(const struct memo *memo, uint64_t h)
{
	return &memo->entry.count[h >> memo->guess_shift];
}

/*
 * Where it is remembered whether RIGHT may follow LEFT: the lowest bit of what
 * is there, and the others are those of *KEY, if it is known.  The two are one
 * number, which is mixed by what can be undone; so it is in the place and the
 * key, and no two pairs have both in common.
 */
#define PAIR_ASKED ((uint32_t)1 << 31)
_Static_assert(MEMO_MIN >= 1 << (PAIR_BITS - 30), "keys have 30 bits");
static inline struct memo_pair *
memo_pair(const struct memo *memo, uint32_t left, uint32_t right, uint32_t *key)
{
	uint64_t pair = (uint64_t)left << ID_BITS | right, place;

	pair ^= pair >> ID_BITS;
	pair = pair * HASH_1 & (((uint64_t)1 << PAIR_BITS) - 1);
	pair ^= pair >> ID_BITS;
	place = pair >> memo->pair_shift;
	*key = PAIR_ASKED | (uint32_t)(pair ^ place << memo->pair_shift) << 1;
	return &memo->pairs[place];
}

#endif
