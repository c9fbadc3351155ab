/*
 * outcome.h - what came of one attempt, as its child saw it.
 *
 * The child fills it, the report pipe and the claim file carry it, the
 * parent judges it (retry.h).  It is plain data of a fixed size: zeroed
 * before use, no pointers, every string NUL-terminated.  Its strings hold bytes
 * from outside: make them safe before printing (plain.h).  The API key never
 * gets in: who fills it masks the key first.
 */
#ifndef OUTCOME_H
#define OUTCOME_H

#include <stdbool.h>
#include <stdint.h>

enum outcome_kind {
	OUTCOME_NONE,    /* nothing known: the child died before its report */
	OUTCOME_ANSWER,  /* the whole answer, finished of its own accord */
	OUTCOME_PARTIAL, /* 2xx, but cut, filtered, refused, a tool call, or
	                    without text: finish says which */
	OUTCOME_BAD,     /* 2xx that cannot be understood */
	OUTCOME_HTTP,    /* any other status, with what its body said */
	OUTCOME_CONNECT, /* no connection: nothing was sent */
	OUTCOME_LOST,    /* the connection broke or time ran out after sending:
	                    fate unknown */
	OUTCOME_UNSAFE,  /* would not connect: certificate, redirect, URL */
	OUTCOME_TOO_BIG, /* the answer is over the cap */
	OUTCOME_WORKER,  /* --exec: the worker failed; status is its exit
	                    status or 128 + signal */
	OUTCOME_LOCAL,   /* our own trouble: file, memory, process */
	OUTCOME_ABORTED  /* stopped by a signal */
};

enum {
	OUTCOME_WORD = 64,
	OUTCOME_MESSAGE = 1024,
	OUTCOME_ID = 128
};

/* The x-ratelimit-* headers of one resource; -1 where there was none. */
struct rate_state {
	int64_t limit;
	int64_t remaining;
	int64_t reset_ns; /* until it is full again */
};

/* Milliseconds would do for people; microseconds add up without loss. */
struct attempt_times {
	int64_t name_us;    /* name resolved */
	int64_t connect_us; /* connected */
	int64_t tls_us;     /* TLS ready; 0 for plain HTTP */
	int64_t first_us;   /* first byte of the answer */
	int64_t total_us;   /* all done */
};

struct outcome {
	enum outcome_kind kind;
	bool sent;      /* some of the request may have reached the server */
	bool timeout;   /* with CONNECT or LOST: a timeout, not an error */
	int32_t status; /* HTTP status, or the worker's exit status; 0: none */

	bool empty;     /* PARTIAL: no text in it but blanks, if any */
	bool has_usage; /* the counts are known: the API's, else ours */
	int64_t input_tokens;
	int64_t output_tokens; /* includes reasoning_tokens */
	int64_t cached_tokens; /* of the input */
	int64_t reasoning_tokens;

	int64_t retry_after_ns; /* the server's word on when, -1: none */
	int32_t should_retry;   /* x-should-retry: 1, 0, -1: none */
	struct rate_state requests;
	struct rate_state tokens;

	char finish[OUTCOME_WORD]; /* "stop", "length", ... as sent */
	char code[OUTCOME_WORD];   /* error.code, as sent */
	char type[OUTCOME_WORD];   /* error.type, as sent */
	char message[OUTCOME_MESSAGE];
	char request_id[OUTCOME_ID];
	struct attempt_times times;
};

/* Zero it, with "none" where that is not 0. */
void outcome_init(struct outcome *out);

#endif
