#include "utf8.h"

#include <stdbool.h>
#include <string.h>

/*
 * Bytes of the sequence that LEAD begins, and what its second byte may be:
 * this is where overlong forms, surrogates and what is beyond U+10FFFF are
 * kept out (Unicode, table 3-7).  0 if LEAD begins none.
 */
static unsigned
sequence(uint8_t lead, uint8_t *low, uint8_t *high)
{
	*low = 0x80;
	*high = 0xbf;
	if (lead < 0x80)
		return 1;
	if (lead < 0xc2 || lead > 0xf4)
		return 0;
	if (lead < 0xe0)
		return 2;
	if (lead == 0xe0)
		*low = 0xa0;
	else if (lead == 0xed)
		*high = 0x9f;
	else if (lead == 0xf0)
		*low = 0x90;
	else if (lead == 0xf4)
		*high = 0x8f;
	return lead < 0xf0 ? 3 : 4;
}

/* Bytes of the well-formed part at TEXT; *WIDTH of them would be whole. */
static unsigned
well_formed(const uint8_t *text, size_t len, unsigned *width)
{
	uint8_t low, high;
	unsigned n = 1;

	*width = sequence(text[0], &low, &high);
	if (*width < 2)
		return 1;
	for (; n < *width && n < len; n++) {
		if (text[n] < low || text[n] > high)
			break;
		low = 0x80;
		high = 0xbf;
	}
	return n;
}

/*
 * Most characters of two or three bytes, of which any continuation will do.
 * Eight bytes can be read.
 */
static inline bool
easy(const uint8_t *p, unsigned *width)
{
	if (p[0] >= 0xe1 && p[0] <= 0xef && p[0] != 0xed) {
		*width = 3;
		return ((p[1] ^ 0x80) | (p[2] ^ 0x80)) < 0x40;
	}
	*width = 2;
	return p[0] >= 0xc2 && p[0] <= 0xdf && (p[1] ^ 0x80) < 0x40;
}

size_t
utf8_valid(const uint8_t *text, size_t len)
{
	size_t i = 0;
	unsigned width;

	while (i < len) {
		uint64_t word;

		if (len - i >= sizeof(word)) {
			memcpy(&word, text + i, sizeof(word));
			if ((word & 0x8080808080808080u) == 0) {
				i += sizeof(word);
				continue;
			}
			if (easy(text + i, &width)) {
				i += width;
				continue;
			}
		}
		if (well_formed(text + i, len - i, &width) != width)
			break;
		i += width;
	}
	return i;
}

size_t
utf8_subpart(const uint8_t *text, size_t len)
{
	unsigned width, n;

	if (len == 0)
		return 0;
	n = well_formed(text, len, &width);
	return n == len && n < width ? 0 : n;
}
