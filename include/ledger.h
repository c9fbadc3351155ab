/*
 * ledger.h - usage.md as a file: locked, read, replaced as a whole.
 *
 * The lock is an flock on the ledger itself, where people and scripts expect
 * it.  As a rename puts another file in its place, two rules keep it one lock:
 * the new file is locked before it gets the name, so that it is born locked
 * and its writer never loses the lock; and who gets a lock compares the locked
 * file with the one that has the name, and starts over if they differ.
 *
 *	ledger_lock	lock, read, parse, roll to now
 *	(change view.usage)
 *	ledger_stage	the new text, in a temporary file beside the ledger
 *	ledger_publish	rename: the change is made, at this instant
 *	ledger_unlock	always
 *
 * A reader that takes no lock (ledger_read) sees the old text or the new.
 * Nobody may fork while holding the lock: a child would share it.
 */
#ifndef LEDGER_H
#define LEDGER_H

#include "buf.h"
#include "error.h"
#include "ledger_text.h"
#include "lockopen.h"
#include "quota.h"

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

struct ledger {
	char path[PATH_MAX]; /* absolute, symbolic links resolved */
	char *base;          /* its last component */
	int dirfd;           /* its directory ... */
	ino_t dir;           /* ... whose inode this is */
	char temp[64];       /* the temporary's name, one per workspace */
	struct limits limits;
};

/* The ledger as it was when read. */
struct ledger_view {
	int fd;      /* the locked file, or -1 */
	int temp_fd; /* the staged file, or -1 */
	struct stat st;
	struct buf text;
	struct usage usage; /* rolled to now */
	int64_t now;
	struct day today;
	struct day counted; /* today, or the later day of a Date in the future:
	                       whose end resets the day's counter */
	bool future; /* its window begins in the future: the clock went back */
};

#define LEDGER_VIEW_INIT                                                   \
	{                                                                  \
		.fd = -1, .temp_fd = -1, .text = BUF_INIT(LEDGER_TEXT_MAX) \
	}

/*
 * Find the ledger NAME (NULL: usage.md) of the workspace.  A symbolic
 * link is followed to where it leads, there or not.  TAG is a word that tells
 * this workspace from others that share the ledger.  0, or -1 with ERR.
 */
int ledger_open(struct ledger *l, const char *name, const char *tag,
    const struct limits *limits, struct error *err);

void ledger_close(struct ledger *l);

/* Read and roll, without a lock.  A missing ledger is a fresh one. */
int ledger_read(
    const struct ledger *l, struct ledger_view *v, struct error *err);

/*
 * Lock, read and roll; a missing ledger is created.  Waits for the holder, but
 * not for ever: after LEDGER_PATIENCE_S seconds, or at a pending SIGINT or
 * SIGTERM, it gives up and names the holder.
 */
int ledger_lock(
    const struct ledger *l, struct ledger_view *v, struct error *err);

enum {
	LEDGER_PATIENCE_S = LOCKOPEN_PATIENCE_S
};

/* Write view.usage to the temporary file, locked and synced. */
int ledger_stage(
    const struct ledger *l, struct ledger_view *v, struct error *err);

/*
 * Rename the temporary into place, unless somebody else has put another file
 * there, as editors do: that one is not to be lost.  On failure the temporary
 * stays, for ledger_discard or ledger_unlock.
 */
int ledger_publish(
    const struct ledger *l, struct ledger_view *v, struct error *err);

/* Wait until the rename is on the disk, as far as can be told. */
void ledger_sync(const struct ledger *l);

/* Remove the temporary, if there is one: nothing has changed. */
void ledger_discard(const struct ledger *l, struct ledger_view *v);

/* Let go.  A temporary that was staged and not discarded is left behind. */
void ledger_unlock(struct ledger_view *v);

#endif
