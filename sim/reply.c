/* What goes back, and how: see reply.h. */
#include "reply.h"

#include <err.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
sim_reply_init(struct sim_reply *r)
{
	*r = (struct sim_reply){.status = 200, .type = "application/json"};
	sim_text_adds(&r->body, "");
}

void
sim_reply_free(struct sim_reply *r)
{
	sim_text_free(&r->body);
	for (size_t i = 0; i < r->n_headers; i++)
		free(r->headers[i].value);
	for (size_t i = 0; i < SIM_MARKER_HEADERS; i++)
		free(r->extra_names[i]);
}

void
sim_reply_header(struct sim_reply *r, const char *name, const char *fmt, ...)
{
	va_list ap;
	char *value;

	if (r->n_headers == SIM_REPLY_HEADERS)
		errx(1, "reply: more than %d headers", SIM_REPLY_HEADERS);
	va_start(ap, fmt);
	if (vasprintf(&value, fmt, ap) < 0)
		err(1, "reply: cannot format a header");
	va_end(ap);
	r->headers[r->n_headers].name = name;
	r->headers[r->n_headers++].value = value;
}

static void
member(struct sim_text *out, const char *name, const char *value)
{
	sim_text_addf(out, ",\n    \"%s\": ", name);
	if (value)
		sim_text_quote(out, value, strlen(value));
	else
		sim_text_adds(out, "null");
}

void
sim_reply_error(struct sim_reply *r, const struct sim_error *why)
{
	r->status = why->status;
	r->type = "application/json";
	r->body.len = 0;
	sim_text_adds(&r->body, "{\n  \"error\": {\n    \"message\": ");
	sim_text_quote(&r->body, why->message.data, why->message.len);
	member(&r->body, "type", why->type);
	member(&r->body, "param", why->param);
	member(&r->body, "code", why->code);
	sim_text_adds(&r->body, "\n  }\n}\n");
}

void
sim_duration(struct sim_text *out, int64_t us)
{
	int64_t ms = (us + 999) / 1000, minutes;
	int fraction;

	if (ms < 1000) {
		sim_text_addf(out, "%" PRId64 "ms", ms);
		return;
	}
	minutes = ms / 60000;
	if (minutes >= 60)
		sim_text_addf(out, "%" PRId64 "h", minutes / 60);
	if (minutes)
		sim_text_addf(out, "%" PRId64 "m", minutes % 60);
	sim_text_addf(out, "%" PRId64, ms / 1000 % 60);
	fraction = (int)(ms % 1000);
	if (fraction) {
		sim_text_addf(out, ".%03d", fraction);
		while (out->data[out->len - 1] == '0')
			out->data[--out->len] = '\0';
	}
	sim_text_adds(out, "s");
}

void
sim_reply_retry_after(struct sim_reply *r, double seconds)
{
	int64_t ms = (int64_t)(seconds * 1000 + 0.5);

	sim_reply_header(r, "retry-after", "%" PRId64, (ms + 999) / 1000);
	sim_reply_header(r, "retry-after-ms", "%" PRId64, ms);
}

void
sim_reply_over(
    struct sim_reply *r, const struct sim_verdict *v, const char *model)
{
	bool requests = v->over == SIM_OVER_REQUESTS;
	struct sim_error why = {0};
	struct sim_text again = {0};

	if (v->over == SIM_TOO_LARGE) {
		sim_error_set(&why, 429, "tokens", NULL, "rate_limit_exceeded",
		    "Request too large for %s in organization org-sim on "
		    "tokens per min (TPM): Limit %" PRId64
		    ", Requested %" PRId64 ". The input or output tokens must "
		    "be reduced in order to run successfully. Visit "
		    "https://platform.openai.com/account/rate-limits to learn "
		    "more.",
		    model, v->limit, v->requested);
	} else {
		sim_duration(&again, v->wait_us);
		sim_error_set(&why, 429, requests ? "requests" : "tokens", NULL,
		    "rate_limit_exceeded",
		    "Rate limit reached for %s in organization org-sim on "
		    "%s: Limit %" PRId64 ", Used %" PRId64
		    ", Requested %" PRId64 ". Please try again in %s. Visit "
		    "https://platform.openai.com/account/rate-limits to learn "
		    "more.",
		    model,
		    requests ? "requests per min (RPM)"
			     : "tokens per min (TPM)",
		    v->limit, v->used, v->requested, again.data);
		sim_reply_retry_after(r, (double)v->wait_us / 1e6);
	}
	sim_reply_error(r, &why);
	sim_error_free(&why);
	sim_text_free(&again);
}

static uint64_t
arg_or(const struct sim_orders *orders, uint64_t otherwise)
{
	unsigned long long n;
	char *stop;

	if (!orders->arg)
		return otherwise;
	n = strtoull(orders->arg, &stop, 10);
	return *stop || stop == orders->arg ? otherwise : n;
}

/* What goes over the wire in place of a proper response. */
static void
make_raw(struct sim_reply *r, enum sim_kind kind)
{
	static const char head[] = "HTTP/1.1 200 OK\r\n"
				   "content-type: application/json\r\n";
	struct sim_text body = r->body;

	r->body = (struct sim_text){0};
	if (kind == SIM_GARBAGE) {
		sim_text_adds(&r->body, "220 loopback ESMTP ready\r\n");
	} else {
		sim_text_adds(&r->body, head);
	}
	if (kind == SIM_BADCHUNK) {
		sim_text_adds(&r->body, "transfer-encoding: chunked\r\n\r\n"
					"10\r\n");
		sim_text_add(&r->body, body.data, 16);
		sim_text_adds(&r->body, "\r\nno number\r\n");
		sim_text_add(&r->body, body.data + 16, body.len - 16);
	} else if (kind == SIM_SHORT) {
		sim_text_addf(
		    &r->body, "content-length: %zu\r\n\r\n", body.len / 2);
		sim_text_add(&r->body, body.data, body.len);
	}
	sim_text_free(&body);
}

void
sim_reply_shape(struct sim_reply *r, const struct sim_orders *orders)
{
	static const struct {
		enum sim_kind kind;
		enum sim_shape shape;
	} shapes[] = {
	    {SIM_CUT, SIM_CUT_SHORT},
	    {SIM_DRIP, SIM_DRIPPED},
	    {SIM_HUGE, SIM_ENDLESS},
	    {SIM_HTTP10, SIM_AS_HTTP10},
	    {SIM_BOMB, SIM_EXPLODING},
	    {SIM_HEADERS, SIM_RAW_LINES},
	    {SIM_BADCHUNK, SIM_RAW_BYTES},
	    {SIM_SHORT, SIM_RAW_BYTES},
	    {SIM_GARBAGE, SIM_RAW_BYTES},
	    {SIM_HANG, SIM_NEVER},
	    {SIM_CLOSE, SIM_CLOSED},
	};

	for (size_t i = 0; i < sizeof(shapes) / sizeof(*shapes); i++) {
		if (shapes[i].kind == orders->kind)
			r->shape = shapes[i].shape;
	}
	if (r->shape == SIM_RAW_BYTES || r->shape == SIM_RAW_LINES)
		make_raw(r, orders->kind);
	if (r->shape == SIM_CUT_SHORT)
		r->arg = arg_or(orders, r->body.len / 2);
	else if (r->shape == SIM_DRIPPED)
		r->arg = arg_or(orders, 1000);
	else if (r->shape == SIM_RAW_BYTES)
		r->arg = r->body.len;
	else if (r->shape == SIM_ENDLESS || r->shape == SIM_EXPLODING ||
		 r->shape == SIM_RAW_LINES)
		r->arg = arg_or(orders, UINT64_MAX);
}
