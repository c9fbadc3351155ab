/*
 * log_line.h - one attempt as one line of JSON, for --log.
 *
 * What may be in it: figures, times, the server's identifiers and codes, and
 * our own words.  What may not: anything of the prompt or the answer, and so
 * no message of a server's, which may repeat either.
 *
 * Pure.
 */
#ifndef LOG_LINE_H
#define LOG_LINE_H

#include "buf.h"
#include "outcome.h"
#include "quota.h"
#include "retry.h"

#include <stdint.h>

/* No line is longer: what is at most this long, a pipe takes whole. */
enum {
	LOG_LINE_MAX = 4096
};

struct log_entry {
	int64_t wall;      /* when it ended, ns since the epoch */
	int64_t queued_ns; /* how long it was waiting to be sent */
	int pid;           /* the invocation's */
	int prompt;
	int attempt;       /* from 1 */
	const char *id;    /* what all attempts at the prompt share */
	const char *model; /* NULL: a command's, or not known any more */
	const struct outcome *outcome;
	const struct decision *decision; /* NULL: none was made, its run was
	                                    interrupted */
	int64_t estimate;                /* input tokens, as reserved */
	struct charge charge;
};

/*
 * Append E to OUT, with its line end.  What is not known is left out; the
 * times but the first are libcurl's, since the attempt began.  0, or -1 with
 * errno.
 *
 *	time pid prompt attempt id model
 *	verdict why status code type finish error request_id
 *	queued_ms name_ms connect_ms tls_ms first_byte_ms total_ms
 *	retry_after_ms delay_ms
 *	ratelimit_{limit,remaining,reset}_{requests,tokens}[_ms]
 *	estimated_tokens input_tokens output_tokens cached_tokens
 *	reasoning_tokens billed_tokens
 */
int log_line_add(struct buf *out, const struct log_entry *e);

#endif
