#include "lockinfo.h"

#include "io.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <unistd.h>

pid_t
lock_holder(const struct stat *st)
{
	FILE *const f = fopen("/proc/locks", "re");
	char line[256];
	pid_t holder = 0;

	if (f == NULL)
		return 0;
	while (fgets(line, sizeof(line), f) != NULL) {
		unsigned int maj, min;
		uint64_t ino;
		int pid;

		/* "1: FLOCK  ADVISORY  WRITE 4242 fe:00:131 0 EOF"; a waiter
		 * has "->" after the number and does not match. */
		if (sscanf(line, "%*d: FLOCK %*s %*s %d %x:%x:%" SCNu64, &pid,
			&maj, &min, &ino) == 4 &&
		    ino == st->st_ino && maj == major(st->st_dev) &&
		    min == minor(st->st_dev)) {
			holder = (pid_t)pid;
			break;
		}
	}
	fclose(f);
	return holder;
}

/* As ps(1) names it: 'R', 'S', 'T', 'Z'...; 0: it cannot be told. */
static char
process_state(pid_t pid)
{
	char path[64], text[512] = {0};
	const char *state;
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd == -1)
		return 0;
	n = io_read(fd, text, sizeof(text) - 1);
	close(fd);
	/* "PID (NAME) STATE ...", and NAME may hold anything. */
	state = n > 0 ? strrchr(text, ')') : NULL;
	return state != NULL && state[1] == ' ' ? state[2] : 0;
}

bool
process_is_alive(pid_t pid)
{
	char state;

	if (pid <= 0 || (kill(pid, 0) == -1 && errno == ESRCH))
		return false;
	/* A zombie, which process 1 of a container may never bury, has let go
	 * of all it held. */
	state = process_state(pid);
	return state != 'Z' && state != 'X';
}

bool
process_is_stopped(pid_t pid)
{
	const char state = process_state(pid);

	return state == 'T' || state == 't';
}
