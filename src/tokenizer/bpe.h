/*
 * bpe.h - from a pretoken to its tokens.
 *
 * A short pretoken is merged pair by pair (merge.h).  In a longer one merging
 * is not carried out.  A sequence of tokens is the encoding of its text
 * exactly if each token is proper and each two neighbours could stand
 * next to each other, that is, no merge across their boundary would have
 * come first.  So take the longest token that fits; where its left neighbour
 * does not allow it the next shorter; where none is left go back one token.
 * A position that failed once is never tried again, which makes the time
 * linear.
 */
#ifndef BPE_H
#define BPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vocab.h"

/* Where tokens go: counted, and the ids kept if IDS is not NULL. */
struct sink {
	uint32_t *ids;
	size_t n;    /* tokens so far */
	size_t base; /* the token that IDS begins with */
	size_t room; /* of IDS */
	/* Makes room; if NULL, ids that find none are dropped. */
	void (*full)(struct sink *sink);
	void *arg;
};

static inline void
sink_put(struct sink *sink, uint32_t id)
{
	if (sink->ids != NULL) {
		if (sink->n - sink->base >= sink->room && sink->full != NULL)
			sink->full(sink);
		if (sink->n - sink->base < sink->room)
			sink->ids[sink->n - sink->base] = id;
	}
	sink->n++;
}

/* N of them at once. */
static inline void
sink_put_all(struct sink *sink, const uint32_t *ids, size_t n)
{
	size_t used = sink->n - sink->base;

	if (sink->ids == NULL || used + n <= sink->room) {
		if (sink->ids != NULL)
			memcpy(sink->ids + used, ids, n * sizeof(*ids));
		sink->n += n;
		return;
	}
	for (size_t i = 0; i < n; i++)
		sink_put(sink, ids[i]);
}

/*
 * The tokens of a pretoken of at most BPE_SHORT bytes that is no token of
 * up to WORD_MAX bytes, to IDS; how many.
 */
#define BPE_SHORT 63
unsigned bpe_short(const struct vocab *v, const uint8_t *text, size_t len,
    uint32_t ids[BPE_SHORT]);

/* Add the tokens of a pretoken of more than WORD_MAX bytes. */
void bpe_long(
    const struct vocab *v, struct sink *sink, const uint8_t *text, size_t len);

#endif
