/*
 * Merging is carried out, but not token by token: equal neighbours are one
 * group and their number.  Of a pair of equals half as many tokens become,
 * and one may be left; a pair of two different ones is where two groups meet.
 * All pairs of a rank merge before any that they give rise to, since a token
 * comes after its parts.  So there are as many steps as the vocabulary has
 * tokens of this byte, however long the text is.
 */
#include "run.h"

#include <string.h>

/* There have never been more than a handful. */
#define GROUPS_MAX 32

struct group {
	struct found token;
	size_t n;
};

struct groups {
	struct group at[GROUPS_MAX + 2];
	unsigned n;
};

/* Join equal neighbours, and drop what is empty. */
static void
tidy(struct groups *g)
{
	unsigned n = 0;

	for (unsigned i = 0; i < g->n; i++) {
		if (g->at[i].n == 0)
			continue;
		if (n > 0 && g->at[n - 1].token.id == g->at[i].token.id)
			g->at[n - 1].n += g->at[i].n;
		else
			g->at[n++] = g->at[i];
	}
	g->n = n;
}

static void
insert(struct groups *g, unsigned at, struct found token, size_t n)
{
	memmove(&g->at[at + 1], &g->at[at], (g->n - at) * sizeof(g->at[0]));
	g->at[at].token = token;
	g->at[at].n = n;
	g->n++;
}

/* The token that the pair of LEFT and RIGHT becomes, in TEXT. */
static uint32_t
pair(const struct vocab *v, const uint8_t *text, const struct group *left,
    const struct group *right)
{
	return vocab_joined(
	    v, left->token, right->token, text + left->token.len);
}

/*
 * Carry out the merges of lowest rank.  False if there are none.
 */
static bool
step(const struct vocab *v, const uint8_t *text, struct groups *g)
{
	struct found best = {ID_NONE, 0};
	unsigned at = 0;
	bool equal = false;
	struct group *one;

	for (unsigned i = 0; i < g->n; i++) {
		struct group *p = &g->at[i];
		uint32_t self = p->n > 1 ? pair(v, text, p, p) : ID_NONE;
		uint32_t next =
		    i + 1 < g->n ? pair(v, text, p, p + 1) : ID_NONE;

		if (self < best.id) {
			best.id = self;
			best.len = 2 * p->token.len;
			at = i;
			equal = true;
		}
		if (next < best.id) {
			best.id = next;
			best.len = p->token.len + p[1].token.len;
			at = i;
			equal = false;
		}
	}
	if (best.id == ID_NONE)
		return false;
	one = &g->at[at];
	if (equal) {
		insert(g, at, best, one->n / 2);
		g->at[at + 1].n %= 2;
	} else {
		one->n--;
		one[1].n--;
		insert(g, at + 1, best, 1);
	}
	tidy(g);
	return true;
}

bool
run_encode(
    const struct vocab *v, struct sink *sink, const uint8_t *text, size_t len)
{
	struct groups g = {.n = 1};

	g.at[0].token = (struct found){vocab_byte(v, text[0]), 1};
	g.at[0].n = len;
	while (step(v, text, &g))
		if (g.n > GROUPS_MAX)
			return false;
	for (unsigned i = 0; i < g.n; i++) {
		if (sink->ids == NULL)
			sink->n += g.at[i].n;
		else
			for (size_t k = g.at[i].n; k > 0; k--)
				sink_put(sink, g.at[i].token.id);
	}
	return true;
}
