/*
 * utf8.h - where text is UTF-8 and where not.
 */
#ifndef UTF8_H
#define UTF8_H

#include <stddef.h>
#include <stdint.h>

/* How many bytes at TEXT, of LEN, are valid and complete UTF-8. */
size_t utf8_valid(const uint8_t *text, size_t len);

/*
 * Copy TEXT to OUT, which has room for UTF8_MENDED(LEN) bytes, with U+FFFD for
 * each maximal subpart of a character that is none (Unicode, 3.9, U+FFFD
 * Substitution of Maximal Subparts).  Stops at a character that the end of
 * TEXT cuts short.  Returns how many bytes of TEXT are done; *N gets the
 * number of those in OUT.
 */
#define UTF8_MENDED(len) (3 * (len) + 64)
size_t utf8_mend(const uint8_t *text, size_t len, uint8_t *out, size_t *n);

#endif
