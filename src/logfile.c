#include "logfile.h"

#include "lockopen.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	PIPE_PATIENCE_MS = 1000
};

/* Whoever wrote it last may have died over it. */
static bool
ends_amid_line(const char *name)
{
	const int fd = open(name, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct stat st;
	char last = '\n';

	if (fd == -1)
		return false;
	if (fstat(fd, &st) == 0 && st.st_size > 0 &&
	    pread(fd, &last, 1, st.st_size - 1) != 1)
		last = '\n';
	close(fd);
	return last != '\n';
}

int
logfile_open(struct logfile *l, const char *name, struct error *err)
{
	struct stat st;

	l->name = name;
	/* Without waiting: a pipe that nobody reads is an error. */
	l->fd = open(name,
	    O_WRONLY | O_APPEND | O_CREAT | O_NONBLOCK | O_NOCTTY | O_CLOEXEC,
	    0666);
	if (l->fd == -1)
		return error_sys(err, "%.300s: open", name);
	if (fstat(l->fd, &st) == -1) {
		error_sys(err, "%.300s", name);
		logfile_close(l);
		return -1;
	}
	l->regular = S_ISREG(st.st_mode);
	return 0;
}

/* Not for long, and once in vain is enough: a write that is one needs no lock
 * but for its accidents. */
static bool
lock(struct logfile *l)
{
	if (!l->regular)
		return false;
	if (flock(l->fd, LOCK_EX | LOCK_NB) == 0)
		return true;
	if (errno == EWOULDBLOCK && !l->crowded && lock_wait(l->fd))
		return true;
	l->crowded = true;
	return false;
}

/* One write, or as good as one; for a pipe that is full, after a while. */
static ssize_t
put(const struct logfile *l, const char *line, size_t len)
{
	struct pollfd p = {.fd = l->fd, .events = POLLOUT};
	ssize_t n;

	do
		n = write(l->fd, line, len);
	while (n == -1 && errno == EINTR);
	if (n == -1 && errno == EAGAIN && l->lost == 0 &&
	    poll(&p, 1, PIPE_PATIENCE_MS) == 1)
		n = write(l->fd, line, len);
	return n;
}

/* LINE's write has taken only N bytes: have them out of the file again. */
static void
mend(struct logfile *l, ssize_t n, bool locked)
{
	struct stat st;

	l->torn = !(locked && fstat(l->fd, &st) == 0 && st.st_size >= n &&
		    ftruncate(l->fd, st.st_size - n) == 0);
}

static int
append(struct logfile *l, const struct log_entry *e, struct buf *text)
{
	const char *line;
	size_t len;
	bool locked;
	ssize_t n;
	int saved;

	if (buf_adds(text, "\n") == -1 || log_line_add(text, e) == -1)
		return -1;
	locked = lock(l);
	/* Without the lock it could be somebody's who is still at it. */
	if (locked && !l->looked)
		l->torn = ends_amid_line(l->name);
	l->looked |= locked;
	line = text->data + !l->torn;
	len = text->len - !l->torn;
	n = put(l, line, len);
	saved = errno;
	if (n == (ssize_t)len)
		l->torn = false;
	else if (n > 0)
		mend(l, n, locked);
	if (locked)
		flock(l->fd, LOCK_UN);
	errno = n >= 0 ? ENOSPC : saved;
	return n == (ssize_t)len ? 0 : -1;
}

bool
logfile_add(struct logfile *l, const struct log_entry *e)
{
	struct buf line = BUF_INIT(LOG_LINE_MAX);
	bool done;

	if (l->fd == -1)
		return true;
	l->lines++;
	done = append(l, e, &line) == 0;
	if (!done && l->lost++ == 0)
		error_sys(&l->why, "%.300s: write", l->name);
	buf_free(&line);
	return done;
}

void
logfile_close(struct logfile *l)
{
	if (l->fd != -1)
		close(l->fd);
	l->fd = -1;
}
