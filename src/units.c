#include "units.h"

#include "quota.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* Digits between two commas. */
enum {
	GROUP = 3
};

#define NS_PER_MS INT64_C(1000000)

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static size_t
digit_run(const char *s, size_t len)
{
	size_t n = 0;

	while (n < len && is_digit(s[n]))
		n++;
	return n;
}

/* *N = *N * 10 + C's value; a number that is too big stays -1. */
static void
push_digit(int64_t *n, char c)
{
	if (*n == -1 || __builtin_mul_overflow(*n, 10, n) ||
	    __builtin_add_overflow(*n, c - '0', n))
		*n = -1;
}

/* How many bytes at S are a separator and the digits that belong to it. */
static size_t
group_run(const char *s, size_t len, char mark)
{
	size_t n;

	if (len == 0 || s[0] != mark)
		return 0;
	n = digit_run(s + 1, len - 1);
	if (mark == ',' ? n != GROUP : n == 0)
		return 0;
	return n + 1;
}

size_t
units_whole(const char *s, size_t len, int64_t *n)
{
	size_t used = digit_run(s, len);

	*n = 0;
	if (used > 0 && used < len) {
		/* 1234,567 is no number with commas. */
		const char mark = s[used] != ',' || used > GROUP ? '_' : ',';
		size_t more = group_run(s + used, len - used, mark);

		for (; more > 0; more = group_run(s + used, len - used, mark))
			used += more;
	}
	for (size_t i = 0; i < used; i++)
		if (is_digit(s[i]))
			push_digit(n, s[i]);
	return used;
}

/*
 * Add to *SUM a number of UNITs, a power of ten where EXACT: WHOLE and, if
 * there are, FRACLEN digits after the point.  False if it is too much, or if
 * EXACT and it does not come out whole.
 */
static bool
add_scaled(int64_t *sum, int64_t whole, const char *frac, size_t fraclen,
    int64_t unit, bool exact)
{
	int64_t scaled;

	if (whole < 0 || __builtin_mul_overflow(whole, unit, &scaled) ||
	    __builtin_add_overflow(*sum, scaled, sum))
		return false;
	for (size_t i = 0; i < fraclen; i++) {
		const int64_t digit = frac[i] - '0';

		if (exact && digit != 0 && unit < 10)
			return false;
		unit /= 10;
		if (__builtin_add_overflow(*sum, digit * unit, sum))
			return false;
	}
	return true;
}

/* The length of the fraction ".digits" at S: 0 if there is none. */
static size_t
fraction(const char *s, const char **digits)
{
	const size_t n = s[0] == '.' ? digit_run(s + 1, strlen(s + 1)) : 0;

	*digits = s + 1;
	return n;
}

/* The factor that the suffix S, all of it, stands for; 0 for no suffix. */
static int64_t
suffix_factor(const char *s)
{
	static const char suffixes[] = "kKmMgG";
	const char *suffix;
	int64_t factor = 1000;

	if (*s == '\0')
		return 1;
	suffix = strchr(suffixes, *s);
	if (suffix == NULL || s[1] != '\0')
		return 0;
	for (int64_t i = (suffix - suffixes) / 2; i > 0; i--)
		factor *= 1000;
	return factor;
}

int
units_count(const char *text, int64_t *n)
{
	const char *s = text;
	const char *frac;
	int64_t sum = 0;
	int64_t factor;
	int64_t whole;
	size_t fraclen;

	s += units_whole(s, strlen(s), &whole);
	fraclen = fraction(s, &frac);
	factor = suffix_factor(fraclen > 0 ? frac + fraclen : s);
	if (s == text || factor == 0 ||
	    !add_scaled(&sum, whole, frac, fraclen, factor, true))
		return -1;
	*n = sum;
	return 0;
}

struct unit {
	const char *name;
	int64_t ns;
};

/* From long to short: the order in which a duration may name them. */
static const struct unit units[] = {
    {"d", 86400 * NS_PER_S},
    {"h", 3600 * NS_PER_S},
    {"m", 60 * NS_PER_S},
    {"s", NS_PER_S},
    {"ms", NS_PER_MS},
};
enum {
	SECONDS = 3,
	NUNITS = sizeof(units) / sizeof(units[0])
};

/*
 * The unit that S begins with, among those from FROM on; *LEN is the length
 * of its name.  No name is seconds, if nothing came before.  -1: none.
 */
static int
find_unit(const char *s, int from, size_t *len)
{
	*len = strspn(s, "dhms");
	if (*s == '\0' && from == 0)
		return SECONDS;
	for (int i = from; i < NUNITS; i++)
		if (strlen(units[i].name) == *len &&
		    memcmp(units[i].name, s, *len) == 0)
			return i;
	return -1;
}

int
units_duration(const char *text, int64_t *ns)
{
	const char *s = text;
	int64_t sum = 0;
	int unit = -1;

	do {
		const size_t digits = digit_run(s, strlen(s));
		const char *frac;
		size_t fraclen;
		size_t letters;
		int64_t whole;

		if (digits == 0)
			return -1;
		units_whole(s, digits, &whole);
		fraclen = fraction(s + digits, &frac);
		s = fraclen > 0 ? frac + fraclen : s + digits;
		unit = find_unit(s, unit + 1, &letters);
		if (unit == -1 || !add_scaled(&sum, whole, frac, fraclen,
				      units[unit].ns, false))
			return -1;
		s += letters;
	} while (*s != '\0');
	*ns = sum;
	return 0;
}

char *
units_format_count(int64_t n, char text[UNITS_TEXT])
{
	char digits[UNITS_TEXT];
	int len = snprintf(digits, sizeof(digits), "%" PRId64, n);
	char *out = text;

	for (int i = 0; i < len; i++) {
		*out++ = digits[i];
		if (is_digit(digits[i]) && i + 1 < len &&
		    (len - i - 1) % GROUP == 0)
			*out++ = ',';
	}
	*out = '\0';
	return text;
}

/* NS in whole units of UNIT, to the nearest. */
static int64_t
rounded(int64_t ns, int64_t unit)
{
	return ns / unit + (ns % unit >= unit / 2);
}

char *
units_format_duration(int64_t ns, char text[UNITS_TEXT])
{
	/* Rounding first: 59.96 s is "1m00s", never "60.0s". */
	const int64_t tenths = rounded(ns > 0 ? ns : 0, NS_PER_S / 10);
	const int64_t s = rounded(ns > 0 ? ns : 0, NS_PER_S);
	const int64_t min = rounded(ns > 0 ? ns : 0, 60 * NS_PER_S);
	const int64_t h = rounded(ns > 0 ? ns : 0, 3600 * NS_PER_S);

	if (tenths < 600)
		snprintf(text, UNITS_TEXT, "%" PRId64 ".%" PRId64 "s",
		    tenths / 10, tenths % 10);
	else if (s < 3600)
		snprintf(text, UNITS_TEXT, "%" PRId64 "m%02" PRId64 "s", s / 60,
		    s % 60);
	else if (min < 1440)
		snprintf(text, UNITS_TEXT, "%" PRId64 "h%02" PRId64 "m",
		    min / 60, min % 60);
	else
		snprintf(text, UNITS_TEXT, "%" PRId64 "d%02" PRId64 "h", h / 24,
		    h % 24);
	return text;
}
