/*
 * http.h - one POST over HTTP/1.1, and how it ended.
 *
 * The only file that drives libcurl.  http_prepare runs in the parent: it
 * initialises libcurl (which is most of what OpenSSL costs a process), picks
 * the trust store, and looks the host up, all of which children inherit; it
 * makes no handle and opens no connection.  http_post runs in a child, once.
 *
 * No redirect is followed, no proxy but those of curl's environment
 * variables is used, the peer's certificate is always verified, nothing is
 * decoded that was not asked for, and no wait is without an end.
 */
#ifndef HTTP_H
#define HTTP_H

#include "buf.h"
#include "endpoint.h"
#include "error.h"
#include "hints.h"
#include "outcome.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct http_settings {
	const struct endpoint *endpoint; /* outlives the run */
	const char *const *headers; /* "Name: value", NULL-terminated; so do
	                               they */
	int64_t connect_timeout_ns; /* name, connection, TLS */
	int64_t idle_timeout_ns;    /* after that: no byte either way */
	int64_t total_timeout_ns;
	size_t answer_max; /* bytes of a 2xx body */
};

struct http;

/* NULL with ERR set: libcurl cannot do this, or no memory. */
struct http *http_prepare(
    const struct http_settings *settings, struct error *err);

void http_free(struct http *h);

/* See attempt_certificates. */
void http_certificates(
    const struct http *h, const char **file, const char **dirs);

/* Bytes of an error's body that are kept; more is not waited for. */
enum {
	HTTP_ERROR_MAX = 64 << 10
};

/* Bytes of a response's headers, all told, before we hang up. */
enum {
	HTTP_HEADERS_MAX = 128 << 10
};

struct http_call {
	const struct buf *body; /* JSON */
	const char *extra;      /* one more header; NULL: none */
	int (*sending)(void *arg, struct outcome *out); /* see attempt.h */
	/* The request has left, whole: once, unless the answer was quicker. */
	void (*written)(void *arg);
	void *arg;
};

struct http_reply {
	struct buf body;    /* the caller frees; may be part of an error's */
	struct hints hints; /* from the headers */
	char encoding[OUTCOME_WORD]; /* Content-Encoding, "" if there is none */
};

/*
 * Do it.  OUT has been initialised and gets sent, timeout, status, times, a
 * message unless a response came, and as kind
 *
 *	OUTCOME_HTTP	a whole response, of any status; or the beginning of
 *			one that is not 2xx, whose body does not matter
 *	OUTCOME_CONNECT, _LOST, _UNSAFE, _TOO_BIG, _LOCAL
 *			as outcome.h has them
 */
void http_post(const struct http *h, const struct http_call *call,
    struct outcome *out, struct http_reply *reply);

#endif
