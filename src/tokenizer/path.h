/*
 * path.h - a long pretoken, in pieces or whole.
 *
 * The tokens so far are a path through the text.  A sequence of tokens is the
 * encoding of its text exactly if each token is proper and each two neighbours
 * could stand next to each other, that is, no merge across their boundary
 * would have come first.  So take the longest token that fits; where its left
 * neighbour does not allow it the next shorter; where none is left go back one
 * token.  A position that failed once is never stepped on again, which makes
 * the time linear.
 *
 * Most steps need not be found like that.  What was the next token the last
 * time may be so again (guess.h), text that repeats itself has tokens that do
 * (repeat.h), and where few merges are needed, windows of the text are merged
 * and what they became is taken if it may follow (window.h).  Which of it is
 * done is chosen for each stretch of the text anew (ways.h).
 */
#ifndef PATH_H
#define PATH_H

#include "memo.h"
#include "sink.h"
#include "vocab.h"

/*
 * A pretoken in pieces.  LAST is the token before TEXT, PATH_NOTHING at the
 * pretoken's beginning.  path_settle adds the tokens that no further text can
 * change, if there is enough text, and returns where they end; path_rest adds
 * all that are left.
 */
#define PATH_NOTHING ID_NONE
size_t path_settle(const struct vocab *v, struct memo *memo, struct sink *sink,
    const uint8_t *text, size_t len, uint32_t *last);
void path_rest(const struct vocab *v, struct memo *memo, struct sink *sink,
    const uint8_t *text, size_t len, uint32_t last);

/*
 * What a pretoken, or what is left of one, is like.  Its first byte may be a
 * space or a mark before letters.
 */
static inline struct variety
path_variety(const uint8_t *text, size_t len)
{
	return variety_of(text + 1, len - 1);
}

/* A whole pretoken of such a variety. */
void path_word(const struct vocab *v, struct memo *memo, struct sink *sink,
    const uint8_t *text, size_t len, struct variety look);

#endif
