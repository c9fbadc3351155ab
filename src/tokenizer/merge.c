/*
 * Two neighbours merge into the token that is their bytes.  In a round each
 * text has its merge of lowest rank, and what that makes neighbours is asked
 * for; then all that was asked is looked up.  So what is slow to come from
 * memory, or was guessed wrong, holds up one text and not the others.
 */
#include "merge.h"

#include "find.h"

#define RANK_SHIFT 6
#define NO_RANK UINT32_MAX

/* A word to look up, and the rank it is for, of the part at AT. */
struct ask {
	struct word word;
	uint64_t hash;
	uint32_t *rank;
	uint32_t at;
};

/* A text asks for two at most in a round, and for more when it begins. */
#define ASKS_ROUND (2 * MERGE_JOBS)
struct asks {
	struct ask ask[ASKS_ROUND + MERGE_MAX];
	unsigned n;
};

struct round {
	const struct vocab *v;
	struct asks shorts, longs;
};

/* Where the part after the one at I begins, or the text ends. */
static ALWAYS_INLINE unsigned
next_part(uint64_t starts, unsigned i)
{
	return lowest(starts >> i >> 1) + i + 1;
}

/* Without a branch, which would be guessed wrong. */
static ALWAYS_INLINE uint32_t
rank_at(uint32_t id, unsigned at)
{
	return id << RANK_SHIFT | at | -(uint32_t)(id == ID_NONE);
}

/* Has it ranks beyond the first 32? */
static ALWAYS_INLINE bool
is_long(const struct merge_job *job)
{
	return job->starts >> 32 > 1;
}

#if defined(WITH_AVX2)
static ALWAYS_INLINE __m256i
lowest_of_32(const __m256i *r)
{
	return _mm256_min_epu32(
	    _mm256_min_epu32(r[0], r[1]), _mm256_min_epu32(r[2], r[3]));
}
#endif

/* The lowest rank, of the part at the number in its last bits. */
static ALWAYS_INLINE uint32_t
lowest_rank(const struct merge_job *job)
{
#if defined(WITH_AVX2)
	const __m256i *r = (const void *)job->rank;
	__m256i all = lowest_of_32(r);
	__m128i m;

	if (is_long(job))
		all = _mm256_min_epu32(all, lowest_of_32(r + 4));
	m = _mm_min_epu32(
	    _mm256_castsi256_si128(all), _mm256_extracti128_si256(all, 1));

	m = _mm_min_epu32(m, _mm_shuffle_epi32(m, 0x4e));
	m = _mm_min_epu32(m, _mm_shuffle_epi32(m, 0xb1));
	return (uint32_t)_mm_cvtsi128_si32(m);
#else
	unsigned end = merge_len(job);
	uint32_t best = NO_RANK;

	for (unsigned i = 0; i < end; i++)
		best = job->rank[i] < best ? job->rank[i] : best;
	return best;
#endif
}

/*
 * Ask for the rank of the part at FROM with the one at NEXT, up to TO, if there
 * may be one: without a branch, which would be guessed wrong.
 */
static ALWAYS_INLINE void
ask_rank(struct round *restrict r, struct merge_job *restrict job,
    unsigned from, unsigned next, unsigned to, bool may)
{
	const uint8_t *text = job->text + from;
	const struct vocab *v = r->v;
	unsigned len = to - from;
	struct ask *a;

	if (len <= SHORT_MAX) {
		a = &r->shorts.ask[r->shorts.n];
		r->shorts.n += may;
		a->word = (struct word){word_short(text, len), 0};
		a->hash = short_hash(a->word.lo);
		__builtin_prefetch(words_bucket(&v->words[HOT_SHORT], a->hash));
	} else if (len <= WORD_MAX) {
		a = &r->longs.ask[r->longs.n++];
		a->word = word_long(text, len);
		a->hash = long_hash(a->word.lo, a->word.hi);
		__builtin_prefetch(words_bucket(&v->words[HOT_LONG], a->hash));
	} else {
		struct found left = merge_part(v, job, from);
		struct found right = merge_part(v, job, next);

		job->rank[from] =
		    rank_at(vocab_pair(v, left.id, right.id), from);
		return;
	}
	a->rank = &job->rank[from];
	a->at = from;
}

static ALWAYS_INLINE void
answer(const struct vocab *restrict v, struct asks *restrict asks, bool is_long)
{
	for (unsigned i = 0; i < asks->n; i++) {
		const struct ask *a = &asks->ask[i];
		uint32_t id = find_hashed(v, a->word, a->hash, is_long);

		*a->rank = rank_at(id, a->at);
	}
	asks->n = 0;
}

/*
 * No merge across the place I, of which one part is a single byte, has a rank
 * below this.
 */
static ALWAYS_INLINE uint32_t
rank_single(const struct vocab *v, const struct merge_job *job, unsigned i)
{
	const uint8_t *p = job->text + i;

	return i > 0 ? NEAR_UNIT * v->near[near_byte(p)] : NO_RANK;
}

/* The same of all merges; SINGLE is rank_single there. */
static ALWAYS_INLINE uint32_t
rank_any(const struct vocab *v, const struct merge_job *job, unsigned i,
    uint32_t single)
{
	const uint8_t *p = job->text + i;
	uint32_t rank = i > 1 ? NEAR_UNIT * v->near[near_bytes(p)] : NO_RANK;

	return rank < single ? rank : single;
}

/*
 * Is the character of N bytes at I, two or more, a token, and do all merges
 * across its ends come after its own?  Then it is a part to begin with.  LOW
 * and HIGH are rank_single at its ends.
 */
static ALWAYS_INLINE bool
join_char(const struct vocab *v, struct merge_job *job, unsigned i, unsigned n,
    uint32_t low, uint32_t high)
{
	uint32_t root;

	if (n == 2) {
		root = vocab_char(v, job->text + i, 2);
	} else {
		root = vocab_char(v, job->text + i, n);
		low = rank_any(v, job, i, low);
		high = rank_any(v, job, i + n, high);
	}
	if (ROOT_COUNT(root) != 1 || TRIE_TOK(root) >= low ||
	    TRIE_TOK(root) >= high)
		return false;
	job->starts &= ~((((uint64_t)1 << (n - 1)) - 1) << (i + 1) % 64);
	job->id[i] = TRIE_TOK(root);
	return true;
}

/* The token of the character of two bytes at P, or ID_NONE. */
static ALWAYS_INLINE uint32_t
char_token(const struct vocab *v, const uint8_t *p)
{
	uint32_t root = vocab_char(v, p, 2);

	return ROOT_COUNT(root) == 1 ? TRIE_TOK(root) : ID_NONE;
}

/*
 * The length of the part that begins at I, a character or a byte.  *RANK is
 * rank_single there, and then where the part ends.
 */
static ALWAYS_INLINE unsigned
first_part(const struct vocab *v, struct merge_job *job, unsigned i,
    unsigned len, uint32_t *rank)
{
	unsigned n = utf8_width(job->text[i]);
	uint32_t low = *rank;

	if (n > 1 && i + n <= len) {
		*rank = rank_single(v, job, i + n);
		if (join_char(v, job, i, n, low, *rank))
			return n;
	}
	*rank = rank_single(v, job, i + 1);
	return 1;
}

/* Is there a token of which such parts meet at P? */
static ALWAYS_INLINE bool
may_meet(const struct vocab *v, const uint8_t *p, unsigned left, unsigned right)
{
	return v->near[left > 1 && right > 1 ? near_bytes(p) : near_byte(p)] !=
	       UINT16_MAX;
}

/* The ranks of single bytes and characters with those next to them. */
static ALWAYS_INLINE void
begin(struct round *restrict r, struct merge_job *restrict job)
{
	const struct vocab *v = r->v;
	unsigned len = merge_len(job), high = 0, from, next, n;
	uint32_t rank = NO_RANK;

	for (unsigned i = 0; i < 32; i++) {
		job->rank[i] = NO_RANK;
		high |= job->text[i];
	}
	if (is_long(job))
		for (unsigned i = 32; i < 64; i++) {
			job->rank[i] = NO_RANK;
			high |= job->text[i];
		}
	if (high < 0x80) {
		for (unsigned i = 0; i + 1 < len; i++)
			job->rank[i] = rank_at(vocab_two(v, job->text + i), i);
		return;
	}
	next = first_part(v, job, 0, len, &rank);
	for (from = 0; next < len; from = next, next += n) {
		const uint8_t *p = job->text + next;

		n = first_part(v, job, next, len, &rank);
		if (next + n - from == 2 && (p[-1] | p[0]) < 0x80)
			job->rank[from] = rank_at(vocab_two(v, p - 1), from);
		else if (next + n - from == 2 && utf8_width(p[-1]) == 2)
			job->rank[from] = rank_at(char_token(v, p - 1), from);
		else
			ask_rank(r, job, from, next, next + n,
			    may_meet(v, p, next - from, n));
	}
}

/* Make the merge of lowest rank.  False if there is none. */
static ALWAYS_INLINE bool
step(struct round *restrict r, struct merge_job *restrict job)
{
	uint32_t best = lowest_rank(job);
	unsigned at, next, to;
	uint64_t starts = job->starts;

	if (best == NO_RANK)
		return false;
	at = best & ((1u << RANK_SHIFT) - 1);
	next = next_part(starts, at);
	starts &= ~((uint64_t)1 << next);
	job->starts = starts;
	job->id[at] = best >> RANK_SHIFT;
	job->rank[at] = job->rank[next] = NO_RANK;
	to = next_part(starts, at);
	if (starts >> to > 1)
		ask_rank(r, job, at, to, next_part(starts, to), true);
	if (at > 0)
		ask_rank(r, job, merge_before(job, at), at, to, true);
	return true;
}

void
merge_all(const struct vocab *v, struct merge *m)
{
	struct round r;
	uint8_t going[MERGE_JOBS + 1]; /* those that have not ended */
	unsigned n = m->n, left;

	r.v = v;
	r.shorts.n = r.longs.n = 0;
	for (unsigned j = 0; j < n; j++) {
		begin(&r, &m->job[j]);
		going[j] = (uint8_t)j;
		if (r.shorts.n >= ASKS_ROUND)
			answer(v, &r.shorts, false);
		if (r.longs.n >= ASKS_ROUND)
			answer(v, &r.longs, true);
	}
	for (; n > 0; n = left) {
		answer(v, &r.shorts, false);
		answer(v, &r.longs, true);
		left = 0;
		for (unsigned i = 0; i < n; i++) {
			going[left] = going[i];
			left += step(&r, &m->job[going[i]]);
		}
	}
}

unsigned
merge_ids(
    const struct vocab *v, const struct merge_job *job, uint32_t ids[MERGE_MAX])
{
	unsigned n = 0, end = merge_len(job);
	struct found t;

	for (unsigned i = 0; i < end; i += t.len) {
		t = merge_part(v, job, i);
		ids[n++] = t.id;
	}
	return n;
}

unsigned
merge_one(const struct vocab *v, const uint8_t *text, size_t len,
    uint32_t ids[MERGE_MAX])
{
	struct merge m;

	m.n = 0;
	merge_add(&m, text, len);
	merge_all(v, &m);
	return merge_ids(v, &m.job[0], ids);
}
