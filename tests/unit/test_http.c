/*
 * Whole attempts against servers that misbehave, each on a loopback port in a
 * child of its own.  What must never happen: a hang, a second request, a fate
 * told wrongly, memory without bound, the key in a text.
 */
#include "attempt.h"

#include "clock.h"
#include "hostile.h"
#include "quota.h"
#include "table.h"

#include <check.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#define KEY "sk-proj-0123456789abcdefghij"
#define MS (NS_PER_S / 1000)

/* Short, so that the tests are; long enough for a machine that is busy. */
#define CONNECT_MS 700
#define IDLE_MS 400
#define TOTAL_MS 1200
#define ANSWER_MAX (1 << 20)

enum {
	BIG_PROMPT = 24 << 20
};

static struct api_settings
settings_for(const char *url)
{
	return (struct api_settings){.base_url = url,
	    .key = KEY,
	    .model = "gpt-4o",
	    .connect_timeout_ns = CONNECT_MS * slow() * MS,
	    .idle_timeout_ns = IDLE_MS * slow() * MS,
	    .total_timeout_ns = TOTAL_MS * slow() * MS,
	    .answer_max = ANSWER_MAX};
}

/* What an attempt needs to be told about its caller. */
struct caller {
	int calls;  /* of sending */
	int result; /* what it shall return */
};

static int
sending(void *arg, struct outcome *out)
{
	struct caller *c = arg;

	c->calls++;
	ck_assert_int_eq(c->calls, 1);
	if (c->result == -1)
		strcpy(out->message, "the claim cannot be written");
	return c->result;
}

/* One attempt at URL; returns what it took in ms. */
static int64_t
attempt(const char *url, size_t len, struct caller *caller, struct outcome *out,
    struct buf *answer)
{
	const struct api_settings s = settings_for(url);
	struct error err = {""};
	struct attempt *a = attempt_prepare(&s, &err);
	char *prompt = malloc(len + 1);
	int64_t begun, took;

	ck_assert_msg(a != NULL, "%s", err.text);
	ck_assert_ptr_nonnull(prompt);
	memset(prompt, 'x', len);
	begun = clock_boot();
	attempt_run(a, prompt, len, "run-1-7", sending, caller, out, answer);
	took = (clock_boot() - begun) / MS;
	attempt_free(a);
	free(prompt);
	return took;
}

/* Never in a text, whole or in part. */
static void
assert_no_key(const struct outcome *out)
{
	ck_assert_ptr_null(strstr(out->message, "0123456789"));
	ck_assert_ptr_null(strstr(out->code, "0123456789"));
	ck_assert_ptr_null(strstr(out->type, "0123456789"));
	ck_assert_ptr_null(strstr(out->request_id, "0123456789"));
	ck_assert_ptr_null(strstr(out->finish, "0123456789"));
}

static const struct {
	serve_fn serve;
	const char *arg;
	size_t prompt;
	enum outcome_kind kind;
	int status;
	bool timeout;
	int at_least_ms, at_most_ms;
	const char *message; /* a part of it */
} rows[] = {
#define QUICK 0, 500
#define OK_BODY                                             \
	"{\"choices\":[{\"message\":{\"content\":\"Hi.\"}," \
	"\"finish_reason\":\"stop\"}]}"
    /* The well-behaved, for comparison. */
    {serve_text, "HTTP/1.1 200 OK\r\nContent-Length: 66\r\n\r\n" OK_BODY, 5,
	OUTCOME_ANSWER, 200, false, QUICK, ""},
    {serve_text, "HTTP/1.0 200 OK\r\n\r\n" OK_BODY, 5, OUTCOME_ANSWER, 200,
	false, QUICK, ""},
    {serve_text,
	"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
	"42\r\n" OK_BODY "\r\n0\r\n\r\n",
	5, OUTCOME_ANSWER, 200, false, QUICK, ""},
    {serve_text,
	"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\n\r\n"
	"HTTP/1.1 200 OK\r\nContent-Length: 66\r\n\r\n" OK_BODY,
	5, OUTCOME_ANSWER, 200, false, QUICK, ""},

    /* Gone. */
    {serve_close, NULL, 5, OUTCOME_LOST, 0, false, QUICK, "answer from"},
    {serve_reset, NULL, 5, OUTCOME_LOST, 0, false, QUICK, "answer from"},
    {serve_text, "", 5, OUTCOME_LOST, 0, false, QUICK, "answer from"},
    {serve_text, "HTTP/1.1 200 OK\r\n", 5, OUTCOME_LOST, 200, false, QUICK,
	"answer from"},
    {serve_text, "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{\"choic", 5,
	OUTCOME_LOST, 200, false, QUICK, "answer from"},
    {serve_text,
	"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1000\r\n{\"cho",
	5, OUTCOME_LOST, 200, false, QUICK, "answer from"},
    {serve_text, "HTTP/1.1 200 OK\r\nContent-Length: 66\r\n\r\n", 5,
	OUTCOME_LOST, 200, false, QUICK, "answer from"},
    /* A body without a length that is cut looks whole, but is not JSON. */
    {serve_text, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{\"choic", 5,
	OUTCOME_BAD, 200, false, QUICK, "not JSON"},

    /* Silent. */
    {serve_silence, NULL, 5, OUTCOME_LOST, 0, true, IDLE_MS, TOTAL_MS,
	"not a byte for "},
    {serve_silence, "HTTP/1.1 200 OK\r\nContent-Length: 66\r\n\r\n{", 5,
	OUTCOME_LOST, 200, true, IDLE_MS, TOTAL_MS, "not a byte"},
    /* Not even the request is taken. */
    {serve_deaf, NULL, BIG_PROMPT, OUTCOME_LOST, 0, true, IDLE_MS, TOTAL_MS,
	"not a byte"},
    /* Length too long: the rest never comes. */
    {serve_silence, "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n" OK_BODY, 5,
	OUTCOME_LOST, 200, true, IDLE_MS, TOTAL_MS, "not a byte"},

    /* Slow: never idle, and still at an end. */
    {serve_drip, "HTTP/1.1 200 OK\r\nContent-Length: 66\r\n\r\n", 5,
	OUTCOME_LOST, 200, true, TOTAL_MS - 50, TOTAL_MS + 500, "answer from"},
    {serve_drip, "", 5, OUTCOME_LOST, 200, true, TOTAL_MS - 50, TOTAL_MS + 500,
	"answer from"},

    /* Without end. */
    {serve_flood, "HTTP/1.1 200 OK\r\n\r\n", 5, OUTCOME_TOO_BIG, 200, false, 0,
	TOTAL_MS, "over 1048576 bytes"},
    {serve_flood, "HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n", 5,
	OUTCOME_TOO_BIG, 200, false, QUICK, "over 1048576 bytes"},
    {serve_flood, "HTTP/1.1 500 Oops\r\n\r\n", 5, OUTCOME_HTTP, 500, false,
	QUICK, "xxxx"},
    {serve_flood, "HTTP/1.1 200 OK\r\nx-header: ", 5, OUTCOME_LOST, 200, false,
	QUICK, "answer from"},
    {serve_headers, "HTTP/1.1 200 OK\r\n", 5, OUTCOME_LOST, 200, false, QUICK,
	"headers without end"},
    {serve_headers, "HTTP/1.1 429 Wait\r\nRetry-After: 3\r\n", 5, OUTCOME_HTTP,
	429, false, QUICK, ""},
    {serve_interim, NULL, 5, OUTCOME_LOST, 0, false, QUICK,
	"headers without end"},

    {serve_flood,
	"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n\x1f\x8b\x08", 5,
	OUTCOME_TOO_BIG, 200, false, 0, TOTAL_MS, "over 1048576 bytes"},
    {serve_chunks, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", 5,
	OUTCOME_TOO_BIG, 200, false, 0, TOTAL_MS, "over 1048576 bytes"},
    {serve_flood, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;", 5,
	OUTCOME_LOST, 200, true, TOTAL_MS - 50, TOTAL_MS + 500, "answer from"},
    {serve_headers,
	"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
	"42\r\n" OK_BODY "\r\n0\r\n",
	5, OUTCOME_LOST, 200, false, QUICK, "headers without end"},

    /* Lies. */
    {serve_text,
	"HTTP/1.1 200 OK\r\nContent-Length: 66\r\nContent-Length: "
	"6\r\n\r\n" OK_BODY,
	5, OUTCOME_BAD, 200, false, QUICK, "not JSON"},
    {serve_text,
	"HTTP/1.1 200 OK\r\nContent-Length: "
	"18446744073709551682\r\n\r\n" OK_BODY,
	5, OUTCOME_ANSWER, 200, false, QUICK, ""},
    {serve_text,
	"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n"
	"Transfer-Encoding: chunked\r\n\r\n42\r\n" OK_BODY "\r\n0\r\n\r\n",
	5, OUTCOME_ANSWER, 200, false, QUICK, ""},
    {serve_text,
	"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n"
	"42\r\n" OK_BODY "\r\n0\r\n\r\n",
	5, OUTCOME_ANSWER, 200, false, QUICK, ""},
    {serve_text, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n" OK_BODY, 5,
	OUTCOME_BAD, 200, false, QUICK, "not JSON"},
    {serve_text, "HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n" OK_BODY, 5,
	OUTCOME_LOST, 200, false, QUICK, "answer from"},
    {serve_text,
	"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\nabc", 5,
	OUTCOME_LOST, 200, false, QUICK, "answer from"},
    {serve_text,
	"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
	"FFFFFFFFFFFFFFFFFF\r\nabc",
	5, OUTCOME_LOST, 200, false, QUICK, "answer from"},
    {serve_text,
	"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n"
	"Content-Length: 10\r\n\r\n\x1f\x8b\x08xxxxxxx",
	5, OUTCOME_BAD, 200, false, QUICK, "gzip"},
    {serve_text, "HTTP/1.1 204 No Content\r\n\r\n", 5, OUTCOME_BAD, 204, false,
	QUICK, "empty"},
    {serve_text, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 5, OUTCOME_BAD,
	200, false, QUICK, "empty"},

    /* Not HTTP/1. */
    {serve_text, "{\"choices\":[]}", 5, OUTCOME_LOST, 0, false, QUICK,
	"answer from"},
    {serve_text, "SSH-2.0-OpenSSH_9.2\r\n", 5, OUTCOME_LOST, 0, false, QUICK,
	"answer from"},
    {serve_text, "\r\n\r\n\r\n", 5, OUTCOME_LOST, 0, false, QUICK,
	"answer from"},
    {serve_text, "HTTP/2 200\r\n\r\n" OK_BODY, 5, OUTCOME_ANSWER, 200, false,
	QUICK, ""},
    {serve_text, "HTTP/1.1 999 What\r\n\r\nwell", 5, OUTCOME_HTTP, 999, false,
	QUICK, "well"},
    {serve_silence, "HTTP/1.1 101 Switching Protocols\r\n\r\n", 5, OUTCOME_LOST,
	0, true, IDLE_MS, TOTAL_MS, "not a byte"},
    {serve_text, "HTTP/1.1 304 Not Modified\r\n\r\n", 5, OUTCOME_UNSAFE, 304,
	false, QUICK, "redirects"},

    /* Errors, whole and cut: the status is enough. */
    {serve_text,
	"HTTP/1.1 401 No\r\nContent-Length: 71\r\n\r\n"
	"{\"error\":{\"message\":\"Incorrect API key provided: sk-proj-***ghij"
	".\"}}    ",
	5, OUTCOME_HTTP, 401, false, QUICK, "provided: ***************."},
    {serve_echo, "HTTP/1.1 400 Bad\r\n\r\nYou sent: ", 5, OUTCOME_HTTP, 400,
	false, QUICK, "Bearer ****"},
    {serve_text, "HTTP/1.1 500 Oops\r\nContent-Length: 1000\r\n\r\nhalf a wo",
	5, OUTCOME_HTTP, 500, false, QUICK, "half a wo"},
    {serve_silence,
	"HTTP/1.1 503 Busy\r\nContent-Length: 1000\r\n\r\nhalf a wo", 5,
	OUTCOME_HTTP, 503, false, IDLE_MS, TOTAL_MS, "half a wo"},
    {serve_text,
	"HTTP/1.1 429 Wait\r\nRetry-After: 3\r\nContent-Length: 0\r\n\r\n", 5,
	OUTCOME_HTTP, 429, false, QUICK, ""},
    /* Before the request is through: with its body, and without. */
    {serve_early,
	"HTTP/1.1 413 Too Large\r\nContent-Length: 8\r\n"
	"Connection: close\r\n\r\ntoo much",
	BIG_PROMPT, OUTCOME_HTTP, 413, false, QUICK, "too much"},

    {serve_early,
	"HTTP/1.1 200 OK\r\nContent-Length: 66\r\n"
	"Connection: close\r\n\r\n" OK_BODY,
	BIG_PROMPT, OUTCOME_ANSWER, 200, false, QUICK, ""},
    /* Before a byte of it. */
    {serve_greeting, "HTTP/1.1 503 Busy\r\nContent-Length: 4\r\n\r\nbusy", 5,
	OUTCOME_HTTP, 503, false, QUICK, "busy"},
    {serve_greeting, "220 mail.example.com ESMTP\r\n", 5, OUTCOME_LOST, 0,
	false, QUICK, "answer from"},

    /* Elsewhere. */
    {serve_text, "HTTP/1.1 301 Moved\r\nLocation: /v2\r\n\r\n", 5,
	OUTCOME_UNSAFE, 301, false, QUICK, "redirects"},
    {serve_text,
	"HTTP/1.1 307 Moved\r\nLocation: http://127.0.0.1:1/\r\n"
	"Content-Length: 0\r\n\r\n",
	5, OUTCOME_UNSAFE, 307, false, QUICK, "redirects"},
    {serve_text, "HTTP/1.1 308 Moved\r\nLocation: https://x/\r\n\r\n", 5,
	OUTCOME_UNSAFE, 308, false, QUICK, "redirects"},
};

START_TEST(test_row)
{
	struct hostile h = hostile_start(rows[_i].serve, rows[_i].arg);
	struct caller caller = {0};
	struct outcome out;
	struct buf answer;
	const int64_t took =
	    attempt(h.url, rows[_i].prompt, &caller, &out, &answer);

	ck_assert_msg(out.kind == rows[_i].kind, "kind %d, status %d: %s",
	    out.kind, out.status, out.message);
	ck_assert_int_eq(out.status, rows[_i].status);
	ck_assert_int_eq(out.timeout, rows[_i].timeout);
	ck_assert_msg(
	    strstr(out.message, rows[_i].message) != NULL, "%s", out.message);
	ck_assert(out.sent);
	ck_assert_int_eq(caller.calls, 1);
	/* A busy machine is late; what must not be is early, or for ever. */
	ck_assert_int_ge(took, rows[_i].at_least_ms);
	ck_assert_int_le(took, rows[_i].at_most_ms * 5 * slow());
	assert_no_key(&out);
	if (out.kind == OUTCOME_ANSWER)
		ck_assert_str_eq(answer.data, "Hi.");
	buf_free(&answer);
	/* One connection, and no other after a redirect or a failure. */
	ck_assert_int_eq(hostile_stop(&h), 1);
}
END_TEST

/* What the outcome says of a response's headers. */
START_TEST(test_hints)
{
	struct hostile h = hostile_start(serve_text,
	    "HTTP/1.1 103 Early\r\nRetry-After: 99\r\nX-Request-Id: no\r\n\r\n"
	    "HTTP/1.1 429 Wait\r\nRetry-After-Ms: 1500\r\n"
	    "X-Request-Id: req_7\r\nx-should-retry: true\r\n"
	    "x-ratelimit-reset-tokens: 6m0s\r\nContent-Length: 0\r\n\r\n");
	struct caller caller = {0};
	struct outcome out;
	struct buf answer;

	attempt(h.url, 5, &caller, &out, &answer);
	ck_assert_int_eq(out.retry_after_ns, 1500 * MS);
	ck_assert_str_eq(out.request_id, "req_7");
	ck_assert_int_eq(out.should_retry, 1);
	ck_assert_int_eq(out.tokens.reset_ns, 360 * NS_PER_S);
	ck_assert_int_gt(out.times.first_us, 0);
	ck_assert_int_ge(out.times.total_us, out.times.first_us);
	buf_free(&answer);
	hostile_stop(&h);
}
END_TEST

/* Without a header, the message's own words. */
START_TEST(test_wait_in_words)
{
	struct hostile h = hostile_start(serve_text,
	    "HTTP/1.1 429 Wait\r\nConnection: close\r\n\r\n"
	    "{\"error\":{\"message\":\"Please try again in 1m3.5s.\"}}");
	struct caller caller = {0};
	struct outcome out;
	struct buf answer;

	attempt(h.url, 5, &caller, &out, &answer);
	ck_assert_int_eq(out.retry_after_ns, 63500 * MS);
	buf_free(&answer);
	hostile_stop(&h);
}
END_TEST

/* A response's end, by its own word, its error's, or its count. */
static const struct {
	const char *body; /* without usage and status line */
	int64_t max;      /* --max-output-tokens; 0: none */
	enum outcome_kind kind;
	const char *finish;
	int64_t after; /* ns, -1: none */
} endings[] = {
#define ITEM                                              \
	"\"output\":[{\"type\":\"message\",\"content\":[" \
	"{\"type\":\"output_text\",\"text\":\"Hi.\"}]}]"
#define SPENT(n)                          \
	",\"usage\":{\"input_tokens\":8," \
	"\"output_tokens\":" #n "}"
    {"{\"status\":\"completed\"," ITEM SPENT(20) "}", 0, OUTCOME_ANSWER, "stop",
	-1},
    {"{\"status\":\"completed\"," ITEM SPENT(20) "}", 21, OUTCOME_ANSWER,
	"stop", -1},
    /* Completed, it says, and yet used up all it was given. */
    {"{\"status\":\"completed\"," ITEM SPENT(20) "}", 20, OUTCOME_PARTIAL,
	"length", -1},
    {"{\"status\":\"completed\"," ITEM "}", 20, OUTCOME_ANSWER, "stop", -1},
    {"{\"status\":\"failed\",\"error\":{\"code\":\"rate_limit_exceeded\","
     "\"message\":\"Please try again in 3s.\"}}",
	0, OUTCOME_BAD, "", 3 * NS_PER_S},
    {"{\"status\":\"queued\",\"output\":[]}", 0, OUTCOME_PARTIAL, "queued", -1},
    {"please try again in 3s", 0, OUTCOME_BAD, "", -1},
};

START_TEST(test_responses_api)
{
	char text[600];
	struct hostile h;
	struct api_settings s;
	struct caller caller = {0};
	struct attempt *a;
	struct outcome out;
	struct buf answer;
	struct error err;

	snprintf(
	    text, sizeof(text), "HTTP/1.1 200 OK\r\n\r\n%s", endings[_i].body);
	h = hostile_start(serve_text, text);
	s = settings_for(h.url);
	s.responses_api = true;
	s.max_output_tokens = endings[_i].max;
	a = attempt_prepare(&s, &err);
	ck_assert_ptr_nonnull(a);
	attempt_run(a, "x", 1, "id", sending, &caller, &out, &answer);
	ck_assert_msg(
	    out.kind == endings[_i].kind, "kind %d: %s", out.kind, out.message);
	ck_assert_str_eq(out.finish, endings[_i].finish);
	ck_assert_int_eq(out.retry_after_ns, endings[_i].after);
	attempt_free(a);
	buf_free(&answer);
	hostile_stop(&h);
}
END_TEST

START_TEST(test_refused)
{
	struct caller caller = {0};
	struct outcome out;
	struct buf answer;

	attempt("http://127.0.0.1:1/v1", 5, &caller, &out, &answer);
	ck_assert_int_eq(out.kind, OUTCOME_CONNECT);
	ck_assert(!out.sent && !out.timeout);
	ck_assert_int_eq(caller.calls, 0);
	ck_assert_ptr_nonnull(strstr(out.message, "connect to 127.0.0.1:1"));
}
END_TEST

/* Reset at once: perhaps before, perhaps after the request has left. */
START_TEST(test_slammed)
{
	struct hostile h = hostile_start(serve_slam, NULL);
	struct caller caller = {0};
	struct outcome out;
	struct buf answer;

	attempt(h.url, 5, &caller, &out, &answer);
	ck_assert_int_eq(out.kind, out.sent ? OUTCOME_LOST : OUTCOME_CONNECT);
	ck_assert_int_eq(caller.calls, out.sent);
	hostile_stop(&h);
}
END_TEST

/* Nobody answers the knock. */
START_TEST(test_connect_timeout)
{
	struct hostile h = hostile_full();
	struct caller caller = {0};
	struct outcome out;
	struct buf answer;
	const int64_t took = attempt(h.url, 5, &caller, &out, &answer);

	ck_assert_int_eq(out.kind, OUTCOME_CONNECT);
	ck_assert(!out.sent && out.timeout);
	ck_assert_int_ge(took, CONNECT_MS - 50);
	ck_assert_int_le(took, TOTAL_MS * 2 * slow());
	hostile_stop(&h);
}
END_TEST

/* "localhost" is two addresses; at one of them nobody is there. */
START_TEST(test_second_address)
{
	struct hostile h = hostile_start(serve_text,
	    "HTTP/1.1 200 OK\r\nContent-Length: 66\r\n\r\n" OK_BODY);
	struct caller caller = {0};
	struct outcome out;
	struct buf answer;
	char url[64];

	snprintf(
	    url, sizeof(url), "http://localhost:%s", strrchr(h.url, ':') + 1);
	attempt(url, 5, &caller, &out, &answer);
	ck_assert_int_eq(out.kind, OUTCOME_ANSWER);
	buf_free(&answer);
	ck_assert_int_eq(hostile_stop(&h), 1);
}
END_TEST

/*
 * The first address is dead, no knock is answered there: the other family gets
 * its chance long before the patience with the first is over.
 */
START_TEST(test_dead_first_address)
{
	struct hostile dead = hostile_full();
	struct hostile h = hostile_start_ipv6(&dead, serve_text,
	    "HTTP/1.1 200 OK\r\nContent-Length: 66\r\n\r\n" OK_BODY);
	struct caller caller = {0};
	struct outcome out;
	struct buf answer;
	char url[64];

	snprintf(url, sizeof(url), "http://localhost:%s",
	    strrchr(dead.url, ':') + 1);
	if (h.pid != -1) {
		attempt(url, 5, &caller, &out, &answer);
		ck_assert_msg(out.kind == OUTCOME_ANSWER, "%s", out.message);
		buf_free(&answer);
		ck_assert_int_eq(hostile_stop(&h), 1);
	}
	hostile_stop(&dead);
}
END_TEST

/* TLS spoken to those who do not speak it. */
START_TEST(test_tls_with_the_deaf)
{
	static const struct {
		serve_fn serve;
		const char *arg;
		bool timeout;
	} deaf[] = {
	    {serve_silence, NULL, true},
	    {serve_early, "HTTP/1.1 400 Bad\r\n\r\nTLS?", false},
	    {serve_close, NULL, false},
	};

	for (size_t i = 0; i < sizeof(deaf) / sizeof(deaf[0]); i++) {
		struct hostile h = hostile_start(deaf[i].serve, deaf[i].arg);
		struct caller caller = {0};
		struct outcome out;
		struct buf answer;
		char url[64];

		snprintf(url, sizeof(url), "https%s", strchr(h.url, ':'));
		attempt(url, 5, &caller, &out, &answer);
		ck_assert_msg(out.kind == OUTCOME_CONNECT, "%zu: kind %d: %s",
		    i, out.kind, out.message);
		ck_assert(!out.sent);
		ck_assert_int_eq(out.timeout, deaf[i].timeout);
		ck_assert_int_eq(caller.calls, 0);
		hostile_stop(&h);
	}
}
END_TEST

/* The caller cannot note that it begins: then it does not. */
START_TEST(test_sending_fails)
{
	struct hostile h = hostile_start(serve_count, NULL);
	struct caller caller = {.result = -1};
	struct outcome out;
	struct buf answer;

	attempt(h.url, 5, &caller, &out, &answer);
	ck_assert_int_eq(out.kind, OUTCOME_LOCAL);
	ck_assert(!out.sent);
	ck_assert_str_eq(out.message, "the claim cannot be written");
	/* Connected, but without a byte. */
	ck_assert_int_eq(hostile_stop(&h), 0);
}
END_TEST

/* Clear text is for this machine: no proxy's variable changes that. */
START_TEST(test_no_proxy_for_clear_text)
{
	struct hostile proxy = hostile_start(serve_count, NULL);
	struct hostile h = hostile_start(serve_text,
	    "HTTP/1.1 200 OK\r\nContent-Length: 66\r\n\r\n" OK_BODY);
	struct caller caller = {0};
	struct outcome out;
	struct buf answer;

	setenv("http_proxy", proxy.url, 1);
	setenv("all_proxy", proxy.url, 1);
	attempt(h.url, 5, &caller, &out, &answer);
	ck_assert_int_eq(out.kind, OUTCOME_ANSWER);
	buf_free(&answer);
	ck_assert_int_eq(hostile_stop(&proxy), 0);
	hostile_stop(&h);
}
END_TEST

/* A tunnel that the proxy refuses: nothing was sent to the server. */
START_TEST(test_proxy_refuses_tunnel)
{
	struct hostile proxy = hostile_start(serve_early,
	    "HTTP/1.1 403 Forbidden\r\nX-Request-Id: proxy\r\n"
	    "Retry-After: 77\r\nContent-Length: 0\r\n\r\n");
	struct caller caller = {0};
	struct outcome out;
	struct buf answer;

	setenv("https_proxy", proxy.url, 1);
	unsetenv("no_proxy");
	unsetenv("NO_PROXY");
	attempt("https://api.example.com/v1", 5, &caller, &out, &answer);
	ck_assert_int_eq(out.kind, OUTCOME_CONNECT);
	ck_assert(!out.sent);
	ck_assert_int_eq(out.status, 0);
	/* The proxy's headers are not the server's. */
	ck_assert_str_eq(out.request_id, "");
	ck_assert_int_eq(out.retry_after_ns, -1);
	hostile_stop(&proxy);
}
END_TEST

/* How often NEEDLE, with each byte's bits turned, is in our memory. */
static int
count_in_memory(const unsigned char *turned, size_t len)
{
	FILE *maps = fopen("/proc/self/maps", "r");
	/* Not through stdio, whose buffer would keep what it finds. */
	const int mem = open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
	char line[512], mode[8];
	unsigned long begin, end;
	int found = 0;

	ck_assert(maps != NULL && mem != -1);
	while (fgets(line, sizeof(line), maps) != NULL) {
		unsigned char *p;
		ssize_t got;
		size_t n;

		/* Tools keep huge books of their own; the key has no file. */
		if (sscanf(line, "%lx-%lx %7s", &begin, &end, mode) != 3 ||
		    mode[1] != 'w' || end - begin > (64UL << 20) ||
		    (p = malloc(end - begin)) == NULL)
			continue;
		got = pread(mem, p, end - begin, (off_t)begin);
		n = got > 0 ? (size_t)got : 0;
		for (size_t i = 0; i + len <= n; i++) {
			size_t j = 0;

			while (j < len && (p[i + j] ^ 0xff) == turned[j])
				j++;
			found += j == len;
		}
		explicit_bzero(p, n);
		free(p);
	}
	fclose(maps);
	close(mem);
	return found;
}

/* After attempt_forget, a debugger or a core file finds nothing. */
START_TEST(test_no_key_in_memory)
{
	struct hostile h = hostile_start(serve_text,
	    "HTTP/1.1 200 OK\r\nContent-Length: 66\r\n\r\n" OK_BODY);
	struct api_settings s = settings_for(h.url);
	struct caller caller = {0};
	unsigned char turned[16];
	struct attempt *a;
	struct outcome out;
	struct buf answer;
	struct error err;
	char key[49];

	for (size_t i = 0; i < 48; i++)
		key[i] = (char)('A' + i * 7 % 26);
	key[48] = '\0';
	for (size_t i = 0; i < sizeof(turned); i++)
		turned[i] = (unsigned char)key[20 + i] ^ 0xff;
	s.key = key;
	a = attempt_prepare(&s, &err);
	ck_assert_ptr_nonnull(a);
	ck_assert_int_gt(count_in_memory(turned, sizeof(turned)), 2);
	attempt_run(a, "x", 1, "id", sending, &caller, &out, &answer);
	attempt_forget(a);
	explicit_bzero(key, sizeof(key));
	ck_assert_int_eq(out.kind, OUTCOME_ANSWER);
	ck_assert_int_eq(count_in_memory(turned, sizeof(turned)), 0);
	attempt_free(a);
	buf_free(&answer);
	hostile_stop(&h);
}
END_TEST

static const struct {
	const char *key, *organization, *project;
	const char *message;
} headers[] = {
    {"sk-1\r\nX-Evil: 1", NULL, NULL, "API key: holds a line end"},
    {"sk-1\n", NULL, NULL, "API key: holds a line end"},
    {"sk 1", NULL, NULL, "API key: holds a blank"},
    {"sk-\xc3\xa9", NULL, NULL, "API key: holds"},
    {"", NULL, NULL, "API key: empty"},
    {"sk-1", "org\r\nHost: evil", NULL, "organization: holds a line end"},
    {"sk-1", NULL, "proj\n", "project: holds a line end"},
    {"sk-1", "", NULL, "organization: empty"},
};

START_TEST(test_header_values)
{
	struct api_settings s = settings_for("http://127.0.0.1:1/v1");
	struct error err = {""};

	s.key = headers[_i].key;
	s.organization = headers[_i].organization;
	s.project = headers[_i].project;
	ck_assert_ptr_null(attempt_prepare(&s, &err));
	ck_assert_msg(
	    strstr(err.text, headers[_i].message) != NULL, "%s", err.text);
	ck_assert_ptr_null(strstr(err.text, "sk"));
}
END_TEST

#define COUNT(a) ((int)(sizeof(a) / sizeof((a)[0])))

int
main(void)
{
	Suite *s = suite_create("http");
	TCase *t = tcase_create("hostile");
	SRunner *sr;
	int failed;

	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, test_row, 0, COUNT(rows));
	suite_add_tcase(s, t);
	t = tcase_create("single");
	tcase_set_timeout(t, 60);
	tcase_add_test(t, test_hints);
	tcase_add_test(t, test_wait_in_words);
	tcase_add_loop_test(t, test_responses_api, 0, COUNT(endings));
	tcase_add_test(t, test_refused);
	tcase_add_test(t, test_slammed);
	tcase_add_test(t, test_connect_timeout);
	tcase_add_test(t, test_second_address);
	tcase_add_test(t, test_dead_first_address);
	tcase_add_test(t, test_tls_with_the_deaf);
	tcase_add_test(t, test_sending_fails);
	tcase_add_test(t, test_no_proxy_for_clear_text);
	tcase_add_test(t, test_proxy_refuses_tunnel);
	tcase_add_test(t, test_no_key_in_memory);
	tcase_add_loop_test(t, test_header_values, 0, COUNT(headers));
	suite_add_tcase(s, t);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	table_report(sr, "hostile", "servers that misbehave");
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
