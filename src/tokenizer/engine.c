#include "engine.h"

#include "parts.h"
#include "starts.h"

/* Add the one pretoken at P; returns where it ends, P if that is not known. */
static ALWAYS_INLINE const uint8_t *
add_one(struct batch *b, struct engine *e, enum scan_kind kind, bool ids,
    const uint8_t *text, const uint8_t *p, const uint8_t *end, bool final)
{
	const uint8_t *look, *next = scan_next(kind, p, end, &look);

	if (!final && look >= end)
		return p;
	parts(b, e, ids, text, p, next, end);
	return next;
}

/* Count the characters of WIDTH bytes that begin in the places AT. */
static ALWAYS_INLINE void
count_chars(struct engine *e, const uint8_t *p, uint64_t at, unsigned width)
{
	for (; at != 0; at &= at - 1)
		e->sink->n +=
		    ROOT_COUNT(vocab_char(&e->v, p + lowest(at), width));
}

/*
 * Count, of the parts that begin in the places STARTS of a block, those that
 * are one character beyond ASCII; returns the others.
 */
static ALWAYS_INLINE uint64_t
count_single(struct engine *e, const uint8_t *p, const struct classes *c,
    uint64_t starts)
{
	static const uint8_t mended[] = {0xef, 0xbf, 0xbd};
	uint64_t a = c->after, two = starts & c->high & a >> 1;
	uint64_t three = two & a >> 2, four = three & a >> 3;

	two &= ~(a >> 2) & starts >> 2;
	three &= ~(a >> 3) & starts >> 3;
	four &= starts >> 4;
	e->sink->n += ROOT_COUNT(vocab_char(&e->v, mended, 3)) *
	              (unsigned)__builtin_popcountll(three & c->mended);
	count_chars(e, p, two, 2);
	count_chars(e, p, three & ~c->mended, 3);
	count_chars(e, p, four, 4);
	return starts & ~(two | three | four);
}

/*
 * Count, of the parts that begin in the places STARTS of a block and end in
 * BITS, those that are one or two characters of ASCII; returns the others.
 */
static ALWAYS_INLINE uint64_t
count_short(struct engine *e, const uint8_t *p, const struct classes *c,
    uint64_t starts, uint64_t bits)
{
	uint64_t one = starts & ~c->high & bits >> 1;
	uint64_t two =
	    starts & ~c->high & ~(bits >> 1) & bits >> 2 & ~(c->high >> 1);

	e->sink->n += (unsigned)__builtin_popcountll(one) +
	              2 * (unsigned)__builtin_popcountll(two);
	for (uint64_t at = two; at != 0; at &= at - 1)
		e->sink->n -= vocab_two(&e->v, p + lowest(at)) != ID_NONE;
	return starts & ~(one | two);
}

/*
 * Add the ids of a part of ASCII, of LEN characters, one or two.  There is room:
 * a block has no more ids than bytes.
 */
static ALWAYS_INLINE void
add_short(struct batch *b, const struct vocab *v, const uint8_t *p, size_t len)
{
	uint32_t id = len == 2 ? vocab_two(v, p) : vocab_byte(v, p[0]);

	if (id != ID_NONE) {
		add_id(b, id);
		return;
	}
	add_id(b, vocab_byte(v, p[0]));
	add_id(b, vocab_byte(v, p[1]));
}

/* Add the parts of the block at P from the start on, which end at BITS. */
static ALWAYS_INLINE void
add_mixed(struct batch *b, struct engine *e, bool ids, const uint8_t *p,
    const struct classes *c, uint64_t bits)
{
	uint64_t starts = bits | 1,
		 last = (uint64_t)1 << 63 >> __builtin_clzll(bits);

	if (!ids) {
		starts = count_single(e, p, c, starts) & ~last;
		starts = count_short(e, p, c, starts, bits);
		for (; starts != 0; starts &= starts - 1) {
			unsigned from = lowest(starts);

			batch_add(b, p + from, lowest(bits >> from >> 1) + 1);
		}
		return;
	}
	for (starts &= ~last; starts != 0; starts &= starts - 1) {
		unsigned from = lowest(starts);
		unsigned len = lowest(bits >> from >> 1) + 1;

		if (len <= 2 && p[from] < 0x80)
			add_short(b, &e->v, p + from, len);
		else
			add_part(b, e, ids, p + from, len, p + REACH);
	}
}

/* Count the parts of the block at P, which is all ASCII; they end at BITS. */
static ALWAYS_INLINE void
count_plain(struct batch *b, struct engine *e, const uint8_t *p, uint64_t bits)
{
	uint64_t starts = bits | 1, one = starts & bits >> 1;

	e->sink->n += (unsigned)__builtin_popcountll(one);
	starts &= ~one;
	for (bits &= ~(one << 1); bits != 0; bits &= bits - 1) {
		unsigned from = lowest(starts);

		batch_add(b, p + from, lowest(bits) - from);
		starts &= starts - 1;
	}
}

/* Add their ids. */
static ALWAYS_INLINE void
add_plain(struct batch *b, const uint8_t *p, uint64_t bits)
{
	for (unsigned from = 0; bits != 0; bits &= bits - 1) {
		unsigned to = lowest(bits);

		batch_add(b, p + from, to - from);
		from = to;
	}
}

/*
 * Add what is certain of the block at P in the text that begins with TEXT;
 * returns where that ends.
 */
static ALWAYS_INLINE const uint8_t *
add_block(struct batch *b, struct engine *e, enum scan_kind kind, bool ids,
    const uint8_t *text, const uint8_t *p)
{
	struct classes c;
	uint64_t bits, within;
	unsigned end;

	classify(p, &c);
	if (c.high != 0)
		classify_wide(kind, p, &c);
	/* A pretoken begins at P; the others begin where one ends. */
	bits = find_starts(kind, p, &c) & ~(uint64_t)1;
	if (bits == 0)
		return p;
	end = 63 - (unsigned)__builtin_clzll(bits);
	if (c.high != 0) {
		within = ((uint64_t)1 << end) - 2;
		if (p - text < 3)
			within &= ~(uint64_t)7;
		bits |= find_gaps(&e->v, p, &c, within);
		add_mixed(b, e, ids, p, &c, bits);
		return p + end;
	}
	if (ids)
		add_plain(b, p, bits);
	else
		count_plain(b, e, p, bits);
	return p + end;
}

static ALWAYS_INLINE const uint8_t *
run(struct engine *e, enum scan_kind kind, bool ids, const uint8_t *p,
    const uint8_t *end, bool final)
{
	const uint8_t *text = p;
	struct batch batch;

	batch_init(&batch);
	while (p < end) {
		const uint8_t *from = p;

		if (end - p >= REACH)
			p = add_block(&batch, e, kind, ids, text, p);
		if (p == from)
			p = add_one(&batch, e, kind, ids, text, p, end, final);
		if (p == from)
			break;
		if (batch.n >= BATCH_MAX)
			flush(&batch, e, ids);
	}
	flush(&batch, e, ids);
	return p;
}

const uint8_t *
engine_run(struct engine *e, enum scan_kind kind, const uint8_t *p,
    const uint8_t *end, bool final)
{
	bool ids = e->sink->ids != NULL;

	/* Each kind has a loop of its own. */
	if (kind == SCAN_P200)
		return ids ? run(e, SCAN_P200, true, p, end, final)
		           : run(e, SCAN_P200, false, p, end, final);
	if (kind == SCAN_P100)
		return ids ? run(e, SCAN_P100, true, p, end, final)
		           : run(e, SCAN_P100, false, p, end, final);
	return ids ? run(e, SCAN_P50, true, p, end, final)
	           : run(e, SCAN_P50, false, p, end, final);
}

void
engine_part(struct engine *e, const uint8_t *p, const uint8_t *end)
{
	bool ids = e->sink->ids != NULL;
	struct batch batch;

	if (p == end)
		return;
	batch_init(&batch);
	parts(&batch, e, ids, p, p, end, end);
	flush(&batch, e, ids);
}
