#include "ledger_line.h"

#include <ctype.h>
#include <string.h>

/* What may stand before a name, and around names and values. */
static const char before[] = " \t>|#-*+_`~\"'";
static const char around[] = " \t*_`~\"'";
static const char after[] = " \t\r*_`~\"'|\\";
static const char separators[] = ":=|";

static const char *const names[] = {
    [FIELD_MINUTE_TOKENS] = "tokens_within_min",
    [FIELD_MINUTE_REQUESTS] = "requests_within_min",
    [FIELD_DAY_TOKENS] = "tokens_within_day",
    [FIELD_MINUTE_REACHED] = "minute_token_limit_reached",
    [FIELD_DAY_REACHED] = "day_token_limit_reached",
    [FIELD_DATE] = "Date",
};

const char *
ledger_field_name(enum ledger_field field)
{
	return names[field];
}

static bool
is_any(char c, const char *of)
{
	return c != '\0' && strchr(of, c) != NULL;
}

static bool
is_word(char c)
{
	return isalnum((unsigned char)c) != 0;
}

/* The byte at AT, or NUL where the line is over. */
static char
byte_at(const struct ledger_line *line, size_t at)
{
	if (at >= line->len)
		return '\0';
	return line->text[at];
}

static size_t
skip_any(const struct ledger_line *line, size_t at, const char *of)
{
	while (is_any(byte_at(line, at), of))
		at++;
	return at;
}

/* The length of NAME's spelling at AT; 0: something else stands there. */
static size_t
match_name(const struct ledger_line *line, size_t at, const char *name)
{
	const size_t start = at;

	for (; *name != '\0'; name++) {
		if (*name == '_' && byte_at(line, at) == '\\')
			at++;
		if (*name == '_' ? !is_any(byte_at(line, at), "_- ")
				 : tolower((unsigned char)byte_at(line, at)) !=
				       tolower((unsigned char)*name))
			return 0;
		at++;
	}
	return at - start;
}

/* Cut comments, marks and blanks from the end of the line's value. */
static void
trim_value(struct ledger_line *line)
{
	const char *value = line->text + line->value;
	size_t len = line->len - line->value;

	/* Before a value is always a name, so there is a value[-1]. */
	for (size_t i = 0; i < len; i++)
		if ((value[i] == '#' && is_any((value + i)[-1], " \t")) ||
		    (len - i >= 4 && memcmp(value + i, "<!--", 4) == 0))
			len = i;
	while (len > 0 && is_any(value[len - 1], after))
		len--;
	line->valuelen = len;
}

/*
 * The name ends at AT.  "Date" is a word of everyday prose: there only a
 * separator or a number makes the line ours.
 */
static bool
find_value(struct ledger_line *line, enum ledger_field field, size_t at)
{
	bool separated = false;

	if (is_word(byte_at(line, at)) ||
	    (byte_at(line, at) == '_' && is_word(byte_at(line, at + 1))))
		return false;
	at = skip_any(line, at, around);
	if (is_any(byte_at(line, at), separators)) {
		separated = true;
		at = skip_any(line, at + 1, around);
	}
	if (field == FIELD_DATE && !separated &&
	    !isdigit((unsigned char)byte_at(line, at)))
		return false;
	line->value = at;
	trim_value(line);
	return true;
}

static void
classify(struct ledger_line *line)
{
	const bool bom =
	    line->len >= 3 && memcmp(line->text, "\xef\xbb\xbf", 3) == 0;
	const size_t at = skip_any(line, bom ? 3 : 0, before);

	line->field = FIELD_NONE;
	line->value = line->valuelen = 0;
	/* "# name" is a heading, "#name" a line that somebody switched off. */
	if (at > 0 && line->text[at - 1] == '#')
		return;
	for (int i = 0; i < NFIELDS; i++) {
		const size_t len = match_name(line, at, names[i]);

		if (len > 0 &&
		    find_value(line, (enum ledger_field)i, at + len)) {
			line->field = (enum ledger_field)i;
			return;
		}
	}
}

bool
ledger_line_next(const char **text, size_t *left, struct ledger_line *line)
{
	const char *end;
	size_t whole;

	if (*left == 0)
		return false;
	end = memchr(*text, '\n', *left);
	whole = end == NULL ? *left : (size_t)(end - *text) + 1;
	line->text = *text;
	line->eol = 0;
	if (end != NULL)
		line->eol = whole >= 2 && end[-1] == '\r' ? 2 : 1;
	line->len = whole - line->eol;
	classify(line);
	*text += whole;
	*left -= whole;
	return true;
}

/* Are A and B, of ALEN and BLEN bytes, alike but for at most LEFT slips? */
static bool
near(const char *a, size_t alen, const char *b, size_t blen, int left)
{
	while (alen > 0 && blen > 0 && tolower((unsigned char)*a) == *b) {
		a++, alen--;
		b++, blen--;
	}
	if (alen == 0 && blen == 0)
		return true;
	if (left == 0)
		return false;
	return (alen > 0 && blen > 0 &&
		   near(a + 1, alen - 1, b + 1, blen - 1, left - 1)) ||
	       (alen > 0 && near(a + 1, alen - 1, b, blen, left - 1)) ||
	       (blen > 0 && near(a, alen, b + 1, blen - 1, left - 1));
}

bool
ledger_line_hints(const struct ledger_line *line, enum ledger_field field)
{
	enum {
		SLIPS = 2
	};
	const size_t at = skip_any(line, 0, before);
	size_t end = at;

	if (field == FIELD_DATE)
		return false;
	for (size_t i = 0; i < line->len; i++)
		if (match_name(line, i, names[field]) > 0)
			return true;
	while (is_word(byte_at(line, end)) || byte_at(line, end) == '_')
		end++;
	return near(line->text + at, end - at, names[field],
	    strlen(names[field]), SLIPS);
}
