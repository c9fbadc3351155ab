/*
 * piece.h - a pretoken that is not a token to its tokens.
 *
 * Most of them have been met before in the same text: the memo remembers what
 * became of them.  Only the rest is encoded.
 */
#ifndef PIECE_H
#define PIECE_H

#include "memo.h"
#include "merge.h"
#include "sink.h"

struct engine {
	struct vocab v;
	struct sink *sink;
	struct memo memo;
};

/*
 * A pretoken at P that is not a token.  If it has up to WORD_MAX bytes W is
 * the word, of hash H; else H is its piece_hash.
 */
struct piece {
	const uint8_t *p;
	size_t len;
	struct word w;
	uint64_t h;
};

/* Of one that is no word, by its ends. */
static inline uint64_t
piece_hash(const uint8_t *p, size_t len)
{
	struct word ends;

	memcpy(&ends.lo, p, 8);
	memcpy(&ends.hi, p + len - 8, 8);
	return long_hash(ends.lo ^ len, ends.hi);
}

/*
 * Pretokens that are not remembered and wait to be merged together.  None do
 * if the number in MERGE is 0.
 */
struct pieces {
	struct merge merge;
	struct word key[MERGE_JOBS];
	size_t place[MERGE_JOBS];
	/* Of those that are no words: who is told what it took; or NULL. */
	struct choice *choice[MERGE_JOBS];
	uint8_t width[MERGE_JOBS]; /* of the characters */
};

/* Add the number of its tokens; if it waits, pieces_count does so. */
void piece_count(struct engine *e, struct pieces *q, const struct piece *piece);
void pieces_count(struct engine *e, struct pieces *q);

/* Tokens that are remembered, if they are few; N is 0 if not. */
struct few {
	uint64_t ids[MEMO_IDS / 2]; /* two in each, as they lie in memory */
	unsigned n;
};

/* What is to become of one whose ids are wanted. */
#define NOT_WAITING MERGE_JOBS
struct wait {
	unsigned at;    /* its number among those that wait, or NOT_WAITING */
	struct few few; /* its tokens, if they are remembered; else none */
	bool is_looked; /* LOOK is set: it is not to be merged */
	struct variety look;
};

/* It may wait in Q, which has room. */
void piece_wait(struct engine *e, struct pieces *q, const struct piece *piece,
    struct wait *wait);

static inline void
put_few(struct sink *sink, const struct few *few)
{
	uint32_t ids[MEMO_IDS], *to = sink_room(sink, few->n);

	if (to != NULL) {
		memcpy(to, few->ids, sizeof(few->ids));
		sink->n += few->n;
		return;
	}
	memcpy(ids, few->ids, sizeof(ids));
	sink_put_all(sink, ids, few->n);
}

/* Add the tokens of the J-th of those, once they are merged. */
void piece_merged(struct engine *e, const struct pieces *q, unsigned j);

/* Add the tokens of one that does not wait, and is like LOOK; or if that is
 * NULL, was not looked at. */
void piece_ids(
    struct engine *e, const struct piece *piece, const struct variety *look);

#endif
