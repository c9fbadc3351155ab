/*
 * spawn.h - forking a child that reports through a pipe.
 *
 * The only fork of the run's children.  Never called while the ledger's
 * lock is held: an flock is shared across fork.  Claims are shared on purpose,
 * each with its own child only: every descriptor not asked for is closed.
 */
#ifndef SPAWN_H
#define SPAWN_H

#include "error.h"

#include <stddef.h>
#include <sys/types.h>

struct spawned {
	pid_t pid;     /* leader of a process group of its own */
	int pid_fd;    /* readable when it has ended; -1: there is none, and
	                  report_fd must do */
	int report_fd; /* the pipe's read end, non-blocking: readable when it
	                  has reported or ended */
};

enum {
	SPAWN_KEEP = 8
};

/*
 * Fork.  The child has default signal dispositions and an empty mask, /dev/null
 * as standard input and output, the KEEP_COUNT (<= SPAWN_KEEP) descriptors of
 * KEEP (-1: none), and runs ENTRY(ARG, report_fd), whose value is its exit status.
 * 0; or -1 with ERR and errno.
 */
int spawn(struct spawned *s, int (*entry)(void *arg, int report_fd), void *arg,
    const int *keep, size_t keep_count, struct error *err);

/* How a child ended, from waitpid's STATUS: "" if well (exit 0), else such as
 * "killed by signal 9 (Killed)".  TEXT has room for 80 bytes. */
char *spawn_death(int status, char text[80]);

#endif
