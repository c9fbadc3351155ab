/*
 * job.h - one prompt on its way through a run.
 *
 *	WANTING ──reserve──▶ READY ──fork──▶ RUNNING ──exit──▶ FINISHED
 *	   ▲                  │ window over                      │ settle
 *	   ├──────────────────┘                                  ▼
 *	   └──────────due── RESTING ◀──retry── (or one of the ends below)
 *
 * Every state from WANTING to RESTING holds the prompt's claim.
 */
#ifndef JOB_H
#define JOB_H

#include "claim.h"
#include "outcome.h"
#include "prompt.h"
#include "retry.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum job_state {
	JOB_WANTING,  /* claimed; needs a reservation */
	JOB_READY,    /* reserved; needs a free slot */
	JOB_RUNNING,  /* its child lives */
	JOB_FINISHED, /* its child is over; not settled yet */
	JOB_RESTING,  /* settled; to be sent again when due */

	/* the ends */
	JOB_ANSWERED,
	JOB_ACCEPTED, /* no plain success, but good enough by --accept */
	JOB_KEPT,     /* an answer that is not a plain success */
	JOB_FAILED,
	JOB_CURRENT,   /* up to date: nothing to do */
	JOB_BLANK,     /* nothing in it */
	JOB_ELSEWHERE, /* another invocation works on it */
	JOB_LEFT       /* not sent, or not again: stays pending */
};

struct job {
	struct prompt *prompt;
	enum job_state state;
	struct claim claim;
	struct retry_state tries;
	struct outcome outcome;   /* of the last attempt */
	struct decision decision; /* about it */
	int64_t due;              /* RESTING: boot-clock ns */

	/* RUNNING */
	pid_t pid;
	int pid_fd;
	int report_fd;
	int64_t started;  /* boot-clock ns */
	int64_t deadline; /* when the parent loses patience with the child */

	/* for the summary, over all attempts */
	int64_t input_tokens;
	int64_t output_tokens;
	int64_t charged;         /* to the day */
	int64_t charged_unknown; /* of it, for attempts of unknown fate */
	int64_t elapsed; /* ns from the first attempt's start to the end */
	int64_t first_started;
	bool reported; /* its error report has been written */
};

#endif
