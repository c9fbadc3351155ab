#include "engine.h"

#include "batch.h"
#include "starts.h"

/* What is near the END of the text is put where more can be read. */
static ALWAYS_INLINE void
add_any(struct batch *b, struct engine *e, struct way way, const uint8_t *p,
    size_t len, const uint8_t *end)
{
	if (b->n >= BATCH_ALL)
		batch_flush(b, e, way);
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
add_char(struct batch *b, struct engine *e, struct way way, const uint8_t *p,
    unsigned n)
{
	uint32_t root = vocab_char(&e->v, p, n);

	if (way.ids && root & ROOT_ODD)
		return false;
	if (!way.ids) {
		e->sink->n += ROOT_COUNT(root);
		return true;
	}
	if (b->n + 4 > BATCH_ALL)
		batch_flush(b, e, way);
	add_id(b, TRIE_TOK(root));
	for (unsigned i = n - TRIE_LESS(root); i < n; i++)
		add_id(b, vocab_byte(&e->v, p[i]));
	return true;
}

/* Add what is encoded on its own. */
static ALWAYS_INLINE void
add_part(struct batch *b, struct engine *e, struct way way, const uint8_t *p,
    size_t len, const uint8_t *end)
{
	if (*p < 0x80 || len != utf8_width(*p) ||
	    !add_char(b, e, way, p, (unsigned)len))
		add_any(b, e, way, p, len, end);
}

/* The next character at P, or eight of ASCII before END. */
static inline unsigned
plain_bytes(const uint8_t *p, const uint8_t *end)
{
	uint64_t word;

	if (end - p < (long)sizeof(word))
		return utf8_width(*p);
	memcpy(&word, p, sizeof(word));
	return word & EACH(0x80) ? utf8_width(*p) : sizeof(word);
}

/*
 * Add the one pretoken at P; returns where it ends, P if that is not known.
 * A long run of Chinese, say, falls into parts where no token spans two of
 * its characters; most parts are tokens.
 */
static ALWAYS_INLINE const uint8_t *
add_one(struct batch *b, struct engine *e, struct way way, const uint8_t *text,
    const uint8_t *p, const uint8_t *end, bool final)
{
	const uint8_t *look, *next = scan_next(way.kind, p, end, &look);

	if (!final && look >= end)
		return p;
	for (const uint8_t *q = p; q < next; q += plain_bytes(q, next)) {
		if (q > p && q - text >= 3 && end - q >= 3 && span_place(q) &&
		    vocab_gap(&e->v, q)) {
			add_part(b, e, way, p, (size_t)(q - p), end);
			p = q;
		}
	}
	add_part(b, e, way, p, (size_t)(next - p), end);
	return next;
}

/* A block, and what the key of a word at its end may read. */
#define REACH (64 + 16)

/* The places WITHIN a block that no token spans. */
static ALWAYS_INLINE uint64_t
find_gaps(const struct vocab *v, const uint8_t *p, const struct classes *c,
    uint64_t within)
{
	uint64_t after = c->after;
	uint64_t wide = c->high & ~after & after >> 1 & after >> 2;
	uint64_t places = wide | ((after & after << 1) << 1 & ~after);
	uint64_t gaps = 0;

	for (places &= within; places != 0; places &= places - 1) {
		unsigned i = lowest(places);

		gaps |= (uint64_t)vocab_gap(v, p + i) << i;
	}
	return gaps;
}

/*
 * Add what is certain of the block at P in the text that begins with TEXT;
 * returns where that ends.
 */
static ALWAYS_INLINE const uint8_t *
add_block(struct batch *b, struct engine *e, struct way way,
    const uint8_t *text, const uint8_t *p)
{
	struct classes c;
	uint64_t bits, within;
	unsigned from = 0;

	if (way.avx2)
		classify_avx2(p, &c);
	else
		classify_portable(p, &c);
	if (c.high != 0)
		classify_wide(way.kind, p, &c);
	/* A pretoken begins at P; the others begin where one ends. */
	bits = find_starts(way.kind, p, &c) & ~(uint64_t)1;
	if (bits == 0)
		return p;
	if (c.high == 0) {
		for (; bits != 0; bits &= bits - 1) {
			unsigned to = lowest(bits);

			batch_add(b, p + from, to - from);
			from = to;
		}
		return p + from;
	}
	within = ((uint64_t)1 << (63 - __builtin_clzll(bits))) - 2;
	if (p - text < 3)
		within &= ~(uint64_t)7;
	bits |= find_gaps(&e->v, p, &c, within);
	for (; bits != 0; bits &= bits - 1) {
		unsigned to = lowest(bits);
		const uint8_t *q = p + from;

		if (*q < 0x80 || to - from != utf8_width(*q) ||
		    !add_char(b, e, way, q, to - from))
			batch_add(b, q, to - from);
		from = to;
	}
	return p + from;
}

static ALWAYS_INLINE const uint8_t *
run(struct engine *e, struct way way, const uint8_t *p, const uint8_t *end,
    bool final)
{
	const uint8_t *text = p;
	struct batch batch;

	batch.n = batch.shorts.n = batch.longs.n = 0;
	memset(batch.tail, 0, sizeof(batch.tail));
	while (p < end) {
		const uint8_t *from = p;

		if (end - p >= REACH)
			p = add_block(&batch, e, way, text, p);
		if (p == from)
			p = add_one(&batch, e, way, text, p, end, final);
		if (p == from)
			break;
		if (batch.n >= BATCH_MAX)
			batch_flush(&batch, e, way);
	}
	batch_flush(&batch, e, way);
	return p;
}

#define RUN(kind, ids, avx2) \
	run(e, (struct way){kind, ids, avx2}, p, end, final)
#define RUN_KIND(kind, avx2) \
	(e->sink->ids != NULL ? RUN(kind, true, avx2) : RUN(kind, false, avx2))

static const uint8_t *
run_portable(enum scan_kind kind, struct engine *e, const uint8_t *p,
    const uint8_t *end, bool final)
{
	if (kind == SCAN_P200)
		return RUN_KIND(SCAN_P200, false);
	if (kind == SCAN_P100)
		return RUN_KIND(SCAN_P100, false);
	return RUN_KIND(SCAN_P50, false);
}

AVX2 static const uint8_t *
run_avx2(enum scan_kind kind, struct engine *e, const uint8_t *p,
    const uint8_t *end, bool final)
{
	if (kind == SCAN_P200)
		return RUN_KIND(SCAN_P200, true);
	if (kind == SCAN_P100)
		return RUN_KIND(SCAN_P100, true);
	return RUN_KIND(SCAN_P50, true);
}

const uint8_t *
engine_run(struct engine *e, enum scan_kind kind, const uint8_t *p,
    const uint8_t *end, bool final)
{
	return e->v.avx2 ? run_avx2(kind, e, p, end, final)
	                 : run_portable(kind, e, p, end, final);
}
