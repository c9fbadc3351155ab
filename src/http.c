#include "http.h"

#include "clock.h"
#include "http_handle.h"
#include "lazy_curl.h"
#include "lookup.h"
#include "quota.h"
#include "units.h"

#include <bsd/string.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Why we ended a transfer ourselves. */
enum stop {
	STOP_NOT,
	STOP_SENDING, /* the caller cannot go on */
	STOP_ENOUGH,  /* of an error's body */
	STOP_TOO_BIG,
	STOP_HEADERS, /* without end */
	STOP_IDLE,
	STOP_MEMORY
};

/* One transfer under way. */
struct transfer {
	const struct http *http;
	const struct http_call *call;
	struct outcome *out;
	struct http_reply *reply;
	CURL *easy;
	enum stop stop;
	size_t header_bytes;
	bool headers_done; /* the empty line after them came */
	bool written;      /* the request, whole */
	int64_t moved_at;  /* when the socket last took or gave something */
	char why[CURL_ERROR_SIZE];
};

static bool
is_success(int status)
{
	return status >= 200 && status <= 299;
}

static int
status_of(const struct transfer *t)
{
	long status = 0;

	curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
	return (int)status;
}

/*
 * Connected, TLS and all; the request is the next thing to leave.  (libcurl
 * calls this again only if it starts over, which without redirects, logins
 * and kept connections it has no reason to: we would not let it.)
 */
static int /* NOLINTNEXTLINE(readability-non-const-parameter): libcurl's */
on_connected(void *arg, char *ip, char *local_ip, int port, int local_port)
{
	struct transfer *t = arg;

	(void)ip;
	(void)local_ip;
	(void)port;
	(void)local_port;
	if (t->out->sent)
		return CURL_PREREQFUNC_ABORT;
	t->out->sent = true;
	if (t->call->sending(t->call->arg, t->out) == -1) {
		t->out->sent = false;
		t->stop = STOP_SENDING;
		return CURL_PREREQFUNC_ABORT;
	}
	t->moved_at = clock_boot();
	return CURL_PREREQFUNC_OK;
}

/* The value of header NAME if LINE is that header. */
static const char *
header_value(const char *line, size_t len, const char *name, size_t *vlen)
{
	const size_t n = strlen(name);

	if (len <= n || line[n] != ':' || strncasecmp(line, name, n) != 0)
		return NULL;
	line += n + 1;
	len -= n + 1;
	for (; len > 0 && strchr(" \t", *line) != NULL; len--)
		line++;
	while (len > 0 && strchr(" \t\r\n", line[len - 1]) != NULL)
		len--;
	*vlen = len;
	return line;
}

static size_t
on_header(char *line, size_t size, size_t n, void *arg)
{
	struct transfer *t = arg;
	const char *value;
	size_t len;

	n *= size;
	t->header_bytes += n;
	if (t->header_bytes > HTTP_HEADERS_MAX) {
		t->stop = STOP_HEADERS;
		return 0;
	}
	t->headers_done = n > 0 && (line[0] == '\r' || line[0] == '\n');
	/* What an interim response (100, 103) said does not count. */
	if (n > 5 && memcmp(line, "HTTP/", 5) == 0) {
		hints_init(&t->reply->hints);
		t->reply->encoding[0] = '\0';
	}
	hints_header(&t->reply->hints, line, n);
	value = header_value(line, n, "content-encoding", &len);
	if (value != NULL)
		snprintf(t->reply->encoding, sizeof(t->reply->encoding), "%.*s",
		    (int)(len < OUTCOME_WORD ? len : OUTCOME_WORD), value);
	return n;
}

/* Would the body be over MAX by what its own header says? */
static bool
announced_over(const struct transfer *t, size_t max)
{
	curl_off_t length = -1;

	curl_easy_getinfo(t->easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
	return length > 0 && (uint64_t)length > max;
}

static size_t
on_body(char *data, size_t size, size_t n, void *arg)
{
	struct transfer *t = arg;
	struct buf *body = &t->reply->body;

	n *= size;
	if (body->len == 0 && body->cap == 0) {
		body->max = HTTP_ERROR_MAX;
		if (is_success(status_of(t))) {
			body->max = http_config(t->http)->answer_max;
			if (announced_over(t, body->max)) {
				t->stop = STOP_TOO_BIG;
				return 0;
			}
		}
	}
	if (n <= body->max - body->len) {
		if (buf_add(body, data, n) == 0)
			return n;
		t->stop = STOP_MEMORY;
		return 0;
	}
	t->stop = is_success(status_of(t)) ? STOP_TOO_BIG : STOP_ENOUGH;
	if (t->stop == STOP_ENOUGH)
		buf_add(body, data, body->max - body->len);
	return 0;
}

/* Has the request left, to its end? */
static void
look_if_written(struct transfer *t)
{
	curl_off_t bytes = 0;

	if (t->written || !t->out->sent)
		return;
	curl_easy_getinfo(t->easy, CURLINFO_SIZE_UPLOAD_T, &bytes);
	t->written = bytes > 0 && (size_t)bytes >= t->call->body->len;
	if (t->written)
		t->call->written(t->call->arg);
}

/* Milliseconds until the idle time is over; 0: it is. */
static int
idle_left(const struct transfer *t)
{
	const int64_t idle = http_config(t->http)->idle_timeout_ns;
	const int64_t left = idle - (clock_boot() - t->moved_at);

	/* libcurl's own limit watches over the connecting. */
	if (!t->out->sent)
		return 1000;
	if (left <= 0)
		return 0;
	return left < NS_PER_S ? (int)(left / 1000000) + 1 : 1000;
}

/* How libcurl's part in the transfer ended, if it has. */
static bool
take_result(CURLM *multi, CURLcode *rc)
{
	const CURLMsg *msg;
	int more;

	while ((msg = curl_multi_info_read(multi, &more)) != NULL)
		if (msg->msg == CURLMSG_DONE) {
			*rc = msg->data.result;
			return true;
		}
	return false;
}

/*
 * Run it to its end.  The multi interface for one handle: only here can we
 * look at the clock when we want to.
 */
static CURLcode
run(struct transfer *t, CURLM *multi)
{
	CURLMcode mc = CURLM_OK;
	CURLcode rc = CURLE_OK;
	int running, left, events;

	while (mc == CURLM_OK) {
		mc = curl_multi_perform(multi, &running);
		if (mc != CURLM_OK || take_result(multi, &rc))
			break;
		look_if_written(t);
		left = idle_left(t);
		if (left == 0) {
			t->stop = STOP_IDLE;
			return CURLE_OPERATION_TIMEDOUT;
		}
		mc = curl_multi_poll(multi, NULL, 0, left, &events);
		if (events > 0)
			t->moved_at = clock_boot();
	}
	if (mc != CURLM_OK) {
		strlcpy(t->why, curl_multi_strerror(mc), sizeof(t->why));
		return CURLE_FAILED_INIT;
	}
	return rc;
}

static void
take_times(const struct transfer *t)
{
	static const struct {
		CURLINFO info;
		size_t offset;
	} times[] = {
	    {CURLINFO_NAMELOOKUP_TIME_T,
		offsetof(struct attempt_times, name_us)},
	    {CURLINFO_CONNECT_TIME_T,
		offsetof(struct attempt_times, connect_us)},
	    {CURLINFO_APPCONNECT_TIME_T,
		offsetof(struct attempt_times, tls_us)},
	    {CURLINFO_STARTTRANSFER_TIME_T,
		offsetof(struct attempt_times, first_us)},
	    {CURLINFO_TOTAL_TIME_T, offsetof(struct attempt_times, total_us)},
	};
	curl_off_t us;

	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		us = 0;
		curl_easy_getinfo(t->easy, times[i].info, &us);
		*(int64_t *)(void *)((char *)&t->out->times + times[i].offset) =
		    us;
	}
}

static void
say(const struct transfer *t, const char *what, const char *why)
{
	const struct endpoint *e = http_config(t->http)->endpoint;

	snprintf(t->out->message, sizeof(t->out->message), "%s %s:%s: %s", what,
	    e->host, e->port, why);
}

/* Nothing has been sent: tell what may be tried again from what may not. */
static void
judge_unsent(struct transfer *t, CURLcode rc)
{
	const char *why = t->why[0] ? t->why : curl_easy_strerror(rc);

	t->out->kind = OUTCOME_CONNECT;
	switch (rc) {
	case CURLE_OPERATION_TIMEDOUT:
		t->out->timeout = true;
		break;
	case CURLE_COULDNT_RESOLVE_HOST:
		if (lookup_is_hopeless(
			http_config(t->http)->endpoint->host, &why))
			t->out->kind = OUTCOME_UNSAFE;
		break;
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CERTPROBLEM:
	case CURLE_SSL_CACERT_BADFILE:
	case CURLE_SSL_ISSUER_ERROR:
	case CURLE_SSL_INVALIDCERTSTATUS:
	case CURLE_URL_MALFORMAT:
	case CURLE_UNSUPPORTED_PROTOCOL:
		t->out->kind = OUTCOME_UNSAFE;
		break;
	case CURLE_OUT_OF_MEMORY:
	case CURLE_FAILED_INIT:
		t->out->kind = OUTCOME_LOCAL;
		break;
	default:
		break;
	}
	say(t, "connect to", why);
}

static void
judge_lost(struct transfer *t, CURLcode rc)
{
	const char *why = t->why[0] ? t->why : curl_easy_strerror(rc);
	char span[UNITS_TEXT], text[128];

	t->out->kind = OUTCOME_LOST;
	if (t->stop == STOP_TOO_BIG) {
		t->out->kind = OUTCOME_TOO_BIG;
		snprintf(text, sizeof(text), "the answer is over %zu bytes",
		    http_config(t->http)->answer_max);
		why = text;
	} else if (t->stop == STOP_MEMORY) {
		t->out->kind = OUTCOME_LOCAL;
		why = "Cannot allocate memory";
	} else if (rc == CURLE_OUT_OF_MEMORY) {
		/* So libcurl calls a line that is over its own limit. */
		why = "a header without end, or memory is out";
	} else if (t->stop == STOP_HEADERS) {
		why = "headers without end";
	} else if (t->stop == STOP_IDLE) {
		snprintf(text, sizeof(text), "not a byte for %s",
		    units_format_duration(
			http_config(t->http)->idle_timeout_ns, span));
		why = text;
		t->out->timeout = true;
	} else if (rc == CURLE_OPERATION_TIMEDOUT) {
		t->out->timeout = true;
	} else if (rc == CURLE_OK) {
		why = "cut off among the headers";
	}
	say(t, "answer from", why);
}

static void
judge(struct transfer *t, CURLcode rc)
{
	const int status = status_of(t);

	take_times(t);
	/* An interim status is not yet an answer. */
	if (t->out->sent && status >= 200)
		t->out->status = status;
	if (t->stop == STOP_SENDING)
		t->out->kind = OUTCOME_LOCAL;
	else if (!t->out->sent)
		judge_unsent(t, rc);
	else if (t->out->status != 0 && ((rc == CURLE_OK && t->headers_done) ||
					    !is_success(t->out->status)))
		t->out->kind = OUTCOME_HTTP;
	else
		judge_lost(t, rc);
}

static bool
set_callbacks(struct transfer *t)
{
	CURL *e = t->easy;

	return curl_easy_setopt(e, CURLOPT_ERRORBUFFER, t->why) == CURLE_OK &&
	       curl_easy_setopt(e, CURLOPT_PREREQFUNCTION, on_connected) ==
	           CURLE_OK &&
	       curl_easy_setopt(e, CURLOPT_PREREQDATA, t) == CURLE_OK &&
	       curl_easy_setopt(e, CURLOPT_HEADERFUNCTION, on_header) ==
	           CURLE_OK &&
	       curl_easy_setopt(e, CURLOPT_HEADERDATA, t) == CURLE_OK &&
	       curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, on_body) ==
	           CURLE_OK &&
	       curl_easy_setopt(e, CURLOPT_WRITEDATA, t) == CURLE_OK;
}

void
http_post(const struct http *h, const struct http_call *call,
    struct outcome *out, struct http_reply *reply)
{
	struct transfer t = {
	    .http = h, .call = call, .out = out, .reply = reply};
	struct http_handle handle;
	CURLM *multi = NULL;

	memset(reply, 0, sizeof(*reply));
	hints_init(&reply->hints);
	/* With NOSIGNAL libcurl leaves this to us. */
	signal(SIGPIPE, SIG_IGN);
	if (http_handle_make(&handle, h, call) == 0 &&
	    (t.easy = handle.easy, set_callbacks(&t)) &&
	    (multi = curl_multi_init()) != NULL &&
	    curl_multi_add_handle(multi, t.easy) == CURLM_OK) {
		judge(&t, run(&t, multi));
		curl_multi_remove_handle(multi, t.easy);
	} else {
		out->kind = OUTCOME_LOCAL;
		say(&t, "prepare a request to", "Cannot allocate memory");
	}
	curl_multi_cleanup(multi);
	http_handle_free(&handle);
}
