#include "lockwait.h"

#include <errno.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static _Noreturn void
wait_in_child(int fd, pid_t parent)
{
	sigset_t none;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1); /* it died before we asked to be told */
	/* Nothing else may live on in here, claims least of all. */
	if (fd > 0)
		close_range(0, (unsigned int)fd - 1, 0);
	close_range((unsigned int)fd + 1, ~0U, 0);
	signal(SIGINT, SIG_IGN); /* the parent cancels us */
	signal(SIGTERM, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	while (flock(fd, LOCK_EX) == -1)
		if (errno != EINTR)
			_exit(1);
	_exit(0);
}

int
lockwait_start(struct lockwait *w, int fd, struct error *err)
{
	const pid_t parent = getpid();

	w->pid = fork();
	if (w->pid == -1) {
		w->pid = 0;
		return error_sys(err, "waiting for a lock: fork");
	}
	if (w->pid == 0)
		wait_in_child(fd, parent);
	w->pid_fd = pidfd_open(w->pid, 0);
	if (w->pid_fd == -1) {
		error_sys(err, "waiting for a lock: pidfd_open");
		lockwait_cancel(w);
		return -1;
	}
	return 0;
}

bool
lockwait_finish(struct lockwait *w)
{
	int status = -1;

	while (waitpid(w->pid, &status, 0) == -1 && errno == EINTR)
		continue;
	close(w->pid_fd);
	*w = (struct lockwait)LOCKWAIT_INIT;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

void
lockwait_cancel(struct lockwait *w)
{
	if (w->pid == 0)
		return;
	kill(w->pid, SIGKILL);
	while (waitpid(w->pid, NULL, 0) == -1 && errno == EINTR)
		continue;
	if (w->pid_fd != -1)
		close(w->pid_fd);
	*w = (struct lockwait)LOCKWAIT_INIT;
}
