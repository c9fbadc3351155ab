/*
 * queue.h - lockfiles/queue/: who is admitted next.
 *
 * Invocations are admitted one at a time, in the order in which they came.
 * Each has a ticket, a file whose name is a number; it holds an flock on its
 * own and waits for the flock on the one before it, so that whoever leaves
 * or dies wakes exactly the next.  Numbers are given out under an flock on the
 * directory, one above the highest there; a ticket is locked before the
 * directory's lock goes, so that nobody finds a living one unlocked.
 *
 * The queue is for fairness alone: what guards the ledger is the ledger's
 * lock.  So a ticket whose owner has been stopped (SIGSTOP) is passed over.
 *
 * The file says who it is, in one line of text: PID, since when, and until
 * when it waits at the head (wall ns; 0: it is passing through).
 */
#ifndef QUEUE_H
#define QUEUE_H

#include "error.h"
#include "lockwait.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct queue {
	int dir;          /* lockfiles/queue, open while queued; -1 */
	int ticket;       /* our ticket, open and locked; -1: not queued */
	int before;       /* the one we wait for; -1: none */
	bool head;        /* it is our turn */
	uint64_t number;  /* of our ticket */
	uint64_t awaited; /* the number of the one before */
	int64_t since;    /* wall ns */
	struct lockwait wait;
};

#define QUEUE_INIT                                                           \
	{                                                                    \
		.dir = -1, .ticket = -1, .before = -1, .wait = LOCKWAIT_INIT \
	}

/* How often a waiter looks whether the one before it has been stopped. */
#define QUEUE_LOOK INT64_C(1000000000)

/* Take a ticket in LOCKS/queue.  0, or -1 with ERR. */
int queue_join(struct queue *q, int locks, struct error *err);

/*
 * Is it our turn?  1: yes; 0: not yet; -1 with ERR.  With BLOCK it waits a
 * moment in here, which is the quickest, for those who have nothing else to
 * wait for: call again after a look at signals.  Without, q->wait.pid_fd
 * becomes readable when something has changed: call again then, and every
 * QUEUE_LOOK.
 */
int queue_turn(struct queue *q, bool block, struct error *err);

/* Say in our ticket until when we wait at the head; 0: we do not. */
void queue_tell(const struct queue *q, int64_t until);

/* Until when the head of the queue waits, by its ticket; 0: it does not. */
int64_t queue_head_until(const struct queue *q);

/* Leave, wherever we stand. */
void queue_leave(struct queue *q);

/* What a ticket says, for those who look on. */
struct ticket {
	uint64_t number;
	pid_t pid;
	int64_t since;
	int64_t until;
};

/* The next ticket above NUMBER in LOCKS/queue.  false: none. */
bool queue_next(int locks, uint64_t number, struct ticket *t);

#endif
