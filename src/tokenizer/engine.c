#include "engine.h"

#include "starts.h"

/*
 * Pretokens that wait for being looked up.  That goes in three rounds, each
 * of which asks the memory for what the next one needs: most of a vocabulary
 * is far away, and this way dozens of answers are under way at once.
 */
#define BATCH_MAX 64
struct batch {
	const uint8_t *text[2 * BATCH_MAX];
	size_t len[2 * BATCH_MAX];
	struct word_key key[2 * BATCH_MAX];
	uint64_t hash[2 * BATCH_MAX];
	uint32_t id[2 * BATCH_MAX]; /* what it may be */
	bool full[2 * BATCH_MAX];   /* the search has to go on */
	unsigned n;
};

static ALWAYS_INLINE const uint32_t *
bucket_of(const struct vocab *v, uint64_t h)
{
	return &v->words[hash_bucket(h, v->words_size) * BUCKET];
}

/* First round: the key, which is for naught if the pretoken is long. */
static ALWAYS_INLINE void
batch_add(struct batch *b, const struct vocab *v, const uint8_t *p, size_t len,
    struct word_key key)
{
	uint64_t h = word_hash(key.lo, key.hi);

	__builtin_prefetch(bucket_of(v, h));
	b->text[b->n] = p;
	b->len[b->n] = len;
	b->key[b->n] = key;
	b->hash[b->n++] = h;
}

/* Second and third round. */
static ALWAYS_INLINE void
batch_flush(struct batch *b, struct engine *e)
{
	const struct vocab *v = &e->v;

	for (unsigned i = 0; i < b->n; i++) {
		const uint32_t *slot = bucket_of(v, b->hash[i]);
		unsigned match = bucket_match(slot, hash_tag(b->hash[i]));

		b->id[i] =
		    match != 0 ? slot[__builtin_ctz(match)] & ID_MASK : 0;
		b->full[i] = slot[BUCKET - 1] != SLOT_EMPTY;
		__builtin_prefetch(&v->rec[b->id[i]]);
		if (match == 0)
			__builtin_prefetch(piece_memo(&e->memo, b->hash[i]));
	}
	for (unsigned i = 0; i < b->n; i++) {
		struct word_key rec;

		memcpy(&rec, &v->rec[b->id[i]], sizeof(rec));
		if (rec.lo == b->key[i].lo && rec.hi == b->key[i].hi &&
		    b->id[i] < v->ntok)
			sink_put(e->sink, b->id[i]);
		else if (b->len[i] > REC_MAX || b->full[i])
			piece_any(e, b->text[i], b->len[i]);
		else
			piece_short(
			    e, b->text[i], b->len[i], b->key[i], b->hash[i]);
	}
	b->n = 0;
}

/* A block, and what the key of a word at its end may read. */
#define REACH (64 + 16)

/* Add what is certain of the block at P; returns where that ends. */
static ALWAYS_INLINE const uint8_t *
add_block(struct batch *b, const struct vocab *v, enum scan_kind kind,
    const uint8_t *p, bool avx2)
{
	struct classes c;
	uint64_t bits;
	unsigned from = 0;

	if (avx2)
		classify_avx2(p, &c);
	else
		classify_portable(p, &c);
	/* A pretoken begins at P; the others begin where one ends. */
	bits = find_starts(kind, p, &c) & ~(uint64_t)1;
	for (; bits != 0; bits &= bits - 1) {
		unsigned to = lowest(bits), n = to - from;

		batch_add(b, v, p + from, n,
		    word_key(p + from, n <= REC_MAX ? n : 0));
		from = to;
	}
	return p + from;
}

static ALWAYS_INLINE void
add_any(struct batch *b, struct engine *e, const uint8_t *p, size_t len,
    const uint8_t *end)
{
	size_t n = len <= REC_MAX ? len : 0;

	if (b->n >= 2 * BATCH_MAX)
		batch_flush(b, e);
	batch_add(b, &e->v, p, len,
	    end - p >= 16 ? word_key(p, n) : word_key_safe(p, n));
}

/*
 * Add the one pretoken at P; returns where it ends, P if that is not known.
 * A long run of Chinese, say, falls into parts where no token spans two of
 * its characters; most parts are tokens.
 */
static ALWAYS_INLINE const uint8_t *
add_one(struct batch *b, struct engine *e, enum scan_kind kind,
    const uint8_t *p, const uint8_t *end, bool final)
{
	const uint8_t *look, *next = scan_next(kind, p, end, &look);

	if (!final && look >= end)
		return p;
	for (const uint8_t *q = p + 3; q < next; q++)
		if (vocab_gap(&e->v, q)) {
			add_any(b, e, p, (size_t)(q - p), end);
			p = q;
			q += 2;
		}
	add_any(b, e, p, (size_t)(next - p), end);
	return next;
}

static ALWAYS_INLINE const uint8_t *
run(enum scan_kind kind, struct engine *e, const uint8_t *p, const uint8_t *end,
    bool final, bool avx2)
{
	struct batch batch;

	batch.n = 0;
	while (p < end) {
		const uint8_t *from = p;

		if (end - p >= REACH && ((p[0] | p[1]) & 0x80) == 0)
			p = add_block(&batch, &e->v, kind, p, avx2);
		if (p == from)
			p = add_one(&batch, e, kind, p, end, final);
		if (p == from)
			break;
		if (batch.n >= BATCH_MAX)
			batch_flush(&batch, e);
	}
	batch_flush(&batch, e);
	return p;
}

static const uint8_t *
run_portable(enum scan_kind kind, struct engine *e, const uint8_t *p,
    const uint8_t *end, bool final)
{
	if (kind == SCAN_P200)
		return run(SCAN_P200, e, p, end, final, false);
	if (kind == SCAN_P100)
		return run(SCAN_P100, e, p, end, final, false);
	return run(SCAN_P50, e, p, end, final, false);
}

AVX2 static const uint8_t *
run_avx2(enum scan_kind kind, struct engine *e, const uint8_t *p,
    const uint8_t *end, bool final)
{
	if (kind == SCAN_P200)
		return run(SCAN_P200, e, p, end, final, true);
	if (kind == SCAN_P100)
		return run(SCAN_P100, e, p, end, final, true);
	return run(SCAN_P50, e, p, end, final, true);
}

const uint8_t *
engine_run(struct engine *e, enum scan_kind kind, const uint8_t *p,
    const uint8_t *end, bool final)
{
	return e->avx2 ? run_avx2(kind, e, p, end, final)
	               : run_portable(kind, e, p, end, final);
}

bool
engine_have_avx2(void)
{
	return have_avx2();
}
