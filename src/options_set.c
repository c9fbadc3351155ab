#include "options_set.h"

#include "partial.h"
#include "texts.h"
#include "units.h"

#include <bsd/string.h>
#include <stdlib.h>
#include <string.h>

static void *
field(struct config *cfg, const struct option_spec *spec)
{
	return (char *)cfg + spec->field;
}

int
set_nothing(struct config *cfg, const struct option_spec *spec,
    const char *value, const char *label, struct error *err)
{
	(void)cfg, (void)spec, (void)value, (void)label, (void)err;
	return 0;
}

int
set_flag(struct config *cfg, const struct option_spec *spec, const char *value,
    const char *label, struct error *err)
{
	bool *flag = field(cfg, spec);

	(void)value, (void)label, (void)err;
	*flag = true;
	return 0;
}

static int
parse_count(const struct option_spec *spec, const char *value,
    const char *label, int64_t *n, struct error *err)
{
	char text[UNITS_TEXT];

	if (units_count(value, n) == -1)
		return error_set(err,
		    "%s: '%.100s' is not a count: write digits, as in 300000, "
		    "300k or 1.5M",
		    label, value);
	if (*n < spec->min)
		return error_set(err, "%s: %.100s is too few: at least %s",
		    label, value, units_format_count(spec->min, text));
	if (*n > spec->max)
		return error_set(err, "%s: %.100s is too many: at most %s",
		    label, value, units_format_count(spec->max, text));
	return 0;
}

int
set_count(struct config *cfg, const struct option_spec *spec, const char *value,
    const char *label, struct error *err)
{
	int64_t *n = field(cfg, spec);

	return parse_count(spec, value, label, n, err);
}

int
set_int(struct config *cfg, const struct option_spec *spec, const char *value,
    const char *label, struct error *err)
{
	int *i = field(cfg, spec);
	int64_t n;

	if (parse_count(spec, value, label, &n, err) == -1)
		return -1;
	*i = (int)n; /* max of such a row fits an int */
	return 0;
}

int
set_size(struct config *cfg, const struct option_spec *spec, const char *value,
    const char *label, struct error *err)
{
	size_t *size = field(cfg, spec);
	int64_t n;

	if (parse_count(spec, value, label, &n, err) == -1)
		return -1;
	*size = (size_t)n; /* max of such a row fits 32 bits */
	return 0;
}

int
set_duration(struct config *cfg, const struct option_spec *spec,
    const char *value, const char *label, struct error *err)
{
	int64_t *ns = field(cfg, spec);

	if (units_duration(value, ns) == -1)
		return error_set(err,
		    "%s: '%.100s' is not a duration: write 90s, 5m, 1m30s or "
		    "250ms",
		    label, value);
	if (*ns < spec->min)
		return error_set(
		    err, "%s: %.100s is too short: at least 1ms", label, value);
	if (*ns > spec->max) {
		char text[UNITS_TEXT];

		return error_set(err, "%s: %.100s is too long: at most %s",
		    label, value, units_format_duration(spec->max, text));
	}
	return 0;
}

static int
keep(struct config *cfg, const struct option_spec *spec, const char *value,
    size_t len, const char *label, struct error *err)
{
	const char **s = field(cfg, spec);

	*s = texts_keep(&cfg->texts, value, len);
	if (*s == NULL)
		return error_sys(err, "%s", label);
	return 0;
}

int
set_path(struct config *cfg, const struct option_spec *spec, const char *value,
    const char *label, struct error *err)
{
	if (value[0] == '\0')
		return error_set(err,
		    "%s: is empty: give a %s, or leave it out", label,
		    spec->arg);
	return keep(cfg, spec, value, strlen(value), label, err);
}

static bool
has_control(const char *s)
{
	for (; *s != '\0'; s++) {
		if ((unsigned char)*s < ' ' || *s == '\177')
			return true;
	}
	return false;
}

int
set_word(struct config *cfg, const struct option_spec *spec, const char *value,
    const char *label, struct error *err)
{
	if (has_control(value))
		return error_set(err,
		    "%s: has a control character (a line end?) in it: give it "
		    "on one line",
		    label);
	return set_path(cfg, spec, value, label, err);
}

int
set_key(struct config *cfg, const struct option_spec *spec, const char *value,
    const char *label, struct error *err)
{
	size_t len = strlen(value);

	while (len > 0 && strchr(" \t\r\n", value[len - 1]) != NULL)
		len--;
	if (len == 0)
		return error_set(
		    err, "%s: holds no key, only white space", label);
	for (size_t i = 0; i < len; i++) {
		if ((unsigned char)value[i] <= ' ' || value[i] == '\177')
			return error_set(err,
			    "%s: byte %zu is white space or a control "
			    "character: a key is one word on one line",
			    label, i + 1);
	}
	return keep(cfg, spec, value, len, label, err);
}

int
set_bad_key(struct config *cfg, const struct option_spec *spec,
    const char *value, const char *label, struct error *err)
{
	(void)cfg, (void)spec, (void)value;
	return error_set(err,
	    "%s: a key is not taken from the command line, which every user of "
	    "the machine can read (ps, /proc): set OPENAI_API_KEY, or name a "
	    "file that holds it with --key-file",
	    label);
}

/* A prompt's number without sign or leading zero; *S moves behind it. */
static bool
parse_number(const char **s, int *n)
{
	int64_t sum = 0;
	const char *p = *s;

	if (*p < '1' || *p > '9')
		return false;
	for (; *p >= '0' && *p <= '9'; p++) {
		sum = sum * 10 + (*p - '0');
		if (sum > PROMPT_MAX)
			return false;
	}
	*s = p;
	*n = (int)sum;
	return true;
}

int
set_range(struct config *cfg, const struct option_spec *spec, const char *value,
    const char *label, struct error *err)
{
	const char *s = value;
	int first, last;

	(void)spec;
	if (!parse_number(&s, &first) || *s++ != '-' ||
	    !parse_number(&s, &last) || *s != '\0')
		return error_set(err,
		    "%s: '%.100s' is not a range: write A-B, two numbers from "
		    "1 "
		    "to %d, as in %d-%d",
		    label, value, PROMPT_MAX, PROMPT_FIRST, PROMPT_LAST);
	if (first > last)
		return error_set(err, "%s: %d-%d is empty: write %d-%d", label,
		    first, last, last, first);
	cfg->first = first;
	cfg->last = last;
	return 0;
}

/* JSON's number: -?(0|[1-9][0-9]*)(.[0-9]+)?([eE][+-]?[0-9]+)? */
static bool
is_json_number(const char *s)
{
	static const char digits[] = "0123456789";
	size_t n;

	s += *s == '-';
	n = strspn(s, digits);
	if (n == 0 || (n > 1 && *s == '0'))
		return false;
	s += n;
	if (*s == '.') {
		n = strspn(s + 1, digits);
		if (n == 0)
			return false;
		s += 1 + n;
	}
	if (*s == 'e' || *s == 'E') {
		s++;
		s += *s == '+' || *s == '-';
		n = strspn(s, digits);
		if (n == 0)
			return false;
		s += n;
	}
	return *s == '\0';
}

int
set_temperature(struct config *cfg, const struct option_spec *spec,
    const char *value, const char *label, struct error *err)
{
	double t;

	if (!is_json_number(value))
		return error_set(err,
		    "%s: '%.100s' is not a number: write one like 0.7", label,
		    value);
	t = strtod(value, NULL);
	if (!(t >= 0 && t <= 2))
		return error_set(
		    err, "%s: %.100s is not from 0 to 2", label, value);
	return keep(cfg, spec, value, strlen(value), label, err);
}

int
set_param(struct config *cfg, const struct option_spec *spec, const char *value,
    const char *label, struct error *err)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789";
	const size_t key = strspn(value, letters);
	size_t n;

	(void)spec;
	if (key == 0 || (*value >= '0' && *value <= '9') || value[key] != '=' ||
	    value[key + 1] == '\0')
		return error_set(err,
		    "%s: '%.100s' is not KEY=JSON: write one like seed=7 or "
		    "stop='[\"END\"]'",
		    label, value);
	for (n = 0; cfg->params[n] != NULL; n++) {
		if (strncmp(cfg->params[n], value, key + 1) == 0)
			return error_set(err,
			    "%s: %.*s is given twice: give it once", label,
			    (int)key, value);
	}
	cfg->params[n] = value;
	return 0;
}

int
set_no_wait(struct config *cfg, const struct option_spec *spec,
    const char *value, const char *label, struct error *err)
{
	(void)spec, (void)value, (void)label, (void)err;
	cfg->max_wait_ns = 0;
	return 0;
}

int
set_color(struct config *cfg, const struct option_spec *spec, const char *value,
    const char *label, struct error *err)
{
	(void)spec;
	if (strcmp(value, "always") == 0)
		cfg->color = true;
	else if (strcmp(value, "never") == 0)
		cfg->color = false;
	else if (strcmp(value, "auto") != 0) /* auto: as it was found */
		return error_set(err,
		    "%s: '%.100s' is not auto, always or never", label, value);
	return 0;
}

int
set_accept(struct config *cfg, const struct option_spec *spec,
    const char *value, const char *label, struct error *err)
{
	unsigned *set = field(cfg, spec);
	char words[256] = "";
	unsigned kind = 1;
	size_t len;

	*set = 0;
	for (const char *s = value; kind != 0; s += len + 1) {
		len = strcspn(s, ",");
		kind = partial_kind(s, len);
		*set |= kind;
		if (kind == 0)
			value = s;
		else if (s[len] == '\0')
			return 0;
	}
	for (size_t i = 0; partial_word(i) != NULL; i++) {
		strlcat(words, i > 0 ? ", " : "", sizeof(words));
		strlcat(words, partial_word(i), sizeof(words));
	}
	return error_set(err, "%s: '%.*s' is none of %s", label,
	    (int)(len < 100 ? len : 100), value, words);
}

int
set_api(struct config *cfg, const struct option_spec *spec, const char *value,
    const char *label, struct error *err)
{
	bool *responses = field(cfg, spec);

	*responses = strcmp(value, "responses") == 0;
	if (!*responses && strcmp(value, "chat") != 0)
		return error_set(err,
		    "%s: '%.100s' is not an API: there are chat and responses",
		    label, value);
	return 0;
}

int
set_encoding(struct config *cfg, const struct option_spec *spec,
    const char *value, const char *label, struct error *err)
{
	char names[256] = "";
	const struct tok *tok;

	(void)spec;
	cfg->tok = tok_by_name(value);
	if (cfg->tok != NULL)
		return 0;
	for (size_t i = 0; (tok = tok_by_index(i)) != NULL; i++) {
		strlcat(names, i > 0 ? ", " : "", sizeof(names));
		strlcat(names, tok_name(tok), sizeof(names));
	}
	return error_set(err, "%s: '%.100s' is not an encoding: there are %s",
	    label, value, names);
}
