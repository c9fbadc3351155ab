#include "path.h"

#include <assert.h>

#include "guess.h"
#include "merge.h"
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
		uint32_t bound = vocab_bound(path->v, left, t, p);
		bool fits = vocab_is_bound(bound, left, t, meet);

		if (!fits) {
			path->cost += COST_UNDO;
			fits = vocab_undo(path->v, left, t, p, bound, meet);
		}
		pair->key = key | fits;
	}
	return pair->key & 1;
}

/* The longest token at POS; none at END. */
static inline struct found
path_longest(struct path *path, size_t pos, size_t end)
{
	struct found t = {ID_NONE, 0};

	if (pos < end) {
		t = vocab_longest(path->v, path->text + pos, path->text + end);
		path->cost += COST_LONGEST + COST_CHAR * t.len / path->width;
	}
	return t;
}

/* Text of such a variety begins. */
static void
path_look(struct path *path, size_t len, struct variety look)
{
	path->width = look.width;
	path->choice = ways_choice(path->memo->ways, len > MERGE_MAX, look);
}

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
	path->looked = 0;
	path_look(path, len, look);
	choice_add(path->choice, path->choice->way, 0, COST_PATH);
}

/*
 * The path goes on by stretches of several parts, each by the way that is
 * chosen then.  After each part it is asked whether the text repeats itself.
 */
#define STRETCH_PARTS 4
#define PART_GUESSES 64
#define LOOK_EACH 1024 /* bytes, and the variety is looked at again */
#define STEP_GUESSES 4 /* a step that is not guessed is as good as these */

static void
stretch_begin(struct path *path, size_t pos, size_t end)
{
	static const uint8_t ahead[WAYS] = {
	    [WAY_GUESS_4] = 4, [WAY_GUESS_6] = 6, [WAY_GUESS_8] = 8};
	const uint8_t *p = path->text + pos;

	if (pos > path->looked + LOOK_EACH && end - pos >= VARIETY_TEXT) {
		path_look(path, end, variety_of(p, end - pos));
		path->looked = pos;
	}
	path->way = path->choice->way;
	/* A guess may look at the last 8 bytes. */
	path->ahead = end >= 8 ? ahead[path->way] : 0;
	path->from = pos;
	path->cost = 0;
	path->guesses = path->parts = 0;
}

/* It ends at POS; the path may have gone back. */
static void
stretch_end(struct path *path, size_t pos)
{
	size_t bytes = pos > path->from ? pos - path->from : 0;

	choice_add(path->choice, path->way, bytes, path->cost);
}

/*
 * Begin one at POS, unless windows are the way, for as long as these are of
 * use.  Returns where the path then ends.
 */
static size_t
stretch_next(struct path *path, size_t pos, size_t end)
{
	for (;;) {
		size_t from = pos;

		stretch_begin(path, pos, end);
		if (path->way != WAY_MERGE)
			return pos;
		pos = window_steps(path, pos, end);
		pos = repeat_steps(path, pos, end);
		if (pos == from) {
			/* A few steps lead to where they are again. */
			path->parts = STRETCH_PARTS - 1;
			return pos;
		}
		stretch_end(path, pos);
	}
}

/* GUESSES more, to POS.  Returns where the path then ends. */
static size_t
stretch_step(struct path *path, size_t pos, size_t end, unsigned guesses)
{
	path->guesses += guesses;
	if (path->guesses < PART_GUESSES)
		return pos;
	path->guesses = 0;
	pos = repeat_steps(path, pos, end);
	if (++path->parts < STRETCH_PARTS)
		return pos;
	stretch_end(path, pos);
	return stretch_next(path, pos, end);
}

/* Go on from POS by guesses for as long as they are good. */
static size_t
path_guess(struct path *path, size_t pos, size_t end)
{
	unsigned n;

	do {
		n = guess_steps(path, &pos, end);
		pos = stretch_step(path, pos, end, n);
	} while (n == GUESS_MAX);
	return pos;
}

/* After a step to POS that was not guessed. */
static inline size_t
path_go_on(struct path *path, size_t pos, size_t end)
{
	pos = stretch_step(path, pos, end, STEP_GUESSES);
	return path->ahead == 0 ? pos : path_guess(path, pos, end);
}

/* Extend the path, which is at its beginning, to END; go back as need be. */
static void
path_extend(struct path *path, size_t end)
{
	const struct vocab *v = path->v;
	const uint8_t *text = path->text;
	uint32_t mark = LONGEST;
	size_t pos = stretch_next(path, 0, end);
	struct found t;

	if (path->ahead != 0)
		pos = path_guess(path, pos, end);
	t = path_longest(path, pos, end);
	while (pos < end) {
		uint32_t last = path->step[path->n];
		struct found left = step_token(last);

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
			pos = path_go_on(path, pos, end);
			t = path_longest(path, pos, end);
			mark = LONGEST;
			continue;
		}
		t = vocab_shorter(v, t);
		mark = 0;
	}
	stretch_end(path, pos);
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
	path->looked = 0;
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
		path_extend(&path, BPE_WINDOW);
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
	path_extend(path, len);
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

/* Not inline, or a long one takes the stack of another path. */
static __attribute__((noinline)) void
path_short(const struct vocab *v, struct memo *memo, struct sink *sink,
    const uint8_t *text, size_t len, struct variety look)
{
	struct path path;

	path_begin(&path, v, memo, text, len, NOTHING, look);
	path_all(&path, sink, len);
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
