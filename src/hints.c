#include "hints.h"

#include "http_date.h"
#include "quota.h"

#include <bsd/string.h>
#include <ctype.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

/* A number longer than this is nonsense from a server, not a wait. */
enum {
	NUMBER_MAX = 32
};

/* The longest wait that can be said: about 31 years, far from overflow. */
#define WAIT_MAX (INT64_C(1000000000) * NS_PER_S)

void
hints_init(struct hints *h)
{
	static const struct rate_state no_rate = {-1, -1, -1};

	memset(h, 0, sizeof(*h));
	h->after_ms_ns = h->after_ns = h->after_date = h->date = -1;
	h->should_retry = -1;
	h->requests = h->tokens = no_rate;
}

/*
 * Read digits with an optional fraction at *P, before END, as NS for a unit
 * of UNIT ns, saturating at WAIT_MAX.  By hand: strtod knows hexadecimal,
 * infinities and the locale's comma.
 */
static int
read_number(const char **p, const char *end, int64_t unit, int64_t *ns)
{
	const char *s = *p;
	int64_t whole = 0, part = 0, scale = unit;
	bool any = false;

	for (; s < end && isdigit((unsigned char)*s); s++, any = true)
		whole =
		    whole < WAIT_MAX / 10 ? whole * 10 + (*s - '0') : WAIT_MAX;
	if (s < end && *s == '.') {
		for (s++; s < end && isdigit((unsigned char)*s); s++) {
			scale /= 10;
			part += (*s - '0') * scale;
			any = true;
		}
	}
	if (!any)
		return -1;
	*p = s;
	*ns = whole > WAIT_MAX / unit ? WAIT_MAX : whole * unit + part;
	return 0;
}

/* The unit named at S, before END, and its length; bare: 0. */
static int64_t
read_unit(const char *s, const char *end, size_t *len)
{
	static const struct {
		const char *name;
		int64_t ns;
	} units[] = {
	    {"milliseconds", NS_PER_S / 1000},
	    {"millisecond", NS_PER_S / 1000},
	    {"seconds", NS_PER_S},
	    {"second", NS_PER_S},
	    {"secs", NS_PER_S},
	    {"sec", NS_PER_S},
	    {"minutes", 60 * NS_PER_S},
	    {"minute", 60 * NS_PER_S},
	    {"mins", 60 * NS_PER_S},
	    {"min", 60 * NS_PER_S},
	    {"hours", 3600 * NS_PER_S},
	    {"hour", 3600 * NS_PER_S},
	    {"days", 86400 * NS_PER_S},
	    {"day", 86400 * NS_PER_S},
	    {"ms", NS_PER_S / 1000},
	    {"us", NS_PER_S / 1000000},
	    {"\xc2\xb5s", NS_PER_S / 1000000},
	    {"ns", 1},
	    {"d", 86400 * NS_PER_S},
	    {"h", 3600 * NS_PER_S},
	    {"m", 60 * NS_PER_S},
	    {"s", NS_PER_S},
	};

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		*len = strlen(units[i].name);
		if ((size_t)(end - s) >= *len &&
		    strncasecmp(s, units[i].name, *len) == 0 &&
		    (s + *len == end || !isalpha((unsigned char)s[*len])))
			return units[i].ns;
	}
	*len = 0;
	return 0;
}

/* Past the digits and the fraction of a number. */
static const char *
skip_number(const char *s, const char *end)
{
	while (s < end && (isdigit((unsigned char)*s) || *s == '.'))
		s++;
	return s;
}

/*
 * Read "1h2m3.5s" at *P, spaces allowed before a unit, as far as it goes.
 * BARE is the unit of a lone number without one, 0 if there must be one.
 */
static int
read_duration(const char **p, const char *end, int64_t bare, int64_t *ns)
{
	const char *s = *p;
	int64_t sum = 0, unit, part;
	size_t len;
	int parts = 0;

	while (s < end && isdigit((unsigned char)*s)) {
		const char *u = skip_number(s, end);

		while (u < end && *u == ' ')
			u++;
		unit = read_unit(u, end, &len);
		if (unit == 0) {
			if (bare == 0 || parts > 0)
				break;
			if (read_number(&s, end, bare, &sum) == -1)
				return -1;
			parts++;
			break;
		}
		if (read_number(&s, end, unit, &part) == -1)
			return -1;
		sum = part > WAIT_MAX - sum ? WAIT_MAX : sum + part;
		s = u + len;
		parts++;
		for (u = s; u < end && *u == ' ';)
			u++;
		if (u < end && isdigit((unsigned char)*u))
			s = u;
	}
	if (parts == 0)
		return -1;
	*p = s;
	*ns = sum;
	return 0;
}

int
hints_duration(const char *text, size_t len, int64_t *ns)
{
	const char *s = text, *end = text + len;
	bool negative = false;
	int64_t n;

	if (s < end && (*s == '-' || *s == '+'))
		negative = *s++ == '-';
	if (len > NUMBER_MAX || read_duration(&s, end, NS_PER_S, &n) == -1 ||
	    s != end)
		return -1;
	*ns = negative ? 0 : n;
	return 0;
}

int64_t
hints_in_text(const char *text)
{
	static const char *const phrases[] = {"try again in ",
	    "try again after ", "retry after ", "retry in ", "wait for ",
	    "wait ", "resets in ", "reset in "};
	int64_t ns;

	for (size_t i = 0; i < sizeof(phrases) / sizeof(phrases[0]); i++) {
		const char *s = strcasestr(text, phrases[i]);

		for (; s != NULL; s = strcasestr(s, phrases[i])) {
			s += strlen(phrases[i]);
			if (read_duration(&s, s + strlen(s), NS_PER_S, &ns) ==
			    0)
				return ns;
		}
	}
	return -1;
}

/*
 * Some servers say the time, in seconds or milliseconds since 1970, where a
 * number of seconds is asked for: nobody is to wait for thirty years.
 */
static bool
take_epoch(const char *value, size_t len, int64_t *seconds)
{
	const char *s = value, *end = value + len;
	int64_t v;

	if (read_number(&s, end, 1, &v) == -1 || s != end ||
	    v < WAIT_MAX / NS_PER_S || v >= WAIT_MAX / 1000)
		return false;
	*seconds = v < 1000 * (WAIT_MAX / NS_PER_S) ? v : v / 1000;
	return true;
}

static void
take_after(struct hints *h, const char *value, size_t len)
{
	int64_t ns;

	if (take_epoch(value, len, &h->after_date))
		return;
	if (hints_duration(value, len, &ns) == 0)
		h->after_ns = ns;
	else
		http_date_parse(value, len, &h->after_date);
}

static void
take_after_ms(struct hints *h, const char *value, size_t len)
{
	const char *s = value, *end = value + len;
	int64_t ns;

	if (read_number(&s, end, NS_PER_S / 1000, &ns) == 0 && s == end)
		h->after_ms_ns = ns;
}

static void
take_count(int64_t *n, const char *value, size_t len)
{
	const char *s = value, *end = value + len;
	int64_t v;

	/* Some servers let "remaining" go below zero. */
	if (len > 0 && *s == '-')
		s++;
	if (read_number(&s, end, 1, &v) == 0 && s == end)
		*n = *value == '-' ? 0 : v;
}

static void
take_rate(struct hints *h, const char *name, size_t nlen, const char *value,
    size_t len)
{
	static const struct {
		const char *name;
		size_t offset;
		bool duration;
	} fields[] = {
	    {"limit-", offsetof(struct rate_state, limit), false},
	    {"remaining-", offsetof(struct rate_state, remaining), false},
	    {"reset-", offsetof(struct rate_state, reset_ns), true},
	};
	struct rate_state *rate;

	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		const size_t n = strlen(fields[i].name);
		const char *what = name + n;
		int64_t *field;

		if (nlen < n || strncasecmp(name, fields[i].name, n) != 0)
			continue;
		if (nlen - n == 8 && strncasecmp(what, "requests", 8) == 0)
			rate = &h->requests;
		else if (nlen - n == 6 && strncasecmp(what, "tokens", 6) == 0)
			rate = &h->tokens;
		else
			return;
		field = (int64_t *)(void *)((char *)rate + fields[i].offset);
		/* What is so far off is a date, and no use to us. */
		if (!fields[i].duration)
			take_count(field, value, len);
		else if (hints_duration(value, len, field) == 0 &&
			 *field >= WAIT_MAX)
			*field = -1;
		return;
	}
}

static bool
is(const char *name, size_t len, const char *want)
{
	return len == strlen(want) && strncasecmp(name, want, len) == 0;
}

static void
take_id(struct hints *h, const char *value, size_t len)
{
	size_t n =
	    len < sizeof(h->request_id) ? len : sizeof(h->request_id) - 1;

	memcpy(h->request_id, value, n);
	h->request_id[n] = '\0';
}

void
hints_header(struct hints *h, const char *line, size_t len)
{
	static const char rate[] = "x-ratelimit-";
	const char *colon = memchr(line, ':', len), *value;
	size_t nlen;

	if (colon == NULL)
		return;
	nlen = (size_t)(colon - line);
	value = colon + 1;
	len -= nlen + 1;
	while (len > 0 && isspace((unsigned char)value[len - 1]))
		len--;
	for (; len > 0 && isspace((unsigned char)*value); len--)
		value++;
	if (is(line, nlen, "retry-after"))
		take_after(h, value, len);
	else if (is(line, nlen, "retry-after-ms"))
		take_after_ms(h, value, len);
	else if (is(line, nlen, "date"))
		http_date_parse(value, len, &h->date);
	else if (is(line, nlen, "x-should-retry"))
		h->should_retry = is(value, len, "true")    ? 1
		                  : is(value, len, "false") ? 0
		                                            : -1;
	else if (is(line, nlen, "x-request-id"))
		take_id(h, value, len);
	else if (is(line, nlen, "apim-request-id") && h->request_id[0] == '\0')
		take_id(h, value, len);
	else if (nlen >= sizeof(rate) - 1 &&
		 strncasecmp(line, rate, sizeof(rate) - 1) == 0)
		take_rate(h, line + sizeof(rate) - 1, nlen - sizeof(rate) + 1,
		    value, len);
}

void
hints_apply(const struct hints *h, int64_t now, struct outcome *out)
{
	out->retry_after_ns = -1;
	if (h->after_ms_ns >= 0)
		out->retry_after_ns = h->after_ms_ns;
	else if (h->after_ns >= 0)
		out->retry_after_ns = h->after_ns;
	else if (h->after_date >= 0) {
		int64_t s =
		    h->after_date - (h->date >= 0 ? h->date : now / NS_PER_S);

		out->retry_after_ns = s < 0                     ? 0
		                      : s > WAIT_MAX / NS_PER_S ? WAIT_MAX
		                                                : s * NS_PER_S;
	}
	out->should_retry = h->should_retry;
	out->requests = h->requests;
	out->tokens = h->tokens;
	strlcpy(out->request_id, h->request_id, sizeof(out->request_id));
}
