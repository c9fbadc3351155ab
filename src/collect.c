#include "collect.h"

#include "admit.h"
#include "clock.h"
#include "output.h"
#include "report.h"
#include "run.h"
#include "settle.h"
#include "signals.h"
#include "slots.h"
#include "spawn.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/wait.h>
#include <unistd.h>

/* The report is missing or its sender did not end well: the claim knows how
 * far it came. */
static void
reconstruct(
    struct run *r, struct job *j, int status, struct claim_progress *progress)
{
	struct outcome *const out = &progress->outcome;
	char death[80];

	if (claim_read_progress(j->claim.fd, &j->claim.record, progress)) {
		if (progress->stage == PROGRESS_DONE)
			return;
		out->sent = true;
	} else {
		memset(progress, 0, sizeof(*progress));
		outcome_init(out);
	}
	out->kind = r->interrupts > 1 ? OUTCOME_ABORTED : OUTCOME_NONE;
	snprintf(out->message, sizeof(out->message), "worker %s",
	    *spawn_death(status, death) != '\0' ? death
						: "ended without a report");
}

/* The error report will take its temporary: save a paid answer before. */
static void
set_aside(struct run *r, struct job *j, const struct error *why)
{
	struct outcome *const out = &j->outcome;
	char path[512];

	if (output_rescue_staged(
		r->ws->outputs, j->prompt->number, path, sizeof(path)) == 0)
		snprintf(out->message, sizeof(out->message),
		    "%.400s; the answer is in %s", why->text, path);
	else
		snprintf(out->message, sizeof(out->message), "%s", why->text);
}

/* An answer counts when it stands in its place. */
static void
check_output(struct run *r, struct job *j, const struct claim_progress *p)
{
	struct decision *const d = &j->decision;
	const int n = j->prompt->number;
	struct error err;
	const bool good =
	    d->action == ACTION_ANSWERED || d->action == ACTION_ACCEPTED;
	int staged = 0;

	if (!good && d->action != ACTION_KEPT)
		return;
	/* Then the child could not rename it, or could not say so. */
	if (p->staged == STAGED_TEMPORARY)
		staged = output_staged(r->ws->outputs, n, &err);
	if (staged == 1)
		staged = output_publish(
		    r->ws->outputs, n, d->action == ACTION_KEPT, &err);
	if (staged == -1) {
		set_aside(r, j, &err);
		*d = (struct decision){ACTION_FAIL, 0, "output"};
	} else if (!p->staged && good) {
		*d = (struct decision){ACTION_FAIL, 0, "output"};
	} else if (!p->staged) {
		/* Nothing there to keep: its name is all there is. */
		d->action = ACTION_FAIL;
	}
}

static void
judge(struct run *r, struct job *j, const struct claim_progress *p)
{
	struct error why;
	uint64_t random = 0;

	j->outcome = p->outcome;
	j->tries.attempts++;
	if (outcome_fate_unknown(&j->outcome))
		j->tries.unknown++;
	(void)getrandom(&random, sizeof(random), GRND_NONBLOCK);
	j->decision =
	    retry_decide(&r->cfg->retry, &j->outcome, &j->tries, random);
	check_output(r, j, p);
	if (j->decision.action == ACTION_STOP) {
		error_set(
		    &why, "%s: %s", j->decision.label, j->outcome.message);
		run_stop(r, STOP_ACCOUNT, &why);
	}
	/* A failure with a delay: the others hold back all the same. */
	if (j->decision.action == ACTION_HOLD ||
	    (j->decision.action == ACTION_FAIL && j->decision.delay_ns > 0))
		slots_hold(r, j->decision.delay_ns);
	else if (j->decision.action != ACTION_RETRY)
		slots_passed(r);
}

/* A log that cannot be written is no reason to stop: it is said once. */
static void
log_attempt(struct run *r, const struct job *j)
{
	char key[CLAIM_KEY];
	const struct log_entry e = {
	    .wall = clock_wall(),
	    .queued_ns = j->started - (j->due != 0 ? j->due : r->begun),
	    .pid = (int)getpid(),
	    .prompt = j->prompt->number,
	    .attempt = j->tries.attempts,
	    .id = claim_key(&j->claim.record, key),
	    .model = r->cfg->exec == NULL ? r->cfg->api.model : NULL,
	    .outcome = &j->outcome,
	    .decision = &j->decision,
	    .estimate = j->prompt->estimate,
	    .charge = retry_charge(&j->outcome, j->prompt->estimate),
	};

	if (!logfile_add(&r->log, &e) && r->log.lost == 1)
		progress_warn(
		    &r->progress, "%s; going on without it", r->log.why.text);
}

static void
reap(struct run *r, struct job *j)
{
	struct claim_progress progress;
	int status = 0;

	while (waitpid(j->pid, &status, 0) == -1 && errno == EINTR)
		continue;
	if (!report_receive(j->report_fd, &j->claim.record, &progress) ||
	    status != 0)
		reconstruct(r, j, status, &progress);
	if (j->pid_fd != -1)
		close(j->pid_fd);
	close(j->report_fd);
	r->running--;
	j->state = JOB_FINISHED;
	j->elapsed = clock_boot() - j->first_started;
	judge(r, j, &progress);
	log_attempt(r, j);
	if (r->settle_at == 0)
		r->settle_at = clock_boot() + SETTLE_DELAY;
	progress_detail(&r->progress, "prompt %d, attempt %d: %s%s%s",
	    j->prompt->number, j->tries.attempts, j->decision.label,
	    j->outcome.message[0] != '\0' ? ": " : "", j->outcome.message);
}

static void
sooner(int64_t *when, int64_t t)
{
	if (t < *when)
		*when = t;
}

/* The boot-clock time at which something is to be done unasked. */
static int64_t
next_event(struct run *r, int64_t now)
{
	const bool going = r->stop == STOP_NONE;
	int64_t when = INT64_MAX;
	bool stranded = false;
	struct progress_state s = {.total = r->count};
	int64_t redraw;

	for (size_t i = 0; i < r->count; i++) {
		const struct job *const j = &r->jobs[i];

		if (j->state == JOB_RUNNING) {
			s.running++;
			sooner(&when, j->deadline);
		} else if (j->state == JOB_RESTING) {
			s.resting++;
			if (going)
				sooner(&when, j->due > r->hold_until
						  ? j->due
						  : r->hold_until);
		} else if ((j->state == JOB_READY || j->state == JOB_WANTING) &&
			   going && r->hold_until > now) {
			sooner(&when, r->hold_until);
		}
		stranded |= j->state == JOB_READY;
		s.failed += j->state == JOB_FAILED;
		s.done += j->state >= JOB_ANSWERED;
	}
	/* Its window ended before it was launched: nothing else will tell. */
	if (stranded && going && r->hold_until <= now &&
	    r->running < r->slots && r->admission.queue.dir == -1 &&
	    !r->admission.waiting)
		sooner(&when, now);
	if (r->settle_at != 0)
		sooner(&when, r->settle_at);
	if (queue_waits(&r->admission.queue))
		sooner(&when,
		    r->admission.queue.wait.pid != 0 ? now + QUEUE_LOOK : now);
	s.elapsed = now - r->begun;
	redraw = progress_draw(&r->progress, &s);
	if (redraw >= 0)
		sooner(&when, now + redraw);
	return when;
}

/* Children that outlive their deadline are stuck: end them. */
static void
enforce_deadlines(struct run *r)
{
	const int64_t now = clock_boot();

	for (size_t i = 0; i < r->count; i++) {
		struct job *const j = &r->jobs[i];

		if (j->state == JOB_RUNNING && j->deadline <= now) {
			kill(-j->pid, SIGKILL);
			j->deadline = now + SIGNALS_GRACE;
		}
	}
	if (queue_waits(&r->admission.queue) &&
	    r->admission.queue_deadline <= now) {
		struct error why;

		error_set(&why, "would have to wait behind others for longer");
		run_stop(r, STOP_WAIT, &why);
	}
}

enum {
	POLL_SIGNAL,
	POLL_TIMER,
	POLL_QUEUE,
	POLL_SLOTS,
	POLL_JOBS
};

_Static_assert((int)POLL_JOBS == (int)RUN_EVENTS, "poll_fds has room for all");

static void
dispatch(struct run *r, const struct pollfd *fds, struct job *const *owners,
    size_t n)
{
	if (fds[POLL_SIGNAL].revents != 0)
		signals_take(r);
	if (fds[POLL_TIMER].revents != 0)
		admit_timer(r);
	if (fds[POLL_SLOTS].revents != 0)
		jobserver_hear(&r->jobserver);
	for (size_t i = POLL_JOBS; i < n; i++)
		if (fds[i].revents != 0)
			reap(r, owners[i]);
}

/* What becomes readable when J's child has ended, or is about to. */
static int
end_of(const struct job *j)
{
	return j->pid_fd != -1 ? j->pid_fd : j->report_fd;
}

void
collect(struct run *r)
{
	struct pollfd *const fds = r->poll_fds;
	struct job **const owners = r->poll_jobs;
	const int64_t now = clock_boot();
	const int64_t when = next_event(r, now);
	const struct timespec wait = clock_timespec(when - now);
	size_t n = POLL_JOBS;
	int ready;

	fds[POLL_SIGNAL] =
	    (struct pollfd){.fd = r->signal_fd, .events = POLLIN};
	fds[POLL_TIMER] = (struct pollfd){
	    .fd = r->admission.waiting ? r->admission.timer_fd : -1,
	    .events = POLLIN};
	fds[POLL_QUEUE] = (struct pollfd){
	    .fd = r->admission.queue.wait.pid_fd, .events = POLLIN};
	fds[POLL_SLOTS] =
	    (struct pollfd){.fd = r->jobserver.fd, .events = POLLIN};
	for (size_t i = 0; i < r->count; i++) {
		if (r->jobs[i].state != JOB_RUNNING)
			continue;
		fds[n].fd = end_of(&r->jobs[i]);
		fds[n].events = POLLIN;
		fds[n].revents = 0;
		owners[n++] = &r->jobs[i];
	}
	ready = ppoll(fds, (nfds_t)n, when == INT64_MAX ? NULL : &wait, NULL);
	if (ready > 0)
		dispatch(r, fds, owners, n);
	enforce_deadlines(r);
}
