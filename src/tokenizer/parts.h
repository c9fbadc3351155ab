/*
 * parts.h - pretokens and parts of them into a batch.
 */
#ifndef PARTS_H
#define PARTS_H

#include "batch.h"

/* There is one copy of what is called rarely, for each way. */
static void
flush_ids(struct batch *b, struct engine *e)
{
	batch_flush(b, e, true);
}

static void
flush_count(struct batch *b, struct engine *e)
{
	batch_flush(b, e, false);
}

static ALWAYS_INLINE void
flush(struct batch *b, struct engine *e, bool ids)
{
	if (ids)
		flush_ids(b, e);
	else
		flush_count(b, e);
}

/* What is near the END of the text is put where more can be read. */
static ALWAYS_INLINE void
add_any(struct batch *b, struct engine *e, bool ids, const uint8_t *p,
    size_t len, const uint8_t *end)
{
	if (b->n >= BATCH_ALL)
		flush(b, e, ids);
	if (end - p < 16) {
		uint8_t *copy = b->tail + (16 - (end - p));

		memcpy(copy, p, len);
		p = copy;
	}
	batch_add(b, p, len);
}

/* A token that need not be looked up. */
static ALWAYS_INLINE void
add_id(struct batch *b, uint32_t id)
{
	b->id[b->n++] = id;
}

/*
 * Add one character of N bytes, two or more, if the roots know how to encode
 * it.
 */
static ALWAYS_INLINE bool
add_char(
    struct batch *b, struct engine *e, bool ids, const uint8_t *p, unsigned n)
{
	uint32_t root = vocab_char(&e->v, p, n);

	if (ids && root & ROOT_ODD)
		return false;
	if (!ids) {
		e->sink->n += ROOT_COUNT(root);
		return true;
	}
	if (b->n + 4 > BATCH_ALL)
		flush(b, e, ids);
	add_id(b, TRIE_TOK(root));
	for (unsigned i = n - TRIE_LESS(root); i < n; i++)
		add_id(b, vocab_byte(&e->v, p[i]));
	return true;
}

/* Add what is encoded on its own. */
static ALWAYS_INLINE void
add_part(struct batch *b, struct engine *e, bool ids, const uint8_t *p,
    size_t len, const uint8_t *end)
{
	if (*p < 0x80 || len != utf8_width(*p) ||
	    !add_char(b, e, ids, p, (unsigned)len))
		add_any(b, e, ids, p, len, end);
}

/* The next character at P, or eight of ASCII before END. */
static inline unsigned
plain_bytes(const uint8_t *p, const uint8_t *end)
{
	uint64_t word;

	if (end - p < (long)sizeof(word))
		return utf8_width(*p);
	memcpy(&word, p, sizeof(word));
	return (word & EACH(0x80)) != 0 ? utf8_width(*p) : sizeof(word);
}

/* A block, and what the key of a word at its end may read. */
#define REACH (64 + 16)

/*
 * The places WITHIN a block between ASCII and U+FFFD; those of them that no
 * token spans go to *GAPS.
 */
static ALWAYS_INLINE uint64_t
mended_gaps(const struct vocab *v, const uint8_t *p, const struct classes *c,
    uint64_t within, uint64_t *gaps)
{
	uint64_t before = within & c->mended & ~(c->high << 1);
	uint64_t after = within & c->mended << 3 & ~c->high;

	*gaps = before & ~(places_in(p, before >> 1, v->before_mended) << 1);
	*gaps |= after & ~places_in(p, after, v->after_mended);
	return before | after;
}

/* The places WITHIN a block that no token spans. */
static ALWAYS_INLINE uint64_t
find_gaps(const struct vocab *v, const uint8_t *p, const struct classes *c,
    uint64_t within)
{
	uint64_t after = c->after;
	uint64_t wide = c->high & ~after & after >> 1 & after >> 2;
	uint64_t places = wide | ((after & after << 1) << 1 & ~after);
	uint64_t gaps = 0;

	places &= within;
	if (c->mended != 0) {
		/* Every vocabulary has a token of two U+FFFD. */
		places &= ~(c->mended & c->mended << 3);
		places &= ~mended_gaps(v, p, c, within, &gaps);
	}
	for (; places != 0; places &= places - 1) {
		unsigned i = lowest(places);

		gaps |= (uint64_t)vocab_gap(v, p + i) << i;
	}
	return gaps;
}

/*
 * Is it worth looking for gaps?  Where a number of blocks had one at most, of
 * which the parts are long, only now and then.
 */
#define GAPLESS_MAX 16
#define LOOK_EACH 8
static inline bool
to_look(struct batch *b)
{
	return b->gapless < GAPLESS_MAX || ++b->unlooked % LOOK_EACH == 0;
}

/*
 * Add what lies from P to TO within a pretoken in the text from TEXT to END.
 * A long run of Chinese, say, falls into parts where no token spans two of
 * its characters; most parts are tokens.
 */
static ALWAYS_INLINE void
add_parts(struct batch *b, struct engine *e, bool ids, const uint8_t *text,
    const uint8_t *p, const uint8_t *to, const uint8_t *end)
{
	const uint8_t *q = p + (p - text < 3 ? 3 : 1);
	unsigned gaps = 0;

	/* Of a block that has to know three bytes before and two behind. */
	for (; to - q >= REACH; q += 59) {
		struct classes c;
		uint64_t bits;

		if (!to_look(b))
			continue;
		classify(q - 3, &c);
		bits = find_gaps(&e->v, q - 3, &c, ~(uint64_t)0 >> 5 << 3);
		b->gapless = (bits & (bits - 1)) != 0 ? 0 : b->gapless + 1;
		for (; bits != 0; bits &= bits - 1) {
			const uint8_t *gap = q - 3 + lowest(bits);

			add_part(b, e, ids, p, (size_t)(gap - p), end);
			p = gap;
		}
		if (b->n >= BATCH_MAX)
			flush(b, e, ids);
	}
	if (!to_look(b))
		q = to;
	while (q < to && is_after(*q))
		q++;
	for (; q < to; q += plain_bytes(q, to)) {
		if (end - q >= 5 && span_place(q) && vocab_gap(&e->v, q)) {
			add_part(b, e, ids, p, (size_t)(q - p), end);
			p = q;
			gaps++;
		}
	}
	if (gaps > 1)
		b->gapless = 0;
	add_part(b, e, ids, p, (size_t)(to - p), end);
}

static void
parts_ids(struct batch *b, struct engine *e, const uint8_t *text,
    const uint8_t *p, const uint8_t *to, const uint8_t *end)
{
	add_parts(b, e, true, text, p, to, end);
}

static void
parts_count(struct batch *b, struct engine *e, const uint8_t *text,
    const uint8_t *p, const uint8_t *to, const uint8_t *end)
{
	add_parts(b, e, false, text, p, to, end);
}

static ALWAYS_INLINE void
parts(struct batch *b, struct engine *e, bool ids, const uint8_t *text,
    const uint8_t *p, const uint8_t *to, const uint8_t *end)
{
	if (ids)
		parts_ids(b, e, text, p, to, end);
	else
		parts_count(b, e, text, p, to, end);
}

#endif
