#include "jobserver.h"

#include "io.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	SLOTS_MAX = 4096
};

/* What the keeper works with. */
struct keeper {
	int parent; /* its target comes in, our count goes out, as int32_t */
	int take;   /* the jobserver's end to read; does not block */
	int give;   /* the end to write */
	int32_t target;
	int32_t held;
	char tokens[SLOTS_MAX]; /* the very bytes that were read */
};

static void
give_back(struct keeper *k, int32_t down_to)
{
	while (k->held > down_to)
		if (io_write(k->give, &k->tokens[--k->held], 1) == -1)
			break; /* make is gone, and needs them no more */
}

static void
take_one(struct keeper *k)
{
	if (read(k->take, &k->tokens[k->held], 1) == 1)
		k->held++;
}

/* Until the parent closes its end, which the kernel does if it dies. */
static _Noreturn void
keep(struct keeper *k)
{
	for (;;) {
		const bool hungry = k->held < k->target;
		struct pollfd fds[] = {
		    {.fd = k->parent, .events = POLLIN},
		    {.fd = hungry ? k->take : -1, .events = POLLIN},
		};
		const int32_t before = k->held;

		if (poll(fds, 2, -1) == -1 && errno != EINTR)
			break;
		if (fds[0].revents != 0) {
			int32_t target;

			if (io_read(k->parent, &target, sizeof(target)) !=
			    (ssize_t)sizeof(target))
				break;
			k->target = target;
			give_back(k, target);
		} else if (fds[1].revents != 0) {
			take_one(k);
		}
		if (k->held != before &&
		    io_write(k->parent, &k->held, sizeof(k->held)) == -1)
			break;
	}
	give_back(k, 0);
	_exit(0);
}

/*
 * An open file of our own for the same pipe: make's is shared with all its
 * children, and to make that one non-blocking would change it under them.
 */
static int
reopen(int fd, int flags)
{
	char path[40];
	struct stat st;

	if (fstat(fd, &st) == -1 || !S_ISFIFO(st.st_mode)) {
		errno = EBADF;
		return -1;
	}
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return open(path, flags | O_CLOEXEC);
}

/* The last --jobserver-auth in MAKEFLAGS counts. */
static const char *
find_auth(const char *makeflags)
{
	static const char *const names[] = {
	    "--jobserver-auth=", "--jobserver-fds="};
	const char *auth = NULL;

	for (size_t i = 0; auth == NULL && i < 2; i++) {
		const char *p = makeflags;

		while (p != NULL && (p = strstr(p, names[i])) != NULL) {
			p += strlen(names[i]);
			auth = p;
		}
	}
	return auth;
}

/* Open what AUTH names: "fifo:PATH" or "R,W". */
static int
open_server(struct keeper *k, const char *auth, struct error *err)
{
	const size_t len = strcspn(auth, " ");
	char path[PATH_MAX];
	int in, out;

	if (strncmp(auth, "fifo:", 5) == 0 && len - 5 < sizeof(path)) {
		snprintf(path, sizeof(path), "%.*s", (int)(len - 5), auth + 5);
		k->take = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
		if (k->take == -1)
			return error_sys(err, "make's jobserver: %s", path);
		k->give = dup(k->take);
		return k->give;
	}
	if (sscanf(auth, "%d,%d", &in, &out) != 2 || in < 0 || out < 0 ||
	    (k->take = reopen(in, O_RDONLY | O_NONBLOCK)) == -1)
		return error_set(err,
		    "make's jobserver is not passed on to us; "
		    "a '+' before the command in the rule does that");
	k->give = reopen(out, O_WRONLY);
	if (k->give == -1)
		return error_sys(err, "make's jobserver: open to write");
	return 0;
}

static _Noreturn void
become_keeper(struct keeper *k)
{
	const int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE};

	/* It ends when its parent has, and not before. */
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		signal(signals[i], SIG_IGN);
	setpgid(0, 0);
	keep(k);
}

int
jobserver_start(struct jobserver *j, const char *makeflags, struct error *err)
{
	const char *const auth = find_auth(makeflags);
	struct keeper k = {.parent = -1, .take = -1, .give = -1};
	int ends[2] = {-1, -1};
	int r = -1;

	if (auth == NULL)
		return 0;
	if (open_server(&k, auth, err) == -1)
		goto out;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == -1) {
		error_sys(err, "make's jobserver: socketpair");
		goto out;
	}
	j->keeper = fork();
	if (j->keeper == -1) {
		error_sys(err, "make's jobserver: fork");
		close(ends[0]);
	} else if (j->keeper == 0) {
		close(ends[0]);
		k.parent = ends[1];
		become_keeper(&k);
	} else {
		j->fd = ends[0];
		r = 1;
	}
	close(ends[1]);
out:
	if (k.take != -1)
		close(k.take);
	if (k.give != -1)
		close(k.give);
	return r;
}

void
jobserver_want(struct jobserver *j, int n)
{
	const int32_t target = n < 0 ? 0 : n > SLOTS_MAX ? SLOTS_MAX : n;

	if (j->fd == -1 || target == j->wanted)
		return;
	j->wanted = target;
	if (j->held > target)
		j->held = target;
	if (io_write(j->fd, &target, sizeof(target)) == -1)
		jobserver_stop(j);
}

void
jobserver_hear(struct jobserver *j)
{
	int32_t held;

	if (io_read(j->fd, &held, sizeof(held)) != (ssize_t)sizeof(held)) {
		jobserver_stop(j);
		return;
	}
	/* News may be older than our last word. */
	j->held = held > j->wanted ? j->wanted : held;
}

void
jobserver_stop(struct jobserver *j)
{
	if (j->fd == -1)
		return;
	close(j->fd);
	while (waitpid(j->keeper, NULL, 0) == -1 && errno == EINTR)
		continue;
	*j = (struct jobserver)JOBSERVER_INIT;
}
