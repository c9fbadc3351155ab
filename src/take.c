#include "take.h"

#include "clock.h"
#include "lockinfo.h"
#include "output.h"
#include "recover.h"
#include "run.h"
#include "signals.h"

#include <bsd/string.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Does C's file still have its name? */
static bool
linked(const struct claim *c)
{
	struct stat st;

	return fstat(c->fd, &st) == 0 && st.st_nlink > 0;
}

/* How an attempt to take a claim ended, beside -1. */
enum taking {
	TAKING_HELD,
	TAKING_DONE,
	TAKING_UNSETTLED /* what a dead run left there cannot be settled now */
};

/* Take N, settling what a dead run left in it.  -1 with ERR. */
static int
take_clean(struct run *r, int n, struct claim *c, struct error *err)
{
	for (;;) {
		struct recovered what = {0};
		const int taken = claim_take(r->ws->locks, n, c, err);

		if (taken != 2)
			return taken == 1 ? TAKING_DONE : taken;
		if (recover_claim(r->ws, &r->account, c, &r->log, &what, err) ==
		    -1) {
			claim_drop(c);
			return TAKING_UNSETTLED;
		}
		if (linked(c))
			return TAKING_DONE;
		claim_drop(c);
	}
}

/* Until FD's lock was free once, a signal, or the end of patience. */
static int
wait_for_lock(struct run *r, int fd, struct error *err)
{
	struct lockwait w = LOCKWAIT_INIT;
	const int64_t begun = clock_boot();
	const int64_t patience = r->cfg->max_wait_ns;
	struct pollfd fds[2];
	struct timespec wait;
	int n;

	if (lockwait_start(&w, fd, err) == -1)
		return -1;
	fds[0] = (struct pollfd){.fd = w.pid_fd, .events = POLLIN};
	fds[1] = (struct pollfd){.fd = r->signal_fd, .events = POLLIN};
	do {
		wait = clock_timespec(patience - (clock_boot() - begun));
		n = ppoll(fds, 2, patience == INT64_MAX ? NULL : &wait, NULL);
	} while (n == -1 && errno == EINTR);
	if (n > 0 && fds[1].revents == 0) {
		lockwait_finish(&w);
		return 1;
	}
	lockwait_cancel(&w);
	if (n == 0) {
		error_set(err,
		    "another invocation works on a prompt named here, and "
		    "waiting for it is over");
		run_stop(r, STOP_WAIT, err);
	} else {
		signals_take(r);
	}
	return 0;
}

/* A named prompt is somebody else's for now: wait until it is not. */
static int
wait_for_claim(struct run *r, int n, struct error *err)
{
	char name[WORKSPACE_NAME];
	const int fd = openat(
	    r->ws->locks, claim_name(name, n), O_RDWR | O_NOFOLLOW | O_CLOEXEC);
	struct claim_record other;
	int waited;

	if (fd == -1)
		return errno == ENOENT
		           ? 1
		           : error_sys(err, "lockfiles/%s: open", name);
	if (claim_read(fd, &other))
		progress_wait(&r->progress, 0,
		    "prompt %d is being processed by process %d", n,
		    (int)other.pid);
	waited = wait_for_lock(r, fd, err);
	progress_wait_over(&r->progress);
	close(fd); /* and with it the lock, if we got it: ask anew */
	return waited;
}

/* Who holds N's claim is neither its parent nor its child: it settles what
 * the dead left, and will let go in a moment. */
static bool
is_being_settled(const struct run *r, int n)
{
	char name[WORKSPACE_NAME];
	const int fd = openat(r->ws->locks, claim_name(name, n),
	    O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	struct claim_progress progress = {.pid = 0};
	struct claim_record record;
	bool settled = false;

	if (fd == -1)
		return errno == ENOENT;
	if (claim_read(fd, &record)) {
		(void)claim_read_progress(fd, &record, &progress);
		settled = !process_is_alive(record.pid) &&
		          !process_is_alive(progress.pid);
	}
	close(fd);
	return settled;
}

static void
fail_unsettled(struct job *j, const struct error *why)
{
	outcome_init(&j->outcome);
	j->outcome.kind = OUTCOME_LOCAL;
	strlcpy(j->outcome.message, why->text, sizeof(j->outcome.message));
	j->decision = (struct decision){ACTION_FAIL, 0, "not settled"};
	j->state = JOB_FAILED;
}

static int
take_one(struct run *r, struct job *j, struct error *err)
{
	const bool named = r->cfg->operand_count > 0;
	const int n = j->prompt->number;
	int taken;

	while ((taken = take_clean(r, n, &j->claim, err)) == TAKING_HELD) {
		if (!named && !is_being_settled(r, n)) {
			j->state = JOB_ELSEWHERE;
			return 0;
		}
		taken = wait_for_claim(r, n, err);
		if (taken == -1)
			return -1;
		if (taken == 0) {
			j->state = JOB_LEFT;
			return 0;
		}
	}
	if (taken == TAKING_UNSETTLED)
		fail_unsettled(j, err);
	if (taken != TAKING_DONE)
		return taken == -1 ? -1 : 0;
	/* Who had it before may have answered it since we looked. */
	if (!r->cfg->always &&
	    output_current(r->ws->outputs, n, j->prompt->mtime)) {
		claim_remove(r->ws->locks, &j->claim);
		j->state = JOB_CURRENT;
		return 0;
	}
	if (claim_renew(&j->claim, r->account.ledger.path, err) == -1) {
		claim_remove(r->ws->locks, &j->claim);
		return -1;
	}
	output_discard(r->ws->outputs, n);
	j->state = JOB_WANTING;
	return 0;
}

int
take(struct run *r, struct error *err)
{
	int elsewhere = 0;

	for (size_t i = 0; i < r->count; i++) {
		struct job *const j = &r->jobs[i];

		if (j->state != JOB_WANTING)
			continue;
		if (r->stop != STOP_NONE) {
			j->state = JOB_LEFT;
			continue;
		}
		j->state = JOB_LEFT;
		if (take_one(r, j, err) == -1)
			return -1;
		if (j->state == JOB_ELSEWHERE)
			elsewhere++;
	}
	if (elsewhere > 0)
		progress_note(&r->progress,
		    "%d prompt%s left to other invocations that work on %s",
		    elsewhere, elsewhere == 1 ? "" : "s",
		    elsewhere == 1 ? "it" : "them");
	return 0;
}
