/*
 * lockwait.h - waiting for an flock as for an event.
 *
 * flock(2) blocks and cannot be polled, and a parent must not block while its
 * children report.  So a helper process waits in its place: a lock belongs to
 * the open file, which fork shares, so that what the helper gets its parent
 * has.  The helper's end is the event.
 */
#ifndef LOCKWAIT_H
#define LOCKWAIT_H

#include "error.h"

#include <stdbool.h>
#include <sys/types.h>

struct lockwait {
	pid_t pid;  /* 0: none */
	int pid_fd; /* readable when it has ended; -1: none */
};

#define LOCKWAIT_INIT                  \
	{                              \
		.pid = 0, .pid_fd = -1 \
	}

/* Begin to wait for the exclusive lock on FD.  0, or -1 with ERR. */
int lockwait_start(struct lockwait *w, int fd, struct error *err);

/* The helper has ended: is the lock ours?  Must be called once after
 * lockwait_start succeeded, when pid_fd is readable. */
bool lockwait_finish(struct lockwait *w);

/* Stop waiting. */
void lockwait_cancel(struct lockwait *w);

#endif
