/*
 * reply.h - what goes back: a status, headers, a body, and in which manner.
 *
 *	struct sim_reply r;
 *	sim_reply_init(&r);
 *	sim_reply_error(&r, &why);		or
 *	sim_reply_fault(&r, &orders, &request);
 *	...
 *	sim_reply_free(&r);
 *
 * Pure; the server (server.h) does the sending.
 */
#ifndef SIM_REPLY_H
#define SIM_REPLY_H

#include "limiter.h"
#include "marker.h"
#include "request.h"
#include "text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SIM_REPLY_HEADERS 20

/* How the body is sent. */
enum sim_shape {
	SIM_PLAIN,
	SIM_AS_HTTP10,
	SIM_CUT_SHORT, /* `arg` bytes of it, then the connection closes */
	SIM_DRIPPED,   /* a byte each `arg` milliseconds */
	SIM_ENDLESS,   /* the body, then blanks, `arg` bytes in all */
	SIM_EXPLODING, /* gzip that grows 158-fold, `arg` bytes of it */
	SIM_RAW_BYTES, /* the body is all that is sent, head and body ... */
	SIM_RAW_LINES, /* ... and then header lines, `arg` bytes in all */
	SIM_NEVER,     /* nothing at all, the connection stays open */
	SIM_CLOSED,    /* nothing at all, the connection closes */
};

struct sim_reply {
	unsigned status;
	enum sim_shape shape;
	uint64_t arg;
	long delay_ms; /* before it goes out */
	bool hold;     /* only after a release */
	const char *type;
	struct sim_text body;
	struct {
		const char *name;
		char *value;
	} headers[SIM_REPLY_HEADERS];
	size_t n_headers;
	char *extra_names[SIM_MARKER_HEADERS]; /* of headers from markers */
};

void sim_reply_init(struct sim_reply *r);
void sim_reply_free(struct sim_reply *r);

/* NAME is kept, the value formatted. */
void sim_reply_header(struct sim_reply *r, const char *name, const char *fmt,
    ...) __attribute__((format(printf, 3, 4)));

/* An error body as OpenAI's. */
void sim_reply_error(struct sim_reply *r, const struct sim_error *why);

/* 429, in the words and with the headers of the real one. */
void sim_reply_over(
    struct sim_reply *r, const struct sim_verdict *v, const char *model);

/* The error that ORDERS ask for; false if their kind is no error. */
bool sim_reply_fault(struct sim_reply *r, const struct sim_orders *orders,
    const struct sim_request *req);

/* The shape, for those kinds that send a good answer in a bad way. */
void sim_reply_shape(struct sim_reply *r, const struct sim_orders *orders);

/* retry-after (whole seconds, rounded up) and retry-after-ms. */
void sim_reply_retry_after(struct sim_reply *r, double seconds);

/* "12ms", "1.5s", "1m3.5s", "6m0s": how OpenAI writes durations. */
void sim_duration(struct sim_text *out, int64_t us);

#endif
