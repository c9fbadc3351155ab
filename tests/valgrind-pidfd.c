/*
 * valgrind-pidfd - pidfd_open(2) for valgrinds that do not know it.
 *
 * Debian 12's valgrind answers ENOSYS.  Preloaded, this stands in for libc's
 * function: a pipe into which a thread writes a byte when the child has
 * ended.  Enough for poll(2), and for children only.
 */
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Looks, and leaves the reaping to others. */
static int
has_ended(pid_t pid)
{
	siginfo_t info = {0};

	return waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) ==
	           -1 ||
	       info.si_pid != 0;
}

/* ARG is the pid and, above it, the pipe's end: nothing to allocate. */
static void *
watch(void *arg)
{
	const uint64_t packed = (uintptr_t)arg;
	const int fd = (int)(packed >> 32);
	const struct timespec nap = {.tv_nsec = 5000000};
	ssize_t n;

	while (!has_ended((pid_t)(packed & UINT32_MAX)))
		nanosleep(&nap, NULL);
	n = write(fd, "", 1);
	(void)n;
	close(fd);
	return NULL;
}

int
pidfd_open(pid_t pid, unsigned int flags)
{
	pthread_attr_t attr;
	pthread_t thread;
	sigset_t all, old;
	int ends[2], failed;

	(void)flags;
	if (pipe2(ends, O_CLOEXEC) == -1)
		return -1;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	failed = pthread_create(&thread, &attr, watch,
	    (void *)(uintptr_t)((uint64_t)ends[1] << 32 | (uint32_t)pid));
	pthread_attr_destroy(&attr);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (failed) {
		close(ends[0]);
		close(ends[1]);
		return -1;
	}
	return ends[0];
}
