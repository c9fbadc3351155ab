#include "jsontext.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static const char REPLACEMENT[] = "\xef\xbf\xbd"; /* U+FFFD */

/* Even a small text may become so much longer by being mended. */
enum {
	MEND_ROOM = 64 << 10
};

/*
 * The length of the character at S, or, with *OK false, of the maximal
 * subpart of one (Unicode 15, table 3-7: only the second byte's range
 * depends on the first).
 */
static size_t
utf8_step(const unsigned char *s, size_t len, bool *ok)
{
	unsigned char lo = 0x80, hi = 0xbf;
	size_t need, n = 1;

	*ok = s[0] < 0x80;
	if (s[0] < 0xc2 || s[0] > 0xf4)
		return 1;
	need = s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;
	if (s[0] == 0xe0)
		lo = 0xa0; /* overlong */
	else if (s[0] == 0xed)
		hi = 0x9f; /* surrogates */
	else if (s[0] == 0xf0)
		lo = 0x90; /* overlong */
	else if (s[0] == 0xf4)
		hi = 0x8f; /* over U+10FFFF */
	for (; n < need && n < len; n++) {
		if (s[n] < lo || s[n] > hi)
			return n;
		lo = 0x80;
		hi = 0xbf;
	}
	*ok = n == need;
	return n;
}

/* How many bytes from S on are UTF-8 and not NUL. */
static size_t
utf8_span(const char *s, size_t len)
{
	size_t i = 0;
	bool ok;

	while (i < len && s[i] != '\0') {
		const size_t n =
		    utf8_step((const unsigned char *)s + i, len - i, &ok);

		if (!ok)
			break;
		i += n;
	}
	return i;
}

int
utf8_repair(struct buf *out, const char *text, size_t len)
{
	size_t n;
	bool ok;

	while (len > 0) {
		n = utf8_span(text, len);
		if (buf_add(out, text, n) == -1)
			return -1;
		text += n;
		len -= n;
		if (len == 0)
			break;
		n = utf8_step((const unsigned char *)text, len, &ok);
		if (buf_adds(out, REPLACEMENT) == -1)
			return -1;
		text += n;
		len -= n;
	}
	return 0;
}

size_t
utf8_cut(const char *text, size_t len, size_t max)
{
	if (len <= max)
		return len;
	while (max > 0 && ((unsigned char)text[max] & 0xc0) == 0x80)
		max--;
	return max;
}

/* Append the escape of one byte that a JSON string cannot hold as it is. */
static int
escape_byte(struct buf *out, unsigned char c)
{
	static const char plain[] = "\"\\\b\f\n\r\t";
	static const char letter[] = "\"\\bfnrt";
	const char *p = c ? strchr(plain, c) : NULL;

	if (p == NULL)
		return buf_addf(out, "\\u%04x", c);
	return buf_addf(out, "\\%c", letter[p - plain]);
}

int
json_escape(struct buf *out, const char *text, size_t len)
{
	const unsigned char *s = (const unsigned char *)text;
	size_t i = 0, start = 0, n;
	bool ok;

	while (i < len) {
		n = utf8_step(s + i, len - i, &ok);
		if (ok && s[i] >= 0x20 && s[i] != '"' && s[i] != '\\') {
			i += n;
			continue;
		}
		if (buf_add(out, text + start, i - start) == -1 ||
		    (ok ? escape_byte(out, s[i])
			: buf_adds(out, REPLACEMENT)) == -1)
			return -1;
		i += n;
		start = i;
	}
	return buf_add(out, text + start, i - start);
}

int
json_quote(struct buf *out, const char *text, size_t len)
{
	if (buf_adds(out, "\"") == -1 || json_escape(out, text, len) == -1)
		return -1;
	return buf_adds(out, "\"");
}

/* The value of the \uXXXX at S, before END; -1 if it is none. */
static long
unit_at(const char *s, const char *end)
{
	long v = 0;

	if (end - s < 6 || s[0] != '\\' || s[1] != 'u')
		return -1;
	for (int i = 2; i < 6; i++) {
		const unsigned char c = (unsigned char)s[i];

		if (!isxdigit(c))
			return -1;
		v = v * 16 + (isdigit(c) ? c - '0' : (c | 0x20) - 'a' + 10);
	}
	return v;
}

/* Replace the \uXXXX at S by that of UNIT: the same length, in place. */
static void
set_unit(char *s, unsigned unit)
{
	static const char hex[] = "0123456789abcdef";

	for (int i = 0; i < 4; i++)
		s[2 + i] = hex[(unit >> (12 - 4 * i)) & 15];
}

/* What a look at all escapes of a text found out. */
struct escapes {
	bool nul;       /* there is a \u0000 */
	uint32_t taken; /* a bit for each of U+FDD0... that is escaped */
};

/*
 * Go through the escapes of BODY: replace lone surrogates by U+FFFD, and
 * \u0000 by NUL unless that is 0; note in SEEN what there is.
 */
static void
walk_escapes(struct buf *body, unsigned nul, struct escapes *seen)
{
	char *s = body->data, *end = body->data + body->len;
	long unit;

	while (s < end && (s = memchr(s, '\\', (size_t)(end - s))) != NULL) {
		unit = unit_at(s, end);
		if (unit == -1) {
			s += 2;
			continue;
		}
		if (unit >= 0xd800 && unit <= 0xdbff) {
			const long low = unit_at(s + 6, end);

			if (low >= 0xdc00 && low <= 0xdfff)
				s += 6;
			else
				set_unit(s, 0xfffd);
		} else if (unit >= 0xdc00 && unit <= 0xdfff) {
			set_unit(s, 0xfffd);
		} else if (unit == 0) {
			seen->nul = true;
			if (nul != 0)
				set_unit(s, nul);
		} else if (unit >= 0xfdd0 && unit <= 0xfdef) {
			seen->taken |= UINT32_C(1) << (unit - 0xfdd0);
		}
		s += 6;
	}
}

/* Choose what stands for U+0000 and put it there. */
static void
replace_nuls(struct buf *body, uint32_t taken, struct json_nul *nul)
{
	struct escapes ignored = {0};
	unsigned unit = 0xfffd;
	char utf8[4];

	for (unsigned i = 0; i < 32 && unit == 0xfffd; i++) {
		utf8[0] = '\xef';
		utf8[1] = '\xb7';
		utf8[2] = (char)(0x90 + i);
		utf8[3] = '\0';
		if ((taken >> i & 1) == 0 &&
		    memmem(body->data, body->len, utf8, 3) == NULL) {
			unit = 0xfdd0 + i;
			memcpy(nul->utf8, utf8, sizeof(utf8));
		}
	}
	walk_escapes(body, unit, &ignored);
}

int
json_mend(struct buf *body, struct json_nul *nul)
{
	struct escapes seen = {0};

	memset(nul, 0, sizeof(*nul));
	if (body->len == 0)
		return 0;
	if (utf8_span(body->data, body->len) < body->len) {
		struct buf mended = BUF_INIT(body->max);

		/* Each bad byte becomes three, but memory has its bounds. */
		if (mended.max < SIZE_MAX / 2)
			mended.max += mended.max / 4 + MEND_ROOM;
		if (utf8_repair(&mended, body->data, body->len) == -1) {
			buf_free(&mended);
			return -1;
		}
		free(body->data);
		*body = mended;
	}
	walk_escapes(body, 0, &seen);
	if (seen.nul)
		replace_nuls(body, seen.taken, nul);
	return 0;
}

int
json_unmend(struct buf *out, const char *s, const struct json_nul *nul)
{
	const char *p;

	if (nul->utf8[0] == '\0')
		return buf_adds(out, s);
	while ((p = strstr(s, nul->utf8)) != NULL) {
		if (buf_add(out, s, (size_t)(p - s)) == -1 ||
		    buf_add(out, "", 1) == -1)
			return -1;
		s = p + 3;
	}
	return buf_adds(out, s);
}

size_t
json_values(const char *text, size_t len)
{
	size_t n = 1;
	bool string = false;

	for (size_t i = 0; i < len; i++) {
		const char c = text[i];

		if (string) {
			if (c == '\\')
				i++;
			else if (c == '"')
				string = false;
		} else if (c == '"') {
			string = true;
		} else if (c == ',' || c == '[' || c == '{') {
			n++;
		}
	}
	return n;
}
