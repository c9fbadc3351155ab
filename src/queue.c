#include "queue.h"

#include "clock.h"
#include "lockinfo.h"
#include "lockopen.h"
#include "quota.h"
#include "ticket.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static int
fail(struct queue *q, struct error *err, const char *what)
{
	error_sys(err, "lockfiles/queue: %s", what);
	queue_leave(q);
	return -1;
}

void
queue_tell(const struct queue *q, int64_t until)
{
	const struct ticket t = {
	    .pid = getpid(), .since = q->since, .until = until};

	if (q->ticket != -1)
		ticket_write(q->ticket, &t);
}

int
queue_join(struct queue *q, int locks, struct error *err)
{
	const int flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;

	q->dir = openat(locks, "queue", flags);
	if (q->dir == -1 && errno == ENOENT) {
		if (mkdirat(locks, "queue", 0777) == -1 && errno != EEXIST)
			return fail(q, err, "mkdir");
		q->dir = openat(locks, "queue", flags);
	}
	if (q->dir == -1)
		return fail(q, err, "open");
	q->since = clock_wall();
	q->holder = -1;
	q->patience = clock_boot() + LOCKOPEN_PATIENCE_S * NS_PER_S;
	return 0;
}

/* Take a ticket behind all others, and let go of the door. */
static int
take_ticket(struct queue *q, struct error *err)
{
	char name[TICKET_NAME];
	uint64_t last;

	if (ticket_below(q->dir, UINT64_MAX, &last) == -1)
		return fail(q, err, "read");
	q->number = last + 1;
	q->ticket = openat(q->dir, ticket_name(name, q->number),
	    O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	if (q->ticket == -1)
		return fail(q, err, "take a ticket");
	if (flock(q->ticket, LOCK_EX | LOCK_NB) == -1)
		return fail(q, err, "lock a ticket");
	queue_tell(q, 0);
	if (flock(q->dir, LOCK_UN) == -1)
		return fail(q, err, "unlock");
	q->passing = false;
	q->awaited = q->number;
	return 1;
}

/* We have the door.  Is there anybody to stand behind? */
static int
pass_or_stay(struct queue *q, struct error *err)
{
	uint64_t first;

	if (ticket_above(q->dir, 0, &first) == -1)
		return fail(q, err, "read");
	if (first != 0)
		return take_ticket(q, err);
	q->passing = q->head = true;
	return 1;
}

/* Whoever has the door passes through in no time: unless it has been stopped,
 * or its disk hangs.  0: wait on; or -1. */
static int
be_patient(struct queue *q, struct error *err)
{
	const int64_t now = clock_boot();
	struct stat st;
	pid_t holder;

	if (now < q->patience)
		return 0;
	if (fstat(q->dir, &st) == -1)
		return fail(q, err, "stat");
	holder = lock_holder(&st);
	if (holder == q->holder || process_is_stopped(holder)) {
		lock_blame(holder, "lockfiles/queue", err);
		queue_leave(q);
		return -1;
	}
	q->holder = holder;
	q->patience = now + LOCKOPEN_PATIENCE_S * NS_PER_S;
	return 0;
}

/* Has the helper ended? */
static bool
helper_ended(const struct queue *q)
{
	struct pollfd p = {.fd = q->wait.pid_fd, .events = POLLIN};

	return poll(&p, 1, 0) == 1;
}

/* Come through the door.  1: we pass, or have a ticket; 0: not yet; -1. */
static int
enter(struct queue *q, bool block, struct error *err)
{
	if (q->wait.pid != 0) {
		if (!helper_ended(q))
			return be_patient(q, err);
		return lockwait_finish(&q->wait) ? pass_or_stay(q, err) : 0;
	}
	if (flock(q->dir, LOCK_EX | LOCK_NB) == 0)
		return pass_or_stay(q, err);
	if (errno != EWOULDBLOCK && errno != EINTR)
		return fail(q, err, "lock");
	if (block) {
		if (lock_wait(q->dir))
			return pass_or_stay(q, err);
		return errno == EINTR ? be_patient(q, err)
		                      : fail(q, err, "lock");
	}
	if (lockwait_start(&q->wait, q->dir, err) == -1) {
		queue_leave(q);
		return -1;
	}
	return 0;
}

int
queue_stay(struct queue *q, struct error *err)
{
	return q->passing && take_ticket(q, err) == -1 ? -1 : 0;
}

/* What we waited for is of no more concern. */
static void
close_before(struct queue *q)
{
	close(q->before);
	q->before = -1;
}

/* The lock on the ticket before ours is ours: its owner has gone, with or
 * without removing it.  Who is before us now? */
static void
remove_before(struct queue *q)
{
	char name[TICKET_NAME];
	struct stat st;

	bool stays = false;

	if (fstat(q->before, &st) == 0 && st.st_nlink > 0)
		stays =
		    unlinkat(q->dir, ticket_name(name, q->awaited), 0) == -1;
	close_before(q);
	/* One that cannot be removed would be found again for ever: look only
	 * for those before it. */
	if (!stays)
		q->awaited = q->number;
}

/* Has the one before us been stopped?  Then who is before that one? */
static bool
pass_over(struct queue *q)
{
	struct ticket t;

	if (!ticket_read(q->before, &t) || !process_is_stopped(t.pid))
		return false;
	lockwait_cancel(&q->wait);
	close_before(q);
	return true;
}

/* The helper waits for us.  1: something has happened; 0: not yet. */
static int
ask_helper(struct queue *q)
{
	if (!helper_ended(q))
		return pass_over(q);
	if (lockwait_finish(&q->wait)) {
		remove_before(q);
	} else {
		close_before(q);
		q->awaited = q->number;
	}
	return 1;
}

/* Wait for the one before us.  1: it is out of the way; 0: not yet; -1. */
static int
wait_for(struct queue *q, bool block, struct error *err)
{
	if (q->wait.pid != 0)
		return ask_helper(q);
	if (flock(q->before, LOCK_EX | LOCK_NB) == 0) {
		remove_before(q);
		return 1;
	}
	if (errno != EWOULDBLOCK && errno != EINTR)
		return fail(q, err, "lock a ticket");
	if (pass_over(q))
		return 1;
	if (block) {
		if (!lock_wait(q->before))
			return 0;
		remove_before(q);
		return 1;
	}
	if (lockwait_start(&q->wait, q->before, err) == -1) {
		queue_leave(q);
		return -1;
	}
	return 0;
}

/* Open the highest ticket below the one that is awaited or passed over.  1: it
 * is open; 0: there is none; -1. */
static int
open_before(struct queue *q, struct error *err)
{
	char name[TICKET_NAME];
	uint64_t number;

	do {
		if (ticket_below(q->dir, q->awaited, &number) == -1)
			return fail(q, err, "read");
		if (number == 0)
			return 0;
		q->before = openat(
		    q->dir, ticket_name(name, number), O_RDWR | O_CLOEXEC);
	} while (q->before == -1 && errno == ENOENT);
	if (q->before == -1)
		return fail(q, err, "open a ticket");
	q->awaited = number;
	return 1;
}

int
queue_turn(struct queue *q, bool block, struct error *err)
{
	if (!q->passing && q->ticket == -1) {
		const int r = enter(q, block, err);

		if (r != 1)
			return r;
	}
	while (!q->head) {
		int r = q->before != -1 ? 1 : open_before(q, err);

		if (r == 0)
			q->head = true;
		else if (r == 1)
			r = wait_for(q, block, err);
		if (!q->head && r != 1)
			return r;
	}
	return 1;
}

bool
queue_waits(const struct queue *q)
{
	return q->dir != -1 && !q->head;
}

int64_t
queue_head_until(const struct queue *q)
{
	struct ticket t = {0};
	char name[TICKET_NAME];
	uint64_t number;
	int fd;

	if (ticket_above(q->dir, 0, &number) == -1 || number == q->number)
		return 0;
	fd = openat(q->dir, ticket_name(name, number), O_RDONLY | O_CLOEXEC);
	if (fd == -1)
		return 0;
	if (!ticket_read(fd, &t))
		t.until = 0;
	close(fd);
	return t.until;
}

void
queue_leave(struct queue *q)
{
	char name[TICKET_NAME];

	lockwait_cancel(&q->wait);
	if (q->ticket != -1) {
		unlinkat(q->dir, ticket_name(name, q->number), 0);
		/* A child that was just forked may have it open still. */
		flock(q->ticket, LOCK_UN);
		close(q->ticket);
	}
	if (q->before != -1)
		close(q->before);
	if (q->passing)
		flock(q->dir, LOCK_UN);
	if (q->dir != -1)
		close(q->dir);
	*q = (struct queue)QUEUE_INIT;
}
