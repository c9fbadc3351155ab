#include "spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

static int
by_value(const void *a, const void *b)
{
	const int x = *(const int *)a, y = *(const int *)b;

	return (x > y) - (x < y);
}

/* Close all above standard error but KEEP: a claim that a stranger's
 * child keeps open would seem alive after its own parent and child are gone. */
static void
close_others(int *keep, size_t count)
{
	unsigned int from = 3;

	qsort(keep, count, sizeof(*keep), by_value);
	for (size_t i = 0; i < count; i++) {
		const unsigned int fd = (unsigned int)keep[i];

		if (keep[i] == -1)
			continue;
		if (fd > from)
			close_range(from, fd - 1, 0);
		if (fd >= from)
			from = fd + 1;
	}
	close_range(from, ~0U, 0);
}

static void
reset_signals(void)
{
	const int signals[] = {
	    SIGINT, SIGTERM, SIGHUP, SIGALRM, SIGPIPE, SIGCHLD};
	sigset_t none;

	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		signal(signals[i], SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

static _Noreturn void
become_child(int (*entry)(void *arg, int report_fd), void *arg, int report_fd,
    const int *keep, size_t keep_count)
{
	int kept[SPAWN_KEEP + 1];
	int null;

	/* A terminal's signals are the parent's to deal with. */
	setpgid(0, 0);
	for (size_t i = 0; i < keep_count; i++)
		kept[i] = keep[i];
	kept[keep_count] = report_fd;
	close_others(kept, keep_count + 1);
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (null != -1) {
		dup2(null, STDIN_FILENO);
		dup2(null, STDOUT_FILENO);
		if (null > STDERR_FILENO)
			close(null);
	}
	reset_signals();
	_exit(entry(arg, report_fd));
}

int
spawn(struct spawned *s, int (*entry)(void *arg, int report_fd), void *arg,
    const int *keep, size_t keep_count, struct error *err)
{
	int ends[2];
	int saved;

	if (pipe2(ends, O_CLOEXEC) == -1)
		return error_sys(err, "worker: pipe");
	/* Only the parent's end: the child's one write fits the pipe. */
	if (fcntl(ends[0], F_SETFL, O_NONBLOCK) == -1) {
		error_sys(err, "worker: pipe");
		goto fail;
	}
	fflush(NULL);
	s->pid = fork();
	if (s->pid == -1) {
		error_sys(err, "worker: fork");
		goto fail;
	}
	if (s->pid == 0)
		become_child(entry, arg, ends[1], keep, keep_count);
	setpgid(s->pid, s->pid);
	/* Without one its report tells.  To kill it would be to guess how far
	 * it has come. */
	s->pid_fd = pidfd_open(s->pid, 0);
	close(ends[1]);
	s->report_fd = ends[0];
	return 0;
fail:
	saved = errno;
	close(ends[0]);
	close(ends[1]);
	errno = saved;
	return -1;
}

char *
spawn_death(int status, char text[80])
{
	text[0] = '\0';
	if (WIFSIGNALED(status))
		snprintf(text, 80, "killed by signal %d (%s)", WTERMSIG(status),
		    strsignal(WTERMSIG(status)));
	else if (WEXITSTATUS(status) != 0)
		snprintf(
		    text, 80, "exited with status %d", WEXITSTATUS(status));
	return text;
}
