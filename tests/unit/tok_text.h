/*
 * tok_text.h - random texts of what tokenizers trip over.
 */
#ifndef TOK_TEXT_H
#define TOK_TEXT_H

#include <stddef.h>
#include <stdint.h>

#include "tok_ref.h"

/* A random number, and one below N.  *SEED changes from call to call. */
uint64_t text_random(uint64_t *seed);
size_t text_below(uint64_t *seed, size_t n);

/* A random text of up to MAX bytes, valid UTF-8, to TEXT; its length. */
size_t text_make(
    const struct ref *ref, uint64_t *seed, uint8_t *text, size_t max);

/* How many bytes of TEXT, of LEN, are characters, by Unicode's table 3-7. */
size_t text_valid(const uint8_t *text, size_t len);

/*
 * Does the reference know all characters of valid TEXT that the tokenizer takes
 * for letters, numbers, marks or spaces?  See ref_knows.
 */
int text_known(const uint8_t *text, size_t len);

/*
 * Break TEXT, of LEN bytes, in some places: characters that are cut off, too
 * long for what they are, surrogates, beyond U+10FFFF, or any bytes.  It must
 * have room for MAX; returns its length.
 */
size_t text_break(uint64_t *seed, uint8_t *text, size_t len, size_t max);

/*
 * Repair TEXT: each maximal subpart of a character becomes U+FFFD.  Writes to
 * OUT, which has room for 3 * LEN bytes; how many.
 */
size_t text_repair(const uint8_t *text, size_t len, uint8_t *out);

#endif
