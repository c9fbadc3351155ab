/*
 * trace.h - run the program under ptrace, and let one system call go wrong.
 *
 * The calls of each process are counted from where its own work begins: the
 * parent's from its first opening of a directory (before that there are only
 * the dynamic loader and the libraries' constructors), a child's from the fork.
 */
#ifndef TRACE_H
#define TRACE_H

#include "claim.h"

#include <stdbool.h>
#include <sys/types.h>

enum role {
	ROLE_PARENT,
	ROLE_CHILD,  /* makes one attempt */
	ROLE_HELPER, /* waits for a lock */
	ROLES
};

enum deed {
	DEED_NONE,
	DEED_KILL_ONE,
	DEED_KILL_ALL,
	DEED_FAULT
};

struct plan {
	enum deed deed;
	enum role role;
	int which;         /* the role's N-th process, from 1; 0: whichever */
	long call;         /* count only this system call; -1: all */
	const char *about; /* and if its file has this in its name; NULL */
	long k;            /* at the K-th */
	bool after;        /* KILL: when it has been executed, not before */
	int variant;       /* FAULT: the number of the error, from 0 */
	bool slow;         /* FAULT: and all others end before it goes on */
	bool for_good;     /* FAULT: so do all such calls after it */
	long and_kill;     /* FAULT: kill all so many calls later; 0: not */
	int hold_fd;       /* a lock, closed when somebody waits for it; -1 */
	int seconds;       /* then it is a hang */
};

/* One attempt, as its child noted it in the claim. */
struct sighting {
	pid_t pid;
	char claim[256]; /* its file */
	int number;      /* of the prompt */
	int stage;       /* the last that reached the file; 0: none */
	bool died;       /* by a signal: whatever it was about to write */
	struct claim_progress progress; /* the last note that was tried */
};

enum {
	TRACE_SIGHTINGS = 16
};

struct trace {
	int status;    /* the parent's, as of waitpid */
	bool reached;  /* the K-th call came */
	bool done;     /* and the deed was done */
	bool variants; /* FAULT: there are more errors to try */
	bool hang;
	int crash;       /* a process ended by this signal, not ours; 0: none */
	char where[512]; /* the deed, for people */
	struct sighting seen[TRACE_SIGHTINGS];
	int n_seen;
};

struct command {
	char *const *argv;
	char *const *envp;
	const char *out, *err; /* files */
};

/* Run CMD to the end of all of its processes. */
void trace_run(
    const struct plan *plan, const struct command *cmd, struct trace *t);

/* Run it untraced; it ends by SIGKILL after SECONDS.  Its status. */
int plain_run(const struct command *cmd, int seconds);

#endif
