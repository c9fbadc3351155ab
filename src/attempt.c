#include "attempt.h"

#include "clock.h"
#include "endpoint.h"
#include "http.h"
#include "mask.h"
#include "request.h"
#include "response.h"
#include "seal.h"
#include "wipe.h"

#include <bsd/string.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	HEADERS_MAX = 8
};

struct attempt {
	struct endpoint endpoint;
	struct request request;
	char *headers[HEADERS_MAX];
	char *key;
	size_t key_len;
	bool responses_api;
	int64_t max_output_tokens; /* 0: none was asked for */
	struct http *http;
};

/* A header's value is what is left of a line: it must not end it. */
static int
check_value(const char *what, const char *value, struct error *err)
{
	if (*value == '\0')
		return error_set(err, "%s: empty", what);
	for (; *value != '\0'; value++) {
		const unsigned char c = (unsigned char)*value;

		if (c == '\r' || c == '\n')
			return error_set(err, "%s: holds a line end", what);
		if (c <= ' ' || c >= 0x7f)
			return error_set(err,
			    "%s: holds a blank, a control or a character "
			    "that is not ASCII",
			    what);
	}
	return 0;
}

/*
 * Add the header NAME (its colon and blank included) with VALUE; WHAT is the
 * setting, for complaints.  Not by asprintf: that grows its buffer, and leaves
 * behind, unwiped, what it held before.
 */
static int
add_header(struct attempt *a, const char *what, const char *name,
    const char *value, struct error *err)
{
	char **slot = a->headers;

	if (value == NULL)
		return 0;
	if (check_value(what, value, err) == -1)
		return -1;
	while (*slot != NULL)
		slot++;
	*slot = malloc(strlen(name) + strlen(value) + 1);
	if (*slot == NULL)
		return error_sys(err, "%s", what);
	stpcpy(stpcpy(*slot, name), value);
	return 0;
}

static int
add_headers(struct attempt *a, const struct api_settings *s, struct error *err)
{
	if (add_header(a, "API key", "Authorization: Bearer ", s->key, err) ==
		-1 ||
	    add_header(a, "content type", "Content-Type: ", "application/json",
		err) == -1 ||
	    add_header(a, "accept", "Accept: ", "application/json", err) ==
		-1 ||
	    add_header(a, "user agent", "User-Agent: ",
		"chatgpt-batch/" CHATGPT_BATCH_VERSION, err) == -1 ||
	    add_header(a, "organization",
		"OpenAI-Organization: ", s->organization, err) == -1 ||
	    add_header(a, "project", "OpenAI-Project: ", s->project, err) == -1)
		return -1;
	if (s->key == NULL)
		return 0;
	a->key = strdup(s->key);
	a->key_len = strlen(s->key);
	return a->key ? 0 : error_sys(err, "API key");
}

static int
prepare_http(struct attempt *a, const struct api_settings *s, struct error *err)
{
	const struct http_settings settings = {
	    .endpoint = &a->endpoint,
	    .headers = (const char *const *)a->headers,
	    .connect_timeout_ns = s->connect_timeout_ns,
	    .idle_timeout_ns = s->idle_timeout_ns,
	    .total_timeout_ns = s->total_timeout_ns,
	    .answer_max = s->answer_max,
	};

	a->http = http_prepare(&settings, err);
	return a->http ? 0 : -1;
}

struct attempt *
attempt_prepare(const struct api_settings *settings, struct error *err)
{
	struct attempt *a = calloc(1, sizeof(*a));

	if (a == NULL) {
		error_sys(err, "preparing requests");
		return NULL;
	}
	a->responses_api = settings->responses_api;
	a->max_output_tokens = settings->max_output_tokens;
	if (endpoint_parse(settings->base_url,
		a->responses_api ? "responses" : "chat/completions",
		settings->insecure_http, &a->endpoint, err) == -1 ||
	    request_prepare(&a->request, settings, err) == -1 ||
	    add_headers(a, settings, err) == -1 ||
	    prepare_http(a, settings, err) == -1) {
		attempt_free(a);
		return NULL;
	}
	return a;
}

static void
wipe_headers(const struct attempt *a)
{
	for (int i = 0; i < HEADERS_MAX; i++)
		if (a->headers[i] != NULL)
			explicit_bzero(a->headers[i], strlen(a->headers[i]));
}

void
attempt_forget(struct attempt *a)
{
	wipe_headers(a);
	if (a->key != NULL)
		explicit_bzero(a->key, a->key_len);
	wipe_stack();
}

void
attempt_free(struct attempt *a)
{
	if (a == NULL)
		return;
	attempt_forget(a);
	for (int i = 0; i < HEADERS_MAX; i++)
		free(a->headers[i]);
	free(a->key);
	http_free(a->http);
	request_free(&a->request);
	endpoint_free(&a->endpoint);
	free(a);
}

/*
 * Servers are known that call a response completed though it was cut at the
 * size that was asked for; what they count gives them away.
 */
static void
doubt_completion(const struct attempt *a, struct outcome *out)
{
	if (a->responses_api && out->kind == OUTCOME_ANSWER && out->has_usage &&
	    a->max_output_tokens > 0 &&
	    out->output_tokens >= a->max_output_tokens) {
		out->kind = OUTCOME_PARTIAL;
		strlcpy(out->finish, "length", sizeof(out->finish));
	}
}

void
attempt_certificates(
    const struct attempt *a, const char **file, const char **dirs)
{
	http_certificates(a->http, file, dirs);
}

/* Read what was received, by its status. */
static void
read_reply(const struct attempt *a, struct http_reply *reply,
    struct outcome *out, struct buf *answer)
{
	hints_apply(&reply->hints, clock_wall(), out);
	if (out->kind != OUTCOME_HTTP)
		return;
	if (out->status >= 200 && out->status <= 299) {
		response_answer(&reply->body, a->responses_api, out, answer);
		doubt_completion(a, out);
		if (out->kind == OUTCOME_BAD && reply->encoding[0] != '\0')
			snprintf(out->message, sizeof(out->message),
			    "the response is encoded (%s), "
			    "which was not asked for",
			    reply->encoding);
	} else if (out->status >= 300 && out->status <= 399) {
		out->kind = OUTCOME_UNSAFE;
		snprintf(out->message, sizeof(out->message),
		    "the server redirects elsewhere; the key is not sent on");
	} else {
		response_error(&reply->body, out);
	}
	/* Not in an answer's text, nor in what is not known to be an error. */
	if (out->retry_after_ns == -1 &&
	    (out->kind == OUTCOME_HTTP ||
		(out->kind == OUTCOME_BAD &&
		    (out->code[0] != '\0' || out->type[0] != '\0'))))
		out->retry_after_ns = hints_in_text(out->message);
}

/* An attempt under way: between the calls of http_post. */
struct course {
	const struct attempt *a;
	int (*sending)(void *arg, struct outcome *out);
	void *arg;
	struct seal seal;
};

static int
on_sending(void *arg, struct outcome *out)
{
	const struct course *const c = arg;

	return c->sending(c->arg, out);
}

/* From here on the key is wanted for masking only, when the answer comes. */
static void
on_written(void *arg)
{
	struct course *const c = arg;

	if (c->a->key == NULL)
		return;
	wipe_line(c->a->headers[0]); /* the key's, see add_headers */
	wipe_headers(c->a);
	seal_close(&c->seal, c->a->key, c->a->key_len);
	wipe_stack();
}

/*
 * Whatever came from outside: the key shall not be in it.  What cannot be
 * looked through is not shown at all.
 */
static void
mask_all(const char *key, bool lost, struct outcome *out)
{
	if (lost) {
		out->finish[0] = out->code[0] = out->type[0] = '\0';
		out->request_id[0] = '\0';
		snprintf(out->message, sizeof(out->message),
		    "(withheld: the key could not be masked in it)");
		return;
	}
	mask_key(out->finish, key);
	mask_key(out->code, key);
	mask_key(out->type, key);
	mask_key(out->message, key);
	mask_key(out->request_id, key);
}

void
attempt_run(const struct attempt *a, const char *prompt, size_t len,
    const char *id, int (*sending)(void *arg, struct outcome *out), void *arg,
    struct outcome *out, struct buf *answer)
{
	/* Every byte can become six ("\u0000"). */
	struct buf body = BUF_INIT(SIZE_MAX / 2);
	struct http_reply reply = {0};
	struct course c = {
	    .a = a, .sending = sending, .arg = arg, .seal = {.fd = -1}};
	struct http_call call = {.body = &body,
	    .sending = on_sending,
	    .written = on_written,
	    .arg = &c};
	char *key_line = NULL;
	bool lost;

	outcome_init(out);
	*answer = (struct buf)BUF_INIT(SIZE_MAX / 2);
	if (request_body(&a->request, prompt, len, &body) == -1 ||
	    asprintf(&key_line, "Idempotency-Key: %s", id) == -1) {
		out->kind = OUTCOME_LOCAL;
		snprintf(out->message, sizeof(out->message),
		    "making the request: %s", strerror(errno));
	} else {
		call.extra = key_line;
		http_post(a->http, &call, out, &reply);
		read_reply(a, &reply, out, answer);
		lost =
		    c.seal.fd != -1 && !seal_open(&c.seal, a->key, a->key_len);
		mask_all(a->key, lost, out);
	}
	free(key_line);
	buf_free(&body);
	buf_free(&reply.body);
}
