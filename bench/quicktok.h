/*
 * quicktok.h - another tokenizer to compare with, where it is installed:
 * https://github.com/dmatth1/quicktok, by its C interface.
 */
#ifndef QUICKTOK_H
#define QUICKTOK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct qt_tokenizer;

/*
 * Load the library $QUICKTOK, or the one that the loader finds.  If there is
 * none, or $QUICKTOK_DATA is not set, that is said, and false is returned.
 */
bool quicktok_open(void);

/* An encoding from $QUICKTOK_DATA; NULL, and a word why, if it has none. */
struct qt_tokenizer *quicktok_load(const char *encoding);

/* The ids, to be freed with quicktok_free(), and their number in *N. */
uint32_t *quicktok_encode(const struct qt_tokenizer *q,
    const unsigned char *text, size_t len, size_t *n);

size_t quicktok_count(
    const struct qt_tokenizer *q, const unsigned char *text, size_t len);

void quicktok_free(uint32_t *ids);
void quicktok_unload(struct qt_tokenizer *q);

#endif
