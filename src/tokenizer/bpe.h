/*
 * bpe.h - from a pretoken to its tokens.
 *
 * Merging is never carried out.  A sequence of tokens is the encoding of its
 * text exactly if each token is proper and each two neighbours could stand
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

#include "image.h"

/* An image's sections, ready for use. */
struct vocab {
	const struct tok_rec *rec;
	const uint64_t *split;
	const uint32_t *words;
	const uint32_t *pairs;
	const uint64_t *trie;
	const uint8_t *tail;
	unsigned words_shift;
	unsigned pairs_shift;
	uint32_t trie_size;
	uint32_t ntok;
	uint32_t maxlen;
};

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

void vocab_open(struct vocab *v, const void *image);

/* Add the tokens of one pretoken, LEN bytes of valid UTF-8. */
void bpe_piece(
    const struct vocab *v, struct sink *sink, const uint8_t *text, size_t len);

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

#endif
