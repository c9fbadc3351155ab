/*
 * marker.h - faults that a prompt asks for in its own text.
 *
 *	[[sim: 429 x2 retry-after=0.2]]
 *
 * A marker holds words: at most one kind of fault (fault.h), `xN`, and
 * settings NAME=VALUE (VALUE in double quotes if it has blanks):
 *
 *	hold		answer only after /_sim/release
 *	latency=MS	answer after MS milliseconds
 *	retry-after=S	seconds, in retry-after (rounded up),
 *			retry-after-ms and the message
 *	status=N	the status, with an error body or `body`
 *	message=, type=, code=	of the error body
 *	header="NAME: VALUE"	one more header, up to four
 *	tokens=N	size of the answer
 *	thought=N	reasoning tokens on top of the answer's
 *	cached=N	so many of the prompt's tokens came from a cache
 *	body=TEXT	the whole body; the rest of the marker, so last
 *
 * Markers are obeyed one after another: one with xN by the next N attempts
 * at this prompt text, one without by all that follow.  Only a marker of
 * nothing but hold, latency, tokens, thought and cached, and without xN,
 * holds for all attempts, along with the others.
 *
 * Pure.  Attempts are counted elsewhere (attempts.h).
 */
#ifndef SIM_MARKER_H
#define SIM_MARKER_H

#include "fault.h"
#include "text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SIM_MARKER_HEADERS 4

/* What is to be done with one attempt.  Zeroed but for -1s: nothing. */
struct sim_orders {
	enum sim_kind kind;
	char *arg;
	bool hold;
	long latency_ms;    /* -1: as usual */
	double retry_after; /* seconds; -1: none given */
	unsigned status;    /* 0: the kind's own */
	long tokens;        /* of the answer; -1: as usual */
	long thought;
	long cached;
	char *message; /* NULL: the kind's own; so are the next */
	char *type;
	char *code;
	char *body;
	char *headers[SIM_MARKER_HEADERS];
};

/* The orders of PROMPT for its attempt number N, from 1. */
void sim_marker_read(
    struct sim_orders *orders, const char *prompt, size_t len, uint64_t n);

/* Orders to do nothing special. */
void sim_orders_init(struct sim_orders *orders);

void sim_orders_free(struct sim_orders *orders);

#endif
