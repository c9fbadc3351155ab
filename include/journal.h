/*
 * journal.h - lockfiles/journal: the redo record of one transaction.
 *
 * The file and its lock; account.h has the protocol that it serves.  The file is
 * overwritten in place and does not shrink: empty is one that begins with zeros.
 */
#ifndef JOURNAL_H
#define JOURNAL_H

#include "claim.h"
#include "error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct journal_entry {
	uint64_t id; /* the claim it is about */
	int32_t number;
	int32_t remove;
	struct claim_record record;
};

/* The temporary that will be renamed over the ledger. */
struct journal_temp {
	const char *path; /* absolute */
	uint64_t dir;     /* the inode of its directory */
};

/*
 * Open and lock the journal in the directory LOCKS, then finish or drop what
 * a dead run left in it.  The descriptor, or -1 with ERR.
 */
int journal_lock(int locks, struct error *err);

/* Is there anything in it, or can it not be told?  Whoever holds its lock may
 * be at work just now. */
bool journal_pending(int locks);

/*
 * Write a record.  With DURABLE it is on the disk before this returns.  0, or -1
 * with ERR; the journal is then empty again.
 */
int journal_write(int fd, const struct journal_temp *temp,
    const struct journal_entry *entries, size_t count, bool durable,
    struct error *err);

/* Do what one entry says to the claim file in LOCKS.  0, or -1 with errno. */
int journal_apply(int locks, const struct journal_entry *entry);

/* Empty it: the transaction is over.  0, or -1 with errno. */
int journal_clear(int fd);

/*
 * Empty it for good: the transaction is not to be.  Only then may its
 * temporary go, whose absence would otherwise say that it was made.  0, or -1
 * with errno.
 */
int journal_cancel(int fd);

#endif
