/* Faults that a prompt asks for: see marker.h. */
#include "marker.h"

#include <stdlib.h>
#include <string.h>

#define OPENING "[[sim:"
#define CLOSING "]]"
#define BLANKS " \t\r\n"

void
sim_orders_init(struct sim_orders *orders)
{
	*orders = (struct sim_orders){
	    .latency_ms = -1, .retry_after = -1, .tokens = -1};
}

void
sim_orders_free(struct sim_orders *orders)
{
	free(orders->arg);
	free(orders->message);
	free(orders->type);
	free(orders->code);
	free(orders->body);
	for (size_t i = 0; i < SIM_MARKER_HEADERS; i++)
		free(orders->headers[i]);
	sim_orders_init(orders);
}

/*
 * Cuts the next word off *S, which ends at END; quotes group and go.  NULL
 * at the end.  The caller frees.
 */
static char *
next_word(const char **s, const char *end)
{
	struct sim_text word = {0};
	bool quoted = false;

	while (*s < end && strchr(BLANKS, **s))
		(*s)++;
	if (*s == end)
		return NULL;
	sim_text_adds(&word, "");
	for (; *s < end && (quoted || !strchr(BLANKS, **s)); (*s)++) {
		if (**s == '"')
			quoted = !quoted;
		else
			sim_text_add(&word, *s, 1);
	}
	return word.data;
}

static bool
to_count(const char *s, long max, long *value)
{
	char *stop;

	*value = strtol(s, &stop, 10);
	return stop != s && !*stop && *value >= 0 && *value <= max;
}

static bool
set_string(char **slot, const char *value)
{
	free(*slot);
	*slot = sim_strdup(value);
	return true;
}

static bool
add_header(struct sim_orders *o, const char *value)
{
	for (size_t i = 0; i < SIM_MARKER_HEADERS; i++) {
		if (!o->headers[i] && strchr(value, ':'))
			return set_string(&o->headers[i], value);
	}
	return false;
}

/* NAME=VALUE with EQ at the '='; false if it is no setting. */
static bool
set(struct sim_orders *o, const char *word, const char *eq)
{
	size_t len = (size_t)(eq - word);
	const char *value = eq + 1;
	char *stop;
	long n;

#define IS(name) (len == sizeof(name) - 1 && !memcmp(word, name, len))
	if (IS("latency"))
		return to_count(value, 3600000, &o->latency_ms);
	if (IS("tokens"))
		return to_count(value, 10000000, &o->tokens);
	if (IS("thought"))
		return to_count(value, 10000000, &o->thought);
	if (IS("cached"))
		return to_count(value, 10000000, &o->cached);
	if (IS("status")) {
		if (!to_count(value, 999, &n) || n < 200)
			return false;
		o->status = (unsigned)n;
		return true;
	}
	if (IS("retry-after")) {
		o->retry_after = strtod(value, &stop);
		return stop != value && !*stop && o->retry_after >= 0 &&
		       o->retry_after < 1e9;
	}
	if (IS("message"))
		return set_string(&o->message, value);
	if (IS("type"))
		return set_string(&o->type, value);
	if (IS("code"))
		return set_string(&o->code, value);
	if (IS("header"))
		return add_header(o, value);
#undef IS
	return false;
}

/* One word of a marker into O and *TIMES; false if it makes no sense. */
static bool
obey(struct sim_orders *o, long *times, const char *word)
{
	const char *eq = strchr(word, '=');
	enum sim_kind kind =
	    sim_kind_by_name(word, eq ? (size_t)(eq - word) : strlen(word));

	if (kind == SIM_HOLD) {
		o->hold = true;
		return true;
	}
	if (kind != SIM_NONE) {
		/* When the prompt is known it is too late to be early. */
		if (o->kind != SIM_NONE || kind == SIM_EARLY)
			return false;
		o->kind = kind;
		return !eq || set_string(&o->arg, eq + 1);
	}
	if (*word == 'x' && !eq)
		return to_count(word + 1, 1000000, times) && *times;
	return eq && set(o, word, eq);
}

/* The marker between S and END; *TIMES is 0 if it has no xN. */
static void
read_marker(struct sim_orders *o, long *times, const char *s, const char *end)
{
	const char *begin = s;
	bool ok = true;

	*times = 0;
	while (ok && !o->body) {
		const char *rest = s + strspn(s, BLANKS);
		char *word;

		if (end - rest >= 5 && !memcmp(rest, "body=", 5)) {
			/* As it stands, blanks and quotes too. */
			o->body =
			    sim_strndup(rest + 5, (size_t)(end - rest - 5));
			break;
		}
		word = next_word(&s, end);
		if (!word)
			break;
		ok = obey(o, times, word);
		free(word);
	}
	if (!ok) {
		struct sim_text why = {0};

		sim_text_adds(&why, "openai-sim does not understand '[[sim:");
		sim_text_add(&why, begin, (size_t)(end - begin));
		sim_text_adds(&why, "]]' in the prompt.");
		free(o->message);
		o->message = why.data;
		o->kind = SIM_MISREAD;
	} else if (o->kind == SIM_NONE && (o->status || o->body)) {
		o->kind = SIM_CUSTOM;
	}
}

/* A marker that holds for all attempts adds to what others ask for. */
static void
add_settings(struct sim_orders *orders, const struct sim_orders *more)
{
	orders->hold = orders->hold || more->hold;
	if (more->latency_ms >= 0)
		orders->latency_ms = more->latency_ms;
	if (more->tokens >= 0)
		orders->tokens = more->tokens;
	if (more->thought)
		orders->thought = more->thought;
	if (more->cached)
		orders->cached = more->cached;
}

void
sim_marker_read(
    struct sim_orders *orders, const char *prompt, size_t len, uint64_t n)
{
	const char *end = prompt + len, *open, *close;
	struct sim_orders all;
	bool found = false;

	sim_orders_init(orders);
	sim_orders_init(&all);
	while ((open = memmem(prompt, (size_t)(end - prompt), OPENING,
		    strlen(OPENING)))) {
		struct sim_orders o;
		long times;

		open += strlen(OPENING);
		close = memmem(
		    open, (size_t)(end - open), CLOSING, strlen(CLOSING));
		if (!close)
			break;
		prompt = close + strlen(CLOSING);
		sim_orders_init(&o);
		read_marker(&o, &times, open, close);
		if (o.kind == SIM_NONE && !times && !o.headers[0]) {
			add_settings(&all, &o);
		} else if (!found && (!times || n <= (uint64_t)times)) {
			found = true;
			*orders = o;
			continue;
		} else if (!found) {
			n -= (uint64_t)times;
		}
		sim_orders_free(&o);
	}
	add_settings(orders, &all);
}
