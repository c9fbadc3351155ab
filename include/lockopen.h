/*
 * lockopen.h - waiting in flock(2), in bounded time.
 *
 * The lock is an flock on the file that has the name: where the file was
 * replaced or removed meanwhile, the lock on the old one is let go, and the
 * new one's is taken (flopenat(3bsd)).
 */
#ifndef LOCKOPEN_H
#define LOCKOPEN_H

#include "error.h"

#include <stdbool.h>
#include <sys/types.h>

enum {
	LOCKOPEN_PATIENCE_S = 30
};

/*
 * Open NAME below DIRFD for reading and writing, created if missing, with FLAGS
 * besides, and lock it.  Waits for the holder, but not for ever: after
 * LOCKOPEN_PATIENCE_S seconds, or at a pending SIGINT, SIGTERM or SIGHUP,
 * it gives up and names the holder.  The descriptor; or -1 with ERR, which
 * begins with LABEL.
 */
int lock_open(int dirfd, const char *name, int flags, const char *label,
    struct error *err);

/*
 * Wait for the lock on FD, for less than a second, and not beyond a pending
 * signal.  Is it ours?  If not, errno is EINTR, or what is wrong.  (lockwait.h is
 * for those who have more to wait for.)
 */
bool lock_wait(int fd);

/* Say in ERR that HOLDER (0: unknown) would not let go of the lock LABEL in
 * LOCKOPEN_PATIENCE_S seconds. */
void lock_blame(pid_t holder, const char *label, struct error *err);

#endif
