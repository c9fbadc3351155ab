#include "ledger_text.h"

#include "ledger_date.h"
#include "ledger_line.h"
#include "localday.h"
#include "units.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum {
	QUOTE_MAX = 48, /* bytes of a wrong value that an error repeats */
	DAY_LEN = 10    /* of "2026-11-24" */
};

/* The words for a flag that is down and up. */
static const char *const flag_words[][2] = {
    {"0", "1"}, {"false", "true"}, {"no", "yes"}};
enum {
	NFLAG_WORDS = sizeof(flag_words) / sizeof(flag_words[0])
};

/* A field's value as it stands in the text. */
struct value {
	bool seen;
	bool day_only; /* of Date: no time of day */
	int64_t n;     /* of Date: ns since the epoch */
};

struct reading {
	const char *name;
	struct error *err;
	struct value values[NFIELDS];
	int hints[NFIELDS]; /* the line that may have meant a missing field */
	int line;
	bool blank; /* nothing but empty lines so far */
};

/* Which pair of flag_words has the value in it; -1: none.  *UP is which. */
static int
flag_find(const char *s, size_t len, int *up)
{
	for (int i = 0; i < NFLAG_WORDS; i++)
		for (*up = 0; *up < 2; ++*up)
			if (strlen(flag_words[i][*up]) == len &&
			    strncasecmp(flag_words[i][*up], s, len) == 0)
				return i;
	return -1;
}

/* The readers return NULL, or what is wrong with the value. */
static const char *
read_flag(const char *s, size_t len, struct value *v)
{
	int up;

	if (flag_find(s, len, &up) == -1)
		return "is neither 0 nor 1";
	v->n = up;
	return NULL;
}

static const char *
read_count(const char *s, size_t len, struct value *v)
{
	if (s[0] == '-')
		return "is negative";
	if (units_whole(s, len, &v->n) != len)
		return "is not a whole number";
	if (v->n == -1)
		return "is more than a ledger can count";
	return NULL;
}

static const char *
read_date(const char *s, size_t len, struct value *v)
{
	struct ledger_date date;
	const char *wrong = ledger_date_parse(s, len, &date);

	if (wrong == NULL) {
		v->n = date.ns;
		v->day_only = date.day_only;
	}
	return wrong;
}

static const char *
read_value(const struct ledger_line *line, struct value *v)
{
	const char *s = line->text + line->value;
	const size_t len = line->valuelen;

	v->seen = true;
	v->day_only = false;
	if (len == 0)
		return "has no value";
	switch (line->field) {
	case FIELD_MINUTE_REACHED:
	case FIELD_DAY_REACHED:
		return read_flag(s, len, v);
	case FIELD_DATE:
		return read_date(s, len, v);
	default:
		return read_count(s, len, v);
	}
}

/* Take over a line of ours. */
static int
take_line(struct reading *rd, const struct ledger_line *line)
{
	const char *field = ledger_field_name(line->field);
	struct value *have = &rd->values[line->field];
	struct value v;
	const char *wrong = read_value(line, &v);
	const size_t len = line->valuelen;

	if (wrong != NULL && len == 0)
		return error_set(
		    rd->err, "%s:%d: %s %s", rd->name, rd->line, field, wrong);
	if (wrong != NULL)
		return error_set(rd->err, "%s:%d: %s: \"%.*s%s\" %s", rd->name,
		    rd->line, field, (int)(len < QUOTE_MAX ? len : QUOTE_MAX),
		    line->text + line->value, len > QUOTE_MAX ? "..." : "",
		    wrong);
	if (have->seen && (have->n != v.n || have->day_only != v.day_only))
		return error_set(rd->err,
		    "%s:%d: %s is given twice, with different values", rd->name,
		    rd->line, field);
	*have = v;
	return 0;
}

/* Remember what a line that is none of ours may have meant. */
static void
take_hints(struct reading *rd, const struct ledger_line *line)
{
	for (int i = 0; i < NFIELDS; i++)
		if (rd->hints[i] == 0 &&
		    ledger_line_hints(line, (enum ledger_field)i))
			rd->hints[i] = rd->line;
	for (size_t i = 0; i < line->len; i++)
		if (strchr(" \t\r", line->text[i]) == NULL)
			rd->blank = false;
}

/*
 * A missing line means 0.  But a line that was broken, misspelt or switched
 * off is not missing, and a text without any line of ours is no ledger.
 */
static int
check_missing(const struct reading *rd)
{
	bool any = rd->blank;

	for (int i = 0; i < NFIELDS; i++) {
		any = any || rd->values[i].seen;
		if (!rd->values[i].seen && rd->hints[i] != 0)
			return error_set(rd->err,
			    "%s:%d: is this meant to be \"%s: NUMBER\"?",
			    rd->name, rd->hints[i],
			    ledger_field_name((enum ledger_field)i));
	}
	if (!any)
		return error_set(rd->err,
		    "%s:1: this is no ledger: no line in it begins with %s",
		    rd->name, ledger_field_name(FIELD_MINUTE_TOKENS));
	return 0;
}

/* What a ledger cannot be, whatever its lines say. */
static int
check_text(const struct reading *rd, const char *text, size_t len)
{
	int line = 1;

	for (size_t i = 0; i < len; i++) {
		if (i >= LEDGER_TEXT_MAX)
			return error_set(rd->err,
			    "%s:%d: more than %d bytes are no ledger", rd->name,
			    line, LEDGER_TEXT_MAX);
		if (text[i] == '\0')
			return error_set(
			    rd->err, "%s:%d: NUL byte", rd->name, line);
		line += text[i] == '\n';
	}
	return 0;
}

/*
 * When the window began.  A bare date says which day's the counters are, and
 * the mtime when they were written: on a later day, the day's are over.
 */
static void
set_window(struct usage *u, const struct value *date, int64_t mtime)
{
	const bool timed = date->seen && !date->day_only;
	const int64_t ns = timed ? date->n : mtime;
	struct day day;

	u->window = window_begin(ns, local_day(ns));
	if (!date->seen || timed)
		return;
	day = local_day(date->n);
	if (u->window < day.start)
		u->window = day.start;
	if (u->window >= day.end) {
		u->day_tokens = 0;
		u->day_reached = false;
	}
}

int
ledger_parse(const char *text, size_t len, const char *name, int64_t mtime,
    struct usage *u, struct error *err)
{
	struct reading rd = {.name = name, .err = err, .blank = true};
	struct ledger_line line;

	if (check_text(&rd, text, len) == -1)
		return -1;
	while (ledger_line_next(&text, &len, &line)) {
		rd.line++;
		if (line.field == FIELD_NONE)
			take_hints(&rd, &line);
		else if (take_line(&rd, &line) == -1)
			return -1;
	}
	if (check_missing(&rd) == -1)
		return -1;
	u->minute_tokens = rd.values[FIELD_MINUTE_TOKENS].n;
	u->minute_requests = rd.values[FIELD_MINUTE_REQUESTS].n;
	u->day_tokens = rd.values[FIELD_DAY_TOKENS].n;
	u->minute_reached = rd.values[FIELD_MINUTE_REACHED].n != 0;
	u->day_reached = rd.values[FIELD_DAY_REACHED].n != 0;
	set_window(u, &rd.values[FIELD_DATE], mtime);
	return 0;
}

static int64_t
field_number(const struct usage *u, enum ledger_field field)
{
	switch (field) {
	case FIELD_MINUTE_TOKENS:
		return u->minute_tokens;
	case FIELD_MINUTE_REQUESTS:
		return u->minute_requests;
	case FIELD_DAY_TOKENS:
		return u->day_tokens;
	case FIELD_MINUTE_REACHED:
		return u->minute_reached;
	case FIELD_DAY_REACHED:
		return u->day_reached;
	default:
		return u->window;
	}
}

/* N, with the commas or underscores that the old number at S had. */
static int
add_count(struct buf *out, int64_t n, const char *s, size_t len)
{
	char text[UNITS_TEXT];
	const bool commas = memchr(s, ',', len) != NULL;

	if (!commas && memchr(s, '_', len) == NULL)
		return buf_addf(out, "%" PRId64, n);
	units_format_count(n, text);
	for (char *c = text; !commas && *c != '\0'; c++)
		if (*c == ',')
			*c = '_';
	return buf_adds(out, text);
}

/* The flag UP, in the word and the case of the old one at S. */
static int
add_flag(struct buf *out, bool up, const char *s, size_t len)
{
	int old;
	const int words = flag_find(s, len, &old);
	const char *word = flag_words[words == -1 ? 0 : words][up];
	char text[sizeof("false")];
	size_t i;

	for (i = 0; word[i] != '\0'; i++) {
		const char like = s[i < len ? i : len - 1];

		text[i] = (char)(isupper((unsigned char)like)
				     ? toupper((unsigned char)word[i])
				     : word[i]);
	}
	return buf_add(out, text, i);
}

/* FIELD's value as U has it, in the style of the old one at S. */
static int
add_value(struct buf *out, const struct usage *u, enum ledger_field field,
    const char *s, size_t len)
{
	char date[LEDGER_DATE_TEXT];
	const int64_t n = field_number(u, field);
	bool blank;

	switch (field) {
	case FIELD_DATE:
		blank = len > DAY_LEN && strchr(" \t", s[DAY_LEN]) != NULL;
		ledger_date_format(n, blank ? ' ' : 'T', date);
		return buf_adds(out, date);
	case FIELD_MINUTE_REACHED:
	case FIELD_DAY_REACHED:
		return add_flag(out, n != 0, s, len);
	default:
		return add_count(out, n, s, len);
	}
}

/* LINE with U's value in the old one's place, unless it says that already. */
static int
add_line(struct buf *out, const struct usage *u, const struct ledger_line *line)
{
	const char *value = line->text + line->value;
	const char *rest = value + line->valuelen;
	const char *end = line->text + line->len + line->eol;
	struct value old;

	if (line->field == FIELD_NONE || read_value(line, &old) != NULL ||
	    (line->field != FIELD_DATE &&
		old.n == field_number(u, line->field)))
		return buf_add(out, line->text, line->len + line->eol);
	if (buf_add(out, line->text, line->value) == -1 ||
	    add_value(out, u, line->field, value, line->valuelen) == -1)
		return -1;
	return buf_add(out, rest, (size_t)(end - rest));
}

/* A line of its own, in the style of a fresh ledger. */
static int
add_missing(struct buf *out, const struct usage *u, enum ledger_field field,
    const char *eol)
{
	if (buf_addf(out, "%s: ", ledger_field_name(field)) == -1 ||
	    add_value(out, u, field, "0", 1) == -1)
		return -1;
	return buf_adds(out, eol);
}

static int
add_lines(
    const char *old, size_t oldlen, const struct usage *u, struct buf *out)
{
	struct ledger_line line = {.eol = 1};
	bool seen[NFIELDS + 1] = {false};
	const char *eol = "\n";
	bool ended = true;

	while (ledger_line_next(&old, &oldlen, &line)) {
		if (add_line(out, u, &line) == -1)
			return -1;
		seen[line.field] = true;
		ended = line.eol > 0;
		if (line.eol == 2)
			eol = "\r\n";
	}
	for (int i = 0; i < NFIELDS; i++) {
		if (seen[i])
			continue;
		if (!ended && buf_adds(out, eol) == -1)
			return -1;
		if (add_missing(out, u, (enum ledger_field)i, eol) == -1)
			return -1;
		ended = true;
	}
	return 0;
}

int
ledger_format(
    const char *old, size_t oldlen, const struct usage *u, struct buf *out)
{
	const size_t len = out->len;
	int error = 0;

	if (add_lines(old, oldlen, u, out) == -1)
		error = errno;
	else if (out->len - len > LEDGER_TEXT_MAX)
		error = EMSGSIZE; /* or nobody could read it again */
	if (error == 0)
		return 0;
	out->len = len;
	if (out->data != NULL)
		out->data[len] = '\0';
	errno = error;
	return -1;
}
