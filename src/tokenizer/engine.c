#include "engine.h"

#include "parts.h"
#include "starts.h"

/* Add the one pretoken at P; returns where it ends, P if that is not known. */
static ALWAYS_INLINE const uint8_t *
add_one(struct batch *b, struct engine *e, enum scan_kind kind, struct way way,
    const uint8_t *text, const uint8_t *p, const uint8_t *end, bool final)
{
	const uint8_t *look, *next = scan_next(kind, p, end, &look);

	if (!final && look >= end)
		return p;
	parts(b, e, way, text, p, next, end);
	return next;
}

/*
 * Add what is certain of the block at P in the text that begins with TEXT;
 * returns where that ends.
 */
static ALWAYS_INLINE const uint8_t *
add_block(struct batch *b, struct engine *e, enum scan_kind kind,
    struct way way, const uint8_t *text, const uint8_t *p)
{
	struct classes c;
	uint64_t bits, within;
	unsigned from = 0;

	classify(p, &c, way.avx2);
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
		    !add_char(b, e, way, q, to - from))
			batch_add(b, q, to - from);
		from = to;
	}
	return p + from;
}

static ALWAYS_INLINE const uint8_t *
run(struct engine *e, enum scan_kind kind, struct way way, const uint8_t *p,
    const uint8_t *end, bool final)
{
	const uint8_t *text = p;
	struct batch batch;

	batch_init(&batch);
	while (p < end) {
		const uint8_t *from = p;

		if (end - p >= REACH)
			p = add_block(&batch, e, kind, way, text, p);
		if (p == from)
			p = add_one(&batch, e, kind, way, text, p, end, final);
		if (p == from)
			break;
		if (batch.n >= BATCH_MAX)
			flush(&batch, e, way);
	}
	flush(&batch, e, way);
	return p;
}

#define RUN(kind, ids, avx2) \
	run(e, kind, (struct way){ids, avx2}, p, end, final)
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

void
engine_part(struct engine *e, const uint8_t *p, const uint8_t *end)
{
	struct way way = {.ids = e->sink->ids != NULL, .avx2 = e->v.avx2};
	struct batch batch;

	if (p == end)
		return;
	batch_init(&batch);
	parts(&batch, e, way, p, p, end, end);
	flush(&batch, e, way);
}

const uint8_t *
engine_run(struct engine *e, enum scan_kind kind, const uint8_t *p,
    const uint8_t *end, bool final)
{
	return e->v.avx2 ? run_avx2(kind, e, p, end, final)
	                 : run_portable(kind, e, p, end, final);
}
