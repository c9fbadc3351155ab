#include "bpe.h"

#include <assert.h>
#include <string.h>

/*
 * The longest stretch that is encoded as a whole.  In a longer pretoken the
 * part that no later text can change is settled window by window, so that
 * memory and stack have a bound.
 */
#ifndef BPE_WINDOW
#define BPE_WINDOW 16384
#endif

/* In a path: the token is the longest that its place has. */
#define LONGEST ((uint32_t)1 << 31)
/* In a path: before the text. */
#define NOTHING ID_NONE

/* May T stand at P, behind what the path has there? */
static inline bool
fits(const struct vocab *v, uint32_t last, uint32_t t, const uint8_t *p)
{
	/*
	 * The longest token does not merge with what follows: the result
	 * would have been found in its place.
	 */
	return last == NOTHING ||
	       vocab_may_follow(v, last & ID_MASK, t, p, !(last & LONGEST));
}

unsigned
bpe_short(const struct vocab *v, const uint8_t *text, size_t len,
    uint32_t ids[BPE_SHORT])
{
	uint32_t path[BPE_SHORT + 1]; /* tokens and where they begin */
	uint8_t start[BPE_SHORT + 1];
	uint32_t dead = 0; /* positions that failed */
	uint32_t next = vocab_longest(v, text, text + len) | LONGEST;
	unsigned n = 0;
	size_t pos = 0;

	path[0] = NOTHING;
	while (pos < len) {
		uint32_t t = next;

		while ((t & ID_MASK) != ID_NONE &&
		       (dead >> (pos + vocab_len(v, t & ID_MASK)) & 1 ||
			   !fits(v, path[n], t & ID_MASK, text + pos)))
			t = SPLIT_PREFIX(v->split[t & ID_MASK]);
		if ((t & ID_MASK) != ID_NONE) {
			start[++n] = (uint8_t)pos;
			path[n] = t;
			pos += vocab_len(v, t & ID_MASK);
			if (pos < len)
				next = LONGEST |
				       vocab_longest(v, text + pos, text + len);
			continue;
		}
		assert(n > 0);
		dead |= (uint32_t)1 << pos;
		pos = start[n];
		next = path[n--] & ID_MASK;
	}
	for (unsigned i = 0; i < n; i++)
		ids[i] = path[i + 1] & ID_MASK;
	return n;
}

/* The encoding of a stretch: which token ends where. */
struct path {
	const struct vocab *v;
	const uint8_t *text;
	/* The token that ends at each boundary; at 0 the one before TEXT. */
	uint32_t last[BPE_WINDOW + 1];
	uint64_t dead[BPE_WINDOW / 64 + 1]; /* positions that failed */
};

static inline bool
is_dead(const struct path *path, size_t pos)
{
	return path->dead[pos / 64] >> pos % 64 & 1;
}

/* Extend the path, which ends at POS, to END, going back as need be. */
static void
path_extend(struct path *path, size_t pos, size_t end)
{
	const struct vocab *v = path->v;
	const uint8_t *text = path->text;
	uint32_t next = vocab_longest(v, text + pos, text + end) | LONGEST;

	while (pos < end) {
		uint32_t last = path->last[pos], t = next;

		while ((t & ID_MASK) != ID_NONE &&
		       (is_dead(path, pos + vocab_len(v, t & ID_MASK)) ||
			   !fits(v, last, t & ID_MASK, text + pos)))
			t = SPLIT_PREFIX(v->split[t & ID_MASK]);
		if ((t & ID_MASK) != ID_NONE) {
			pos += vocab_len(v, t & ID_MASK);
			path->last[pos] = t;
			if (pos < end)
				next = LONGEST |
				       vocab_longest(v, text + pos, text + end);
			continue;
		}
		assert(pos > 0 && last != NOTHING);
		path->dead[pos / 64] |= (uint64_t)1 << pos % 64;
		pos -= vocab_len(v, last & ID_MASK);
		next = last & ID_MASK;
	}
}

/* Hand over the tokens up to END. */
static void
path_emit(struct path *path, struct sink *sink, size_t end)
{
	size_t pos = end, n = 0;

	/* The path is known from its end: turn it around in place. */
	while (pos > 0) {
		uint32_t t = path->last[pos] & ID_MASK;

		pos -= vocab_len(path->v, t);
		n++;
		path->last[end + 1 - n] = t;
	}
	if (sink->ids == NULL) {
		sink->n += n;
		return;
	}
	for (; n > 0; n--)
		sink_put(sink, path->last[end + 1 - n]);
}

/* A path to another end than PATH's, which it leaves at BRANCH. */
struct fork {
	const struct path *path;
	size_t branch;
	uint32_t last[BPE_WINDOW + 1]; /* beyond BRANCH */
	uint8_t dead[BPE_WINDOW + 1];  /* the last run that failed there */
	uint8_t run;
};

/* Find the path to END.  Its branch is where it leaves the other's. */
static void
fork_to(struct fork *fork, size_t end)
{
	const struct vocab *v = fork->path->v;
	const uint8_t *text = fork->path->text;
	size_t pos = fork->branch;
	uint32_t next = vocab_longest(v, text + pos, text + end);

	fork->run++;
	while (pos < end) {
		uint32_t t = next, last = pos > fork->branch
		                              ? fork->last[pos]
		                              : fork->path->last[pos];

		/* What is the longest for END may not be so for the other:
		 * no short cut. */
		if (last != NOTHING)
			last &= ID_MASK;
		while (t != ID_NONE &&
		       (fork->dead[pos + vocab_len(v, t)] == fork->run ||
			   !fits(v, last, t, text + pos)))
			t = SPLIT_PREFIX(v->split[t]);
		if (t != ID_NONE) {
			pos += vocab_len(v, t);
			fork->last[pos] = t;
			if (pos < end)
				next = vocab_longest(v, text + pos, text + end);
			continue;
		}
		fork->dead[pos] = fork->run;
		if (pos == 0)
			return; /* it leaves before the window */
		pos -= vocab_len(v, last);
		next = last;
		if (pos < fork->branch)
			fork->branch = pos;
	}
}

/*
 * Other ends than END would give other encodings.  Each has a boundary among
 * the last positions, since a token has at most maxlen bytes.  Up to where
 * do all of them agree?
 */
static size_t
path_settled(const struct path *path, size_t end)
{
	struct fork fork = {.path = path};
	size_t common = end, on_path = end;

	for (size_t e = end - 1; e > end - path->v->maxlen; e--) {
		while (on_path > e)
			on_path -=
			    vocab_len(path->v, path->last[on_path] & ID_MASK);
		fork.branch = on_path;
		if (on_path < e)
			fork_to(&fork, e);
		if (fork.branch < common)
			common = fork.branch;
	}
	return common;
}

/*
 * Hand over what is settled of the window, and return where that ends.  The
 * path goes on from there.
 */
static size_t
path_advance(struct path *path, struct sink *sink)
{
	size_t settled = path_settled(path, BPE_WINDOW), pos = BPE_WINDOW;
	uint32_t last;

	/*
	 * Nothing settled: never seen with any vocabulary.  It would take
	 * text whose first token depends on what comes a window later.
	 */
	if (settled == 0)
		settled = BPE_WINDOW / 2;
	for (;;) {
		unsigned n = vocab_len(path->v, path->last[pos] & ID_MASK);

		if (pos - n < settled)
			break;
		pos -= n;
	}
	last = path->last[pos];
	path_emit(path, sink, pos);
	path->text += pos;
	path->last[0] = last & ID_MASK;
	return pos;
}

void
bpe_long(
    const struct vocab *v, struct sink *sink, const uint8_t *text, size_t len)
{
	struct path path;

	path.v = v;
	path.text = text;
	path.last[0] = NOTHING;
	while (len > BPE_WINDOW) {
		memset(path.dead, 0, sizeof(path.dead));
		path_extend(&path, 0, BPE_WINDOW);
		len -= path_advance(&path, sink);
	}
	memset(path.dead, 0, (len / 64 + 1) * sizeof(path.dead[0]));
	path_extend(&path, 0, len);
	path_emit(&path, sink, len);
}
