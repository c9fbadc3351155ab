#include "claim.h"

#include "checksum.h"
#include "clock.h"
#include "io.h"
#include "workspace.h"

#include <bsd/libutil.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	RECORD_AT = 0,
	PROGRESS_AT = 512,
	LEDGER_AT = 3072
};

#define CLAIM_MAGIC UINT64_C(0x31306d69616c6362) /* "bclaim01" */

/* What stands in the file: the part, framed so that damage shows. */
struct framed_record {
	uint64_t magic;
	struct claim_record record;
	uint64_t sum;
};

struct framed_progress {
	uint64_t magic;
	struct claim_progress progress;
	uint64_t sum;
};

struct framed_ledger {
	uint64_t magic;
	char path[CLAIM_LEDGER_MAX];
	uint64_t sum;
};

_Static_assert(sizeof(struct framed_record) <= PROGRESS_AT, "parts overlap");
_Static_assert(
    sizeof(struct framed_progress) <= LEDGER_AT - PROGRESS_AT, "parts overlap");
_Static_assert(
    LEDGER_AT + sizeof(struct framed_ledger) <= 4096, "a claim fits in a page");

char *
claim_key(const struct claim_record *record, char text[CLAIM_KEY])
{
	snprintf(text, CLAIM_KEY, "chatgpt-batch-%d-%016" PRIx64,
	    (int)record->number, record->id);
	return text;
}

int
claim_write(int fd, const struct claim_record *record)
{
	struct framed_record f;

	memset(&f, 0, sizeof(f));
	f.magic = CLAIM_MAGIC;
	f.record = *record;
	f.sum = checksum(&f, offsetof(struct framed_record, sum));
	return io_pwrite(fd, &f, sizeof(f), RECORD_AT);
}

/* Leaves errno 0 unless the kernel failed us: "not there" is an answer, "not
 * readable" is none, and whoever settles must not take it for one. */
static bool
read_part(int fd, void *part, size_t size, off_t at)
{
	const ssize_t n = io_pread(fd, part, size, at);

	if (n >= 0)
		errno = 0;
	return n == (ssize_t)size;
}

bool
claim_read(int fd, struct claim_record *record)
{
	struct framed_record f;

	if (!read_part(fd, &f, sizeof(f), RECORD_AT) ||
	    f.magic != CLAIM_MAGIC ||
	    f.sum != checksum(&f, offsetof(struct framed_record, sum)))
		return false;
	*record = f.record;
	return true;
}

int
claim_note(int fd, const struct claim_progress *progress, bool durable)
{
	struct framed_progress f;

	memset(&f, 0, sizeof(f));
	f.magic = CLAIM_MAGIC;
	f.progress = *progress;
	f.sum = checksum(&f, offsetof(struct framed_progress, sum));
	if (io_pwrite(fd, &f, sizeof(f), PROGRESS_AT) == -1)
		return -1;
	return durable ? fdatasync(fd) : 0;
}

bool
claim_read_progress(
    int fd, const struct claim_record *record, struct claim_progress *progress)
{
	struct framed_progress f;

	if (!read_part(fd, &f, sizeof(f), PROGRESS_AT) ||
	    f.magic != CLAIM_MAGIC ||
	    f.sum != checksum(&f, offsetof(struct framed_progress, sum)) ||
	    f.progress.id != record->id ||
	    f.progress.attempt != record->attempt)
		return false;
	*progress = f.progress;
	return true;
}

bool
claim_read_ledger(int fd, char path[CLAIM_LEDGER_MAX + 1])
{
	struct framed_ledger f;

	if (!read_part(fd, &f, sizeof(f), LEDGER_AT) ||
	    f.magic != CLAIM_MAGIC ||
	    f.sum != checksum(&f, offsetof(struct framed_ledger, sum)))
		return false;
	memcpy(path, f.path, sizeof(f.path));
	path[sizeof(f.path)] = '\0';
	return true;
}

static int
write_ledger(int fd, const char *ledger)
{
	struct framed_ledger f;
	const size_t len = strlen(ledger);

	if (len > sizeof(f.path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memset(&f, 0, sizeof(f));
	f.magic = CLAIM_MAGIC;
	memcpy(f.path, ledger, len);
	f.sum = checksum(&f, offsetof(struct framed_ledger, sum));
	return io_pwrite(fd, &f, sizeof(f), LEDGER_AT);
}

int
claim_take(int locks, int n, struct claim *c, struct error *err)
{
	char name[WORKSPACE_NAME];

	/* flopenat compares the locked file with the name's, so that a claim
	 * removed by its former holder is not taken for a living one. */
	c->fd = flopenat(locks, claim_name(name, n),
	    O_RDWR | O_CREAT | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC, 0666);
	if (c->fd == -1 && errno == EWOULDBLOCK)
		return 0;
	if (c->fd == -1)
		return error_sys(err, "lockfiles/%s: lock", name);
	c->number = n;
	memset(&c->record, 0, sizeof(c->record));
	if (claim_read(c->fd, &c->record))
		return 2;
	if (errno != 0) {
		error_sys(err, "lockfiles/%s: read", name);
		claim_drop(c);
		return -1;
	}
	return 1;
}

int
claim_renew(struct claim *c, const char *ledger, struct error *err)
{
	struct claim_record r;

	memset(&r, 0, sizeof(r));
	r.number = c->number;
	r.state = CLAIM_TAKEN;
	r.pid = (int32_t)getpid();
	r.since = clock_wall();
	claim_boot_id(r.boot);
	if (getrandom(&r.id, sizeof(r.id), 0) != (ssize_t)sizeof(r.id))
		return error_sys(
		    err, "lockfiles/%d.lock: getrandom", c->number);
	/* The record last: with it the claim comes to life. */
	if (write_ledger(c->fd, ledger) == -1 || claim_write(c->fd, &r) == -1)
		return error_sys(err, "lockfiles/%d.lock: write", c->number);
	c->record = r;
	return 0;
}

void
claim_remove(int locks, struct claim *c)
{
	char name[WORKSPACE_NAME];

	unlinkat(locks, claim_name(name, c->number), 0);
	claim_drop(c);
}

void
claim_drop(struct claim *c)
{
	if (c->fd != -1)
		close(c->fd);
	c->fd = -1;
}

void
claim_boot_id(char boot[40])
{
	const int fd =
	    open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	ssize_t n = 0;

	memset(boot, 0, 40);
	if (fd == -1)
		return;
	n = io_read(fd, boot, 36);
	if (n != 36)
		memset(boot, 0, 40);
	close(fd);
}
