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

/* What a pretoken of up to REC_MAX bytes became. */
#define MEMO_IDS 4
struct memo_entry {
	struct word_key key;   /* its length is never 0: 0 is an empty entry */
	uint32_t id[MEMO_IDS]; /* the number of tokens above the first id */
};

struct memo {
	struct memo_entry *entry;
	size_t mask;
};

struct engine {
	struct vocab v;
	struct sink *sink;
	struct memo memo;
	bool avx2; /* the processor has it */
};

#define MEMO_MIN 64
#define MEMO_MAX 2048

/* Not a token, nor in the cache. */
void piece_encode(struct engine *e, const uint8_t *p, size_t len,
    struct word_key key, struct memo_entry *entry);

static inline void
piece_short(struct engine *e, const uint8_t *p, size_t len, struct word_key key,
    uint64_t h)
{
	uint32_t id = vocab_word(&e->v, key, h);
	struct memo_entry *m;
	unsigned n;

	if (id != ID_NONE) {
		sink_put(e->sink, id);
		return;
	}
	m = &e->memo.entry[h >> 16 & e->memo.mask];
	n = m->id[0] >> ID_BITS;
	if (m->key.lo != key.lo || m->key.hi != key.hi ||
	    (e->sink->ids != NULL && n > MEMO_IDS)) {
		piece_encode(e, p, len, key, m);
		return;
	}
	if (e->sink->ids == NULL) {
		e->sink->n += n;
		return;
	}
	sink_put(e->sink, m->id[0] & ID_MASK);
	for (unsigned i = 1; i < n; i++)
		sink_put(e->sink, m->id[i]);
}

static inline void
piece_any(struct engine *e, const uint8_t *p, size_t len)
{
	struct word_key key;

	if (len > REC_MAX) {
		bpe_long(&e->v, e->sink, p, len);
		return;
	}
	key = word_key_safe(p, len);
	piece_short(e, p, len, key, word_hash(key.lo, key.hi));
}

#endif
