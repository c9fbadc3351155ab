/*
 * unicode.h - the character classes that the pre-tokenizers speak of, and
 * decoding of UTF-8.  The tables come from tools/gen-unicode.
 */
#ifndef UNICODE_H
#define UNICODE_H

#include <stdint.h>

#include "image.h"

#define UC_LETTER 1u /* \p{L} */
#define UC_NUMBER 2u /* \p{N} */
#define UC_SPACE 4u  /* \s */
#define UC_UPPER 8u  /* [\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}] */
#define UC_LOWER 16u /* [\p{Ll}\p{Lm}\p{Lo}\p{M}] */

/* Blocks of 128 characters, by number; equal ones are there once. */
extern const uint8_t unicode_index[] __attribute__((visibility("hidden")));
extern const uint8_t unicode_block[][128] __attribute__((visibility("hidden")));

static inline unsigned
uc_of(uint32_t cp)
{
	return unicode_block[unicode_index[cp >> 7]][cp & 127];
}

/* The class of the character at P, valid UTF-8, and its bytes in *N. */
static inline unsigned
uc_class(const uint8_t *p, unsigned *n)
{
	*n = utf8_width(p[0]);
	return uc_of(*n > 1 ? unit_of_width(p, *n) : p[0]);
}

#endif
