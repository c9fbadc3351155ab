#include "lockopen.h"

#include "clock.h"
#include "lockinfo.h"
#include "quota.h"

#include <bsd/libutil.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/time.h>

static void
wake_up(int sig)
{
	(void)sig; /* its arrival makes flock(2) return EINTR */
}

static bool
interrupt_pending(void)
{
	sigset_t pending;

	return sigpending(&pending) == 0 &&
	       (sigismember(&pending, SIGINT) == 1 ||
		   sigismember(&pending, SIGTERM) == 1 ||
		   sigismember(&pending, SIGHUP) == 1);
}

void
lock_blame(pid_t holder, const char *label, struct error *err)
{
	if (holder == 0)
		error_set(err,
		    "%s: lock: held for %d seconds by another process", label,
		    LOCKOPEN_PATIENCE_S);
	else
		error_set(err, "%s: lock: held for %d seconds by process %d%s",
		    label, LOCKOPEN_PATIENCE_S, (int)holder,
		    process_is_stopped(holder) ? ", which is stopped" : "");
}

static void
give_up(int dirfd, const char *name, const char *label, struct error *err)
{
	struct stat st;
	pid_t holder = 0;

	if (fstatat(dirfd, name, &st, 0) == 0)
		holder = lock_holder(&st);
	if (interrupt_pending())
		error_set(err, "%s: lock: interrupted", label);
	else
		lock_blame(holder, label, err);
}

/*
 * A repeating timer, so that no tick is lost between a look and a sleep: there
 * is always a next one.  Whoever started us may have left its signal blocked.
 */
struct ticks {
	struct sigaction action;
	sigset_t mask;
};

static void
ticks_begin(struct ticks *before)
{
	const struct itimerval tick = {{0, 200000}, {0, 200000}};
	struct sigaction sa;
	sigset_t set;

	memset(&sa, 0, sizeof(sa));
	sa.sa_handler = wake_up;
	sigaction(SIGALRM, &sa, &before->action);
	sigemptyset(&set);
	sigaddset(&set, SIGALRM);
	sigprocmask(SIG_UNBLOCK, &set, &before->mask);
	setitimer(ITIMER_REAL, &tick, NULL);
}

static void
ticks_end(const struct ticks *before)
{
	const struct itimerval off = {{0, 0}, {0, 0}};

	setitimer(ITIMER_REAL, &off, NULL);
	sigprocmask(SIG_SETMASK, &before->mask, NULL);
	sigaction(SIGALRM, &before->action, NULL);
}

/* Wait in flock(2), which nobody can poll, and look up now and then. */
static int
lock_patiently(int dirfd, const char *name, int flags, const char *label,
    struct error *err)
{
	const int64_t deadline = clock_boot() + LOCKOPEN_PATIENCE_S * NS_PER_S;
	struct ticks before;
	int fd;

	ticks_begin(&before);
	do {
		fd = flopenat(dirfd, name, flags, 0666);
	} while (fd == -1 && errno == EINTR && !interrupt_pending() &&
		 clock_boot() < deadline);
	if (fd == -1 && errno == EINTR)
		give_up(dirfd, name, label, err);
	else if (fd == -1)
		error_sys(err, "%s: lock", label);
	ticks_end(&before);
	return fd;
}

bool
lock_wait(int fd)
{
	struct ticks before;
	bool ours = false;
	int saved;

	ticks_begin(&before);
	/* A signal that is blocked does not interrupt: look for it. */
	errno = EINTR;
	if (!interrupt_pending())
		ours = flock(fd, LOCK_EX) == 0;
	saved = errno;
	ticks_end(&before);
	errno = saved;
	return ours;
}

int
lock_open(int dirfd, const char *name, int flags, const char *label,
    struct error *err)
{
	/* flopenat takes O_NONBLOCK for the lock's as well. */
	const int all = flags | O_RDWR | O_CREAT | O_NOCTTY | O_CLOEXEC;
	const int fd = flopenat(dirfd, name, all | O_NONBLOCK, 0666);

	if (fd != -1)
		return fd;
	if (errno == EWOULDBLOCK)
		return lock_patiently(dirfd, name, all, label, err);
	return error_sys(err, "%s: lock", label);
}
