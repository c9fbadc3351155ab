#include "ledger_date.h"

#include "localday.h"
#include "quota.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

/* What is left to read. */
struct cursor {
	const char *s;
	size_t len;
};

static bool
take_char(struct cursor *c, const char *any)
{
	if (c->len == 0 || *c->s == '\0' || strchr(any, *c->s) == NULL)
		return false;
	c->s++;
	c->len--;
	return true;
}

static void
skip_blanks(struct cursor *c)
{
	while (take_char(c, " \t"))
		;
}

/* Exactly COUNT digits, a number from MIN to MAX. */
static bool
take_number(struct cursor *c, int count, int min, int max, int *n)
{
	*n = 0;
	for (int i = 0; i < count; i++) {
		if (!take_char(c, "0123456789"))
			return false;
		*n = *n * 10 + (c->s[-1] - '0');
	}
	return *n >= min && *n <= max;
}

static bool
take_day(struct cursor *c, struct tm *tm)
{
	struct tm same;

	if (!take_number(c, 4, 0, 9999, &tm->tm_year) || !take_char(c, "-") ||
	    !take_number(c, 2, 1, 12, &tm->tm_mon) || !take_char(c, "-") ||
	    !take_number(c, 2, 1, 31, &tm->tm_mday))
		return false;
	tm->tm_year -= 1900;
	tm->tm_mon--;
	/* timegm makes 1 March of 30 February. */
	same = *tm;
	(void)timegm(&same);
	return same.tm_mday == tm->tm_mday;
}

/* A fraction of a second: its first nine digits count. */
static bool
take_fraction(struct cursor *c, int64_t *ns)
{
	int64_t unit = NS_PER_S;
	const size_t before = c->len;
	int digit;

	*ns = 0;
	while (take_number(c, 1, 0, 9, &digit)) {
		unit /= 10;
		*ns += digit * unit;
	}
	return c->len < before;
}

static bool
take_time(struct cursor *c, struct tm *tm, int64_t *ns)
{
	*ns = 0;
	if (!take_number(c, 2, 0, 23, &tm->tm_hour) || !take_char(c, ":") ||
	    !take_number(c, 2, 0, 59, &tm->tm_min))
		return false;
	if (!take_char(c, ":"))
		return true;
	/* 60: a leap second. */
	if (!take_number(c, 2, 0, 60, &tm->tm_sec))
		return false;
	return !take_char(c, ".,") || take_fraction(c, ns);
}

/* The rest as an offset from UTC, in seconds. */
static bool
take_offset(struct cursor *c, int64_t *offset)
{
	int64_t sign = 1;
	int n;

	*offset = 0;
	if (c->len == 3 && (strncasecmp(c->s, "UTC", 3) == 0 ||
			       strncasecmp(c->s, "GMT", 3) == 0))
		return true;
	if (take_char(c, "Zz"))
		return c->len == 0;
	if (take_char(c, "-"))
		sign = -1;
	else if (!take_char(c, "+"))
		return false;
	if (!take_number(c, 2, 0, 24, &n))
		return false;
	*offset = sign * n * 3600;
	for (int64_t unit = 60; unit > 0 && c->len > 0; unit /= 60) {
		take_char(c, ":");
		if (!take_number(c, 2, 0, 59, &n))
			return false;
		*offset += sign * n * unit;
	}
	return c->len == 0;
}

static const char *
in_range(int64_t t, int64_t ns, struct ledger_date *date)
{
	if (__builtin_mul_overflow(t, NS_PER_S, &date->ns) ||
	    __builtin_add_overflow(date->ns, ns, &date->ns))
		return "is too far from now for a clock";
	return NULL;
}

const char *
ledger_date_parse(const char *s, size_t len, struct ledger_date *date)
{
	static const char wrong[] =
	    "is no date like 2026-11-24 or 2026-11-24T03:14:15+00:00";
	struct cursor c = {.s = s, .len = len};
	struct tm tm = {0};
	int64_t ns = 0;
	int64_t offset;

	if (!take_day(&c, &tm))
		return wrong;
	date->day_only = c.len == 0;
	if (!date->day_only) {
		if (!take_char(&c, "Tt \t"))
			return wrong;
		skip_blanks(&c);
		if (!take_time(&c, &tm, &ns))
			return wrong;
		skip_blanks(&c);
		if (c.len > 0) {
			if (!take_offset(&c, &offset))
				return wrong;
			return in_range(timegm(&tm) - offset, ns, date);
		}
	}
	return in_range(local_instant(timegm(&tm)), ns, date);
}

char *
ledger_date_format(int64_t window, char sep, char text[LEDGER_DATE_TEXT])
{
	const time_t t = window / NS_PER_S - (window % NS_PER_S < 0);
	const int64_t offset = local_offset(t);
	const time_t civil = t + offset;
	const long away = labs((long)offset);
	struct tm tm;
	int len;

	gmtime_r(&civil, &tm);
	len = snprintf(text, LEDGER_DATE_TEXT,
	    "%04d-%02d-%02d%c%02d:%02d:%02d%c%02ld:%02ld", tm.tm_year + 1900,
	    tm.tm_mon + 1, tm.tm_mday, sep, tm.tm_hour, tm.tm_min, tm.tm_sec,
	    offset < 0 ? '-' : '+', away / 3600, away / 60 % 60);
	/* Local mean times of long ago, and TZ strings, can have seconds. */
	if (away % 60 != 0)
		snprintf(text + len, LEDGER_DATE_TEXT - (size_t)len, ":%02ld",
		    away % 60);
	return text;
}
