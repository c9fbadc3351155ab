#include "fast.h"

#include "classes.h"

#define ALWAYS_INLINE inline __attribute__((always_inline))

/* Of a block: where pretokens begin, and up to which bit that is certain. */
struct starts {
	uint64_t bits;
	unsigned certain;
};

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

static ALWAYS_INLINE struct starts
find_starts(enum scan_kind kind, const uint8_t *p, const struct classes *c)
{
	uint64_t space = c->space, letter = c->letter, digit = c->digit;
	uint64_t other = ~(letter | digit | c->white | c->high);
	/* A space joins the punctuation that follows it. */
	uint64_t first = other & ~(other << 1) & ~(space << 1);
	uint64_t plain = c->white & ~c->newline;
	struct starts s = {.certain = 62};
	uint64_t word;

	s.bits = first;
	if (kind == SCAN_P50) {
		s.bits |= letter & ~(letter << 1) & ~(space << 1);
		s.bits |= digit & ~(digit << 1) & ~(space << 1);
		s.bits |= white_starts(c, other, false, &s.certain);
	} else {
		/* Any one character but a newline joins the word. */
		word = letter & ~(letter << 1) & ~((plain | first) << 1);
		if (kind == SCAN_P200)
			word |= c->upper & (letter & ~c->upper) << 1;
		s.bits |= word | digit_starts(digit);
		s.bits |= white_starts(c, other, true, &s.certain);
	}
	if (c->quote & first) {
		uint64_t quote = c->quote & first;

		if (kind == SCAN_P200)
			quote &= letter << 1;
		s.bits = contractions(
		    p, s.bits, quote, kind == SCAN_P200, kind != SCAN_P50);
	}
	/* Slashes after the newlines after punctuation belong to it too. */
	if (kind == SCAN_P200 && c->slash & c->newline << 1) {
		unsigned i = lowest(c->slash & c->newline << 1);

		if (s.certain > i - 1)
			s.certain = i - 1;
	}
	if (c->high != 0) {
		unsigned i = lowest(c->high);

		if (i < 2)
			s.certain = 0;
		else if (s.certain > i - 2)
			s.certain = i - 2;
	}
	s.bits &= ((uint64_t)2 << s.certain) - 1;
	return s;
}

/*
 * Encode the pretokens that begin and end in the 64 bytes at P.  Returns
 * the place behind the last one, P if there is none.
 */
static ALWAYS_INLINE const uint8_t *
block(enum scan_kind kind, struct engine *e, const uint8_t *p,
    const struct classes *c)
{
	uint64_t bits = find_starts(kind, p, c).bits & ~(uint64_t)1;
	unsigned from = 0;

	while (bits != 0) {
		unsigned to = lowest(bits), n = to - from;

		if (n <= REC_MAX)
			piece_short(e, p + from, n, word_key(p + from, n));
		else
			bpe_long(&e->v, e->sink, p + from, n);
		from = to;
		bits &= bits - 1;
	}
	return p + from;
}

/* A block, and what the key of a word at its end may read. */
#define REACH (64 + 16)

#define RUN(name, classify)                                                  \
	static const uint8_t *name(enum scan_kind kind, struct engine *e,    \
	    const uint8_t *p, const uint8_t *end)                            \
	{                                                                    \
		struct classes c;                                            \
		const uint8_t *from;                                         \
                                                                             \
		do {                                                         \
			if (end - p < REACH || p[0] >= 0x80 || p[1] >= 0x80) \
				break;                                       \
			from = p;                                            \
			classify(p, &c);                                     \
			if (kind == SCAN_P200)                               \
				p = block(SCAN_P200, e, p, &c);              \
			else if (kind == SCAN_P100)                          \
				p = block(SCAN_P100, e, p, &c);              \
			else                                                 \
				p = block(SCAN_P50, e, p, &c);               \
		} while (p > from);                                          \
		return p;                                                    \
	}

RUN(run_portable, classify_portable)

#if defined(__x86_64__)
AVX2
RUN(run_avx2, classify_avx2)
#endif

    const uint8_t *fast_run(enum scan_kind kind, struct engine *e,
	const uint8_t *p, const uint8_t *end)
{
#if defined(__x86_64__)
	if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi2"))
		return run_avx2(kind, e, p, end);
#endif
	return run_portable(kind, e, p, end);
}
