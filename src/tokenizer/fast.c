#include "fast.h"

#include "classes.h"

#define ALWAYS_INLINE inline __attribute__((always_inline))

static ALWAYS_INLINE unsigned
lowest(uint64_t bits)
{
	return (unsigned)__builtin_ctzll(bits);
}

/* Of each run of digits the first, and then every third. */
static ALWAYS_INLINE uint64_t
digit_starts(uint64_t digit)
{
	uint64_t starts = digit & ~(digit << 1), more = starts;
	uint64_t fourth = digit & digit << 1 & digit << 2 & digit << 3;

	while ((more = more << 3 & fourth) != 0)
		starts |= more;
	return starts;
}

/*
 * The contractions among CANDIDATES, which are apostrophes: the pretoken
 * ends behind one.  In o200k it belongs to the word before it (JOINED),
 * elsewhere it is a pretoken.
 */
static ALWAYS_INLINE uint64_t
contractions(const uint8_t *p, uint64_t starts, uint64_t candidates,
    bool joined, bool fold)
{
	while (candidates != 0) {
		unsigned i = lowest(candidates);
		unsigned n = scan_contraction(p + i, fold);
		uint64_t next;

		candidates &= candidates - 1;
		if (n == 0)
			continue;
		starts &= ~((((uint64_t)1 << n) - 1) << i);
		if (!joined)
			starts |= (uint64_t)1 << i;
		if (i + n >= 64)
			continue;
		next = (uint64_t)1 << (i + n);
		starts |= next;
		/* What begins there is no suffix of the word before. */
		if (joined)
			candidates &= ~next;
	}
	return starts;
}

/*
 * Runs of white space: a run begins a pretoken, and so does its last
 * character, which may join what follows.  With newlines, what comes before
 * the last newline of a run is one pretoken.
 */
static ALWAYS_INLINE uint64_t
white_starts(
    const struct classes *c, uint64_t other, bool newlines, unsigned *certain)
{
	uint64_t white = c->white, plain = white & ~c->newline;
	uint64_t begin = white & ~(white << 1);
	uint64_t after, ends;

	if (!newlines)
		return begin | (white & ~(white >> 1));
	/* Newlines right after punctuation belong to it. */
	begin &= ~(c->newline & other << 1);
	/* What follows a newline begins a pretoken... */
	after = plain & c->newline << 1;
	/* ... unless there is another newline in the same run, or may be. */
	ends = (after + plain) & ~plain;
	if (ends & c->newline)
		*certain = lowest(after) - 1;
	if (white >> 63) {
		unsigned from = 64 - (unsigned)__builtin_clzll(~white | 1);

		if (*certain > from)
			*certain = from;
	}
	return begin | after | (plain & ~(white >> 1));
}

/* Where pretokens begin in a block, as far as that is certain. */
static ALWAYS_INLINE uint64_t
find_starts(enum scan_kind kind, const uint8_t *p, const struct classes *c)
{
	uint64_t space = c->space, letter = c->letter, digit = c->digit;
	uint64_t other = ~(letter | digit | c->white | c->high);
	/* A space joins the punctuation that follows it. */
	uint64_t first = other & ~(other << 1) & ~(space << 1);
	uint64_t plain = c->white & ~c->newline;
	unsigned certain = 62;
	uint64_t starts = first, word;

	if (kind == SCAN_P50) {
		starts |= letter & ~(letter << 1) & ~(space << 1);
		starts |= digit & ~(digit << 1) & ~(space << 1);
		starts |= white_starts(c, other, false, &certain);
	} else {
		/* Any one character but a newline joins the word. */
		word = letter & ~(letter << 1) & ~((plain | first) << 1);
		if (kind == SCAN_P200)
			word |= c->upper & (letter & ~c->upper) << 1;
		starts |= word | digit_starts(digit);
		starts |= white_starts(c, other, true, &certain);
	}
	if (c->quote & first) {
		uint64_t quote = c->quote & first;

		if (kind == SCAN_P200)
			quote &= letter << 1;
		starts = contractions(
		    p, starts, quote, kind == SCAN_P200, kind != SCAN_P50);
	}
	/* Slashes after the newlines after punctuation belong to it too. */
	if (kind == SCAN_P200 && c->slash & c->newline << 1) {
		unsigned i = lowest(c->slash & c->newline << 1);

		if (certain > i - 1)
			certain = i - 1;
	}
	if (c->high != 0) {
		unsigned i = lowest(c->high);

		if (i < 2)
			certain = 0;
		else if (certain > i - 2)
			certain = i - 2;
	}
	return starts & (((uint64_t)2 << certain) - 1);
}

/*
 * A block's pretokens.  They are looked up in three rounds, each of which
 * asks the memory for what the next one needs: most of a vocabulary is far
 * away, and this way a dozen answers are under way at once.
 */
struct batch {
	struct word_key key[64];
	uint64_t hash[64];
	uint32_t id[64]; /* what it may be */
	uint8_t from[64];
	uint8_t len[64];
	bool full[64]; /* the search would go on in the next bucket */
	unsigned n;
};

/* BITS are the pretokens' ends.  Returns the last of them. */
static ALWAYS_INLINE const uint8_t *
batch_fill(
    struct batch *b, const struct vocab *v, const uint8_t *p, uint64_t bits)
{
	unsigned from = 0, k = 0;

	for (; bits != 0; bits &= bits - 1, k++) {
		unsigned to = lowest(bits), n = to - from;
		struct word_key key = word_key(p + from, n <= REC_MAX ? n : 0);
		uint64_t h = word_hash(key.lo, key.hi);

		__builtin_prefetch(
		    &v->words[hash_bucket(h, v->words_size) * BUCKET]);
		b->key[k] = key;
		b->hash[k] = h;
		b->from[k] = (uint8_t)from;
		b->len[k] = (uint8_t)n;
		from = to;
	}
	b->n = k;
	for (unsigned i = 0; i < k; i++) {
		uint64_t h = b->hash[i];
		const uint32_t *slot =
		    &v->words[hash_bucket(h, v->words_size) * BUCKET];
		unsigned match = bucket_match(slot, hash_tag(h));

		b->id[i] =
		    match != 0 ? slot[__builtin_ctz(match)] & ID_MASK : 0;
		b->full[i] = slot[BUCKET - 1] != SLOT_EMPTY;
		__builtin_prefetch(&v->rec[b->id[i]]);
	}
	return p + from;
}

static ALWAYS_INLINE void
batch_put(const struct batch *b, struct engine *e, const uint8_t *p)
{
	const struct vocab *v = &e->v;

	for (unsigned i = 0; i < b->n; i++) {
		struct word_key rec;

		memcpy(&rec, &v->rec[b->id[i]], sizeof(rec));
		if (rec.lo == b->key[i].lo && rec.hi == b->key[i].hi)
			sink_put(e->sink, b->id[i]);
		else if (b->len[i] > REC_MAX)
			piece_long(e, p + b->from[i], b->len[i]);
		else if (b->full[i])
			piece_any(e, p + b->from[i], b->len[i]);
		else
			piece_short(e, p + b->from[i], b->len[i], b->key[i],
			    b->hash[i]);
	}
}

/* A block, and what the key of a word at its end may read. */
#define REACH (64 + 16)

static ALWAYS_INLINE const uint8_t *
run(enum scan_kind kind, struct engine *e, const uint8_t *p, const uint8_t *end,
    bool avx2)
{
	while (end - p >= REACH && p[0] < 0x80 && p[1] < 0x80) {
		const uint8_t *from = p;
		struct classes c;
		struct batch batch;
		uint64_t bits;

		if (avx2)
			classify_avx2(p, &c);
		else
			classify_portable(p, &c);
		bits = find_starts(kind, p, &c) & ~(uint64_t)1;
		if (bits == 0)
			break;
		p = batch_fill(&batch, &e->v, p, bits);
		batch_put(&batch, e, from);
	}
	return p;
}

static const uint8_t *
run_portable(
    enum scan_kind kind, struct engine *e, const uint8_t *p, const uint8_t *end)
{
	if (kind == SCAN_P200)
		return run(SCAN_P200, e, p, end, false);
	if (kind == SCAN_P100)
		return run(SCAN_P100, e, p, end, false);
	return run(SCAN_P50, e, p, end, false);
}

AVX2 static const uint8_t *
run_avx2(
    enum scan_kind kind, struct engine *e, const uint8_t *p, const uint8_t *end)
{
	if (kind == SCAN_P200)
		return run(SCAN_P200, e, p, end, true);
	if (kind == SCAN_P100)
		return run(SCAN_P100, e, p, end, true);
	return run(SCAN_P50, e, p, end, true);
}

const uint8_t *
fast_run(
    enum scan_kind kind, struct engine *e, const uint8_t *p, const uint8_t *end)
{
	return e->avx2 ? run_avx2(kind, e, p, end)
	               : run_portable(kind, e, p, end);
}

bool
fast_have_avx2(void)
{
	return have_avx2();
}
