#include "journal.h"

#include "buf.h"
#include "checksum.h"
#include "io.h"
#include "lockopen.h"
#include "workspace.h"

#include <bsd/string.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define JOURNAL_MAGIC UINT64_C(0x31306c6e72756f6a) /* "journl01" */

struct journal_head {
	uint64_t magic;
	uint64_t count; /* entries that follow */
	uint64_t sum;   /* of the head with sum 0, and the entries */
	uint64_t dir;   /* the inode of the directory of temp */
	char temp[PATH_MAX];
};

/* One entry a prompt; PROMPT_MAX of them is far above any batch. */
enum {
	JOURNAL_MAX = 256 << 20
};

static int
clear_or_report(int fd, struct error *err)
{
	if (journal_clear(fd) == -1)
		return error_sys(err, "lockfiles/journal: truncate");
	return 0;
}

/* Apply all entries.  The ledger has been renamed: this must not be lost. */
static int
redo(int locks, int fd, const struct buf *b, uint64_t count, struct error *err)
{
	for (uint64_t i = 0; i < count; i++) {
		struct journal_entry e;

		memcpy(&e,
		    b->data + sizeof(struct journal_head) + i * sizeof(e),
		    sizeof(e));
		if (journal_apply(locks, &e) == -1)
			return error_sys(err,
			    "lockfiles/%d.lock: finish a dead run's change",
			    e.number);
	}
	return clear_or_report(fd, err);
}

static bool
intact(struct buf *b, struct journal_head *head)
{
	uint64_t sum;

	if (b->len < sizeof(*head))
		return false;
	memcpy(head, b->data, sizeof(*head));
	sum = head->sum;
	memset(b->data + offsetof(struct journal_head, sum), 0, sizeof(sum));
	return head->magic == JOURNAL_MAGIC &&
	       head->count ==
	           (b->len - sizeof(*head)) / sizeof(struct journal_entry) &&
	       sum == checksum(b->data, b->len) &&
	       memchr(head->temp, '\0', sizeof(head->temp)) != NULL;
}

/* The directory of the temporary PATH, with *BASE its name there.  -1 with
 * errno. */
static int
open_dir_of(const char *path, const char **base)
{
	const char *const slash = strrchr(path, '/');
	char dir[PATH_MAX];

	if (slash == NULL || (size_t)(slash - path) + 2 > sizeof(dir)) {
		errno = EINVAL;
		return -1;
	}
	*base = slash + 1;
	strlcpy(dir, path, (size_t)(slash - path) + 2);
	return open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/*
 * Is the temporary there (1) or not (0)?  That it is not found is proof of
 * the rename only in the very directory that it was made in: a workspace can
 * have been moved, a file system not be mounted.  -1 with ERR: cannot be told.
 */
static int
find_temp(const struct journal_head *head, struct error *err)
{
	const char *base = NULL;
	const int dir = open_dir_of(head->temp, &base);
	struct stat st;
	int r = -1;

	if (dir == -1 || fstat(dir, &st) == -1 || st.st_ino != head->dir)
		error_set(err,
		    "lockfiles/journal: a run died changing the ledger beside "
		    "%s, and that directory is not there now; bring it back, "
		    "or remove lockfiles/journal to forget that change",
		    head->temp);
	else if (fstatat(dir, base, &st, AT_SYMLINK_NOFOLLOW) == 0)
		r = 1;
	else if (errno == ENOENT)
		r = 0;
	else
		error_sys(err, "%s: stat", head->temp);
	if (dir != -1)
		close(dir);
	return r;
}

/* It died before the rename.  The journal goes first: without its temporary
 * it would say the opposite, should we die in between. */
static int
cancel(int fd, const char *temp, struct error *err)
{
	if (journal_cancel(fd) == -1)
		return error_sys(err, "lockfiles/journal: truncate");
	if (unlink(temp) == -1 && errno != ENOENT)
		return error_sys(err, "%s: remove", temp);
	return 0;
}

static int
resolve(int locks, int fd, struct error *err)
{
	struct buf b = BUF_INIT(JOURNAL_MAX);
	struct journal_head head;
	int r;

	if (io_read_all(fd, &b) == -1) {
		r = error_sys(err, "lockfiles/journal: read");
	} else if (b.len == 0) {
		r = 0;
	} else if (!intact(&b, &head)) {
		/* Its writer died writing it, before the rename. */
		r = clear_or_report(fd, err);
	} else {
		r = find_temp(&head, err);
		if (r == 1)
			r = cancel(fd, head.temp, err);
		else if (r == 0)
			r = redo(locks, fd, &b, head.count, err);
	}
	buf_free(&b);
	return r;
}

int
journal_lock(int locks, struct error *err)
{
	/* Held only with the ledger's lock held, for as short: waiting here
	 * happens only to workspaces used with two ledgers at once. */
	const int fd =
	    lock_open(locks, "journal", O_NOFOLLOW, "lockfiles/journal", err);

	if (fd == -1)
		return -1;
	if (resolve(locks, fd, err) == -1) {
		close(fd);
		return -1;
	}
	return fd;
}

static int
fill_head(struct journal_head *head, const char *temp, size_t count)
{
	const char *base;
	struct stat st;
	int dir, r;

	memset(head, 0, sizeof(*head));
	head->magic = JOURNAL_MAGIC;
	head->count = count;
	if (strlcpy(head->temp, temp, sizeof(head->temp)) >=
	    sizeof(head->temp)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	dir = open_dir_of(temp, &base);
	if (dir == -1)
		return -1;
	r = fstat(dir, &st);
	close(dir);
	head->dir = st.st_ino;
	return r;
}

bool
journal_pending(int locks)
{
	struct stat st;

	return fstatat(locks, "journal", &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	       st.st_size > 0;
}

int
journal_write(int fd, const char *temp, const struct journal_entry *entries,
    size_t count, bool durable, struct error *err)
{
	struct buf b = BUF_INIT(JOURNAL_MAX);
	struct journal_head head;
	uint64_t sum;
	int r = fill_head(&head, temp, count);

	if (r == 0)
		r = buf_add(&b, &head, sizeof(head));
	if (r == 0)
		r = buf_add(&b, entries, count * sizeof(*entries));
	if (r == 0) {
		sum = checksum(b.data, b.len);
		memcpy(b.data + offsetof(struct journal_head, sum), &sum,
		    sizeof(sum));
		r = io_pwrite(fd, b.data, b.len, 0);
	}
	if (r == 0 && durable)
		r = fdatasync(fd);
	if (r == -1) {
		error_sys(err, "lockfiles/journal: write");
		journal_clear(fd);
	}
	buf_free(&b);
	return r;
}

int
journal_apply(int locks, const struct journal_entry *entry)
{
	char name[WORKSPACE_NAME];
	struct claim_record now;
	int fd, r = 0;

	claim_name(name, entry->number);
	fd = openat(locks, name, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
	if (fd == -1)
		return errno == ENOENT ? 0 : -1;
	if (!claim_read(fd, &now)) {
		r = errno == 0 ? 0 : -1;
	} else if (now.id == entry->id &&
		   now.attempt <= entry->record.attempt) {
		/* A removed claim is emptied first: who has it open, and waits
		 * for our locks, must not find what is settled. */
		r = claim_write(fd, &entry->record);
		if (r == 0 && entry->remove)
			r = unlinkat(locks, name, 0);
	}
	close(fd);
	return r;
}

int
journal_clear(int fd)
{
	return ftruncate(fd, 0);
}

int
journal_cancel(int fd)
{
	return ftruncate(fd, 0) == -1 || fsync(fd) == -1 ? -1 : 0;
}
