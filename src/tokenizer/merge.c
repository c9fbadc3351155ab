/*
 * Two neighbours merge into the token that is their bytes.  Which that is the
 * tables of words tell, of which the hot ones have most of what comes up.
 */
#include "merge.h"

#include "find.h"

/* Parts of a pretoken, by where they begin. */
struct parts {
	uint8_t text[MERGE_MAX + 16];
	uint8_t next[MERGE_MAX + 1]; /* where the next part begins */
	uint8_t prev[MERGE_MAX + 1];
	/* The rank of the part with the next one, above where it begins. */
	uint32_t rank[MERGE_MAX];
	uint32_t id[MERGE_MAX];
	unsigned end;
};

#define RANK_SHIFT 5
#define NO_RANK UINT32_MAX

/* Set the rank of the part at I, which has a next one, with that. */
static ALWAYS_INLINE void
rate(const struct vocab *v, struct parts *p, unsigned i)
{
	const uint8_t *text = p->text + i;
	unsigned next = p->next[i];
	size_t len = (size_t)(p->next[next] - i);
	struct word w = {0, 0};
	uint32_t id;

	if (len > WORD_MAX) {
		id = vocab_pair(v, p->id[i], p->id[next]);
	} else {
		if (len > SHORT_MAX)
			w = word_long(text, len);
		else
			w.lo = word_short(text, len);
		id = find_word(v, w);
	}
	p->rank[i] = id == ID_NONE ? NO_RANK : id << RANK_SHIFT | i;
}

static ALWAYS_INLINE void
parts_init(const struct vocab *v, struct parts *p, const uint8_t *text,
    size_t len, unsigned max)
{
	memset(p->text, 0, max + 16);
	memcpy(p->text, text, len);
	p->end = (unsigned)len;
	for (unsigned i = 0; i < max; i++) {
		p->next[i] = (uint8_t)(i + 1);
		p->prev[i] = (uint8_t)(i - 1);
		p->rank[i] = NO_RANK;
	}
	for (unsigned i = 0; i < len; i++)
		p->id[i] = vocab_byte(v, text[i]);
	for (unsigned i = 0; i + 1 < len; i++) {
		uint32_t r;

		if ((text[i] | text[i + 1]) >= 0x80) {
			rate(v, p, i);
			continue;
		}
		r = vocab_two(v, text + i);
		if (r != ID_NONE)
			p->rank[i] = r << RANK_SHIFT | i;
	}
}

/* LEN bytes, no more than MAX. */
static ALWAYS_INLINE unsigned
merge(const struct vocab *v, const uint8_t *text, size_t len, unsigned max,
    uint32_t *ids)
{
	struct parts p;
	unsigned n = 0;

	parts_init(v, &p, text, len, max);
	for (;;) {
		uint32_t best = NO_RANK;
		unsigned at, next;

		for (unsigned i = 0; i < max; i++)
			best = p.rank[i] < best ? p.rank[i] : best;
		if (best == NO_RANK)
			break;
		at = best & ((1u << RANK_SHIFT) - 1);
		next = p.next[at];
		p.id[at] = best >> RANK_SHIFT;
		p.next[at] = p.next[next];
		p.rank[next] = p.rank[at] = NO_RANK;
		if (p.next[at] < p.end) {
			p.prev[p.next[at]] = (uint8_t)at;
			rate(v, &p, at);
		}
		if (at > 0)
			rate(v, &p, p.prev[at]);
	}
	for (unsigned i = 0; i < p.end; i = p.next[i])
		ids[n++] = p.id[i];
	return n;
}

unsigned
merge_word(const struct vocab *v, const uint8_t *text, size_t len,
    uint32_t ids[WORD_MAX])
{
	return merge(v, text, len, WORD_MAX + 1, ids);
}

unsigned
merge_window(const struct vocab *v, const uint8_t *text, size_t len,
    uint32_t ids[MERGE_MAX])
{
	return merge(v, text, len, MERGE_MAX, ids);
}
