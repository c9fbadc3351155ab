/*
 * tok_ref.h - a tokenizer that is obviously right, and slow.
 *
 * The published pattern runs in PCRE2, ranks come from the published file,
 * and a pretoken is merged pair by pair, the lowest rank first.  It shares nothing with the
 * tokenizer under test but the files in data/encodings.
 */
#ifndef TOK_REF_H
#define TOK_REF_H

#include <stddef.h>
#include <stdint.h>

struct ref;

/* The reference for an encoding; exits if it cannot be made. */
struct ref *ref_new(const char *encoding);
void ref_free(struct ref *ref);

/*
 * The ids of valid UTF-8 to IDS, which has room for LEN; how many.
 */
size_t ref_encode(
    struct ref *ref, const uint8_t *text, size_t len, uint32_t *ids);

/* Where the pretoken of valid UTF-8 ends that begins at POS. */
size_t ref_split(
    const struct ref *ref, const uint8_t *text, size_t len, size_t pos);

/* Token ID's bytes, NULL if there is no such token. */
const uint8_t *ref_token(const struct ref *ref, uint32_t id, size_t *len);
uint32_t ref_ntok(const struct ref *ref);

/* One code point as UTF-8; the number of bytes. */
size_t ref_utf8(uint32_t cp, uint8_t *out);

/*
 * Do PCRE2's tables, of an older Unicode than the tokenizer's, know the code
 * point?  Where not, the two may differ.
 */
int ref_knows(uint32_t cp);

#endif
