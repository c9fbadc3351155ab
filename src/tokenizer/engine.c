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
 * Add what is certain of the block at P in the text that begins with TEXT;
 * returns where that ends.
 */
static ALWAYS_INLINE const uint8_t *
add_block(struct batch *b, struct engine *e, enum scan_kind kind, bool ids,
    const uint8_t *text, const uint8_t *p)
{
	struct classes c;
	uint64_t bits, within;
	unsigned from = 0;

	classify(p, &c);
	if (c.high != 0)
		classify_wide(kind, p, &c);
	/* A pretoken begins at P; the others begin where one ends. */
	bits = find_starts(kind, p, &c) & ~(uint64_t)1;
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
		    !add_char(b, e, ids, q, to - from))
			batch_add(b, q, to - from);
		from = to;
	}
	return p + from;
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
