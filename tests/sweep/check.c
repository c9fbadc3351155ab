#include "check.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

void
evidence_add(struct evidence *e, const struct trace *t)
{
	for (int i = 0; i < t->n_seen; i++)
		if (e->n < 2 * TRACE_SIGHTINGS)
			e->seen[e->n++] = t->seen[i];
	e->boot_unknown |= strstr(t->where, "boot_id") != NULL;
}

/* ---- after the broken run ---- */

static void
check_status(const struct space *s, const struct trace *t, struct findings *v)
{
	static const int documented[] = {0, 1, 2, 3, 4, 75};
	char said[SWEEP_TEXT];
	bool known = false, reported = false, all = true;
	int status;

	if (!WIFEXITED(t->status)) {
		wrong(v, "the parent ended by signal %d", WTERMSIG(t->status));
		return;
	}
	status = WEXITSTATUS(t->status);
	for (size_t i = 0; i < sizeof(documented) / sizeof(int); i++)
		known |= status == documented[i];
	if (!known)
		wrong(v, "exit status %d is not documented", status);
	for (int n = 1; n <= s->scenario->prompts; n++) {
		reported |= space_output(s, n) == OUTPUT_ERROR;
		all &= space_output(s, n) == OUTPUT_ANSWER;
	}
	space_said(s, said);
	if (status == 0 && !all)
		wrong(v, "exit status 0, but not every prompt is answered");
	if (status != 0 && said[0] == '\0' && !reported)
		wrong(v, "exit status %d without a word", status);
}

void
check_broken(const struct space *s, const struct trace *t, bool killed,
    struct findings *v)
{
	if (t->hang)
		wrong(v, "it did not end by itself");
	if (t->crash != 0)
		wrong(v, "a process crashed by signal %d", t->crash);
	if (!killed)
		check_status(s, t, v);
	for (int n = 1; n <= s->scenario->prompts; n++)
		if (space_output(s, n) == OUTPUT_STRANGE)
			wrong(v, "output %d is neither whole nor an error", n);
	if (!space_kept(s))
		wrong(v, "the earlier answer of prompt 1 is lost");
}

/* ---- after the repair ---- */

/* How far did an attempt come, for all that others can know? */
static int
stage_of(const struct sighting *a)
{
	return a->died ? a->stage : a->progress.stage;
}

static bool
was_sent(const struct sighting *a)
{
	switch (stage_of(a)) {
	case PROGRESS_SENDING:
		return true;
	case PROGRESS_DONE:
		return a->progress.outcome.sent;
	default:
		return false;
	}
}

/* What A costs if it came as far as STAGE. */
static struct figures
cost(const struct space *s, const struct sighting *a, int stage)
{
	const struct outcome *const out = &a->progress.outcome;
	const bool done = stage == PROGRESS_DONE;
	struct figures f = {s->estimate[a->number - 1], 1, 0};

	if (stage == 0 || (done && !out->sent))
		return (struct figures){0};
	if (done && out->has_usage)
		f.minute_tokens = out->input_tokens + out->output_tokens;
	if (!done || (out->kind != OUTCOME_HTTP && out->kind != OUTCOME_UNSAFE))
		f.day_tokens = f.minute_tokens;
	return f;
}

static void
add_attempt(const struct space *s, const struct sighting *a, struct figures *f)
{
	const struct figures c = cost(s, a, stage_of(a));

	f->minute_requests += c.minute_requests;
	f->minute_tokens += c.minute_tokens;
	f->day_tokens += c.day_tokens;
}

/* Of which broken run is this request?  NULL: of the repairing one. */
static const struct sighting *
sender(const struct evidence *e, const struct request_seen *q)
{
	for (int i = 0; i < e->n; i++)
		if (e->seen[i].progress.id == q->id)
			return &e->seen[i];
	return NULL;
}

/* The truth has WAS in it, but it may be COULD that is counted. */
static void
widen(int64_t was, int64_t could, int64_t *least, int64_t *most)
{
	if (could < was)
		*least -= was - could;
	else
		*most += could - was;
}

/*
 * What the ledger may have besides the truth, where nobody can know it: see
 * check.h.  LEAST and MOST are the truth at first.
 */
static void
allow(const struct space *s, const struct evidence *e, struct figures *least,
    struct figures *most)
{
	for (int i = 0; i < s->scenario->prompts && e->boot_unknown; i++) {
		most->minute_requests++;
		most->minute_tokens += s->estimate[i];
		most->day_tokens += s->estimate[i];
	}
	for (int i = 0; i < e->n && e->dead_disk; i++) {
		const struct sighting *const a = &e->seen[i];
		const struct figures file = cost(s, a, a->stage);
		const struct figures pipe = cost(s, a, stage_of(a));

		widen(pipe.minute_requests, file.minute_requests,
		    &least->minute_requests, &most->minute_requests);
		widen(pipe.minute_tokens, file.minute_tokens,
		    &least->minute_tokens, &most->minute_tokens);
		widen(pipe.day_tokens, file.day_tokens, &least->day_tokens,
		    &most->day_tokens);
	}
}

static bool
within(const struct figures *is, const struct figures *least,
    const struct figures *most)
{
	return is->minute_requests >= least->minute_requests &&
	       is->minute_requests <= most->minute_requests &&
	       is->minute_tokens >= least->minute_tokens &&
	       is->minute_tokens <= most->minute_tokens &&
	       is->day_tokens >= least->day_tokens &&
	       is->day_tokens <= most->day_tokens;
}

static void
check_ledger(const struct space *s, const struct evidence *e,
    const struct request_seen *list, int n, struct findings *v)
{
	struct figures want = {0}, is = {0}, least, most;

	for (int i = 0; i < e->n; i++)
		add_attempt(s, &e->seen[i], &want);
	for (int i = 0; i < n; i++) {
		const struct request_seen *const q = &list[i];
		const int64_t tokens = q->billed ? q->input + q->output
		                                 : s->estimate[q->number - 1];

		if (sender(e, q) != NULL)
			continue;
		want.minute_requests++;
		want.minute_tokens += tokens;
		want.day_tokens += q->billed ? tokens : 0;
	}
	if (!space_figures(s, &is)) {
		wrong(v, "there is no whole ledger");
		return;
	}
	least = most = want;
	allow(s, e, &least, &most);
	if (!within(&is, &least, &most))
		wrong(v,
		    "the ledger has %" PRId64 " tokens and %" PRId64
		    " requests in the minute, %" PRId64
		    " tokens in the day; the truth is %" PRId64 ", %" PRId64
		    " and %" PRId64,
		    is.minute_tokens, is.minute_requests, is.day_tokens,
		    want.minute_tokens, want.minute_requests, want.day_tokens);
}

/* The requests under the claim of A: received, and answered with its usage. */
static void
check_attempt(const struct space *s, const struct evidence *e,
    const struct sighting *a, const struct request_seen *list, int n,
    struct findings *v)
{
	const struct outcome *const out = &a->progress.outcome;
	const bool answered =
	    stage_of(a) == PROGRESS_DONE && out->kind == OUTCOME_ANSWER;
	int sent = 0, received = 0, again = 0;
	bool usage = false;

	for (int i = 0; i < e->n; i++)
		sent += e->seen[i].progress.id == a->progress.id &&
		        was_sent(&e->seen[i]);
	for (int i = 0; i < n; i++) {
		const struct request_seen *const q = &list[i];

		if (q->number == a->number && q->id != a->progress.id &&
		    sender(e, q) == NULL)
			again++;
		if (q->id != a->progress.id)
			continue;
		received++;
		usage |= q->billed && q->input == out->input_tokens &&
		         q->output == out->output_tokens;
	}
	if (received > sent)
		wrong(v, "prompt %d: %d requests received, %d noted", a->number,
		    received, sent);
	if (answered && out->has_usage && !usage)
		wrong(v, "prompt %d: a usage that nobody billed", a->number);
	if (answered && a->progress.staged && again > 0 &&
	    !space_rescued(s, a->number))
		wrong(v, "prompt %d was answered, and asked again", a->number);
	if (answered && !a->progress.staged && !space_rescued(s, a->number))
		wrong(v, "prompt %d: a paid answer is lost", a->number);
}

void
check_repaired(const struct space *s, const struct evidence *e, int status,
    struct findings *v)
{
	struct request_seen list[SIM_REQUESTS];
	const int n = sim_journal(s->sim, list);
	char said[SWEEP_TEXT];

	if (status != 0) {
		space_said(s, said);
		wrong(v, "the next run ends with status 0x%x: %s",
		    (unsigned)status, said);
	}
	for (int i = 1; i <= s->scenario->prompts; i++)
		if (space_output(s, i) != OUTPUT_ANSWER)
			wrong(v, "prompt %d is not answered", i);
	check_ledger(s, e, list, n, v);
	for (int i = 0; i < e->n; i++)
		check_attempt(s, e, &e->seen[i], list, n, v);
	space_leftovers(s, v);
}
