/*
 * run.h - one invocation: what its stages hand to each other.
 *
 * cmd_run.h has the order of the stages; each changes what is here and
 * nothing else.
 */
#ifndef RUN_H
#define RUN_H

#include "account.h"
#include "attempt.h"
#include "config.h"
#include "job.h"
#include "jobserver.h"
#include "logfile.h"
#include "output.h"
#include "progress.h"
#include "prompt.h"
#include "queue.h"
#include "sandbox.h"
#include "workspace.h"

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Why nothing more is sent.  The values are in order of precedence. */
enum stop {
	STOP_NONE,
	STOP_WAIT,    /* exit 75: would wait longer than allowed */
	STOP_REFUSED, /* exit 3: over a limit that waiting cannot cure */
	STOP_LEDGER,  /* exit 2: the ledger or the workspace is broken */
	STOP_ACCOUNT, /* exit 4: bad key, no quota */
	STOP_SIGNAL   /* exit 130, 143 */
};

/* The way to a reservation (admit.h). */
struct admission {
	struct queue queue;
	int64_t queue_deadline; /* boot clock: how long we may stand in it */
	int timer_fd;
	bool waiting;     /* for the timer */
	bool future_said; /* that the ledger's Date is ahead of us */
};

struct run {
	const struct config *cfg;
	const struct workspace *ws;
	struct attempt *api;            /* NULL with --exec; owned by cmd_run */
	struct sandbox sandbox;         /* with an api; likewise */
	char rescue[OUTPUT_RESCUE_MAX]; /* the same; see output.h */
	struct account account;
	struct prompts prompts;
	struct job *jobs; /* one a prompt, in the same order; owned */
	size_t count;

	struct admission admission;
	bool batch_admitted; /* the first batch, whole unless --split */
	int running;         /* children */
	int slots;           /* how many may run at once now */
	int slots_max;       /* and at most: -j */
	struct jobserver jobserver;
	int64_t hold_until; /* boot clock: nobody sends before */
	int64_t hold_heard; /* what lockfiles/hold said when last heeded */
	int ramp;           /* after a hold: how many may run; 0: it is over */

	struct pollfd *poll_fds; /* room for one a job and RUN_EVENTS; owned */
	struct job **poll_jobs;  /* whose they are */

	int signal_fd;
	int interrupts; /* SIGINT and SIGTERM so far */
	int signal;     /* the first of them */

	enum stop stop;
	struct error why; /* of the stop */

	int64_t settle_at; /* boot clock: when FINISHED jobs are settled; 0:
	                      none is */
	bool unsettled;    /* the ledger would not take a settlement: the next
	                      run does it */
	bool sent;         /* some child was started */
	int64_t begun;     /* boot clock */
	struct progress progress;
	struct logfile log;
};

/* What a run waits for beside its children. */
enum {
	RUN_EVENTS = 4
};

/* The jobs of R that want their first reservation: their estimates, and how
 * many they are. */
void run_wanted(const struct run *r, int64_t *tokens, int64_t *requests);

/* Is the reservation of R's job J no longer good, now? */
bool run_is_stale(const struct run *r, const struct job *j);

/* Stop sending, for REASON, unless for a graver one already. */
void run_stop(struct run *r, enum stop reason, const struct error *why);

#endif
