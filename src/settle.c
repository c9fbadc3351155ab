#include "settle.h"

#include "clock.h"
#include "output.h"
#include "plain.h"
#include "run.h"
#include "summary.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* How long to wait before the ledger is tried again. */
#define SETTLE_AGAIN NS_PER_S

/* Where a finished job goes. */
static enum job_state
destination(const struct run *r, const struct job *j)
{
	switch (j->decision.action) {
	case ACTION_ANSWERED:
		return JOB_ANSWERED;
	case ACTION_ACCEPTED:
		return JOB_ACCEPTED;
	case ACTION_KEPT:
		return JOB_KEPT;
	case ACTION_RETRY:
	case ACTION_HOLD:
		return r->stop == STOP_NONE ? JOB_RESTING : JOB_LEFT;
	case ACTION_STOP:
	case ACTION_FAIL:
		break;
	}
	return JOB_FAILED;
}

/* The error report goes out while the claim is still held. */
static void
report_failure(struct run *r, struct job *j)
{
	struct buf text = BUF_INIT(1 << 16);
	struct error err;

	if (summary_error_report(j, &text) == -1)
		error_sys(
		    &err, "outputs/%d_output.txt: report", j->prompt->number);
	else if (output_report(r->ws->outputs, j->prompt->number,
		     j->prompt->mtime, text.data, text.len, &err) == 0)
		err.text[0] = '\0';
	if (err.text[0] != '\0')
		progress_warn(&r->progress, "%s", err.text);
	buf_free(&text);
}

static void
report_failures(struct run *r)
{
	for (size_t i = 0; i < r->count; i++) {
		struct job *const j = &r->jobs[i];

		if (j->state == JOB_FINISHED && !j->reported &&
		    destination(r, j) == JOB_FAILED) {
			report_failure(r, j);
			j->reported = true;
		}
	}
}

static int
plan_one(struct run *r, struct account_txn *txn, struct job *j)
{
	const struct charge nothing = {0};
	struct charge charge;

	switch (j->state) {
	case JOB_FINISHED:
		charge = retry_charge(&j->outcome, j->prompt->estimate);
		return account_settle(
		    txn, &j->claim, &charge, destination(r, j) != JOB_RESTING);
	case JOB_WANTING:
	case JOB_READY:
	case JOB_RESTING:
		if (r->stop == STOP_NONE)
			return 0;
		return account_settle(txn, &j->claim, &nothing, true);
	default:
		return 0;
	}
}

static void
finish_one(struct run *r, struct job *j)
{
	const struct charge c = retry_charge(&j->outcome, j->prompt->estimate);

	switch (j->state) {
	case JOB_FINISHED:
		j->charged += c.day_tokens;
		if (outcome_fate_unknown(&j->outcome))
			j->charged_unknown += c.day_tokens;
		if (j->outcome.has_usage) {
			j->input_tokens += j->outcome.input_tokens;
			j->output_tokens += j->outcome.output_tokens;
		}
		j->state = destination(r, j);
		j->due = clock_boot() + j->decision.delay_ns;
		break;
	case JOB_WANTING:
	case JOB_READY:
	case JOB_RESTING:
		if (r->stop != STOP_NONE)
			j->state = JOB_LEFT;
		break;
	default:
		break;
	}
}

/* All that is planned in one transaction. */
static int
transact(struct run *r, struct error *err)
{
	struct account_txn txn;
	int result = 0;

	if (account_begin(&r->account, &txn, err) == -1)
		return -1;
	for (size_t i = 0; i < r->count && result == 0; i++)
		result = plan_one(r, &txn, &r->jobs[i]);
	if (result == -1)
		error_sys(err, "%s: settle", r->account.ledger.path);
	else if (txn.count > 0)
		result = account_commit(&txn, err);
	account_end(&txn);
	return result;
}

/* What holds no reservation comes to its end without the ledger. */
static void
end_unreserved(struct run *r)
{
	for (size_t i = 0; i < r->count; i++) {
		struct job *const j = &r->jobs[i];
		const bool ends =
		    j->state == JOB_FINISHED
			? destination(r, j) != JOB_RESTING
			: r->stop != STOP_NONE && (j->state == JOB_WANTING ||
						      j->state == JOB_RESTING);

		if (!ends || j->claim.record.state != CLAIM_TAKEN)
			continue;
		claim_remove(r->ws->locks, &j->claim);
		finish_one(r, j);
	}
}

/* Nothing is lost: the claims have it all, and the next run reads them. */
static void
give_up(struct run *r, const struct error *err)
{
	/* A claim has room for one attempt: none may follow before this one
	 * is settled. */
	for (size_t i = 0; i < r->count; i++)
		if (r->jobs[i].state == JOB_FINISHED &&
		    destination(r, &r->jobs[i]) == JOB_RESTING)
			run_stop(r, STOP_LEDGER, err);
	progress_warn(&r->progress,
	    "%s; what was spent is kept in lockfiles/, and the next run puts "
	    "it in the ledger",
	    err->text);
	r->unsettled = true;
	r->settle_at = 0;
	for (size_t i = 0; i < r->count; i++) {
		if (r->jobs[i].state < JOB_ANSWERED)
			claim_drop(&r->jobs[i].claim);
		finish_one(r, &r->jobs[i]);
	}
}

/* Is there anything for a transaction? */
static bool
anything(const struct run *r)
{
	for (size_t i = 0; i < r->count; i++) {
		const enum job_state s = r->jobs[i].state;

		if (s == JOB_FINISHED)
			return true;
		if (r->stop != STOP_NONE &&
		    (s == JOB_WANTING || s == JOB_READY || s == JOB_RESTING))
			return true;
	}
	return false;
}

static bool
work_left(const struct run *r)
{
	if (r->running > 0)
		return true;
	if (r->stop != STOP_NONE)
		return false;
	for (size_t i = 0; i < r->count; i++)
		if (r->jobs[i].state < JOB_FINISHED ||
		    r->jobs[i].state == JOB_RESTING)
			return true;
	return false;
}

void
settle(struct run *r)
{
	struct error err;

	if (!anything(r) || (r->settle_at > clock_boot() && work_left(r)))
		return;
	report_failures(r);
	end_unreserved(r);
	if (!anything(r)) {
		r->settle_at = 0;
		return;
	}
	if (transact(r, &err) == 0) {
		r->settle_at = 0;
		for (size_t i = 0; i < r->count; i++)
			finish_one(r, &r->jobs[i]);
	} else if (work_left(r)) {
		r->settle_at = clock_boot() + SETTLE_AGAIN;
	} else {
		give_up(r, &err);
	}
}
