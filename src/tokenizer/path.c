#include "path.h"

#include <assert.h>
#include <string.h>

#include "merge.h"
#include "run.h"

/*
 * The longest stretch that is encoded as a whole.  In a longer pretoken the
 * part that no later text can change is settled window by window, so that
 * memory and stack have a bound.
 */
#ifndef BPE_WINDOW
#define BPE_WINDOW 16384
#endif

/*
 * A step of a path is a token, and above its id how many bytes that has, and
 * whether it is the longest that its place has, or was found by merging and
 * longer ones have not been tried.
 */
#define STEP_LEN(len) ((uint32_t)(len) << ID_BITS)
#define LONGEST ((uint32_t)1 << 31)
#define MERGED ((uint32_t)1 << 30)
#define NOTHING PATH_NOTHING

#define ASKED_MIN 64
#define ASKED_MAX 4096
#define PATH_RUN 64 /* so many bytes at its beginning tell of runs */

/* See path_windows. */
#define MERGE_LEN 16 /* bytes of a short token */
#define MERGE_WINDOWS 8
#define MERGE_STRIDE (MERGE_MAX * 3 / 4)

/* See trial_step. */
#define TRIAL_STEPS 64
#define TRIAL_ROUNDS 2
#define TRIAL_ROUNDS_MAX 32

/* The encoding of a stretch: which token ends where. */
struct path {
	const struct vocab *v;
	const uint8_t *text;
	/* The step that ends at each boundary; at 0 the one before TEXT. */
	uint32_t last[BPE_WINDOW + 1];
	size_t n;                           /* steps from 0 on */
	uint64_t dead[BPE_WINDOW / 64 + 1]; /* positions that failed */
	/* Pairs that were asked about, and the answer in the highest bit. */
	uint64_t asked[ASKED_MAX];
	size_t asked_mask;
	size_t unknown;   /* that were not among them */
	unsigned windows; /* to merge together next */
	bool has_runs;
	/* A run of one and the same byte, and the longest token of such. */
	size_t run_from, run_to;
	struct found run_token;
};

/* vocab_may_follow, remembered. */
static inline bool
path_fits(struct path *path, struct found left, struct found t,
    const uint8_t *p, bool meet)
{
	uint64_t key = (uint64_t)left.id << 20 | t.id << 1 | meet;
	uint64_t *entry =
	    &path->asked[pair_hash(left.id, t.id) >> 32 & path->asked_mask];
	bool fits;

	if ((*entry << 1 >> 1) == key)
		return *entry >> 63;
	path->unknown++;
	fits = vocab_may_follow(path->v, left, t, p, meet);
	*entry = key | (uint64_t)fits << 63;
	return fits;
}

/*
 * vocab_longest.  In a run of one byte all answers are the same until near its
 * end, and some vocabularies have tokens of a hundred equal bytes.
 */
static inline struct found
path_longest(struct path *path, size_t pos, size_t end)
{
	const struct vocab *v = path->v;
	const uint8_t *text = path->text;
	size_t to = pos;

	if (!path->has_runs)
		return vocab_longest(v, text + pos, text + end);
	if (pos >= path->run_from && pos + v->maxlen <= path->run_to)
		return path->run_token;
	if (end - pos >= 2 * v->maxlen && text[pos] == text[pos + 1]) {
		while (to < end && text[to] == text[pos])
			to++;
		path->run_token = vocab_longest(v, text + pos, text + end);
		path->run_from = pos;
		path->run_to = to;
		return path->run_token;
	}
	return vocab_longest(v, text + pos, text + end);
}

static void
path_begin(struct path *path, const struct vocab *v, const uint8_t *text,
    size_t len, uint32_t last)
{
	size_t asked;

	path->v = v;
	path->text = text;
	path->n = 0;
	path->last[0] = last;
	if (last != NOTHING)
		path->last[0] |= STEP_LEN(vocab_len(v, last));
	path->windows = MERGE_WINDOWS;
	path->run_from = path->run_to = 0;
	path->run_token = (struct found){ID_NONE, 0};
	path->has_runs = len > PATH_RUN && run_many(text, PATH_RUN);
	path->unknown = 0;
	for (asked = ASKED_MIN; asked < ASKED_MAX && asked < len / 4;)
		asked *= 2;
	path->asked_mask = asked - 1;
	/* No pair has this key. */
	memset(path->asked, 0x7f, asked * sizeof(path->asked[0]));
}

static inline bool
is_dead(const struct path *path, size_t pos)
{
	return path->dead[pos / 64] >> pos % 64 & 1;
}

/* The token that ends at POS; NOTHING has no length. */
static inline struct found
last_token(const struct path *path, size_t pos)
{
	uint32_t step = path->last[pos];

	return (struct found){step & ID_MASK, step >> ID_BITS & 0xff};
}

/*
 * Text that repeats itself has tokens that do.  If the path's last token is
 * one of the few before it, and the text goes on as it did after that one, so
 * may the path, until near where that ends or near END, where the tokens that
 * fit are others.  Returns where the path, which ends at POS, then ends.
 */
#define REPEAT_TOKENS 16
static size_t
path_repeat(struct path *path, size_t pos, size_t end)
{
	const uint8_t *text = path->text;
	size_t from = pos, period, to = pos, keep = 2 * path->v->maxlen;
	uint32_t token = last_token(path, pos).id;
	uint32_t *last = path->last + pos + 1;
	size_t n = 0; /* steps in a period */

	do {
		from -= last_token(path, from).len;
		if (from == 0 || ++n > REPEAT_TOKENS)
			return pos;
	} while (last_token(path, from).id != token);
	period = pos - from;
	while (to + 8 <= end && memcmp(text + to, text + to - period, 8) == 0)
		to += 8;
	if (to - pos < keep + period)
		return pos;
	to -= keep;
	to -= (to - pos) % period;
	path->n += (to - pos) / period * n;
	/* Each time all that there is, which is one period more. */
	for (size_t done = 0, more; done < to - pos; done += more) {
		more = to - pos - done;
		if (more > done + period)
			more = done + period;
		memcpy(last + done, last - period, more * sizeof(*last));
	}
	return to;
}

/* Add the parts of JOB, whose text begins at POS, from FROM to TO. */
static void
path_add(struct path *path, const struct merge_job *job, size_t pos,
    unsigned from, unsigned to)
{
	while (from < to) {
		struct found t = merge_part(path->v, job, from);

		from += t.len;
		path->n++;
		path->last[pos + from] = t.id | STEP_LEN(t.len) | MERGED;
	}
}

/*
 * Where the window NEXT, whose text is at P, may go on after LAST, in bytes
 * from P; MERGE_MAX if nowhere.
 */
static unsigned
window_joint(const struct vocab *v, const struct merge_job *last,
    const struct merge_job *next, const uint8_t *p)
{
	uint64_t both = last->starts >> MERGE_STRIDE & next->starts;

	for (; both != 0; both &= both - 1) {
		unsigned i = (unsigned)__builtin_ctzll(both);
		unsigned before = merge_before(last, MERGE_STRIDE + i);
		struct found left = merge_part(v, last, before);
		struct found right = merge_part(v, next, i);

		if (vocab_may_follow(v, left, right, p + i, true))
			return i;
	}
	return MERGE_MAX;
}

/* May the window JOB go on where the path ends, at POS? */
static bool
window_fits(const struct path *path, size_t pos, const struct merge_job *job)
{
	const struct vocab *v = path->v;

	return path->last[pos] == NOTHING ||
	       vocab_may_follow(v, last_token(path, pos), merge_part(v, job, 0),
		   path->text + pos, true);
}

/*
 * Where tokens are short it is quicker to merge than to ask each whether it
 * may follow the one before.  Windows of the text, each of which begins before
 * the last one ends, are merged together; that is asked where one goes over
 * into the next, at a boundary that both have.
 *
 * Go on by up to path->windows.  There will be more next time if all were of
 * use, and fewer if not.  Returns where the path, which ends at POS, then ends.
 */
static size_t
path_windows(struct path *path, size_t pos, size_t end)
{
	const struct merge_job *job;
	unsigned from = 0, to = MERGE_MAX;
	struct merge m;

	m.n = 0;
	for (size_t at = pos; m.n < path->windows && end - at >= MERGE_MAX;
	     at += MERGE_STRIDE)
		merge_add(&m, path->text + at, MERGE_MAX);
	merge_all(path->v, &m);
	path->windows = 1;
	if (!window_fits(path, pos, &m.job[0]))
		return pos;
	for (job = m.job; job < m.job + m.n - 1; job++) {
		unsigned joint = window_joint(
		    path->v, job, job + 1, path->text + pos + MERGE_STRIDE);

		if (joint == MERGE_MAX)
			break;
		path_add(path, job, pos, from, MERGE_STRIDE + joint);
		pos += MERGE_STRIDE;
		from = joint;
		path->windows++;
	}
	if (path->windows == m.n)
		path->windows *= 2;
	if (path->windows > MERGE_WINDOWS)
		path->windows = MERGE_WINDOWS;
	/* What comes next can change the last tokens. */
	for (unsigned i = 0; i < 2 && to > from; i++)
		to = merge_before(job, to);
	path_add(path, job, pos, from, to);
	return pos + to;
}

static size_t
path_merge(struct path *path, size_t pos, size_t end, unsigned rounds)
{
	for (; rounds > 0 && end - pos >= MERGE_MAX; rounds--) {
		size_t before = path->n, from = pos;

		pos = path_windows(path, pos, end);
		if (pos - from >= (path->n - before) * MERGE_LEN)
			break;
		pos = path_repeat(path, pos, end);
	}
	return pos;
}

/*
 * If tokens are short, and pairs of them seldom met before, it is quicker to
 * merge than to go step by step.  A number of steps tells whether it is so;
 * if not even pairs that were met are met again, it is long until the next.
 */
struct trial {
	unsigned steps;
	size_t from, n, unknown; /* of the path, when it began */
	unsigned rounds;         /* to merge if it is so */
};

static void
trial_begin(struct trial *trial, const struct path *path, size_t pos)
{
	trial->steps = 0;
	trial->from = pos;
	trial->n = path->n;
	trial->unknown = path->unknown;
}

/* One step more, to POS.  Returns where the path then ends. */
static size_t
trial_step(struct trial *trial, struct path *path, size_t pos, size_t end)
{
	size_t unknown = path->unknown - trial->unknown;
	size_t bytes, n;

	if (++trial->steps % REPEAT_TOKENS != 0)
		return pos;
	pos = path_repeat(path, pos, end);
	if (trial->steps < TRIAL_STEPS)
		return pos;
	if (unknown < TRIAL_STEPS)
		trial->rounds = TRIAL_ROUNDS;
	else if (trial->rounds < TRIAL_ROUNDS_MAX)
		trial->rounds *= 2;
	bytes = pos > trial->from ? pos - trial->from : 0;
	n = bytes > 0 ? path->n - trial->n : 0;
	/* Single bytes can take long to find: all else is tried before. */
	if (4 * bytes < 5 * n ||
	    (unknown > TRIAL_STEPS / 2 && bytes < MERGE_LEN * n))
		pos = path_merge(path, pos, end, trial->rounds);
	trial_begin(trial, path, pos);
	return pos;
}

/* Extend the path, which ends at POS, to END, going back as need be. */
static void
path_extend(struct path *path, size_t pos, size_t end)
{
	const struct vocab *v = path->v;
	const uint8_t *text = path->text;
	uint32_t mark = LONGEST;
	struct trial trial = {.rounds = TRIAL_ROUNDS};
	struct found t;

	if (!path->has_runs)
		pos = path_merge(path, pos, end, TRIAL_ROUNDS);
	trial_begin(&trial, path, pos);
	t = path_longest(path, pos, end);
	for (;;) {
		uint32_t last = path->last[pos];
		struct found left = last_token(path, pos);

		if (t.id == ID_NONE) {
			/* Nothing fits here: go back one token. */
			assert(pos > 0 && last != NOTHING);
			path->dead[pos / 64] |= (uint64_t)1 << pos % 64;
			path->n--;
			pos -= left.len;
			t = left;
			if (last & MERGED) {
				t = path_longest(path, pos, end);
				mark = LONGEST;
				continue;
			}
		} else if (!is_dead(path, pos + t.len) &&
			   (last == NOTHING ||
			       /* What the longest merges with would have been
		                * found in its place. */
			       path_fits(path, left, t, text + pos,
				   !(last & LONGEST)))) {
			pos += t.len;
			path->n++;
			path->last[pos] = t.id | STEP_LEN(t.len) | mark;
			if (pos == end)
				break;
			pos = trial_step(&trial, path, pos, end);
			t = path_longest(path, pos, end);
			mark = LONGEST;
			continue;
		}
		t = vocab_shorter(v, t);
		mark = 0;
	}
}

/* Hand over the tokens up to END, which are N. */
static void
path_emit(struct path *path, struct sink *sink, size_t end, size_t n)
{
	uint32_t *ids = &path->last[end + 1];

	if (sink->ids == NULL) {
		sink->n += n;
		return;
	}
	/* The path is known from its end: turn it around in place. */
	for (size_t pos = end; pos > 0;) {
		struct found t = last_token(path, pos);

		pos -= t.len;
		*--ids = t.id;
	}
	sink_put_all(sink, ids, n);
}

/*
 * Follow all paths that go on from FROM, a boundary of PATH, for as far as
 * END.  Do those to each of the last positions, maxlen of them, pass there?
 */
static bool
all_pass(struct path *path, size_t from, size_t end)
{
	const struct vocab *v = path->v;
	const uint8_t *text = path->text;
	uint32_t last[BPE_WINDOW + 1]; /* NOTHING where no path leads */
	size_t unset = from + 1;       /* the first such place */

	for (size_t i = from; i <= end; i++)
		last[i] = NOTHING;
	last[from] = path->last[from] & ID_MASK;
	for (size_t i = from; i < end; i++) {
		struct found left = {last[i], 0}, t;

		if (left.id == NOTHING)
			continue;
		left.len = vocab_len(v, left.id);
		while (unset <= end && last[unset] != NOTHING)
			unset++;
		t = path_longest(path, i, end);
		for (; t.id != ID_NONE && i + t.len >= unset;
		     t = vocab_shorter(v, t))
			if (last[i + t.len] == NOTHING &&
			    path_fits(path, left, t, text + i, true))
				last[i + t.len] = t.id;
	}
	for (size_t i = end - v->maxlen + 1; i <= end; i++)
		if (last[i] == NOTHING)
			return false;
	return true;
}

/*
 * Other ends than END would give other encodings.  Each has a boundary among
 * the last positions, since a token has at most maxlen bytes.  A boundary
 * that all of them share, or 0.
 */
static size_t
settled_at(struct path *path, size_t end)
{
	size_t pos = end, back = path->v->maxlen;

	for (;;) {
		back *= 2;
		if (back >= end)
			return 0;
		while (pos > end - back)
			pos -= last_token(path, pos).len;
		if (pos == 0)
			return 0;
		if (all_pass(path, pos, end))
			return pos;
	}
}

/*
 * Hand over what is settled of the window, and return where that ends.  The
 * path goes on from there.
 */
static size_t
path_advance(struct path *path, struct sink *sink)
{
	size_t settled = settled_at(path, BPE_WINDOW), pos = BPE_WINDOW;
	size_t n = path->n;
	uint32_t last;

	/*
	 * Nothing settled: never seen with any vocabulary.  It would take
	 * text whose first token depends on what comes a window later.
	 */
	if (settled == 0)
		settled = BPE_WINDOW / 2;
	for (;;) {
		unsigned len = last_token(path, pos).len;

		if (pos - len < settled)
			break;
		pos -= len;
		n--;
	}
	last = path->last[pos];
	path_emit(path, sink, pos, n);
	path->n = 0;
	path->text += pos;
	path->run_from = path->run_to = 0;
	path->run_token = (struct found){ID_NONE, 0};
	path->last[0] = last & ~(LONGEST | MERGED);
	return pos;
}

size_t
path_settle(const struct vocab *v, struct sink *sink, const uint8_t *text,
    size_t len, uint32_t *last)
{
	struct path path;

	if (len <= BPE_WINDOW)
		return 0;
	path_begin(&path, v, text, len, *last);
	while (len > BPE_WINDOW) {
		memset(path.dead, 0, sizeof(path.dead));
		path_extend(&path, 0, BPE_WINDOW);
		len -= path_advance(&path, sink);
	}
	*last = path.last[0] & ID_MASK;
	return (size_t)(path.text - text);
}

void
path_rest(const struct vocab *v, struct sink *sink, const uint8_t *text,
    size_t len, uint32_t last)
{
	struct path path;
	size_t settled = path_settle(v, sink, text, len, &last);

	text += settled;
	len -= settled;
	if (len == 0)
		return;
	path_begin(&path, v, text, len, last);
	memset(path.dead, 0, (len / 64 + 1) * sizeof(path.dead[0]));
	path_extend(&path, 0, len);
	path_emit(&path, sink, len, path.n);
}
