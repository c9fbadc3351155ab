/*
 * jobserver.h - slots from make, when make started us with some to share.
 *
 * GNU make hands parallel jobs out as bytes in a pipe or a FIFO that
 * MAKEFLAGS names (make's manual, "Sharing Job Slots with GNU make"): read one,
 * run one more job, write it back.  One slot is ours without a byte.
 *
 * A byte that is not written back is lost to make for the rest of its run,
 * so they are held by a process of their own, the keeper, which does nothing
 * else: it gives all of them back when its parent ends, however that comes
 * about.
 */
#ifndef JOBSERVER_H
#define JOBSERVER_H

#include "error.h"

#include <sys/types.h>

struct jobserver {
	int fd; /* to the keeper; readable when it has news; -1: none */
	pid_t keeper;
	int wanted; /* slots we have asked for, beside our own */
	int held;   /* slots the keeper has for us */
};

#define JOBSERVER_INIT   \
	{                \
		.fd = -1 \
	}

/*
 * Start a keeper if MAKEFLAGS (may be NULL) names a jobserver that we can
 * use.  1: it runs; 0: there is no jobserver; -1: there is one, but make did
 * not pass it on (its rule lacks a '+'), or ERR says what else failed.
 */
int jobserver_start(
    struct jobserver *j, const char *makeflags, struct error *err);

/* Ask for N slots beside our own; what is held above N goes back.  N must
 * not be below what is in use. */
void jobserver_want(struct jobserver *j, int n);

/* The keeper has news: update held. */
void jobserver_hear(struct jobserver *j);

/* Give everything back and end the keeper. */
void jobserver_stop(struct jobserver *j);

#endif
