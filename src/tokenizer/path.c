#include "path.h"

#include <assert.h>

#include "guess.h"
#include "repeat.h"
#include "window.h"

#define NOTHING PATH_NOTHING

/* vocab_may_follow, remembered. */
static inline bool
path_fits(struct path *path, struct found left, struct found t,
    const uint8_t *p, bool meet)
{
	uint32_t key;
	struct memo_pair *pair = memo_pair(path->memo, left.id, t.id, &key);

	path->cost += COST_PAIR;
	if ((pair->key & ~1u) != key) {
		path->cost += COST_UNKNOWN;
		pair->key = key | vocab_may_follow(path->v, left, t, p, meet);
	}
	return pair->key & 1;
}

/* The longest token at POS; none at END. */
static inline struct found
path_longest(struct path *path, size_t pos, size_t end)
{
	if (pos == end)
		return (struct found){ID_NONE, 0};
	path->cost += path->width > 1 ? COST_LONGEST_WIDE : COST_LONGEST;
	return vocab_longest(path->v, path->text + pos, path->text + end);
}

/* Where the text is of many kinds, do three quarters of the guesses hit? */
static inline bool
do_hit(const struct odds *odds)
{
	return odds->misses * 3 <= odds->hits;
}

/*
 * Is guessing worth its while there?  Not if it mostly misses, and the longest
 * tokens mostly fit anyway.  Whether they do is tried now and then, and so are
 * guesses once they are left out.
 */
#define TRY_STEPS 8
#define TRY_GUESSES 64
static bool
is_worth(struct odds *odds)
{
	unsigned look = odds->looks++;

	if (do_hit(odds))
		return true;
	return odds->easy ? look % TRY_GUESSES == 0 : look % TRY_STEPS != 0;
}

/*
 * What text of such a variety is like.  The order of a few letters is met
 * again; that of many is not, unless the text repeats itself.
 */
static void
path_judge(struct path *path, struct variety look, size_t len)
{
	if (len > VARIETY_TEXT)
		len = VARIETY_TEXT;
	path->width = look.width;
	path->varied = look.kinds > VARIETY_FEW;
	path->far = look.kinds == VARIETY_MAX;
	if (look.kinds <= 2 || (look.width > 1 && !path->varied) ||
	    (!path->far && look.runs * look.width <= len / 4))
		path->ahead = GUESS_FAR;
	else
		path->ahead = look.kinds == 3 ? 6 : 4;
	if (path->varied && !is_worth(&path->memo->odds))
		path->ahead = 0;
}

/* The same of the text from POS on. */
static void
path_look(struct path *path, size_t pos, size_t end)
{
	const uint8_t *p = path->text + pos;

	path_judge(path, variety_of(p, end - pos, VARIETY_MAX), end - pos);
}

/*
 * Guessing may look at the last 8 bytes of TEXT, and needs some text to learn
 * from.
 */
static void
path_begin(struct path *path, const struct vocab *v, struct memo *memo,
    const uint8_t *text, size_t len, uint32_t last, struct variety look)
{
	path->v = v;
	path->memo = memo;
	path->text = text;
	path->n = 0;
	path->step[0] = last;
	if (last != NOTHING)
		path->step[0] |= STEP_LEN(vocab_len(v, last));
	path->windows = 1;
	path->cost = 0;
	path_judge(path, look, len);
	path->brief = len < 8 || (path->varied && len < VARIETY_TEXT);
	if (path->brief)
		path->ahead = 0;
}

/*
 * Are steps quicker, or is merging?  A number of steps tells; if it was merging
 * several times, it is long until that is asked again.
 */
#define TRIAL_PARTS 4
#define TRIAL_ROUNDS 2
#define TRIAL_ROUNDS_MAX 32
#define JUDGE_MIN 16 /* steps */

/* So many guesses, and it is asked whether the text repeats itself. */
#define PART_GUESSES 64
#define STEP_GUESSES 4 /* a step that is not guessed is as good as these */

struct trial {
	unsigned guesses, parts; /* of PART_GUESSES */
	size_t from, n, cost;    /* of the path, when it began */
	size_t tries;            /* of tokens that were not guessed */
	unsigned rounds;         /* to merge if it is so */
};

static void
trial_begin(struct trial *trial, struct path *path, size_t pos)
{
	trial->guesses = trial->parts = 0;
	trial->from = pos;
	trial->n = path->n;
	trial->cost = path->cost;
	trial->tries = 0;
}

/*
 * If nothing was guessed, did the longest tokens fit for the most part?  What
 * was given up again counts as tried in vain.
 */
static void
trial_judge(const struct trial *trial, const struct path *path)
{
	size_t n = path->n - trial->n;

	if (path->varied && path->ahead == 0 && path->n >= trial->n + JUDGE_MIN)
		path->memo->odds.easy = trial->tries * 5 < n * 9;
}

/* Merging N tokens from BYTES; a character is a part to begin with. */
static size_t
merging_cost(const struct path *path, size_t bytes, size_t n, size_t byte)
{
	size_t parts = bytes / path->width;

	return bytes * byte + (parts > n ? parts - n : 0) * COST_MERGE;
}

/* Would merging have taken less time? */
static bool
trial_failed(const struct trial *trial, const struct path *path, size_t pos)
{
	size_t bytes = pos - trial->from, n = path->n - trial->n;
	size_t byte = path->width > 1 ? COST_BYTE_WIDE : COST_BYTE;

	/* It may have gone back. */
	if (pos <= trial->from || path->n <= trial->n || n > bytes)
		return true;
	return bytes < n * LONG_TOKEN &&
	       path->cost - trial->cost > merging_cost(path, bytes, n, byte);
}

/* GUESSES more, to POS.  Returns where the path then ends. */
static size_t
trial_step(struct trial *trial, struct path *path, size_t pos, size_t end,
    unsigned guesses)
{
	trial->guesses += guesses;
	if (trial->guesses < PART_GUESSES)
		return pos;
	trial->guesses = 0;
	pos = repeat_steps(path, pos, end);
	if (++trial->parts < TRIAL_PARTS)
		return pos;
	trial_judge(trial, path);
	if (trial_failed(trial, path, pos)) {
		pos = window_steps(path, pos, end, trial->rounds);
		if (trial->rounds < TRIAL_ROUNDS_MAX)
			trial->rounds *= 2;
	} else {
		trial->rounds = TRIAL_ROUNDS;
	}
	if (end - pos >= VARIETY_TEXT)
		path_look(path, pos, end);
	trial_begin(trial, path, pos);
	return pos;
}

/* Go on from POS by guesses for as long as they are good. */
static size_t
path_guess(struct path *path, struct trial *trial, size_t pos, size_t end)
{
	unsigned n;

	do {
		n = guess_steps(path, &pos, end);
		pos = trial_step(trial, path, pos, end, n);
	} while (n == GUESS_MAX);
	return pos;
}

/* After a step to POS that was not guessed. */
static inline size_t
path_go_on(struct path *path, struct trial *trial, size_t pos, size_t end)
{
	if (path->brief)
		return pos;
	if (path->ahead == 0)
		return trial_step(trial, path, pos, end, 1);
	pos = trial_step(trial, path, pos, end, STEP_GUESSES);
	return path_guess(path, trial, pos, end);
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

	trial_begin(&trial, path, pos);
	if (path->ahead != 0)
		pos = path_guess(path, &trial, pos, end);
	if (path->varied && !path->memo->odds.easy &&
	    !do_hit(&path->memo->odds))
		pos = window_steps(path, pos, end, TRIAL_ROUNDS);
	t = path_longest(path, pos, end);
	while (pos < end) {
		uint32_t last = path->step[path->n];
		struct found left = step_token(last);

		trial.tries++;
		if (t.id == ID_NONE) {
			/* Nothing fits here: go back one token. */
			assert(path->n > 0);
			path->dead[pos / 64] |= (uint64_t)1 << pos % 64;
			path->n--;
			pos -= left.len;
			t = left;
			if (last & UNTRIED) {
				t = path_longest(path, pos, end);
				mark = LONGEST;
				continue;
			}
		} else if (!is_dead(path, pos + t.len) &&
			   (left.id == NOTHING ||
			       /* What the longest merges with would have been
		                * found in its place. */
			       path_fits(path, left, t, text + pos,
				   !(last & LONGEST)))) {
			guess_learn(path, pos, end, t);
			path->step[++path->n] = t.id | STEP_LEN(t.len) | mark;
			pos += t.len;
			pos = path_go_on(path, &trial, pos, end);
			t = path_longest(path, pos, end);
			mark = LONGEST;
			continue;
		}
		t = vocab_shorter(v, t);
		mark = 0;
	}
	trial_judge(&trial, path);
}

/* Hand over the first N tokens. */
static void
path_emit(struct path *path, struct sink *sink, size_t n)
{
	uint32_t *ids = path->step + 1, *to = sink_room(sink, n);

	if (sink->ids == NULL) {
		sink->n += n;
		return;
	}
	if (to == NULL)
		to = ids;
	for (size_t i = 0; i < n; i++)
		to[i] = ids[i] & ID_MASK;
	if (to == ids)
		sink_put_all(sink, ids, n);
	else
		sink->n += n;
}

/*
 * Follow all paths that go on from FROM, where step N of PATH ends, for as far
 * as END.  Do those to each of the last positions, maxlen of them, pass there?
 */
static bool
all_pass(struct path *path, size_t n, size_t from, size_t end)
{
	const struct vocab *v = path->v;
	const uint8_t *text = path->text;
	uint32_t last[BPE_WINDOW + 1]; /* NOTHING where no path leads */
	size_t unset = from + 1;       /* the first such place */

	for (size_t i = from; i <= end; i++)
		last[i] = NOTHING;
	last[from] = step_token(path->step[n]).id;
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
	size_t n = path->n, pos = end, back = path->v->maxlen;

	for (;;) {
		back *= 2;
		if (back >= end)
			return 0;
		while (n > 0 && pos > end - back)
			pos -= step_token(path->step[n--]).len;
		if (pos == 0)
			return 0;
		if (all_pass(path, n, pos, end))
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
	for (; n > 0; n--) {
		unsigned len = step_token(path->step[n]).len;

		if (pos - len < settled)
			break;
		pos -= len;
	}
	last = path->step[n] & ~(LONGEST | UNTRIED);
	path_emit(path, sink, n);
	path->step[0] = last;
	path->n = 0;
	path->text += pos;
	return pos;
}

size_t
path_settle(const struct vocab *v, struct memo *memo, struct sink *sink,
    const uint8_t *text, size_t len, uint32_t *last)
{
	struct path path;

	if (len <= BPE_WINDOW)
		return 0;
	path_begin(&path, v, memo, text, len, *last, path_variety(text, len));
	while (len > BPE_WINDOW) {
		memset(path.dead, 0, sizeof(path.dead));
		path_extend(&path, 0, BPE_WINDOW);
		len -= path_advance(&path, sink);
	}
	*last = path.step[0] & ID_MASK;
	return (size_t)(path.text - text);
}

/* All of the path's text, LEN bytes. */
static void
path_all(struct path *path, struct sink *sink, size_t len)
{
	memset(path->dead, 0, (len / 64 + 1) * sizeof(path->dead[0]));
	path_extend(path, 0, len);
	path_emit(path, sink, path->n);
}

void
path_rest(const struct vocab *v, struct memo *memo, struct sink *sink,
    const uint8_t *text, size_t len, uint32_t last)
{
	struct path path;
	size_t settled = path_settle(v, memo, sink, text, len, &last);

	text += settled;
	len -= settled;
	if (len == 0)
		return;
	path_begin(&path, v, memo, text, len, last, path_variety(text, len));
	path_all(&path, sink, len);
}

/* What it took, and what merging would have.  What was long ago counts less. */
#define WORDS_COST_MAX 1000000
static void
odds_word(struct odds *odds, const struct path *path, size_t len)
{
	odds->steps += path->cost + COST_WORD;
	odds->merges += merging_cost(path, len, path->n, COST_BYTE);
	if (odds->merges > WORDS_COST_MAX) {
		odds->steps /= 2;
		odds->merges /= 2;
	}
}

/* Not inline, or a long one takes the stack of another path. */
static __attribute__((noinline)) void
path_short(const struct vocab *v, struct memo *memo, struct sink *sink,
    const uint8_t *text, size_t len, struct variety look)
{
	struct path path;

	path_begin(&path, v, memo, text, len, NOTHING, look);
	path_all(&path, sink, len);
	if (len <= MERGE_MAX && !path.varied && look.width != 3)
		odds_word(&memo->odds, &path, len);
}

void
path_word(const struct vocab *v, struct memo *memo, struct sink *sink,
    const uint8_t *text, size_t len, struct variety look)
{
	if (len <= BPE_WINDOW)
		path_short(v, memo, sink, text, len, look);
	else
		path_rest(v, memo, sink, text, len, NOTHING);
}
