/*
 * batch.h - pretokens that wait for being looked up.
 *
 * Short and long words have tables of their own; a list of each says where
 * they are among all of the batch.  Looking up goes in rounds, each of which
 * asks the memory for what the next one needs: most of a vocabulary is far
 * away, and this way dozens of answers are under way at once.  What is not
 * found in the hot tables goes on to the others, or to those that are no
 * token, without a branch that could be guessed wrong.
 */
#ifndef BATCH_H
#define BATCH_H

#include "match.h"
#include "piece.h"

/* Looked up from so many on; one more block, and all places fit in a byte. */
#define BATCH_MAX 192
#define BATCH_ALL (BATCH_MAX + 64)

/* Places in a batch. */
struct list {
	uint8_t at[BATCH_ALL + 1];
	unsigned n;
};

struct batch {
	const uint8_t *text[BATCH_ALL];
	size_t len[BATCH_ALL];
	struct word word[BATCH_ALL];
	uint64_t hash[BATCH_ALL];
	uint32_t id[BATCH_ALL + SINK_STEP]; /* if wanted */
	struct list shorts, longs;
	unsigned n;
	unsigned gapless, unlooked; /* see parts.h */
	uint8_t tail[32]; /* the last 16 bytes of a text, and 16 zeros */
};

static inline void
batch_init(struct batch *b)
{
	b->n = b->shorts.n = b->longs.n = 0;
	b->gapless = b->unlooked = 0;
	memset(b->tail, 0, sizeof(b->tail));
}

static ALWAYS_INLINE void
list_add_if(struct list *list, unsigned i, bool condition)
{
	list->at[list->n] = (uint8_t)i;
	list->n += condition;
}

/* The I-th is the pretoken of LEN bytes at P, after which 16 can be read. */
static ALWAYS_INLINE void
batch_set(struct batch *b, unsigned i, const uint8_t *p, size_t len)
{
	b->text[i] = p;
	b->len[i] = len;
	list_add_if(&b->shorts, i, len <= SHORT_MAX);
	list_add_if(&b->longs, i, len > SHORT_MAX);
}

static ALWAYS_INLINE void
batch_add(struct batch *b, const uint8_t *p, size_t len)
{
	batch_set(b, b->n++, p, len);
}

/* What is too long for a word is in no table: it goes to NONE, with a hash. */
static ALWAYS_INLINE void
batch_words(struct batch *b, struct list *none)
{
	unsigned n = b->longs.n;

	b->longs.n = 0;
	for (unsigned k = 0; k < n; k++) {
		unsigned i = b->longs.at[k];
		bool is_word = b->len[i] <= WORD_MAX;

		list_add_if(none, i, !is_word);
		list_add_if(&b->longs, i, is_word);
	}
	for (unsigned k = 0; k < none->n; k++) {
		unsigned i = none->at[k];

		b->hash[i] = piece_hash(b->text[i], b->len[i]);
	}
}

/* Words and hashes of all that may be in a table. */
static ALWAYS_INLINE void
batch_hash(struct batch *b, const struct words *tables)
{
	for (unsigned k = 0; k < b->shorts.n; k++) {
		unsigned i = b->shorts.at[k];

		b->word[i].lo = word_short(b->text[i], b->len[i]);
		b->word[i].hi = 0;
		b->hash[i] = short_hash(b->word[i].lo);
		__builtin_prefetch(
		    words_bucket(&tables[HOT_SHORT], b->hash[i]));
	}
	for (unsigned k = 0; k < b->longs.n; k++) {
		unsigned i = b->longs.at[k];

		b->word[i] = word_long(b->text[i], b->len[i]);
		b->hash[i] = long_hash(b->word[i].lo, b->word[i].hi);
		__builtin_prefetch(words_bucket(&tables[HOT_LONG], b->hash[i]));
	}
}

/*
 * Look the words of LIST up in TABLE.  Those not found there are left in the
 * list.
 */
static ALWAYS_INLINE void
batch_look(struct batch *b, const struct vocab *v, unsigned table,
    struct list *list, bool ids)
{
	const struct words *w = &v->words[table];
	bool is_long = table == HOT_LONG || table == COLD_LONG;
	bool is_cold = table == COLD_SHORT || table == COLD_LONG;
	unsigned n = list->n;

	list->n = 0;
	for (unsigned k = 0; k < n; k++) {
		unsigned i = list->at[k], m;
		bool found;

		m = match_word(w, b->word[i].lo, b->hash[i], is_long);
		found = m != 0;
		if (ids || is_cold) {
			uint32_t id = match_id(w, b->hash[i], m, is_long);

			found = found && (!is_cold || id < v->ntok);
			b->id[i] = found ? id : ID_NONE;
		}
		list_add_if(list, i, !found);
	}
}

/* Leave in LIST what TABLE may have, and add the others to NONE. */
static ALWAYS_INLINE void
batch_sort(const struct batch *b, const struct vocab *v, unsigned table,
    struct list *list, struct list *none)
{
	unsigned n = list->n;

	list->n = 0;
	for (unsigned k = 0; k < n; k++) {
		unsigned i = list->at[k];
		bool maybe = vocab_maybe(v, b->hash[i]);

		list_add_if(none, i, !maybe);
		list_add_if(list, i, maybe);
		__builtin_prefetch(words_bucket(&v->words[table], b->hash[i]));
	}
}

/* The tables do not have what is in LIST; is there a rest? */
static ALWAYS_INLINE void
batch_rest(struct batch *b, const struct vocab *v, unsigned table,
    const struct list *list, struct list *none)
{
	for (unsigned k = 0; k < list->n; k++) {
		unsigned i = list->at[k];
		uint32_t id = ID_NONE;

		if (words_full(&v->words[table], b->hash[i]))
			id = vocab_rest(v, b->word[i], b->hash[i]);
		b->id[i] = id;
		list_add_if(none, i, id == ID_NONE);
	}
}

/* Look all up; NONE gets what is no token. */
static ALWAYS_INLINE void
batch_find(struct batch *b, const struct vocab *v, struct list *none, bool ids)
{
	none->n = 0;
	batch_words(b, none);
	batch_hash(b, v->words);
	batch_look(b, v, HOT_SHORT, &b->shorts, ids);
	batch_look(b, v, HOT_LONG, &b->longs, ids);
	batch_sort(b, v, COLD_SHORT, &b->shorts, none);
	batch_sort(b, v, COLD_LONG, &b->longs, none);
	batch_look(b, v, COLD_SHORT, &b->shorts, ids);
	batch_look(b, v, COLD_LONG, &b->longs, ids);
	batch_rest(b, v, COLD_SHORT, &b->shorts, none);
	batch_rest(b, v, COLD_LONG, &b->longs, none);
}

static ALWAYS_INLINE struct piece
piece_at(const struct batch *b, unsigned i)
{
	return (struct piece){b->text[i], b->len[i], b->word[i], b->hash[i]};
}

static ALWAYS_INLINE void
list_sort(struct list *list)
{
	uint64_t bits[BATCH_ALL / 64] = {0};

	for (unsigned k = 0; k < list->n; k++)
		bits[list->at[k] / 64] |= (uint64_t)1 << list->at[k] % 64;
	list->n = 0;
	for (unsigned i = 0; i < BATCH_ALL / 64; i++)
		for (; bits[i] != 0; bits[i] &= bits[i] - 1)
			list_add_if(list, i * 64 + lowest(bits[i]), true);
}

/* Add the ids in their order, and those of NONE, which are no tokens. */
static ALWAYS_INLINE void
batch_put(const struct batch *b, struct engine *e, struct list *none)
{
	struct wait waits[BATCH_ALL];
	struct pieces q;
	unsigned from = 0;

	list_sort(none);
	for (unsigned k = 0, put = 0; put < none->n;) {
		q.merge.n = 0;
		for (; k < none->n && q.merge.n < MERGE_JOBS; k++) {
			struct piece piece = piece_at(b, none->at[k]);

			piece_wait(e, &q, &piece, &waits[k]);
		}
		merge_all(&e->v, &q.merge);
		for (; put < k; put++) {
			const struct wait *wait = &waits[put];
			unsigned at = none->at[put];
			struct piece piece = piece_at(b, at);

			sink_put_few(e->sink, b->id + from, at - from);
			if (wait->few.n > 0)
				put_few(e->sink, &wait->few);
			else if (wait->at != NOT_WAITING)
				piece_merged(e, &q, wait->at);
			else
				piece_ids(e, &piece,
				    wait->is_looked ? &wait->look : NULL);
			from = at + 1;
		}
	}
	sink_put_few(e->sink, b->id + from, b->n - from);
}

/* Count all, of which those of NONE are no tokens. */
static ALWAYS_INLINE void
batch_count(const struct batch *b, struct engine *e, const struct list *none)
{
	struct pieces q;

	q.merge.n = 0;
	e->sink->n += b->n - none->n;
	for (unsigned k = 0; k < none->n; k++) {
		struct piece piece = piece_at(b, none->at[k]);

		piece_count(e, &q, &piece);
	}
	pieces_count(e, &q);
}

static ALWAYS_INLINE void
batch_flush(struct batch *b, struct engine *e, bool ids)
{
	struct list none;

	batch_find(b, &e->v, &none, ids);
	for (unsigned k = 0; k < none.n; k++)
		memo_prefetch(&e->memo, b->hash[none.at[k]], ids);
	if (ids) {
		batch_put(b, e, &none);
	} else {
		batch_count(b, e, &none);
	}
	b->n = b->shorts.n = b->longs.n = 0;
}

#endif
