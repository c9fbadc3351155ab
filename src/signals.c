#include "signals.h"

#include "clock.h"
#include "run.h"

#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

int
signals_catch(struct run *r, struct error *err)
{
	const int signals[] = {SIGINT, SIGTERM, SIGHUP};
	sigset_t set;

	/* A reader that is gone, a file that may not grow: errors of the
	 * write, not our end. */
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	/* Ignored, as some who start us have it, it takes from us how our
	 * children ended: a failed one would pass for a good one. */
	signal(SIGCHLD, SIG_DFL);
	sigemptyset(&set);
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
		struct sigaction sa;

		if (sigaction(signals[i], NULL, &sa) == -1 ||
		    sa.sa_handler != SIG_IGN)
			sigaddset(&set, signals[i]);
	}
	if (sigprocmask(SIG_BLOCK, &set, NULL) == -1)
		return error_sys(err, "signals: block");
	r->signal_fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	if (r->signal_fd == -1)
		return error_sys(err, "signals: signalfd");
	return 0;
}

static void
abort_children(struct run *r)
{
	for (size_t i = 0; i < r->count; i++) {
		struct job *const j = &r->jobs[i];

		if (j->state != JOB_RUNNING)
			continue;
		kill(-j->pid, SIGTERM);
		j->deadline = clock_boot() + SIGNALS_GRACE;
	}
}

void
signals_take(struct run *r)
{
	struct signalfd_siginfo info;
	struct error why;

	while (
	    read(r->signal_fd, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
		r->interrupts++;
		if (r->interrupts > 1) {
			abort_children(r);
			continue;
		}
		r->signal = (int)info.ssi_signo;
		error_set(&why, "interrupted");
		run_stop(r, STOP_SIGNAL, &why);
		if (r->running > 0)
			progress_note(&r->progress,
			    "interrupted: %d running request%s will finish; "
			    "once more to abort",
			    r->running, r->running == 1 ? "" : "s");
	}
}
