/*
 * merge.h - a short pretoken, or a window of a long one, merged pair by pair.
 */
#ifndef MERGE_H
#define MERGE_H

#include "vocab.h"

/*
 * The tokens of a pretoken of LEN bytes, up to WORD_MAX, that is not a token
 * itself, to IDS; how many.
 */
unsigned merge_word(const struct vocab *v, const uint8_t *text, size_t len,
    uint32_t ids[WORD_MAX]);

/* The same for up to MERGE_MAX bytes, which need not be all of a pretoken. */
#define MERGE_MAX 32
unsigned merge_window(const struct vocab *v, const uint8_t *text, size_t len,
    uint32_t ids[MERGE_MAX]);

#endif
