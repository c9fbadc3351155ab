/*
 * retry.h - what follows an attempt: a pure function of its outcome.
 *
 * Only the parent decides, for it alone sees all prompts.  The table is the
 * design's; its sources are OpenAI's error-code guide and the behaviour of
 * its SDKs (x-should-retry, retry-after-ms, retry-after; RFC 9110, 10.2.3).
 */
#ifndef RETRY_H
#define RETRY_H

#include "outcome.h"
#include "quota.h"

#include <stdbool.h>
#include <stdint.h>

struct retry_policy {
	int attempts;          /* in all, per prompt; 5 */
	int unknown_retries;   /* of attempts whose fate is unknown (see
	                          outcome_fate_unknown); 1 */
	int64_t base_ns;       /* first back-off; 0.5 s */
	int64_t cap_ns;        /* longest back-off; 30 s */
	int64_t server_max_ns; /* a longer wait asked by the server fails the
	                          prompt; 120 s */
	unsigned accept; /* the partial answers that count as good: a set of
	                    partial.h's kinds */
};

#define RETRY_POLICY_DEFAULT                                                  \
	{                                                                     \
		.attempts = 5, .unknown_retries = 1, .base_ns = NS_PER_S / 2, \
		.cap_ns = 30 * NS_PER_S, .server_max_ns = 120 * NS_PER_S      \
	}

enum action {
	ACTION_ANSWERED, /* done */
	ACTION_ACCEPTED, /* the same, for a partial answer */
	ACTION_KEPT,     /* the text there is is kept, but not a success */
	ACTION_FAIL,     /* this prompt failed; the others go on */
	ACTION_RETRY,    /* this prompt again, after delay */
	ACTION_HOLD,     /* nobody sends until delay has passed, then RETRY */
	ACTION_STOP      /* the account cannot go on: exit 4 */
};

/*
 * A prompt that fails at a wall (a rate limit on its last attempt, or one that
 * lasts longer than server_max) is ACTION_FAIL with a delay: for so long the
 * others hold back, as they would for ACTION_HOLD.
 */
struct decision {
	enum action action;
	int64_t delay_ns;  /* RETRY and HOLD; FAIL: see above; else 0 */
	const char *label; /* a constant: "answered", "rate limit", "quota",
	                      "server error", "connection", "timeout", ... */
};

/* How far one prompt has come. */
struct retry_state {
	int attempts; /* made so far, the one judged included */
	int unknown;  /* of those, how many had an unknown fate */
};

/*
 * Judge OUT.  x-should-retry turns failing into retrying and the reverse, and
 * a refused key into a retry; it does not touch answers, connections, an
 * account without money, or a request that can never fit.  RANDOM is any 64
 * random bits, for the jitter: a back-off is drawn from [half, whole] of
 * min(cap, base * 2^(attempts-1)); a server's own delay is stretched by up to a
 * tenth, never shortened.
 */
struct decision retry_decide(const struct retry_policy *policy,
    const struct outcome *out, const struct retry_state *state,
    uint64_t random);

/*
 * What the attempt costs, given ESTIMATE input tokens: the minute gets every
 * attempt that was sent (usage where known, else the estimate), the day what
 * is billed: answers by their usage (without it: the estimate), an unknown
 * fate by the estimate, refusals (any HTTP error) and unsent ones nothing.
 */
struct charge retry_charge(const struct outcome *out, int64_t estimate);

/*
 * May the attempt have been billed without anything to show for it?  Its
 * answer was lost, or is none that could be read.
 */
bool outcome_fate_unknown(const struct outcome *out);

#endif
