#include "log_line.h"

#include "jsontext.h"
#include "plain.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

/* Room for text from outside once it is printable: so that the longest of
 * each still make a line. */
enum {
	WORD_MAX = 96,
	NAME_MAX_SHOWN = 160,
	ERROR_MAX = 400
};

/* What follows from it, in a word. */
static const char *
verdict(enum action action)
{
	switch (action) {
	case ACTION_ANSWERED:
		return "answered";
	case ACTION_ACCEPTED:
		return "accepted";
	case ACTION_KEPT:
		return "incomplete";
	case ACTION_FAIL:
		return "failed";
	case ACTION_RETRY:
		return "retry";
	case ACTION_HOLD:
		return "hold";
	case ACTION_STOP:
		return "stop";
	}
	return "unknown";
}

static int
add_count(struct buf *out, const char *name, int64_t n)
{
	return buf_addf(out, ",\"%s\":%" PRId64, name, n);
}

/* A count that there may not be. */
static int
add_known(struct buf *out, const char *name, int64_t n)
{
	return n < 0 ? 0 : add_count(out, name, n);
}

/* Microseconds as milliseconds; 0: it did not get so far. */
static int
add_ms(struct buf *out, const char *name, int64_t us)
{
	if (us <= 0)
		return 0;
	return buf_addf(
	    out, ",\"%s\":%" PRId64 ".%03d", name, us / 1000, (int)(us % 1000));
}

/* Text from wherever, as one printable word of at most SIZE - 1 bytes. */
static int
add_text(struct buf *out, const char *name, const char *text, size_t size)
{
	char shown[ERROR_MAX];

	if (text == NULL || *text == '\0')
		return 0;
	plain_copy(shown, size < sizeof(shown) ? size : sizeof(shown), text,
	    strlen(text));
	if (buf_addf(out, ",\"%s\":", name) == -1)
		return -1;
	return json_quote(out, shown, strlen(shown));
}

static int
add_time(struct buf *out, int64_t wall)
{
	const time_t s = (time_t)(wall / NS_PER_S);
	char text[32];
	struct tm tm;

	if (gmtime_r(&s, &tm) == NULL ||
	    strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm) == 0)
		text[0] = '\0';
	return buf_addf(out, "{\"time\":\"%s.%03dZ\"", text,
	    (int)(wall % NS_PER_S / (NS_PER_S / 1000)));
}

/* The words that are ours: of the others, nobody knows what they repeat. */
static const char *
own_words(const struct outcome *out)
{
	switch (out->kind) {
	case OUTCOME_NONE:
	case OUTCOME_CONNECT:
	case OUTCOME_LOST:
	case OUTCOME_UNSAFE:
	case OUTCOME_TOO_BIG:
	case OUTCOME_LOCAL:
	case OUTCOME_ABORTED:
		return out->message;
	default:
		return NULL;
	}
}

static int
add_end(struct buf *out, const struct log_entry *e)
{
	const struct outcome *const o = e->outcome;
	const struct decision *const d = e->decision;

	if (add_text(out, "verdict", d != NULL ? verdict(d->action) : "settled",
		WORD_MAX) == -1 ||
	    add_text(out, "why",
		d != NULL ? d->label : "its run was interrupted",
		WORD_MAX) == -1 ||
	    (o->status != 0 && add_count(out, "status", o->status) == -1) ||
	    add_text(out, "code", o->code, WORD_MAX) == -1 ||
	    add_text(out, "type", o->type, WORD_MAX) == -1 ||
	    add_text(out, "finish", o->finish, WORD_MAX) == -1 ||
	    add_text(out, "error", own_words(o), ERROR_MAX) == -1)
		return -1;
	return add_text(out, "request_id", o->request_id, NAME_MAX_SHOWN);
}

static int
add_times(struct buf *out, const struct log_entry *e)
{
	const struct outcome *const o = e->outcome;
	const struct attempt_times *const t = &o->times;

	if (add_ms(out, "queued_ms", e->queued_ns / 1000) == -1 ||
	    add_ms(out, "name_ms", t->name_us) == -1 ||
	    add_ms(out, "connect_ms", t->connect_us) == -1 ||
	    add_ms(out, "tls_ms", t->tls_us) == -1 ||
	    add_ms(out, "first_byte_ms", t->first_us) == -1 ||
	    add_ms(out, "total_ms", t->total_us) == -1)
		return -1;
	if (o->retry_after_ns >= 0 &&
	    add_count(out, "retry_after_ms", o->retry_after_ns / 1000000) == -1)
		return -1;
	if (e->decision == NULL)
		return 0;
	return add_ms(out, "delay_ms", e->decision->delay_ns / 1000);
}

static int
add_rates(struct buf *out, const struct outcome *o)
{
	const int64_t ms = NS_PER_S / 1000;

	if (add_known(out, "ratelimit_limit_requests", o->requests.limit) ==
		-1 ||
	    add_known(out, "ratelimit_remaining_requests",
		o->requests.remaining) == -1 ||
	    (o->requests.reset_ns >= 0 &&
		add_count(out, "ratelimit_reset_requests_ms",
		    o->requests.reset_ns / ms) == -1) ||
	    add_known(out, "ratelimit_limit_tokens", o->tokens.limit) == -1 ||
	    add_known(out, "ratelimit_remaining_tokens", o->tokens.remaining) ==
		-1)
		return -1;
	if (o->tokens.reset_ns < 0)
		return 0;
	return add_count(
	    out, "ratelimit_reset_tokens_ms", o->tokens.reset_ns / ms);
}

static int
add_tokens(struct buf *out, const struct log_entry *e)
{
	const struct outcome *const o = e->outcome;

	if (add_count(out, "estimated_tokens", e->estimate) == -1)
		return -1;
	if (o->has_usage &&
	    (add_count(out, "input_tokens", o->input_tokens) == -1 ||
		add_count(out, "output_tokens", o->output_tokens) == -1 ||
		add_count(out, "cached_tokens", o->cached_tokens) == -1 ||
		add_count(out, "reasoning_tokens", o->reasoning_tokens) == -1))
		return -1;
	return add_count(out, "billed_tokens", e->charge.day_tokens);
}

int
log_line_add(struct buf *out, const struct log_entry *e)
{
	if (add_time(out, e->wall) == -1 ||
	    add_count(out, "pid", e->pid) == -1 ||
	    add_count(out, "prompt", e->prompt) == -1 ||
	    add_count(out, "attempt", e->attempt) == -1 ||
	    add_text(out, "id", e->id, WORD_MAX) == -1 ||
	    add_text(out, "model", e->model, NAME_MAX_SHOWN) == -1 ||
	    add_end(out, e) == -1 || add_times(out, e) == -1 ||
	    add_rates(out, e->outcome) == -1 || add_tokens(out, e) == -1)
		return -1;
	return buf_adds(out, "}\n");
}
