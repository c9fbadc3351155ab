/*
 * queue.h - lockfiles/queue/: who is admitted next.
 *
 * The door is an flock on the directory.  Where nobody waits for the limits,
 * whoever has the door passes through with it: one at a time, for as long as a
 * reservation takes.  Who has to wait takes a ticket (ticket.h), one number above
 * the highest there, and lets go of the door; and who comes while there are
 * tickets stands behind them.  A ticket is locked before the door opens, so
 * that nobody finds a living one unlocked.  Each waits for the lock on the
 * ticket before its own, so that whoever leaves or dies wakes exactly the next.
 *
 * The queue is for fairness alone: what guards the ledger is the ledger's
 * lock.  So a ticket whose owner has been stopped (SIGSTOP) is passed over; a
 * stopped one in the door is waited for in bounded time.
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
	bool passing;     /* its lock is ours */
	int ticket;       /* our ticket, open and locked; -1: none */
	int before;       /* the one we wait for; -1: none */
	bool head;        /* it is our turn */
	uint64_t number;  /* of our ticket */
	uint64_t awaited; /* the number of the one before */
	int64_t since;    /* wall ns */
	int64_t patience; /* boot ns: until when the door is waited for ... */
	pid_t holder;     /* ... unless another has it then; -1: not looked */
	struct lockwait wait;
};

#define QUEUE_INIT                                                           \
	{                                                                    \
		.dir = -1, .ticket = -1, .before = -1, .wait = LOCKWAIT_INIT \
	}

/* How often a waiter looks whether the one before it has been stopped. */
#define QUEUE_LOOK INT64_C(1000000000)

/* Come to LOCKS/queue, to be let in by queue_turn.  0, or -1 with ERR. */
int queue_join(struct queue *q, int locks, struct error *err);

/*
 * Is it our turn?  1: yes; 0: not yet; -1 with ERR.  With BLOCK it waits a
 * moment in here, which is the quickest, for those who have nothing else to
 * wait for: call again after a look at signals.  Without, q->wait.pid_fd
 * becomes readable when something has changed: call again then, and every
 * QUEUE_LOOK.
 */
int queue_turn(struct queue *q, bool block, struct error *err);

/*
 * At the head: we have to wait.  Take a ticket, unless we have one, and keep the
 * head of the queue, but let others in behind.  0, or -1 with ERR.
 */
int queue_stay(struct queue *q, struct error *err);

/* Have we joined, and is it not our turn yet? */
bool queue_waits(const struct queue *q);

/* Say in our ticket until when we wait at the head; 0: we do not. */
void queue_tell(const struct queue *q, int64_t until);

/* Until when the head of the queue waits, if it is not us; 0: it does not. */
int64_t queue_head_until(const struct queue *q);

/* Leave, wherever we stand. */
void queue_leave(struct queue *q);

#endif
