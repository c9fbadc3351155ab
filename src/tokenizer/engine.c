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

/*
 * The parts of a block by what they are, in the places where they begin.  Those
 * of one character beyond ASCII go by its bytes; U+FFFD is told apart, of which
 * text that was no UTF-8 is full, and which is a token.
 */
struct kinds {
	uint64_t one, two; /* characters of ASCII */
	uint64_t wide[3];  /* characters of two, three, four bytes */
	uint64_t mended;
	uint64_t rest;
};

/* Of the parts that begin in STARTS; the last one, which is cut, is none. */
static ALWAYS_INLINE void
sort_kinds(const struct classes *c, uint64_t starts, struct kinds *k)
{
	uint64_t last = highest_bit(starts);
	uint64_t parts = starts & ~last, a = c->after;
	uint64_t two = parts & c->high & a >> 1, three = two & a >> 2;

	k->one = parts & ~c->high & starts >> 1;
	k->two =
	    parts & ~c->high & ~(starts >> 1) & starts >> 2 & ~(c->high >> 1);
	k->wide[0] = two & ~(a >> 2) & starts >> 2;
	k->wide[1] = three & ~(a >> 3) & starts >> 3;
	k->wide[2] = three & a >> 3 & starts >> 4;
	k->mended = k->wide[1] & c->mended;
	k->wide[1] &= ~c->mended;
	k->rest = parts & ~(k->one | k->two | k->wide[0] | k->wide[1] |
			      k->wide[2] | k->mended);
}

/* How many tokens the characters of WIDTH bytes are that begin in AT. */
static ALWAYS_INLINE size_t
count_chars(
    const struct vocab *v, const uint8_t *p, uint64_t at, unsigned width)
{
	size_t n = 0;

	for (; at != 0; at &= at - 1)
		n += ROOT_COUNT(vocab_char(v, p + lowest(at), width));
	return n;
}

/* Count the parts of the block at P that begin in STARTS, but for the last. */
static ALWAYS_INLINE void
count_mixed(struct batch *b, struct engine *e, const uint8_t *p,
    const struct classes *c, uint64_t starts)
{
	const struct vocab *v = &e->v;
	struct kinds k;
	size_t n;

	sort_kinds(c, starts, &k);
	n = (unsigned)__builtin_popcountll(k.one | k.mended) +
	    2 * (unsigned)__builtin_popcountll(k.two);
	for (; k.two != 0; k.two &= k.two - 1)
		n -= vocab_two(v, p + lowest(k.two)) != ID_NONE;
	n += count_chars(v, p, k.wide[0], 2);
	n += count_chars(v, p, k.wide[1], 3);
	n += count_chars(v, p, k.wide[2], 4);
	e->sink->n += n;
	for (; k.rest != 0; k.rest &= k.rest - 1) {
		unsigned from = lowest(k.rest);

		batch_add(b, p + from, lowest(starts >> from >> 1) + 1);
	}
}

/*
 * The ids of the characters of WIDTH bytes that begin in AT, there.  Those that
 * the roots do not know are gone from AT then.  Returns the places of the bytes
 * that are tokens of their own.
 */
static ALWAYS_INLINE uint64_t
find_chars(const struct vocab *v, const uint8_t *p, uint64_t *at,
    unsigned width, uint32_t id[64])
{
	uint64_t split = 0;

	for (uint64_t left = *at; left != 0; left &= left - 1) {
		unsigned i = lowest(left), less;
		uint32_t root = vocab_char(v, p + i, width);

		if (root & ROOT_ODD) {
			*at &= ~(left & -left);
			continue;
		}
		id[i] = TRIE_TOK(root);
		less = TRIE_LESS(root);
		split |= (((uint64_t)1 << less) - 1) << (i + width - less);
	}
	return split;
}

/* How many of PARTS come before the first one of AT. */
static ALWAYS_INLINE unsigned
before(uint64_t parts, uint64_t at)
{
	return (unsigned)__builtin_popcountll(parts & ((at & -at) - 1));
}

/*
 * Add their ids.  What is no token but known to be several is split first, so
 * that each part is one id; then those of a kind are put where they belong, by
 * how many come before.  There is room: a block has no more ids than bytes.
 */
static ALWAYS_INLINE void
add_mixed(struct batch *b, const struct vocab *v, const uint8_t *p,
    const struct classes *c, uint64_t starts)
{
	static const uint8_t mended[] = {0xef, 0xbf, 0xbd};
	uint32_t id[64], *ids = b->id + b->n;
	uint64_t split = 0, whole, parts;
	struct kinds k;

	sort_kinds(c, starts, &k);
	parts = k.one | k.two | k.wide[0] | k.wide[1] | k.wide[2] | k.mended |
	        k.rest;
	for (uint64_t at = k.two; at != 0; at &= at - 1) {
		unsigned i = lowest(at);

		id[i] = vocab_two(v, p + i);
		split |= (uint64_t)(id[i] == ID_NONE) << i;
	}
	k.two &= ~split;
	split |= split << 1;
	split |= find_chars(v, p, &k.wide[0], 2, id);
	split |= find_chars(v, p, &k.wide[1], 3, id);
	split |= find_chars(v, p, &k.wide[2], 4, id);
	whole = k.two | k.wide[0] | k.wide[1] | k.wide[2];
	parts |= split;
	split |= k.one;
	for (uint64_t at = split; at != 0; at &= at - 1)
		ids[before(parts, at)] = vocab_byte(v, p[lowest(at)]);
	for (uint64_t at = whole; at != 0; at &= at - 1)
		ids[before(parts, at)] = id[lowest(at)];
	for (uint64_t at = k.mended; at != 0; at &= at - 1)
		ids[before(parts, at)] = TRIE_TOK(vocab_char(v, mended, 3));
	for (uint64_t at = parts & ~(split | whole | k.mended); at != 0;
	     at &= at - 1) {
		unsigned from = lowest(at);

		batch_set(b, b->n + before(parts, at), p + from,
		    lowest(starts >> from >> 1) + 1);
	}
	b->n += (unsigned)__builtin_popcountll(parts);
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
		if (ids)
			add_mixed(b, &e->v, p, &c, bits | 1);
		else
			count_mixed(b, e, p, &c, bits | 1);
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
