#include "ledger.h"

#include "clock.h"
#include "io.h"
#include "localday.h"
#include "lockopen.h"

#include <bsd/string.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

/* Follow links at PATH's end, for realpath(3) stops at a dangling one. */
static int
follow_links(char path[PATH_MAX], struct error *err)
{
	for (int i = 0; i < 40; i++) {
		char target[PATH_MAX];
		const ssize_t n = readlink(path, target, sizeof(target) - 1);
		char *const slash = strrchr(path, '/');
		size_t keep = 0;

		if (n == -1)
			return 0;
		target[n] = '\0';
		if (target[0] != '/' && slash != NULL)
			keep = (size_t)(slash + 1 - path);
		if (keep + (size_t)n >= PATH_MAX) {
			errno = ENAMETOOLONG;
			return error_sys(err, "%s: readlink", path);
		}
		memcpy(path + keep, target, (size_t)n + 1);
	}
	errno = ELOOP;
	return error_sys(err, "%s: readlink", path);
}

void
ledger_close(struct ledger *l)
{
	close(l->dirfd);
	l->dirfd = -1;
}

/* PATH with its directory resolved; the last component need not exist. */
static int
resolve(struct ledger *l, char path[PATH_MAX], struct error *err)
{
	char *const slash = strrchr(path, '/');
	const char *const base = slash ? slash + 1 : path;
	char real[PATH_MAX];
	struct stat st;
	int n;

	if (*base == '\0' || strcmp(base, ".") == 0 ||
	    strcmp(base, "..") == 0) {
		errno = EISDIR;
		return error_sys(err, "%s: open", path);
	}
	if (slash != NULL)
		*slash = '\0';
	if (realpath(slash == NULL ? "." : (slash == path ? "/" : path),
		real) == NULL)
		return error_sys(err, "%s: open", path);
	l->dirfd = open(real, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (l->dirfd == -1)
		return error_sys(err, "%s: open", real);
	if (fstat(l->dirfd, &st) == -1) {
		error_sys(err, "%s: stat", real);
		goto fail;
	}
	l->dir = st.st_ino;
	n = snprintf(l->path, sizeof(l->path), "%s/%s",
	    strcmp(real, "/") == 0 ? "" : real, base);
	if (n < 0 || (size_t)n >= sizeof(l->path)) {
		errno = ENAMETOOLONG;
		error_sys(err, "%s: open", path);
		goto fail;
	}
	l->base = strrchr(l->path, '/') + 1;
	return 0;
fail:
	ledger_close(l);
	return -1;
}

int
ledger_open(struct ledger *l, const char *name, const char *tag,
    const struct limits *limits, struct error *err)
{
	char path[PATH_MAX];

	if (name == NULL)
		name = "usage.md";
	if (strlcpy(path, name, sizeof(path)) >= sizeof(path)) {
		errno = ENAMETOOLONG;
		return error_sys(err, "%s: open", name);
	}
	l->limits = *limits;
	snprintf(l->temp, sizeof(l->temp), ".usage.%s.tmp", tag);
	if (follow_links(path, err) == -1)
		return -1;
	return resolve(l, path, err);
}

/* Parse what was read and bring it to now. */
static int
view_load(const struct ledger *l, struct ledger_view *v, struct error *err)
{
	const int64_t mtime =
	    (int64_t)v->st.st_mtim.tv_sec * NS_PER_S + v->st.st_mtim.tv_nsec;

	if (ledger_parse(v->text.data ? v->text.data : "", v->text.len, l->path,
		mtime, &v->usage, err) == -1)
		return -1;
	v->now = clock_wall();
	v->today = local_day(v->now);
	v->future = !usage_roll(&v->usage, &l->limits, v->now, v->today);
	v->counted = v->usage.window < v->today.end
	                 ? v->today
	                 : local_day(v->usage.window);
	return 0;
}

static int
read_text(
    const struct ledger *l, struct ledger_view *v, int fd, struct error *err)
{
	if (fstat(fd, &v->st) == -1)
		return error_sys(err, "%s: stat", l->path);
	if (!S_ISREG(v->st.st_mode))
		return error_set(err, "%s: not a regular file", l->path);
	buf_clear(&v->text);
	if (io_read_all(fd, &v->text) == 0)
		return 0;
	if (errno == EMSGSIZE)
		return error_set(err, "%s: over %d bytes: not a ledger",
		    l->path, LEDGER_TEXT_MAX);
	return error_sys(err, "%s: read", l->path);
}

int
ledger_read(const struct ledger *l, struct ledger_view *v, struct error *err)
{
	const int fd = openat(
	    l->dirfd, l->base, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	int r = 0;

	if (fd == -1 && errno != ENOENT)
		return error_sys(err, "%s: open", l->path);
	if (fd == -1) {
		memset(&v->st, 0, sizeof(v->st));
		v->st.st_mtim = clock_timespec(clock_wall());
		buf_clear(&v->text);
	} else {
		r = read_text(l, v, fd, err);
		close(fd);
	}
	return r == -1 ? -1 : view_load(l, v, err);
}

int
ledger_lock(const struct ledger *l, struct ledger_view *v, struct error *err)
{
	v->fd = lock_open(l->dirfd, l->base, 0, l->path, err);
	if (v->fd == -1)
		return -1;
	if (read_text(l, v, v->fd, err) == -1 || view_load(l, v, err) == -1) {
		ledger_unlock(v);
		return -1;
	}
	return 0;
}

/* The new file looks to others like the old one. */
static int
copy_identity(int fd, const struct stat *st)
{
	struct stat now;

	if (fstat(fd, &now) == -1)
		return -1;
	/* Who may write a ledger in a shared directory need not own it: the
	 * group is kept if the owner cannot be. */
	if ((now.st_uid != st->st_uid || now.st_gid != st->st_gid) &&
	    fchown(fd, st->st_uid, st->st_gid) == -1 &&
	    fchown(fd, (uid_t)-1, st->st_gid) == -1 && errno != EPERM)
		return -1;
	if (now.st_mode == st->st_mode)
		return 0;
	return fchmod(fd, st->st_mode & 07777);
}

static int
fill_temp(const struct ledger *l, struct ledger_view *v, struct error *err)
{
	struct buf text = BUF_INIT(2 * LEDGER_TEXT_MAX);
	const char *what = "format";
	int r = ledger_format(v->text.data, v->text.len, &v->usage, &text);

	if (r == 0) {
		what = "lock";
		r = flock(v->temp_fd, LOCK_EX | LOCK_NB);
	}
	if (r == 0) {
		what = "write";
		r = io_write(v->temp_fd, text.data, text.len);
	}
	if (r == 0) {
		what = "chmod";
		r = copy_identity(v->temp_fd, &v->st);
	}
	if (r == 0) {
		what = "fsync";
		r = fsync(v->temp_fd);
	}
	if (r == -1)
		error_sys(err, "%s: %s of its new text", l->path, what);
	buf_free(&text);
	return r;
}

int
ledger_stage(const struct ledger *l, struct ledger_view *v, struct error *err)
{
	const int flags = O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
	const mode_t mode = v->st.st_mode & 0666;

	v->temp_fd = openat(l->dirfd, l->temp, flags, mode);
	if (v->temp_fd == -1 && errno == EEXIST) {
		/* A temporary of ours without a journal is a dead run's: what
		 * it was for never happened. */
		if (unlinkat(l->dirfd, l->temp, 0) == -1)
			return error_sys(
			    err, "%s: remove stale temporary", l->path);
		v->temp_fd = openat(l->dirfd, l->temp, flags, mode);
	}
	if (v->temp_fd == -1)
		return error_sys(
		    err, "%s: create a temporary beside it", l->path);
	if (fill_temp(l, v, err) == -1) {
		ledger_discard(l, v);
		return -1;
	}
	return 0;
}

int
ledger_publish(const struct ledger *l, struct ledger_view *v, struct error *err)
{
	struct stat now;

	if (fstatat(l->dirfd, l->base, &now, AT_SYMLINK_NOFOLLOW) == -1)
		return error_sys(err, "%s: stat", l->path);
	if (now.st_dev != v->st.st_dev || now.st_ino != v->st.st_ino)
		return error_set(err,
		    "%s: somebody has put another file in its place meanwhile",
		    l->path);
	if (renameat(l->dirfd, l->temp, l->dirfd, l->base) == -1)
		return error_sys(err, "%s: rename", l->path);
	close(v->fd);
	v->fd = v->temp_fd;
	v->temp_fd = -1;
	return 0;
}

void
ledger_sync(const struct ledger *l)
{
	/* The change is made, and cannot be taken back: a directory that will
	 * not be synced is no reason to stop. */
	(void)fsync(l->dirfd);
}

void
ledger_discard(const struct ledger *l, struct ledger_view *v)
{
	if (v->temp_fd == -1)
		return;
	unlinkat(l->dirfd, l->temp, 0);
	close(v->temp_fd);
	v->temp_fd = -1;
}

void
ledger_unlock(struct ledger_view *v)
{
	if (v->fd != -1)
		close(v->fd);
	if (v->temp_fd != -1)
		close(v->temp_fd);
	v->fd = v->temp_fd = -1;
}
