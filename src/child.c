#include "child.h"

#include "clock.h"
#include "output.h"
#include "partial.h"
#include "report.h"
#include "worker.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

struct child {
	const struct child_task *task;
	struct claim_progress progress;
	struct buf answer; /* the API's; a worker writes to the file itself */
	int temp;
};

/* A key in memory must not get to a disk. */
static void
forbid_core_dumps(void)
{
	const struct rlimit none = {0, 0};

	setrlimit(RLIMIT_CORE, &none);
	prctl(PR_SET_DUMPABLE, 0);
}

static void
set_local(struct outcome *out, const char *text)
{
	out->kind = OUTCOME_LOCAL;
	snprintf(out->message, sizeof(out->message), "%s", text);
}

/* The last act before the request can leave. */
static int
note_sending(void *arg, struct outcome *out)
{
	struct child *const c = arg;

	c->progress.stage = PROGRESS_SENDING;
	if (claim_note(c->task->claim->fd, &c->progress, false) == 0)
		return 0;
	snprintf(out->message, sizeof(out->message),
	    "lockfiles/%d.lock: write: %s", c->task->prompt->number,
	    strerror(errno));
	return -1;
}

static void
perform(struct child *c)
{
	const struct child_task *const t = c->task;
	struct outcome *const out = &c->progress.outcome;
	char id[CLAIM_KEY];

	if (t->api == NULL) {
		worker_run(t->cfg, t->prompt, c->temp, note_sending, c, out);
		return;
	}
	attempt_run(t->api, t->prompt->text, t->prompt->len,
	    claim_key(&t->claim->record, id), note_sending, c, out, &c->answer);
	attempt_forget(t->api);
	/* The API did not say what it cost: our own count. */
	if (!out->has_usage &&
	    (out->kind == OUTCOME_ANSWER || out->kind == OUTCOME_PARTIAL)) {
		out->has_usage = true;
		out->input_tokens = t->prompt->estimate;
		out->output_tokens = (int64_t)tok_count(
		    t->cfg->tok, c->answer.data, c->answer.len);
	}
}

/* Does the answer count as one, so that the prompt is done with? */
static bool
is_good(const struct child_task *t, const struct outcome *out)
{
	return out->kind == OUTCOME_ANSWER ||
	       partial_accepted(t->cfg->retry.accept, out);
}

/* The answer's date: what is an answer to an older prompt must look older. */
static struct timespec
answer_time(const struct child_task *t, const struct outcome *out)
{
	const struct timespec asked = t->prompt->mtime;
	struct timespec now = clock_timespec(clock_wall());
	char name[WORKSPACE_NAME];
	struct stat st;

	if (!is_good(t, out))
		return output_stale_time(asked);
	if (fstatat(t->ws->prompts, prompt_name(name, t->prompt->number), &st,
		0) == 0 &&
	    (st.st_mtim.tv_sec != asked.tv_sec ||
		st.st_mtim.tv_nsec != asked.tv_nsec))
		return asked;
	/* A prompt from the future would never be up to date. */
	if (now.tv_sec < asked.tv_sec ||
	    (now.tv_sec == asked.tv_sec && now.tv_nsec < asked.tv_nsec))
		now = asked;
	return now;
}

/* Paid for, but the disk is full: say where it is, if anywhere. */
static void
rescue(struct child *c, const struct error *why)
{
	struct outcome *const out = &c->progress.outcome;
	char path[512];

	if (c->task->api != NULL &&
	    output_rescue(c->task->rescue, c->task->prompt->number,
		c->answer.data, c->answer.len, path, sizeof(path)) == 0)
		snprintf(out->message, sizeof(out->message),
		    "%.400s; the answer is in %s", why->text, path);
	else
		snprintf(out->message, sizeof(out->message), "%s", why->text);
}

/* Is there an answer, whole or in part, to put in the output? */
static bool
has_answer(const struct child *c)
{
	const struct outcome *const out = &c->progress.outcome;

	if (out->kind != OUTCOME_ANSWER && out->kind != OUTCOME_PARTIAL)
		return false;
	return c->task->api == NULL || c->answer.len > 0;
}

static void
stage(struct child *c)
{
	const struct timespec when = answer_time(c->task, &c->progress.outcome);
	const int n = c->task->prompt->number;
	struct error err;
	int r;

	if (c->task->api != NULL)
		r = output_stage(
		    c->temp, n, c->answer.data, c->answer.len, when, &err);
	else
		r = output_seal(c->temp, n, when, &err);
	if (r == 0)
		c->progress.staged = STAGED_TEMPORARY;
	else
		rescue(c, &err);
}

static void
run_attempt(struct child *c)
{
	const struct child_task *const t = c->task;
	const int n = t->prompt->number;
	struct outcome *const out = &c->progress.outcome;
	struct error err;

	c->temp = output_begin(t->ws->outputs, n, &err);
	if (c->temp == -1) {
		set_local(out, err.text);
		return;
	}
	perform(c);
	/* An output without a byte in it would be tried again. */
	if (c->answer.len == 0 && partial_accepted(t->cfg->retry.accept, out) &&
	    buf_adds(&c->answer, "\n") == -1)
		set_local(out, "no memory for an empty line");
	if (has_answer(c))
		stage(c);
	close(c->temp);
}

int
child_main(void *arg, int report_fd)
{
	const struct child_task *const t = arg;
	const int n = t->prompt->number;
	struct child c = {
	    .task = t, .answer = BUF_INIT(t->cfg->api.answer_max), .temp = -1};
	struct error err;

	signal(SIGPIPE, SIG_IGN);
	if (t->api != NULL) {
		forbid_core_dumps();
		sandbox_enter(t->sandbox);
	}
	outcome_init(&c.progress.outcome);
	c.progress.id = t->claim->record.id;
	c.progress.attempt = t->claim->record.attempt;
	c.progress.pid = (int32_t)getpid();
	run_attempt(&c);
	c.progress.stage = PROGRESS_DONE;
	/* If this fails, the parent still hears it, and the claim says
	 * "sending", which errs on the side of charging. */
	claim_note(t->claim->fd, &c.progress, true);
	if (!c.progress.staged)
		output_discard(t->ws->outputs, n);
	else if (output_publish(t->ws->outputs, n,
		     !is_good(t, &c.progress.outcome), &err) == 0)
		c.progress.staged = STAGED_IN_PLACE;
	else
		snprintf(c.progress.outcome.message,
		    sizeof(c.progress.outcome.message), "%s", err.text);
	buf_free(&c.answer);
	return report_send(report_fd, &c.progress) == 0 ? 0 : 1;
}
