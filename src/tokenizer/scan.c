#include "scan.h"

#include <stdbool.h>
#include <stddef.h>

#include "classes.h"
#include "unicode.h"

static inline bool
is_newline(uint8_t c)
{
	return c == '\n' || c == '\r';
}

/* Neither space, letter nor number: [^\s\p{L}\p{N}]. */
static inline bool
is_other(unsigned class)
{
	return (class & (UC_SPACE | UC_LETTER | UC_NUMBER)) == 0;
}

/* The letters of eight bytes of ASCII that have one of the classes in MASK. */
static inline uint64_t
letters(uint64_t word, unsigned mask)
{
	uint64_t found = 0;

	if (mask & (UC_LETTER | UC_LOWER))
		found = in_range(word, 'a', 'z');
	if (mask & (UC_LETTER | UC_UPPER))
		found |= in_range(word, 'A', 'Z');
	return found;
}

/* The end of a run of characters that have one of the classes in MASK. */
static const uint8_t *
skip_class(const uint8_t *p, const uint8_t *end, unsigned mask)
{
	uint64_t word;
	unsigned n;

	for (; end - p >= (long)sizeof(word); p += sizeof(word)) {
		memcpy(&word, p, sizeof(word));
		if (word & EACH(0x80) || letters(word, mask) != EACH(0x80))
			break;
	}
	while (p < end && uc_class(p, &n) & mask)
		p += n;
	return p;
}

static const uint8_t *
skip_other(const uint8_t *p, const uint8_t *end)
{
	unsigned n;

	while (p < end && is_other(uc_class(p, &n)))
		p += n;
	return p;
}

/* \p{N}{1,3} */
static const uint8_t *
skip_numbers(const uint8_t *p, const uint8_t *end)
{
	unsigned n;

	for (int i = 0; i < 3 && p < end && uc_class(p, &n) & UC_NUMBER; i++)
		p += n;
	return p;
}

/* How far scan_contraction looks. */
#define CONTRACTION 3

/*
 * \s*[\r\n]+ (only if NEWLINES), else \s+(?!\S), else \s+: up to the last
 * newline of the run of spaces; without one, all of it at the end of the
 * text, else all but the last character, or that one if it is alone.
 */
static const uint8_t *
space_end(
    const uint8_t *p, const uint8_t *end, bool newlines, const uint8_t **look)
{
	const uint8_t *start = p, *last = p, *newline = NULL;
	unsigned n;

	while (p < end && uc_class(p, &n) & UC_SPACE) {
		last = p;
		p += n;
		if (is_newline(*last))
			newline = p;
	}
	*look = p;
	if (newline != NULL && newlines)
		return newline;
	return p == end || last == start ? p : last;
}

static const uint8_t *
next_p50(const uint8_t *p, const uint8_t *end, const uint8_t **look)
{
	const uint8_t *q = p + scan_contraction_before(p, end, false);
	unsigned n, class;

	*look = p + CONTRACTION;
	if (q > p)
		return q;
	q = p + (*p == ' ');
	if (q == end)
		return q;
	class = uc_class(q, &n);
	if (class & UC_SPACE)
		return space_end(p, end, false, look);
	if (is_other(class))
		q = skip_other(q + n, end);
	else
		q = skip_class(q + n, end, class & (UC_LETTER | UC_NUMBER));
	if (*look < q)
		*look = q;
	return q;
}

/* " ?[^\s\p{L}\p{N}]+[\r\n]*", or with slashes; P if it does not match. */
static const uint8_t *
punctuation_end(const uint8_t *p, const uint8_t *end, bool slashes)
{
	const uint8_t *start = p + (*p == ' '), *q = skip_other(start, end);

	if (q == start)
		return p;
	while (q < end && (is_newline(*q) || (slashes && *q == '/')))
		q++;
	return q;
}

static const uint8_t *
next_p100(const uint8_t *p, const uint8_t *end, const uint8_t **look)
{
	const uint8_t *q = p + scan_contraction_before(p, end, true);
	unsigned n, class = uc_class(p, &n);

	*look = p + CONTRACTION;
	if (q > p)
		return q;
	if (class & UC_NUMBER) {
		q = skip_numbers(p, end);
	} else if (class & UC_LETTER) {
		q = skip_class(p + n, end, UC_LETTER);
	} else {
		if (!is_newline(*p))
			q = skip_class(p + n, end, UC_LETTER);
		if (q <= p + n)
			q = punctuation_end(p, end, false);
		if (q == p)
			return space_end(p, end, true, look);
	}
	if (*look < q)
		*look = q;
	return q;
}

/*
 * [UPPER]*[LOWER]+ and else, if PLAIN, [UPPER]+[LOWER]*; P if neither
 * matches.  A character in both sets goes to the first as long as the second
 * can do without, so where no LOWER follows the run of UPPER, the match ends
 * after the last character that is both.
 */
static const uint8_t *
word_end(const uint8_t *p, const uint8_t *end, bool plain, const uint8_t **look)
{
	const uint8_t *both = p, *q = p, *lower;
	unsigned n, class;

	while (q < end && (class = uc_class(q, &n)) & UC_UPPER) {
		q += n;
		if (class & UC_LOWER)
			both = q;
	}
	lower = skip_class(q, end, UC_LOWER);
	*look = lower;
	if (lower > q)
		return lower;
	if (both > p)
		return both;
	return plain ? q : p;
}

static const uint8_t *
next_p200(const uint8_t *p, const uint8_t *end, const uint8_t **look)
{
	unsigned n, class = uc_class(p, &n);
	const uint8_t *q = p;

	*look = p + n;
	if (class & UC_NUMBER) {
		q = skip_numbers(p, end);
		*look = q;
		return q;
	}
	if (class & UC_LETTER) {
		q = word_end(p, end, true, look);
	} else if (!is_newline(*p) && p + n < end) {
		/* With the prefix, then (a mark) without, then [UPPER]+. */
		bool mark = class & UC_UPPER;

		q = word_end(p + n, end, !mark, look);
		if (q == p + n)
			q = mark ? word_end(p, end, true, look) : p;
	} else if (class & UC_UPPER) {
		q = word_end(p, end, true, look);
	}
	if (q > p) {
		q = q + scan_contraction_before(q, end, true);
		if (*look < q + CONTRACTION)
			*look = q + CONTRACTION;
		return q;
	}
	q = punctuation_end(p, end, true);
	if (q == p)
		return space_end(p, end, true, look);
	*look = q;
	return q;
}

const uint8_t *
scan_next(enum scan_kind kind, const uint8_t *text, const uint8_t *end,
    const uint8_t **look)
{
	switch (kind) {
	case SCAN_P50:
		return next_p50(text, end, look);
	case SCAN_P100:
		return next_p100(text, end, look);
	default:
		return next_p200(text, end, look);
	}
}
