#include "tracee.h"

#include "fault.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

/* The claim behind FD: its path in SEEN, and the number of its prompt. */
static void
find_claim(struct sighting *seen, unsigned long long fd)
{
	char link[64], *slash;
	ssize_t n;

	snprintf(link, sizeof(link), "/proc/%d/fd/%llu", (int)seen->pid, fd);
	n = readlink(link, seen->claim, sizeof(seen->claim) - 1);
	seen->claim[n > 0 ? n : 0] = '\0';
	slash = strrchr(seen->claim, '/');
	seen->number = slash == NULL ? 0 : atoi(slash + 1);
}

/* The child is about to note its progress: read what. */
void
see_note(struct run *r, struct tracee *tr, const struct user_regs_struct *regs)
{
	struct claim_progress p;
	const struct iovec here = {&p, sizeof(p)};
	/* It stands behind a magic number. */
	const struct iovec there = {
	    (char *)regs->rsi + sizeof(uint64_t), sizeof(p)};

	if (regs->r10 != NOTE_AT || regs->rdx < sizeof(p) ||
	    process_vm_readv(tr->pid, &here, 1, &there, 1, 0) !=
		(ssize_t)sizeof(p))
		return;
	if (tr->seen == NULL) {
		if (r->t->n_seen == TRACE_SIGHTINGS)
			bail("too many attempts");
		tr->seen = &r->t->seen[r->t->n_seen++];
		tr->seen->pid = tr->pid;
		find_claim(tr->seen, regs->rdi);
	}
	tr->seen->progress = p;
	tr->noting = p.stage;
}

/* It was killed while it wrote: is the note in the file? */
bool
has_reached(const struct sighting *a)
{
	struct claim_progress p;
	const int fd = open(a->claim, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd == -1)
		return false;
	n = pread(fd, &p, sizeof(p), NOTE_AT + (off_t)sizeof(uint64_t));
	close(fd);
	return n == (ssize_t)sizeof(p) && p.id == a->progress.id &&
	       p.attempt == a->progress.attempt && p.stage == a->progress.stage;
}

/* The file that a call is about, where it has a descriptor or a path. */
void
subject(const struct tracee *tr, const struct user_regs_struct *regs,
    char path[SWEEP_PATH])
{
	const struct iovec here = {path, 100};
	const struct iovec there = {(char *)regs->rsi, 100};
	char link[64];
	ssize_t n = -1;

	if (tr->nr == SYS_openat || tr->nr == SYS_unlinkat ||
	    tr->nr == SYS_renameat || tr->nr == SYS_newfstatat) {
		/* What stands behind the string does not matter. */
		n = process_vm_readv(tr->pid, &here, 1, &there, 1, 0);
	} else if (fault_error(tr->nr, 0) != 0) {
		snprintf(link, sizeof(link), "/proc/%d/fd/%llu", (int)tr->pid,
		    regs->rdi);
		n = readlink(link, path, SWEEP_PATH - 1);
	}
	path[n > 0 ? n : 0] = '\0';
}

void
describe(struct run *r, const struct tracee *tr,
    const struct user_regs_struct *regs, const char *what)
{
	static const char *const roles[] = {"parent", "child", "helper"};
	char *const where = r->t->where;
	const size_t len = strlen(where);
	char path[SWEEP_PATH];

	subject(tr, regs, path);
	snprintf(where + len, sizeof(r->t->where) - len,
	    "%s%s %d, call %ld (%s %s): %s", len > 0 ? "; " : "",
	    roles[tr->role], tr->which, tr->calls, fault_call_name(tr->nr),
	    path, what);
}
