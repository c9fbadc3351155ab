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

static ALWAYS_INLINE void
classify(const uint8_t *p, struct classes *c, bool avx2)
{
	if (avx2)
		classify_avx2(p, c);
	else
		classify_portable(p, c);
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
 * Add what lies from P to TO within a pretoken in the text from TEXT to END.
 * A long run of Chinese, say, falls into parts where no token spans two of
 * its characters; most parts are tokens.
 */
static ALWAYS_INLINE void
add_parts(struct batch *b, struct engine *e, struct way way,
    const uint8_t *text, const uint8_t *p, const uint8_t *to,
    const uint8_t *end)
{
	const uint8_t *q = p + (p - text < 3 ? 3 : 1);

	/* Of a block that has to know three bytes before and two behind. */
	for (; to - q >= REACH; q += 59) {
		struct classes c;
		uint64_t bits;

		classify(q - 3, &c, way.avx2);
		bits = find_gaps(&e->v, q - 3, &c, ~(uint64_t)0 >> 5 << 3);
		for (; bits != 0; bits &= bits - 1) {
			const uint8_t *gap = q - 3 + lowest(bits);

			add_part(b, e, way, p, (size_t)(gap - p), end);
			p = gap;
		}
		if (b->n >= BATCH_MAX)
			batch_flush(b, e, way);
	}
	while (q < to && is_after(*q))
		q++;
	for (; q < to; q += plain_bytes(q, to)) {
		if (end - q >= 3 && span_place(q) && vocab_gap(&e->v, q)) {
			add_part(b, e, way, p, (size_t)(q - p), end);
			p = q;
		}
	}
	add_part(b, e, way, p, (size_t)(to - p), end);
}

/* Add the one pretoken at P; returns where it ends, P if that is not known. */
static ALWAYS_INLINE const uint8_t *
add_one(struct batch *b, struct engine *e, struct way way, const uint8_t *text,
    const uint8_t *p, const uint8_t *end, bool final)
{
	const uint8_t *look, *next = scan_next(way.kind, p, end, &look);

	if (!final && look >= end)
		return p;
	add_parts(b, e, way, text, p, next, end);
	return next;
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

	classify(p, &c, way.avx2);
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

static ALWAYS_INLINE void
run_part(struct engine *e, struct way way, const uint8_t *p, const uint8_t *end)
{
	struct batch batch;

	batch.n = batch.shorts.n = batch.longs.n = 0;
	memset(batch.tail, 0, sizeof(batch.tail));
	add_parts(&batch, e, way, p, p, end, end);
	batch_flush(&batch, e, way);
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

/* A part has no kind: which does not matter. */
#define RUN_PART(ids, avx2) \
	run_part(e, (struct way){SCAN_P50, ids, avx2}, p, end)

AVX2 static void
run_part_avx2(struct engine *e, const uint8_t *p, const uint8_t *end)
{
	if (e->sink->ids != NULL)
		RUN_PART(true, true);
	else
		RUN_PART(false, true);
}

void
engine_part(struct engine *e, const uint8_t *p, const uint8_t *end)
{
	if (p == end)
		return;
	if (e->v.avx2)
		run_part_avx2(e, p, end);
	else if (e->sink->ids != NULL)
		RUN_PART(true, false);
	else
		RUN_PART(false, false);
}

const uint8_t *
engine_run(struct engine *e, enum scan_kind kind, const uint8_t *p,
    const uint8_t *end, bool final)
{
	return e->v.avx2 ? run_avx2(kind, e, p, end, final)
	                 : run_portable(kind, e, p, end, final);
}
