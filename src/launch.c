#include "launch.h"

#include "child.h"
#include "clock.h"
#include "run.h"
#include "spawn.h"

/* How much longer than its own timeouts a child may take to say so. */
#define LAUNCH_PATIENCE (15 * NS_PER_S)

static int
start(struct run *r, struct job *j, struct error *err)
{
	struct child_task task = {.ws = r->ws,
	    .cfg = r->cfg,
	    .api = r->api,
	    .prompt = j->prompt,
	    .claim = &j->claim,
	    .sandbox = &r->sandbox,
	    .rescue = r->rescue};
	const int keep[] = {
	    j->claim.fd, r->ws->outputs, r->ws->prompts, r->sandbox.ruleset};
	struct spawned s;

	if (spawn(&s, child_main, &task, keep, sizeof(keep) / sizeof(keep[0]),
		err) == -1)
		return -1;
	j->state = JOB_RUNNING;
	j->pid = s.pid;
	j->pid_fd = s.pid_fd;
	j->report_fd = s.report_fd;
	j->started = clock_boot();
	if (j->first_started == 0)
		j->first_started = j->started;
	j->deadline =
	    r->cfg->api.total_timeout_ns >
		    INT64_MAX - j->started - LAUNCH_PATIENCE
		? INT64_MAX
		: j->started + r->cfg->api.total_timeout_ns + LAUNCH_PATIENCE;
	r->running++;
	r->sent = true;
	return 0;
}

/*
 * No child to be had.  While others run, wait for one of them to end and use
 * its place; else nothing will get better by itself.
 */
static void
no_child(struct run *r, const struct error *err)
{
	if (r->running > 0) {
		r->slots = r->slots_max = r->running;
		progress_warn(&r->progress, "%s; going on with %d at once",
		    err->text, r->slots);
		return;
	}
	run_stop(r, STOP_LEDGER, err);
}

void
launch(struct run *r)
{
	if (r->stop != STOP_NONE || clock_boot() < r->hold_until)
		return;
	for (size_t i = 0; i < r->count && r->running < r->slots; i++) {
		struct job *const j = &r->jobs[i];
		struct error err;

		if (j->state != JOB_READY || run_is_stale(r, j))
			continue;
		if (start(r, j, &err) == -1) {
			no_child(r, &err);
			return;
		}
	}
}
