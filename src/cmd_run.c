#include "cmd_run.h"

#include "admit.h"
#include "clock.h"
#include "collect.h"
#include "launch.h"
#include "recover.h"
#include "refuse.h"
#include "run.h"
#include "settle.h"
#include "signals.h"
#include "slots.h"
#include "summary.h"
#include "take.h"

#include <bsd/string.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <unistd.h>

enum {
	EXIT_FAILED = 1,
	EXIT_USAGE = 2,
	EXIT_REFUSED = 3,
	EXIT_ACCOUNT = 4
};
enum {
	EXIT_WAIT = 75
};

/* A claim, a pipe and a pidfd for each prompt can be more than the soft limit
 * of open files. */
static void
raise_file_limit(void)
{
	struct rlimit lim;

	if (getrlimit(RLIMIT_NOFILE, &lim) == 0) {
		lim.rlim_cur = lim.rlim_max;
		setrlimit(RLIMIT_NOFILE, &lim);
	}
}

static int
open_events(struct run *r, struct error *err)
{
	if (signals_catch(r, err) == -1)
		return -1;
	r->admission.timer_fd =
	    timerfd_create(CLOCK_REALTIME, TFD_NONBLOCK | TFD_CLOEXEC);
	if (r->admission.timer_fd == -1)
		return error_sys(err, "timer: timerfd_create");
	return 0;
}

static void
settle_the_dead(struct run *r)
{
	struct recovered what;
	struct error err;

	if (recover_all(r->ws, &r->account, &r->log, &what, &err) == -1) {
		run_stop(r, STOP_LEDGER, &err);
		return;
	}
	if (what.left > 0)
		progress_warn(&r->progress,
		    "%s; what an interrupted run did there stays to be settled",
		    what.why.text);
	if (what.claims > 0)
		progress_note(&r->progress,
		    "settled %d prompt%s of an interrupted run; %d answer%s "
		    "put in place",
		    what.claims, what.claims == 1 ? "" : "s", what.answers,
		    what.answers == 1 ? "" : "s");
}

/* A prompt that cannot be read has failed before it began. */
static void
fail_broken(struct job *j)
{
	outcome_init(&j->outcome);
	j->outcome.kind = OUTCOME_LOCAL;
	strlcpy(j->outcome.message, j->prompt->why.text,
	    sizeof(j->outcome.message));
	j->decision = (struct decision){ACTION_FAIL, 0, "unreadable prompt"};
}

static void
start_job(struct job *j, struct prompt *p)
{
	*j = (struct job){.prompt = p, .claim = {.fd = -1}};
	switch (p->state) {
	case PROMPT_CURRENT:
		j->state = JOB_CURRENT;
		break;
	case PROMPT_BLANK:
		j->state = JOB_BLANK;
		break;
	case PROMPT_BROKEN:
		fail_broken(j);
		j->state = JOB_WANTING;
		break;
	case PROMPT_PENDING:
		j->state = JOB_WANTING;
		break;
	}
}

static int
find_prompts(struct run *r, struct error *err)
{
	if (prompts_find(r->ws, r->cfg, &r->prompts, err) == -1)
		return -1;
	r->count = r->prompts.count;
	r->jobs = calloc(r->count + 1, sizeof(*r->jobs));
	r->poll_fds = calloc(r->count + RUN_EVENTS, sizeof(*r->poll_fds));
	r->poll_jobs = calloc(r->count + RUN_EVENTS, sizeof(struct job *));
	if (r->jobs == NULL || r->poll_fds == NULL || r->poll_jobs == NULL) {
		r->count = 0;
		return error_sys(err, "prompts: list");
	}
	for (size_t i = 0; i < r->count; i++) {
		prompt_load(r->ws, r->cfg, &r->prompts.list[i]);
		start_job(&r->jobs[i], &r->prompts.list[i]);
	}
	if (r->prompts.outside_count > 0)
		progress_note(&r->progress,
		    "%d file%s in prompts/ outside the names %d_prompt.txt to "
		    "%d_prompt.txt: %s%s",
		    r->prompts.outside_count,
		    r->prompts.outside_count == 1 ? "" : "s", r->cfg->first,
		    r->cfg->last, r->prompts.outside,
		    r->prompts.outside_count > 3 ? ", ..." : "");
	return 0;
}

static bool
anything_to_send(const struct run *r)
{
	for (size_t i = 0; i < r->count; i++)
		if (r->jobs[i].state == JOB_WANTING &&
		    r->prompts.list[i].state == PROMPT_PENDING)
			return true;
	return false;
}

/* Claims are taken; what could not be read goes straight to its end. */
static void
finish_broken(struct run *r)
{
	for (size_t i = 0; i < r->count; i++)
		if (r->jobs[i].state == JOB_WANTING &&
		    r->prompts.list[i].state == PROMPT_BROKEN)
			r->jobs[i].state = JOB_FINISHED;
}

static bool
over(const struct run *r)
{
	for (size_t i = 0; i < r->count; i++)
		if (r->jobs[i].state < JOB_ANSWERED)
			return false;
	return true;
}

static void
loop(struct run *r)
{
	for (;;) {
		slots_update(r);
		admit(r);
		launch(r);
		settle(r);
		if (over(r))
			return;
		collect(r);
	}
}

static int
exit_status(const struct run *r)
{
	bool failed = r->unsettled;

	for (size_t i = 0; i < r->count; i++)
		failed |= r->jobs[i].state == JOB_FAILED ||
		          r->jobs[i].state == JOB_KEPT;
	switch (r->stop) {
	case STOP_SIGNAL:
		return 128 + r->signal;
	case STOP_ACCOUNT:
		return EXIT_ACCOUNT;
	case STOP_LEDGER:
		return r->sent ? EXIT_FAILED : EXIT_USAGE;
	case STOP_REFUSED:
		return EXIT_REFUSED;
	case STOP_WAIT:
		return EXIT_WAIT;
	case STOP_NONE:
		break;
	}
	return failed ? EXIT_FAILED : EXIT_SUCCESS;
}

static void
release(struct run *r)
{
	free(r->jobs);
	free(r->poll_fds);
	free(r->poll_jobs);
	prompts_free(&r->prompts);
	if (r->signal_fd != -1)
		close(r->signal_fd);
}

static void
prepare_sandbox(struct run *r)
{
	struct sandbox_paths paths = {
	    .outputs = r->ws->outputs, .rescue = r->rescue};

	output_rescue_begin(r->rescue);
	attempt_certificates(r->api, &paths.ca_file, &paths.ca_dirs);
	sandbox_prepare(&r->sandbox, &paths);
}

/* The stages up to the loop.  -1 with ERR: nothing was done. */
static int
prepare(struct run *r, struct config *cfg, struct error *err)
{
	if (open_events(r, err) == -1 || find_prompts(r, err) == -1)
		return -1;
	slots_begin(r);
	if (!anything_to_send(r)) {
		if (take(r, err) == -1)
			return -1;
		finish_broken(r);
		return 0;
	}
	if (r->cfg->exec == NULL) {
		r->api = attempt_prepare(&cfg->api, err);
		if (r->api == NULL)
			return -1;
		config_forget_key(cfg);
		prepare_sandbox(r);
	}
	if (take(r, err) == -1)
		return -1;
	finish_broken(r);
	refuse_hopeless(r);
	return 0;
}

/* The preparation broke off: what has no claim is not ours to end. */
static void
forget_unclaimed(struct run *r)
{
	for (size_t i = 0; i < r->count; i++)
		if (r->jobs[i].state < JOB_ANSWERED &&
		    r->jobs[i].claim.fd == -1)
			r->jobs[i].state = JOB_LEFT;
}

static int
open_log(struct run *r, struct error *err)
{
	struct stat log, ledger;

	if (r->cfg->log == NULL)
		return 0;
	if (logfile_open(&r->log, r->cfg->log, err) == -1)
		return -1;
	if (fstat(r->log.fd, &log) == 0 &&
	    stat(r->account.ledger.path, &ledger) == 0 &&
	    log.st_dev == ledger.st_dev && log.st_ino == ledger.st_ino)
		return error_set(
		    err, "%.300s: is the ledger, not a log", r->cfg->log);
	return 0;
}

/* An incomplete log is a failure, as an unwritten summary is. */
static int
end_log(struct run *r, int status)
{
	if (r->log.lost == 0)
		return status;
	progress_warn(&r->progress, "%d of %d attempts are not in the log: %s",
	    r->log.lost, r->log.lines, r->log.why.text);
	return status == EXIT_SUCCESS ? EXIT_FAILED : status;
}

static int
run_in(struct run *r, struct config *cfg)
{
	struct error err;
	int status;

	settle_the_dead(r);
	if (r->stop == STOP_NONE && prepare(r, cfg, &err) == -1) {
		run_stop(r, STOP_LEDGER, &err);
		forget_unclaimed(r);
	}
	loop(r);
	admit_end(r);
	slots_end(r);
	progress_clear(&r->progress);
	if (r->stop == STOP_REFUSED)
		refuse_explain(r);
	else if (r->stop != STOP_NONE && r->stop != STOP_SIGNAL)
		progress_warn(&r->progress, "%s", r->why.text);
	status = end_log(r, exit_status(r));
	if (status != EXIT_USAGE && summary_print(r, status) == -1) {
		progress_warn(&r->progress, "standard output: write: %s",
		    strerror(errno));
		if (status == EXIT_SUCCESS)
			status = EXIT_FAILED;
	}
	attempt_free(r->api);
	sandbox_free(&r->sandbox);
	output_rescue_end(r->rescue);
	return status;
}

int
cmd_run(struct config *cfg)
{
	struct workspace ws = WORKSPACE_INIT;
	struct run r = {.cfg = cfg,
	    .ws = &ws,
	    .signal_fd = -1,
	    .begun = clock_boot(),
	    .admission = {.queue = QUEUE_INIT, .timer_fd = -1},
	    .jobserver = JOBSERVER_INIT,
	    .sandbox = SANDBOX_INIT,
	    .log = LOGFILE_INIT};
	struct error err;
	int status = EXIT_USAGE;

	progress_init(&r.progress, cfg->quiet, cfg->verbose);
	raise_file_limit();
	if (workspace_open(&ws, true, true, &err) == -1 ||
	    account_open(
		&r.account, cfg->ledger, ws.locks, &cfg->limits, &err) == -1) {
		progress_warn(&r.progress, "%s", err.text);
	} else {
		if (open_log(&r, &err) == -1)
			progress_warn(&r.progress, "%s", err.text);
		else
			status = run_in(&r, cfg);
		account_close(&r.account);
	}
	logfile_close(&r.log);
	release(&r);
	workspace_close(&ws);
	return status;
}
