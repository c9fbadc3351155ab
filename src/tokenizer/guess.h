/*
 * guess.h - what comes after a token is most often what came after it the last
 * time that the text went on like this.
 *
 * The memo has it by the token and the bytes ahead, as many as the way says.
 * Of a run of one byte it is the length, and what comes after it.
 *
 * A guess is a token, or two of a single byte each, that is there and may
 * follow; so it is right unless the path gets stuck.
 */
#ifndef GUESS_H
#define GUESS_H

#include "classes.h"
#include "steps.h"

#define GUESS_MAX 64 /* at a time */

/*
 * An entry has in HI the token before, the one that came next, whether that of
 * a single byte came after it, its length, how many bytes ahead are known, and
 * the mark.  The length is a byte of its own: where the next guess begins waits
 * for it.
 */
#define GUESS_ID ID_BITS
#define GUESS_SINGLE ((uint64_t)1 << (GUESS_ID + ID_BITS))
#define GUESS_BYTE 5 /* of the token's length */
/* What it says; the rest is what it is known by. */
#define GUESS_TOKEN ((((uint64_t)1 << 30) - 1) << GUESS_ID)
#define GUESS_LEN 50
#define GUESS_END ((uint64_t)1 << 55) /* and there the text ends */

/* What is ahead: a key for the memo, and how many bytes of it are known. */
struct ahead {
	uint64_t text, mark;
	size_t len;
};

/*
 * Eight bytes of the text at P, or the last ones before END, and then 0.  Eight
 * come before END, though not after P.
 */
static inline uint64_t
guess_text(const uint8_t *p, const uint8_t *end)
{
	uint64_t text;

	if (end - p >= 8) {
		memcpy(&text, p, sizeof(text));
		return text;
	}
	memcpy(&text, end - 8, sizeof(text));
	return text >> (8 * (8 - (unsigned)(end - p)));
}

/*
 * A run of at least 8 bytes.  Those longer than half again the longest token
 * are all the same: where they end is far off.
 */
static inline struct ahead
guess_run(const struct vocab *v, const uint8_t *p, const uint8_t *end)
{
	struct ahead a = {0, RUN_MARK, 8};
	size_t most = (size_t)(end - p), enough = v->run[p[0]] * 3u / 2;
	uint64_t next = 0, other = 0;

	while (other == 0 && a.len < enough && a.len < most) {
		other = guess_text(p + a.len, end) ^ EACH(p[0]);
		a.len += other != 0 ? lowest(other) / 8 : 8;
	}
	if (a.len >= most) {
		a.len = most;
		a.mark |= GUESS_END;
	} else if (other != 0) {
		next = guess_text(p + a.len, end);
	}
	a.text = p[0] | a.len << 8 | (next & UINT16_MAX) << 24;
	return a;
}

/* By as many bytes as the way says, or up to END if that comes before. */
static inline struct ahead
guess_look(const struct path *path, size_t pos, size_t end)
{
	size_t len = path->ahead;
	const uint8_t *p = path->text + pos;
	struct ahead a = {guess_text(p, path->text + end), GUESS_MARK, len};

	if (a.text == EACH(p[0]) && end - pos >= 8)
		return guess_run(path->v, p, path->text + end);
	if (end - pos <= len) {
		a.len = end - pos;
		a.mark |= GUESS_END;
	}
	a.mark |= a.len << GUESS_LEN;
	a.text &= UINT64_MAX >> (8 - a.len) % 8 * 8;
	return a;
}

static inline struct word *
guess_entry(const struct path *path, uint32_t left, const struct ahead *a)
{
	uint64_t h = (a->text ^ left * HASH_2) * HASH_1;

	return memo_guess(path->memo, h);
}

/*
 * What went on from LEFT when these bytes were ahead, and whether a single byte
 * came then.  False if unknown.
 */
static inline bool
guess_find(const struct path *path, size_t pos, size_t end, uint32_t left,
    struct found *t, bool *single)
{
	struct ahead a = guess_look(path, pos, end);
	const struct word *entry = guess_entry(path, left, &a);
	uint64_t hi = entry->hi;

	t->len = ((const uint8_t *)&entry->hi)[GUESS_BYTE];
	t->id = hi >> GUESS_ID & ID_MASK;
	*single = hi & GUESS_SINGLE;
	return entry->lo == a.text &&
	       ((hi ^ (a.mark | left)) & ~GUESS_TOKEN) == 0;
}

/* The entry that says so of LEFT and T. */
static inline uint64_t
guess_hi(const struct ahead *a, uint32_t left, struct found t)
{
	return a->mark | (uint64_t)t.len << 8 * GUESS_BYTE |
	       (uint64_t)t.id << GUESS_ID | left;
}

/*
 * The path, which ends at POS, goes on by T.  If the last step was a single
 * byte, what is known of it tells now whether T is one, too: where each byte is
 * a token, one guess is good for two.
 */
static inline void
guess_learn_single(
    const struct path *path, size_t pos, size_t end, struct found t)
{
	struct found last = path_last(path);
	struct word *entry;
	struct ahead a;
	uint32_t left;

	if (path->n == 0 || last.len > 1)
		return;
	left = step_token(path->step[path->n - 1]).id;
	a = guess_look(path, pos - 1, end);
	entry = guess_entry(path, left, &a);
	/* The second byte is one of those that are known. */
	if (a.len < 2 || entry->lo != a.text ||
	    (entry->hi & ~GUESS_SINGLE) != guess_hi(&a, left, last))
		return;
	if (t.len == 1)
		entry->hi |= GUESS_SINGLE;
	else
		entry->hi &= ~GUESS_SINGLE;
}

/* The step T goes on from where the path ends, POS. */
static inline void
guess_learn(const struct path *path, size_t pos, size_t end, struct found t)
{
	uint32_t left = path_last(path).id;
	struct word *entry;
	struct ahead a;

	if (path->ahead == 0)
		return;
	guess_learn_single(path, pos, end, t);
	a = guess_look(path, pos, end);
	if (t.len > a.len)
		return;
	entry = guess_entry(path, left, &a);
	entry->lo = a.text;
	entry->hi = guess_hi(&a, left, t);
}

/*
 * Go on by up to GUESS_MAX guesses from *POS, where the path ends then.
 * Returns how many there were, of one or two steps each.
 */
static inline unsigned
guess_steps(struct path *path, size_t *pos, size_t end)
{
	uint32_t left = path_last(path).id, *steps = path->step + path->n + 1;
	size_t at = *pos;
	unsigned n = 0;

	if (path->ahead == 0)
		return 0;
	for (; at < end && n < GUESS_MAX; n++) {
		struct found t;
		bool single;

		if (!guess_find(path, at, end, left, &t, &single))
			break;
		if (is_dead(path, at + t.len))
			break;
		at += t.len;
		left = t.id;
		*steps++ = left | STEP_LEN(t.len) | UNTRIED;
		if (!single || is_dead(path, at + 1))
			continue;
		left = vocab_byte(path->v, path->text[at++]);
		*steps++ = left | STEP_LEN(1) | UNTRIED;
	}
	path->n = (size_t)(steps - path->step) - 1;
	path->cost += (size_t)n * COST_HIT;
	if (at < end && n < GUESS_MAX)
		path->cost += COST_MISS;
	*pos = at;
	return n;
}

#endif
