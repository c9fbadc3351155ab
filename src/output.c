#include "output.h"

#include "buf.h"
#include "io.h"
#include "workspace.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Most answers fit in what is set aside before the request. */
enum {
	OUTPUT_ROOM = 64 << 10
};

static int
fail(struct error *err, int n, const char *what)
{
	return error_sys(err, "outputs/%d_output.txt: %s", n, what);
}

/*
 * What is stale by our own hand is dated so: an earlier answer is kept when an
 * error or a part of an answer takes its place, but not a part, which would
 * take the place of the answer that was kept before.
 */
enum {
	STALE_NSEC = 1
};

/* What stands in the place of N's output? */
enum holding {
	HOLDS_NOTHING, /* no regular file, or nothing in it */
	HOLDS_ANSWER,  /* or what we may not read, and so for all we know */
	HOLDS_PART,    /* of an answer, by its date */
	HOLDS_REPORT,  /* of an error */
	HOLDS_UNKNOWN  /* errno says why */
};

static enum holding
look(int outputs, int n)
{
	const size_t want = sizeof(OUTPUT_ERROR_PREFIX) - 1;
	char name[WORKSPACE_NAME], head[sizeof(OUTPUT_ERROR_PREFIX)];
	struct error ignored;
	struct stat st;
	ssize_t got;
	int fd;

	if (fstatat(outputs, output_name(name, n), &st, 0) == -1)
		return errno == ENOENT ? HOLDS_NOTHING : HOLDS_UNKNOWN;
	if (!S_ISREG(st.st_mode) || st.st_size == 0)
		return HOLDS_NOTHING;
	fd = io_open_regular(outputs, "outputs", name, O_RDONLY, &st, &ignored);
	if (fd == -1)
		return errno == EACCES ? HOLDS_ANSWER : HOLDS_UNKNOWN;
	got = io_read(fd, head, want);
	close(fd);
	if (got == -1)
		return HOLDS_UNKNOWN;
	if ((size_t)got == want && memcmp(head, OUTPUT_ERROR_PREFIX, want) == 0)
		return HOLDS_REPORT;
	return st.st_mtim.tv_nsec == STALE_NSEC ? HOLDS_PART : HOLDS_ANSWER;
}

bool
output_current(int outputs, int n, struct timespec prompt_mtime)
{
	char name[WORKSPACE_NAME];
	struct stat st;

	if (outputs == -1 ||
	    fstatat(outputs, output_name(name, n), &st, 0) == -1 ||
	    !S_ISREG(st.st_mode) || st.st_size == 0)
		return false;
	if (st.st_mtim.tv_sec < prompt_mtime.tv_sec ||
	    (st.st_mtim.tv_sec == prompt_mtime.tv_sec &&
		st.st_mtim.tv_nsec < prompt_mtime.tv_nsec))
		return false;
	/* A prompt that was put back from elsewhere may be of an older date
	 * than the report of its absence. */
	return look(outputs, n) != HOLDS_REPORT;
}

int
output_begin(int outputs, int n, struct error *err)
{
	char name[WORKSPACE_NAME];
	struct stat st;
	int fd;

	/* What rename would refuse must not cost a request first. */
	if (fstatat(outputs, output_name(name, n), &st, AT_SYMLINK_NOFOLLOW) ==
		0 &&
	    S_ISDIR(st.st_mode)) {
		errno = EISDIR;
		return fail(err, n, "replace");
	}
	/* A stale one may be open in a dying worker: take a new file. */
	output_discard(outputs, n);
	fd = openat(outputs, output_temp_name(name, n),
	    O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
	if (fd == -1)
		return fail(err, n, "create a temporary file");
	if (fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, OUTPUT_ROOM) == -1 &&
	    (errno == ENOSPC || errno == EDQUOT || errno == EIO)) {
		fail(err, n, "set space aside");
		close(fd);
		output_discard(outputs, n);
		return -1;
	}
	return fd;
}

int
output_seal(int fd, int n, struct timespec mtime, struct error *err)
{
	const struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}, mtime};
	struct stat st;

	/* Gives back what was set aside beyond the text. */
	if (fstat(fd, &st) == -1 || ftruncate(fd, st.st_size) == -1)
		return fail(err, n, "truncate");
	if (futimens(fd, times) == -1)
		return fail(err, n, "set its time");
	if (fsync(fd) == -1)
		return fail(err, n, "fsync");
	return 0;
}

int
output_stage(int fd, int n, const char *text, size_t len, struct timespec mtime,
    struct error *err)
{
	if (io_pwrite(fd, text, len, 0) == -1)
		return fail(err, n, "write");
	return output_seal(fd, n, mtime, err);
}

void
output_discard(int outputs, int n)
{
	char name[WORKSPACE_NAME];

	unlinkat(outputs, output_temp_name(name, n), 0);
}

int
output_publish(int outputs, int n, bool keep, struct error *err)
{
	char temp[WORKSPACE_NAME], name[WORKSPACE_NAME], old[WORKSPACE_NAME];
	const enum holding there = keep ? look(outputs, n) : HOLDS_NOTHING;

	if (there == HOLDS_UNKNOWN)
		return fail(err, n, "look for an earlier answer");
	output_name(name, n);
	if (there == HOLDS_ANSWER &&
	    renameat(outputs, name, outputs, output_old_name(old, n)) == -1)
		return fail(err, n, "keep the earlier answer");
	if (renameat(outputs, output_temp_name(temp, n), outputs, name) == -1)
		return fail(err, n, "rename into place");
	if (fsync(outputs) == -1)
		return fail(err, n, "sync its directory");
	return 0;
}

int
output_staged(int outputs, int n, struct error *err)
{
	char name[WORKSPACE_NAME];
	struct stat st;

	if (fstatat(outputs, output_temp_name(name, n), &st,
		AT_SYMLINK_NOFOLLOW) == 0)
		return 1;
	return errno == ENOENT ? 0 : fail(err, n, "find its temporary");
}

static const char *
temporary_dir(void)
{
	const char *const tmp = getenv("TMPDIR");

	return tmp != NULL && *tmp != '\0' ? tmp : "/tmp";
}

void
output_rescue_begin(char dir[OUTPUT_RESCUE_MAX])
{
	const int n = snprintf(
	    dir, OUTPUT_RESCUE_MAX, "%s/chatgpt-batch.XXXXXX", temporary_dir());

	if (n >= OUTPUT_RESCUE_MAX || mkdtemp(dir) == NULL)
		dir[0] = '\0';
}

void
output_rescue_end(const char *dir)
{
	/* Unless there is something in it. */
	if (dir[0] != '\0')
		rmdir(dir);
}

int
output_rescue(const char *dir, int n, const char *text, size_t len, char *path,
    size_t size)
{
	int fd, r;

	r = snprintf(path, size, "%s/chatgpt-batch.%d_output.XXXXXX",
	    dir[0] != '\0' ? dir : temporary_dir(), n);
	if (r < 0 || (size_t)r >= size) {
		errno = ENAMETOOLONG;
		return -1;
	}
	fd = mkostemp(path, O_CLOEXEC);
	if (fd == -1)
		return -1;
	r = io_write(fd, text, len);
	if (r == -1)
		unlink(path);
	else
		fsync(fd); /* else what there is may still last */
	close(fd);
	return r;
}

int
output_rescue_staged(int outputs, int n, char *path, size_t size)
{
	struct buf b = BUF_INIT(SIZE_MAX / 2);
	char name[WORKSPACE_NAME];
	const int fd = openat(outputs, output_temp_name(name, n),
	    O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	int r = -1;

	if (fd == -1)
		return -1;
	if (io_read_all(fd, &b) == 0)
		r = output_rescue("", n, b.data, b.len, path, size);
	buf_free(&b);
	close(fd);
	return r;
}

int
output_report(int outputs, int n, struct timespec prompt_mtime,
    const char *text, size_t len, struct error *err)
{
	const int fd = output_begin(outputs, n, err);
	int r;

	if (fd == -1)
		return -1;
	r = output_stage(
	    fd, n, text, len, output_stale_time(prompt_mtime), err);
	close(fd);
	if (r == 0)
		r = output_publish(outputs, n, true, err);
	if (r == -1)
		output_discard(outputs, n);
	return r;
}

struct timespec
output_stale_time(struct timespec t)
{
	t.tv_sec -= 1;
	t.tv_nsec = STALE_NSEC;
	return t;
}
