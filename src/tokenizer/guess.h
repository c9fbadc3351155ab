/*
 * guess.h - what comes after a token is most often what came after it the last
 * time that the text went on like this.
 *
 * The memo has it by the token and the bytes ahead: as many as the variety of
 * the text allows, since the order of a few letters is met again, and that of
 * many is not.  Of a run of one byte it is the length, and what comes after it.
 *
 * A guess is a token that is there and may follow; so it is right unless the
 * path gets stuck.
 */
#ifndef GUESS_H
#define GUESS_H

#include "classes.h"
#include "steps.h"

#define GUESS_END 50  /* where the mark tells that the text ends */
#define GUESS_MAX 64  /* at a time */
#define GUESS_FAR 8
#define GUESS_RUN 255 /* longer ones are all the same */
#define GUESS_STEP ((uint64_t)UINT32_MAX << ID_BITS)

/* What is ahead: a key for the memo, and how many bytes of it are known. */
struct ahead {
	uint64_t text, mark;
	size_t len;
};

/* Eight bytes of the text at P, or the last ones before END, and then 0. */
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

/* A run of at least 8 bytes. */
static inline struct ahead
guess_run(const uint8_t *p, const uint8_t *end)
{
	struct ahead a = {0, RUN_MARK, 8};
	uint64_t next, other = 0;

	while (
	    other == 0 && a.len < GUESS_RUN && a.len + 8 <= (size_t)(end - p)) {
		memcpy(&next, p + a.len, sizeof(next));
		other = next ^ EACH(p[0]);
		a.len += other != 0 ? lowest(other) / 8 : 8;
	}
	next = other != 0 ? guess_text(p + a.len, end) : 0;
	a.text = p[0] | a.len << 8 | (next & UINT16_MAX) << 24;
	return a;
}

static inline struct ahead
guess_look(const struct path *path, size_t pos, size_t end, size_t len)
{
	const uint8_t *p = path->text + pos;
	struct ahead a = {guess_text(p, path->text + end), GUESS_MARK, len};

	if (a.text == EACH(p[0]) && end - pos >= 8)
		return guess_run(p, path->text + end);
	if (end - pos <= len) {
		a.len = end - pos;
		a.mark |= a.len << GUESS_END;
	}
	a.text &= UINT64_MAX >> 8 * (8 - a.len);
	return a;
}

static inline struct word *
guess_entry(const struct path *path, uint32_t left, const struct ahead *a)
{
	uint64_t h = (a->text ^ left * HASH_2) * HASH_1;

	/* Only the highest bits are those of all. */
	return memo_key(path->memo, h >> 9);
}

/* Is ENTRY what came then?  The step goes to *STEP. */
static inline bool
guess_known(const struct word *entry, uint32_t left, const struct ahead *a,
    uint32_t *step)
{
	uint64_t hi = entry->hi ^ (a->mark | left);

	*step = (uint32_t)(hi >> ID_BITS);
	return entry->lo == a->text && (hi & ~GUESS_STEP) == 0;
}

/* The step T went on from where the path ends, POS. */
static inline void
guess_learn(const struct path *path, size_t pos, size_t end, struct found t)
{
	uint64_t step = t.id | STEP_LEN(t.len) | UNTRIED;
	uint32_t left = path_last(path).id, other;
	struct word *entry;
	struct ahead a;

	if (path->ahead == 0)
		return;
	a = guess_look(path, pos, end, path->ahead);
	entry = guess_entry(path, left, &a);
	if (path->far && guess_known(entry, left, &a, &other) && other != step) {
		a = guess_look(path, pos, end, GUESS_FAR);
		entry = guess_entry(path, left, &a);
	}
	if (t.len > a.len)
		return;
	entry->lo = a.text;
	entry->hi = a.mark | step << ID_BITS | left;
}

/*
 * Go on by up to GUESS_MAX guesses from *POS, where the path ends then.
 * Returns how many there were.
 */
static inline unsigned
guess_steps(struct path *path, size_t *pos, size_t end)
{
	uint32_t left = path_last(path).id, *steps = path->step + path->n + 1;
	size_t at = *pos;
	unsigned n = 0;

	if (path->ahead == 0)
		return 0;
	while (at < end && n < GUESS_MAX) {
		struct ahead a =
		    guess_look(path, at, end, path->far ? GUESS_FAR : path->ahead);
		uint32_t step;

		if (!guess_known(guess_entry(path, left, &a), left, &a, &step)) {
			if (!path->far)
				break;
			a = guess_look(path, at, end, path->ahead);
			if (!guess_known(guess_entry(path, left, &a), left, &a, &step))
				break;
		}
		if (is_dead(path, at + step_token(step).len))
			break;
		at += step_token(step).len;
		left = step_token(step).id;
		steps[n++] = step;
	}
	path->n += n;
	path->cost += (size_t)n * COST_GUESS;
	*pos = at;
	return n;
}

#endif
