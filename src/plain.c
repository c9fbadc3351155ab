#include "plain.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* Room for one character as UTF-8, or one byte as "\ooo". */
enum {
	PIECE = 4
};

struct span {
	uint32_t first;
	uint32_t last;
};

/*
 * Characters that change what is seen around them, or are not seen at all:
 * controls, marks of direction, line and paragraph ends, tags.  (The joiners
 * U+200C and U+200D are part of words and emoji.)
 */
static const struct span unsafe[] = {
    {0x00, 0x1f},
    {0x7f, 0x9f},
    {0x061c, 0x061c},
    {0x200e, 0x200f},
    {0x2028, 0x202e},
    {0x2066, 0x2069},
    {0xe0000, 0xe007f},
};

static bool
is_safe(uint32_t c)
{
	for (size_t i = 0; i < sizeof(unsafe) / sizeof(unsafe[0]); i++)
		if (c >= unsafe[i].first && c <= unsafe[i].last)
			return false;
	return true;
}

/*
 * Decode the character at S.  Returns how many bytes it has, 0 if they are
 * not UTF-8: cut, overlong, a surrogate, or beyond U+10FFFF.
 */
static size_t
decode(const unsigned char *s, size_t len, uint32_t *c)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	size_t n;

	if (s[0] < 0x80)
		n = 1;
	else if (s[0] >= 0xc0 && s[0] < 0xe0)
		n = 2;
	else if (s[0] >= 0xe0 && s[0] < 0xf0)
		n = 3;
	else if (s[0] >= 0xf0 && s[0] < 0xf8)
		n = 4;
	else
		return 0;
	if (n > len)
		return 0;
	*c = n == 1 ? s[0] : s[0] & (0x7fU >> n);
	for (size_t i = 1; i < n; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		*c = *c << 6 | (s[i] & 0x3fU);
	}
	if (*c < least[n] || *c > 0x10ffff || (*c >= 0xd800 && *c <= 0xdfff))
		return 0;
	return n;
}

/*
 * Write C as vis(3) does with VIS_CSTYLE and VIS_OCTAL, so that unvis(1) gives
 * back what was there.  Not vis itself: it allocates, and what it takes for
 * printable hangs on the locale.
 */
static size_t
escape(unsigned char c, char out[PIECE])
{
	static const char named[] = "\a\b\t\n\v\f\r\\";
	static const char letters[] = "abtnvfr\\";
	const char *name = c == '\0' ? NULL : strchr(named, c);

	out[0] = '\\';
	if (name != NULL) {
		out[1] = letters[name - named];
		return 2;
	}
	out[1] = (char)('0' + (c >> 6));
	out[2] = (char)('0' + (c >> 3 & 7));
	out[3] = (char)('0' + (c & 7));
	return 4;
}

/* Write the character or byte at S.  *USED is how much of S that was. */
static size_t
piece(const unsigned char *s, size_t len, char out[PIECE], size_t *used)
{
	uint32_t c;
	const size_t n = decode(s, len, &c);

	if (n == 0 || c == '\\' || !is_safe(c)) {
		*used = 1;
		return escape(s[0], out);
	}
	memcpy(out, s, n);
	*used = n;
	return n;
}

char *
plain_copy(char *dst, size_t size, const char *src, size_t len)
{
	const unsigned char *s = (const unsigned char *)src;
	char out[PIECE];
	size_t at = 0;
	size_t used;

	for (size_t i = 0; i < len; i += used) {
		const size_t n = piece(s + i, len - i, out, &used);

		if (n >= size - at)
			break;
		memcpy(dst + at, out, n);
		at += n;
	}
	dst[at] = '\0';
	return dst;
}
