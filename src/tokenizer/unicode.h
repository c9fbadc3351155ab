/*
 * unicode.h - the character classes that the pre-tokenizers speak of, and
 * decoding of UTF-8.  The tables come from tools/gen-unicode.
 */
#ifndef UNICODE_H
#define UNICODE_H

#include <stdint.h>

#include "image.h"
#include "tok_unicode.h"

#define UC_LETTER 1u /* \p{L} */
#define UC_NUMBER 2u /* \p{N} */
#define UC_SPACE 4u  /* \s */
#define UC_UPPER 8u  /* [\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}] */
#define UC_LOWER 16u /* [\p{Ll}\p{Lm}\p{Lo}\p{M}] */

/* The class of the character at P, valid UTF-8, and its bytes in *N. */
static inline unsigned
uc_class(const uint8_t *p, unsigned *n)
{
	uint32_t c = p[0];

	*n = utf8_width(p[0]);
	if (*n > 1)
		c = unit_of(p, *n);
	return unicode_block[unicode_index[c >> 7]][c & 127];
}

#endif
