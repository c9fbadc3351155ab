/* Growing text, hashing, UTF-8: see text.h. */
#include "text.h"

#include <err.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void
reserve(struct sim_text *t, size_t more)
{
	size_t cap = t->cap ? t->cap : 64;
	char *data;

	if (more < t->cap - t->len)
		return;
	while (cap - t->len <= more) {
		if (cap > SIZE_MAX / 2)
			errx(1, "text: larger than memory");
		cap *= 2;
	}
	data = realloc(t->data, cap);
	if (!data)
		err(1, "text: no memory for %zu bytes", cap);
	t->data = data;
	t->cap = cap;
}

void
sim_text_add(struct sim_text *t, const void *data, size_t len)
{
	reserve(t, len);
	if (len)
		memcpy(t->data + t->len, data, len);
	t->len += len;
	t->data[t->len] = '\0';
}

void
sim_text_adds(struct sim_text *t, const char *s)
{
	sim_text_add(t, s, strlen(s));
}

void
sim_text_addf(struct sim_text *t, const char *fmt, ...)
{
	va_list ap;
	char *s;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&s, fmt, ap);
	va_end(ap);
	if (n < 0)
		err(1, "text: cannot format");
	sim_text_add(t, s, (size_t)n);
	free(s);
}

void
sim_text_quote(struct sim_text *t, const char *s, size_t len)
{
	size_t plain = 0;

	sim_text_adds(t, "\"");
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)s[i];

		if (c >= 0x20 && c != '"' && c != '\\')
			continue;
		sim_text_add(t, s + plain, i - plain);
		plain = i + 1;
		if (c == '\n')
			sim_text_adds(t, "\\n");
		else if (c < 0x20)
			sim_text_addf(t, "\\u%04x", c);
		else
			sim_text_addf(t, "\\%c", c);
	}
	sim_text_add(t, s + plain, len - plain);
	sim_text_adds(t, "\"");
}

void
sim_text_free(struct sim_text *t)
{
	free(t->data);
	*t = (struct sim_text){0};
}

void *
sim_alloc(size_t n, size_t size)
{
	void *p = calloc(n, size);

	if (!p)
		err(1, "no memory for %zu times %zu bytes", n, size);
	return p;
}

char *
sim_strndup(const char *s, size_t len)
{
	char *copy = strndup(s, len);

	if (!copy)
		err(1, "no memory for a string");
	return copy;
}

char *
sim_strdup(const char *s)
{
	return sim_strndup(s, strlen(s));
}

uint64_t
sim_hash(uint64_t h, const void *data, size_t len)
{
	const unsigned char *p = data;

	for (size_t i = 0; i < len; i++)
		h = (h ^ p[i]) * UINT64_C(0x100000001b3);
	return h;
}

double
sim_uniform(uint64_t h)
{
	/* FNV's high bits know little of its last bytes: mix first. */
	h = (h ^ (h >> 31)) * UINT64_C(0x9e3779b97f4a7c15);
	h = (h ^ (h >> 29)) * UINT64_C(0xbf58476d1ce4e5b9);
	h ^= h >> 32;
	return (double)(h >> 11) / (double)(UINT64_C(1) << 53);
}

/* The length of the character that starts at S, 0 if none does. */
static size_t
utf8_length(const unsigned char *s, size_t len)
{
	unsigned lo = 0x80, hi = 0xbf;
	size_t n;

	if (s[0] < 0x80)
		return 1;
	if (s[0] < 0xc2 || s[0] > 0xf4)
		return 0;
	n = s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;
	if (n > len)
		return 0;
	/* The second byte's range rules out overlongs and surrogates. */
	if (s[0] == 0xe0)
		lo = 0xa0;
	else if (s[0] == 0xed)
		hi = 0x9f;
	else if (s[0] == 0xf0)
		lo = 0x90;
	else if (s[0] == 0xf4)
		hi = 0x8f;
	if (s[1] < lo || s[1] > hi)
		return 0;
	for (size_t i = 2; i < n; i++) {
		if (s[i] < 0x80 || s[i] > 0xbf)
			return 0;
	}
	return n;
}

bool
sim_utf8_valid(const char *s, size_t len)
{
	const unsigned char *p = (const unsigned char *)s;

	while (len) {
		size_t n = utf8_length(p, len);

		if (!n)
			return false;
		p += n;
		len -= n;
	}
	return true;
}

size_t
sim_utf8_floor(const char *s, size_t len)
{
	size_t start = len;

	while (start && len - start < 3 &&
	       ((unsigned char)s[start - 1] & 0xc0) == 0x80)
		start--;
	if (!start || (unsigned char)s[start - 1] < 0xc0)
		return len;
	start--;
	return sim_utf8_valid(s + start, len - start) ? len : start;
}
