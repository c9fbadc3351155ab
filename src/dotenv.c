#include "dotenv.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* Where we are: in the text, and in what we made of it. */
struct reader {
	const char *s;
	const char *end;
	int line;
	char *out;
	const char *name;
	struct error *err;
};

static char
peek(const struct reader *rd)
{
	if (rd->s == rd->end)
		return '\0';
	return *rd->s;
}

static bool
at_eol(const struct reader *rd)
{
	return rd->s == rd->end || *rd->s == '\n' ||
	       (*rd->s == '\r' && (rd->s + 1 == rd->end || rd->s[1] == '\n'));
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static void
skip_blanks(struct reader *rd)
{
	while (is_blank(peek(rd)))
		rd->s++;
}

/* To the beginning of the next line. */
static void
skip_line(struct reader *rd)
{
	while (!at_eol(rd))
		rd->s++;
	if (peek(rd) == '\r')
		rd->s++;
	if (peek(rd) == '\n') {
		rd->s++;
		rd->line++;
	}
}

static void
put(struct reader *rd, char c)
{
	*rd->out++ = c;
}

/* "export" is a prefix only before another word: "export=1" is a key. */
static void
skip_export(struct reader *rd)
{
	static const char word[] = "export";
	const size_t len = sizeof(word) - 1;
	const size_t left = (size_t)(rd->end - rd->s);

	if (left > len && memcmp(rd->s, word, len) == 0 &&
	    is_blank(rd->s[len])) {
		const struct reader here = *rd;

		rd->s += len;
		skip_blanks(rd);
		if (peek(rd) == '=')
			*rd = here;
	}
}

static int
read_key(struct reader *rd)
{
	const char *start;

	skip_export(rd);
	start = rd->s;
	while (isalnum((unsigned char)peek(rd)) || peek(rd) == '_')
		put(rd, *rd->s++);
	put(rd, '\0');
	skip_blanks(rd);
	if (rd->s == start || isdigit((unsigned char)*start) || peek(rd) != '=')
		return error_set(rd->err, "%s:%d: this is not KEY=value",
		    rd->name, rd->line);
	rd->s++;
	skip_blanks(rd);
	return 0;
}

/* A value without quotes; it ends before blanks and a comment. */
static void
read_bare(struct reader *rd)
{
	char *last = rd->out;

	while (!at_eol(rd)) {
		if (*rd->s == '#' && is_blank(rd->s[-1]))
			break;
		put(rd, *rd->s);
		if (!is_blank(*rd->s++))
			last = rd->out;
	}
	rd->out = last;
}

/* What stands after a backslash between double quotes. */
static void
read_escape(struct reader *rd)
{
	static const char plain[] = "\"\\$`";
	const char c = peek(rd);

	if (at_eol(rd)) {
		skip_line(rd);
		return;
	}
	rd->s++;
	if (c == 'n')
		put(rd, '\n');
	else if (c == 'r')
		put(rd, '\r');
	else if (c == 't')
		put(rd, '\t');
	else {
		if (strchr(plain, c) == NULL)
			put(rd, '\\');
		put(rd, c);
	}
}

/* What stands between quotes, and nothing but a comment after it. */
static int
read_quoted(struct reader *rd, char quote)
{
	const int line = rd->line;
	const char *close;

	for (rd->s++; peek(rd) != quote;) {
		if (rd->s == rd->end)
			return error_set(rd->err,
			    "%s:%d: the quote %c is not closed", rd->name, line,
			    quote);
		if (at_eol(rd)) {
			put(rd, '\n');
			skip_line(rd);
		} else if (quote == '"' && *rd->s == '\\') {
			rd->s++;
			read_escape(rd);
		} else {
			put(rd, *rd->s++);
		}
	}
	close = rd->s++;
	skip_blanks(rd);
	if (at_eol(rd) || (*rd->s == '#' && rd->s > close + 1))
		return 0;
	return error_set(rd->err, "%s:%d: something follows the quote %c",
	    rd->name, rd->line, quote);
}

/* A line, or the lines of a value in quotes. */
static int
read_setting(struct reader *rd)
{
	skip_blanks(rd);
	if (at_eol(rd) || *rd->s == '#')
		return 0;
	if (read_key(rd) == -1)
		return -1;
	if (peek(rd) != '"' && peek(rd) != '\'')
		read_bare(rd);
	else if (read_quoted(rd, *rd->s) == -1)
		return -1;
	put(rd, '\0');
	return 0;
}

static int
read_all(struct reader *rd, const char *text, size_t len)
{
	static const char bom[] = "\xef\xbb\xbf";
	const size_t bomlen = sizeof(bom) - 1;

	rd->s = text;
	rd->end = len > 0 ? text + len : text;
	for (size_t i = 0; i < len; i++) {
		if (text[i] == '\0')
			return error_set(
			    rd->err, "%s:%d: NUL byte", rd->name, rd->line);
		rd->line += text[i] == '\n';
	}
	rd->line = 1;
	if (len >= bomlen && memcmp(text, bom, bomlen) == 0)
		rd->s += bomlen;
	for (; rd->s < rd->end; skip_line(rd))
		if (read_setting(rd) == -1)
			return -1;
	return 0;
}

int
dotenv_parse(struct dotenv *env, const char *text, size_t len, const char *name,
    struct error *err)
{
	/* A key's NUL takes the place of "=", a value's that of its newline. */
	const size_t size = len + 2;
	struct reader rd = {.line = 1, .name = name, .err = err};

	env->len = 0;
	env->data = rd.out = malloc(size);
	if (env->data == NULL)
		return error_sys(err, "%s:1", name);
	if (read_all(&rd, text, len) == -1) {
		env->len = size;
		dotenv_free(env);
		return -1;
	}
	env->len = (size_t)(rd.out - env->data);
	return 0;
}

const char *
dotenv_get(const struct dotenv *env, const char *key)
{
	const char *found = NULL;

	for (size_t at = 0; at < env->len;) {
		const char *have = env->data + at;
		const char *value = have + strlen(have) + 1;

		if (strcmp(have, key) == 0)
			found = value;
		at = (size_t)(value - env->data) + strlen(value) + 1;
	}
	return found;
}

void
dotenv_free(struct dotenv *env)
{
	if (env->data != NULL)
		explicit_bzero(env->data, env->len);
	free(env->data);
	env->data = NULL;
	env->len = 0;
}
