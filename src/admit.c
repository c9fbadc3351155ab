#include "admit.h"

#include "clock.h"
#include "run.h"
#include "signals.h"
#include "units.h"

#include <errno.h>
#include <sys/timerfd.h>
#include <unistd.h>

/* Does J want a reservation now? */
static bool
wants(const struct run *r, const struct job *j, int64_t now)
{
	switch (j->state) {
	case JOB_WANTING:
		return true;
	case JOB_READY:
		return run_is_stale(r, j);
	case JOB_RESTING:
		return j->due <= now;
	default:
		return false;
	}
}

static void
fail(struct run *r, const struct error *err)
{
	queue_leave(&r->admission.queue);
	/* A signal may be what cut the wait for the ledger short. */
	signals_take(r);
	run_stop(r, STOP_LEDGER, err);
}

static void
too_long(struct run *r, const char *what, int64_t until)
{
	struct error err;
	char d[UNITS_TEXT];

	error_set(&err, "would have to wait %s: %s",
	    units_format_duration(until - clock_wall(), d), what);
	queue_leave(&r->admission.queue);
	run_stop(r, STOP_WAIT, &err);
}

/* Join the queue, unless whoever is first waits for longer than we may. */
static bool
join(struct run *r)
{
	struct admission *const a = &r->admission;
	const int64_t patience = r->cfg->max_wait_ns;
	struct error err;
	int64_t until;

	if (queue_join(&a->queue, r->ws->locks, &err) == -1) {
		fail(r, &err);
		return false;
	}
	if (patience == INT64_MAX) {
		a->queue_deadline = INT64_MAX;
		return true;
	}
	until = queue_head_until(&a->queue);
	if (until - clock_wall() > patience) {
		too_long(r, "others wait for the limits already", until);
		return false;
	}
	/* Who passes through is gone in no time, however busy the place. */
	a->queue_deadline =
	    clock_boot() + patience + LEDGER_PATIENCE_S * NS_PER_S;
	return true;
}

/* Is it our turn?  If not, collect knows when to ask again. */
static bool
is_our_turn(struct run *r)
{
	struct queue *const q = &r->admission.queue;
	struct error err;
	int turn;

	if (q->dir == -1 && !join(r))
		return false;
	turn = queue_turn(q, r->running == 0, &err);
	if (turn == -1)
		fail(r, &err);
	return turn == 1;
}

/* Sleep until UNTIL by the wall clock, or until somebody sets it. */
static void
wait_until(struct run *r, int64_t until)
{
	struct admission *const a = &r->admission;
	const struct itimerspec when = {.it_value = clock_timespec(until)};
	struct error err;

	if (timerfd_settime(a->timer_fd,
		TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &when,
		NULL) == -1) {
		error_sys(&err, "waiting for a limit: timerfd_settime");
		fail(r, &err);
		return;
	}
	a->waiting = true;
}

void
admit_timer(struct run *r)
{
	uint64_t ticks;

	/* ECANCELED: the clock was set.  Either way, look again. */
	if (read(r->admission.timer_fd, &ticks, sizeof(ticks)) == -1 &&
	    errno == EAGAIN)
		return;
	r->admission.waiting = false;
}

/* The verdict stands in the way: wait for its end, or give up.  What waiting
 * cannot cure has been refused before (refuse.h). */
static void
obstructed(struct run *r, enum verdict v, int64_t until,
    const struct ledger_view *view)
{
	char limit[80], n[UNITS_TEXT];
	struct error err;

	progress_limit(v, &r->cfg->limits, limit);
	if (r->cfg->max_wait_ns != INT64_MAX &&
	    until - view->now > r->cfg->max_wait_ns) {
		too_long(r, limit, until);
		return;
	}
	if (v == WAIT_DAY_TOKENS) {
		queue_leave(&r->admission.queue);
	} else if (queue_stay(&r->admission.queue, &err) == -1) {
		fail(r, &err);
		return;
	}
	queue_tell(&r->admission.queue, until);
	progress_wait(&r->progress, until, "the limit of %s (%s used)", limit,
	    units_format_count(v == WAIT_DAY_TOKENS ? view->usage.day_tokens
			       : v == WAIT_MINUTE_REQUESTS
				   ? view->usage.minute_requests
				   : view->usage.minute_tokens,
		n));
	wait_until(r, until);
}

/* Beside the verdicts, for the two functions below. */
enum {
	OUT_OF_MEMORY = -1
};

/* The whole first batch, or nothing. */
static int
reserve_batch(struct run *r, struct account_txn *txn, int64_t *until, int *got)
{
	int64_t tokens, requests;
	enum verdict v;

	run_wanted(r, &tokens, &requests);
	v = limits_check(&r->cfg->limits, &txn->view.usage, tokens, requests,
	    true, txn->view.counted, until);
	if (v != ADMIT)
		return (int)v;
	for (size_t i = 0; i < r->count; i++) {
		struct job *const j = &r->jobs[i];

		if (j->state != JOB_WANTING)
			continue;
		if (account_reserve(txn, &j->claim, j->prompt->estimate) == -1)
			return OUT_OF_MEMORY;
		(*got)++;
	}
	return ADMIT;
}

/* As many as fit, in prompt order, but not more than can start now. */
static int
reserve_some(struct run *r, struct account_txn *txn, int64_t *until, int *got)
{
	const struct charge nothing = {0};
	const int64_t now = clock_boot();
	int64_t tokens = 0;
	int room = r->slots - r->running;

	for (size_t i = 0; i < r->count && room > 0; i++) {
		struct job *const j = &r->jobs[i];
		const int64_t estimate = j->prompt->estimate;
		const bool stale = j->state == JOB_READY;
		enum verdict v;

		if (j->state == JOB_READY && !run_is_stale(r, j))
			room--;
		if (!wants(r, j, now))
			continue;
		if (stale &&
		    account_settle(txn, &j->claim, &nothing, false) == -1)
			return OUT_OF_MEMORY;
		/* A batch is what one admission lets go. */
		v = limits_check(&r->cfg->limits, &txn->view.usage, estimate, 1,
		    false, txn->view.counted, until);
		if (v == ADMIT && *got > 0 &&
		    tokens + estimate > r->cfg->limits.batch_tokens)
			return ADMIT;
		if (v != ADMIT)
			return (int)v;
		if (account_reserve(txn, &j->claim, estimate) == -1)
			return OUT_OF_MEMORY;
		tokens += estimate;
		room--;
		(*got)++;
	}
	return ADMIT;
}

/* Who has a reservation of this window is ready to go. */
static void
mark_ready(struct run *r)
{
	for (size_t i = 0; i < r->count; i++) {
		struct job *const j = &r->jobs[i];

		if ((j->state == JOB_WANTING || j->state == JOB_RESTING) &&
		    j->claim.record.state == CLAIM_RESERVED)
			j->state = JOB_READY;
		else if (j->state == JOB_READY &&
			 j->claim.record.state != CLAIM_RESERVED)
			j->state = JOB_WANTING;
	}
	r->batch_admitted = true;
}

/* One transaction. */
static void
reserve(struct run *r)
{
	struct account_txn txn;
	struct error err;
	int64_t until = 0;
	int v, got = 0;
	bool ok = true;

	if (account_begin(&r->account, &txn, &err) == -1) {
		fail(r, &err);
		return;
	}
	if (txn.view.future && !r->admission.future_said) {
		r->admission.future_said = true;
		progress_note(&r->progress,
		    "%s: its Date is in the future; has the clock gone back?  "
		    "Nothing is reset before then",
		    r->account.ledger.path);
	}
	if (r->batch_admitted || r->cfg->split)
		v = reserve_some(r, &txn, &until, &got);
	else
		v = reserve_batch(r, &txn, &until, &got);
	if (v == OUT_OF_MEMORY) {
		error_sys(&err, "%s: reserve", r->account.ledger.path);
		ok = false;
	} else if (got > 0) {
		ok = account_commit(&txn, &err) == 0;
	}
	account_end(&txn);
	if (!ok) {
		fail(r, &err);
	} else if (got > 0) {
		progress_wait_over(&r->progress);
		queue_leave(&r->admission.queue);
		account_sync(&r->account);
		mark_ready(r);
	} else if (v != ADMIT) {
		obstructed(r, (enum verdict)v, until, &txn.view);
	} else {
		queue_leave(&r->admission.queue);
	}
}

void
admit(struct run *r)
{
	const int64_t now = clock_boot();
	struct admission *const a = &r->admission;
	int64_t free_slots = r->slots - r->running;
	bool wanted = false;

	if (r->stop != STOP_NONE || a->waiting || now < r->hold_until)
		return;
	for (size_t i = 0; i < r->count; i++) {
		const struct job *const j = &r->jobs[i];

		if (wants(r, j, now))
			wanted = true;
		else if (j->state == JOB_READY)
			free_slots--;
	}
	/* What cannot start now would only hold a window's room idle; but the
	 * first batch is one. */
	if (wanted && (free_slots > 0 || !r->batch_admitted)) {
		if (is_our_turn(r))
			reserve(r);
	} else {
		queue_leave(&a->queue);
	}
}

void
admit_end(struct run *r)
{
	queue_leave(&r->admission.queue);
	if (r->admission.timer_fd != -1)
		close(r->admission.timer_fd);
	r->admission.timer_fd = -1;
}
