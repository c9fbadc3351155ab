#include "queue.h"

#include "clock.h"
#include "io.h"
#include "lockinfo.h"
#include "lockopen.h"
#include "quota.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	TICKET_NAME = 24
};

static char *
ticket_name(char name[TICKET_NAME], uint64_t number)
{
	snprintf(name, TICKET_NAME, "%" PRIu64, number);
	return name;
}

/* Names that are not ours are not tickets. */
static uint64_t
ticket_number(const char *name)
{
	char back[TICKET_NAME];
	const uint64_t n = strtoull(name, NULL, 10);

	return strcmp(ticket_name(back, n), name) == 0 ? n : 0;
}

/* Which of the tickets in DIR: the highest below a number, or the lowest
 * above one. */
enum side {
	BELOW,
	ABOVE
};

/* 0: none; or -1 with errno in *NUMBER's stead. */
static int
find_ticket(int dir, enum side side, uint64_t than, uint64_t *number)
{
	DIR *const d = io_open_dir(dir);
	const struct dirent *e;

	*number = 0;
	if (d == NULL)
		return -1;
	while ((errno = 0, e = readdir(d)) != NULL) {
		const uint64_t n = ticket_number(e->d_name);

		if (n == 0)
			continue;
		if (side == BELOW ? n < than && n > *number
				  : n > than && (*number == 0 || n < *number))
			*number = n;
	}
	if (errno != 0) {
		closedir(d);
		return -1;
	}
	closedir(d);
	return 0;
}

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
	char text[80];
	int n;

	if (q->ticket == -1)
		return;
	n = snprintf(text, sizeof(text), "%d %" PRId64 " %-20" PRId64 "\n",
	    (int)getpid(), q->since, until);
	(void)io_pwrite(q->ticket, text, (size_t)n, 0); /* for onlookers */
}

/* Open and lock the directory: for as long as taking a ticket takes. */
static int
open_queue(struct queue *q, int locks, struct error *err)
{
	const int flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
	const int64_t deadline = clock_boot() + LOCKOPEN_PATIENCE_S * NS_PER_S;

	q->dir = openat(locks, "queue", flags);
	if (q->dir == -1 && errno == ENOENT) {
		if (mkdirat(locks, "queue", 0777) == -1 && errno != EEXIST)
			return fail(q, err, "mkdir");
		q->dir = openat(locks, "queue", flags);
	}
	if (q->dir == -1)
		return fail(q, err, "open");
	if (flock(q->dir, LOCK_EX | LOCK_NB) == 0)
		return 0;
	/* Whoever holds it may have been stopped: not for ever. */
	while (!lock_wait(q->dir))
		if (errno != EINTR || clock_boot() >= deadline)
			return fail(q, err, "lock");
	return 0;
}

int
queue_join(struct queue *q, int locks, struct error *err)
{
	char name[TICKET_NAME];
	uint64_t last;

	if (open_queue(q, locks, err) == -1)
		return -1;
	if (find_ticket(q->dir, BELOW, UINT64_MAX, &last) == -1)
		return fail(q, err, "read");
	q->number = last + 1;
	q->ticket = openat(q->dir, ticket_name(name, q->number),
	    O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	if (q->ticket == -1)
		return fail(q, err, "take a ticket");
	if (flock(q->ticket, LOCK_EX | LOCK_NB) == -1)
		return fail(q, err, "lock a ticket");
	q->since = clock_wall();
	queue_tell(q, 0);
	if (flock(q->dir, LOCK_UN) == -1)
		return fail(q, err, "unlock");
	q->awaited = q->number;
	q->head = last == 0;
	return 0;
}

static bool
read_ticket(int fd, struct ticket *t)
{
	char text[80] = {0};
	int pid;

	if (io_pread(fd, text, sizeof(text) - 1, 0) <= 0 ||
	    sscanf(text, "%d %" SCNd64 " %" SCNd64, &pid, &t->since,
		&t->until) != 3)
		return false;
	t->pid = (pid_t)pid;
	return true;
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

	if (!read_ticket(q->before, &t) || !process_is_stopped(t.pid))
		return false;
	lockwait_cancel(&q->wait);
	close_before(q);
	return true;
}

/* The helper waits for us.  1: something has happened; 0: not yet. */
static int
ask_helper(struct queue *q)
{
	struct pollfd p = {.fd = q->wait.pid_fd, .events = POLLIN};

	if (poll(&p, 1, 0) != 1)
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
		if (find_ticket(q->dir, BELOW, q->awaited, &number) == -1)
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

int64_t
queue_head_until(const struct queue *q)
{
	struct ticket t = {0};
	char name[TICKET_NAME];
	uint64_t number;
	int fd;

	if (find_ticket(q->dir, ABOVE, 0, &number) == -1 || number == q->number)
		return 0;
	fd = openat(q->dir, ticket_name(name, number), O_RDONLY | O_CLOEXEC);
	if (fd == -1)
		return 0;
	if (!read_ticket(fd, &t))
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
	if (q->dir != -1)
		close(q->dir);
	*q = (struct queue)QUEUE_INIT;
}

bool
queue_next(int locks, uint64_t number, struct ticket *t)
{
	const int dir =
	    openat(locks, "queue", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	char name[TICKET_NAME];
	bool found = false;
	int fd;

	if (dir == -1)
		return false;
	while (!found && find_ticket(dir, ABOVE, number, &t->number) == 0 &&
	       t->number != 0) {
		number = t->number;
		fd = openat(
		    dir, ticket_name(name, number), O_RDONLY | O_CLOEXEC);
		if (fd == -1)
			continue;
		found = read_ticket(fd, t);
		close(fd);
	}
	close(dir);
	return found;
}
