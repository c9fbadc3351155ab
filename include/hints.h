/*
 * hints.h - what a server says about when to come back.
 *
 * Response headers go in one by one, in any order; what they mean together is
 * read out at the end.  For the wait, retry-after-ms (OpenAI, Azure) is more
 * precise than retry-after and goes before it; an HTTP date is measured from
 * the response's own Date, so that a wrong local clock does no harm.  Values
 * that cannot be understood are as if they were not there.
 *
 * Pure: the time is passed in.
 */
#ifndef HINTS_H
#define HINTS_H

#include "outcome.h"

#include <stddef.h>
#include <stdint.h>

struct hints {
	int64_t after_ms_ns; /* retry-after-ms; -1: none, as below */
	int64_t after_ns;    /* retry-after: seconds */
	int64_t after_date;  /* retry-after: a date, seconds since the epoch */
	int64_t date;        /* when the server says it answered, the same */
	int32_t should_retry;
	struct rate_state requests;
	struct rate_state tokens;
	char request_id[OUTCOME_ID];
};

void hints_init(struct hints *h);

/* Take one header line, "Name: value", with or without its line end. */
void hints_header(struct hints *h, const char *line, size_t len);

/* Fill OUT from H; NOW is the wall clock, ns since the epoch. */
void hints_apply(const struct hints *h, int64_t now, struct outcome *out);

/*
 * The wait in words: "Please try again in 1m3.5s", "try again in 20ms",
 * "Please retry after 6 seconds".  Nanoseconds, or -1 if TEXT names none.
 */
int64_t hints_in_text(const char *text);

/*
 * "6m0s", "1s", "12ms", "1h2m3.5s", "1d", or bare seconds "59.7"; negative is
 * 0 (the time has passed).  The whole of LEN bytes counts.  0, or -1
 * with NS as it was.
 */
int hints_duration(const char *text, size_t len, int64_t *ns);

#endif
