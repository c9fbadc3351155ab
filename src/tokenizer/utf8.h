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
 * The length of the maximal subpart at TEXT, where utf8_valid stopped: the
 * bytes that one U+FFFD stands for.  0 if they are the beginning of a
 * character that the end of TEXT cuts short.
 */
size_t utf8_subpart(const uint8_t *text, size_t len);

#endif
