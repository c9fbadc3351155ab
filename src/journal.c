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

#define JOURNAL_MAGIC UINT64_C(0x32306c6e72756f6a) /* "journl02" */

/* Followed by the temporary's path, without a NUL, and the entries.  What comes
 * after them is left of an earlier record, as the file does not shrink. */
struct journal_head {
	uint64_t magic;
	uint64_t sum;    /* of the whole record with sum 0 */
	uint64_t dir;    /* the inode of the temporary's directory */
	uint32_t count;  /* entries */
	uint32_t length; /* of the path, in bytes */
};

/* A record that was read. */
struct journal_record {
	struct journal_head head;
	char temp[PATH_MAX];
	const char *entries; /* in the buffer; not aligned */
};

/* One entry a prompt; PROMPT_MAX of them is far above any batch. */
enum {
	JOURNAL_MAX = 256 << 20
};

static int
clear_or_report(int fd, struct error *err)
{
	if (journal_clear(fd) == -1)
		return error_sys(err, "lockfiles/journal: clear");
	return 0;
}

/* Apply all entries.  The ledger has been renamed: this must not be lost. */
static int
redo(int locks, int fd, const struct journal_record *rec, struct error *err)
{
	for (size_t i = 0; i < rec->head.count; i++) {
		struct journal_entry e;

		memcpy(&e, rec->entries + i * sizeof(e), sizeof(e));
		if (journal_apply(locks, &e) == -1)
			return error_sys(err,
			    "lockfiles/%d.lock: finish a dead run's change",
			    e.number);
	}
	return clear_or_report(fd, err);
}

/* Is there a whole record in B?  Then *REC is it. */
static bool
intact(struct buf *b, struct journal_record *rec)
{
	struct journal_head *const head = &rec->head;
	size_t len = sizeof(*head);

	if (b->len < len)
		return false;
	memcpy(head, b->data, sizeof(*head));
	if (head->magic != JOURNAL_MAGIC || head->length >= sizeof(rec->temp))
		return false;
	len += head->length + head->count * sizeof(struct journal_entry);
	if (b->len < len)
		return false;
	memset(
	    b->data + offsetof(struct journal_head, sum), 0, sizeof(head->sum));
	if (head->sum != checksum(b->data, len))
		return false;
	memcpy(rec->temp, b->data + sizeof(*head), head->length);
	rec->temp[head->length] = '\0';
	rec->entries = b->data + sizeof(*head) + head->length;
	return true;
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
find_temp(const struct journal_record *rec, struct error *err)
{
	const char *base = NULL;
	const int dir = open_dir_of(rec->temp, &base);
	struct stat st;
	int r = -1;

	if (dir == -1 || fstat(dir, &st) == -1 || st.st_ino != rec->head.dir)
		error_set(err,
		    "lockfiles/journal: a run died changing the ledger beside "
		    "%s, and that directory is not there now; bring it back, "
		    "or remove lockfiles/journal to forget that change",
		    rec->temp);
	else if (fstatat(dir, base, &st, AT_SYMLINK_NOFOLLOW) == 0)
		r = 1;
	else if (errno == ENOENT)
		r = 0;
	else
		error_sys(err, "%s: stat", rec->temp);
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
		return error_sys(err, "lockfiles/journal: clear");
	if (unlink(temp) == -1 && errno != ENOENT)
		return error_sys(err, "%s: remove", temp);
	return 0;
}

static int
resolve_record(int locks, int fd, struct buf *b, struct error *err)
{
	struct journal_record rec;
	int r;

	/* Its writer may have died writing it, before the rename. */
	if (!intact(b, &rec))
		return clear_or_report(fd, err);
	r = find_temp(&rec, err);
	if (r == 1)
		return cancel(fd, rec.temp, err);
	return r == 0 ? redo(locks, fd, &rec, err) : -1;
}

/* Is there a record, whole or not?  1; 0; or -1 with errno. */
static int
is_pending(int fd)
{
	uint64_t magic = 0;

	if (io_pread(fd, &magic, sizeof(magic), 0) == -1)
		return -1;
	return magic != 0;
}

static int
resolve(int locks, int fd, struct error *err)
{
	struct buf b = BUF_INIT(JOURNAL_MAX);
	int r = is_pending(fd);

	if (r == 1)
		r = io_read_all(fd, &b);
	else if (r == 0)
		return 0;
	if (r == -1)
		error_sys(err, "lockfiles/journal: read");
	else
		r = resolve_record(locks, fd, &b, err);
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

bool
journal_pending(int locks)
{
	const int fd = openat(locks, "journal",
	    O_RDONLY | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW | O_CLOEXEC);
	bool pending;

	if (fd == -1)
		return errno != ENOENT;
	pending = is_pending(fd) != 0;
	close(fd);
	return pending;
}

static int
build_record(struct buf *b, const struct journal_temp *temp,
    const struct journal_entry *entries, size_t count)
{
	struct journal_head head;

	memset(&head, 0, sizeof(head));
	head.magic = JOURNAL_MAGIC;
	head.dir = temp->dir;
	head.count = (uint32_t)count;
	head.length = (uint32_t)strlen(temp->path);
	if (head.length >= PATH_MAX) {
		errno = ENAMETOOLONG;
		return -1;
	}
	if (buf_add(b, &head, sizeof(head)) == -1 ||
	    buf_add(b, temp->path, head.length) == -1 ||
	    buf_add(b, entries, count * sizeof(*entries)) == -1)
		return -1;
	head.sum = checksum(b->data, b->len);
	memcpy(b->data, &head, sizeof(head));
	return 0;
}

int
journal_write(int fd, const struct journal_temp *temp,
    const struct journal_entry *entries, size_t count, bool durable,
    struct error *err)
{
	struct buf b = BUF_INIT(JOURNAL_MAX);
	int r = build_record(&b, temp, entries, count);

	if (r == 0)
		r = io_pwrite(fd, b.data, b.len, 0);
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
	const uint64_t none = 0;

	/* In place: a block that is given back and taken anew each time costs
	 * more than all the rest, and needs a disk that is not full. */
	return io_pwrite(fd, &none, sizeof(none), 0);
}

int
journal_cancel(int fd)
{
	return journal_clear(fd) == -1 || fsync(fd) == -1 ? -1 : 0;
}
