/*
 * claim.h - lockfiles/N.lock: who works on prompt N, and how far it has come.
 *
 * A claim is an flock on the file.  The parent takes it, the child inherits
 * it, so that it holds as long as either lives and ends when both are gone,
 * however they end.  The contents outlive the lock and say what a dead
 * run left undone:
 *
 *	offset 0	the claim_record, written by the parent
 *	offset 512	the claim_progress, written by the child
 *	offset 3072	the path of the ledger that counted the reservation
 *
 * Each part is written with one pwrite inside one page and carries a
 * checksum; what does not add up is taken as not written.  A progress counts
 * only for the attempt and the claim that its record names.
 */
#ifndef CLAIM_H
#define CLAIM_H

#include "error.h"
#include "outcome.h"
#include "quota.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum claim_state {
	CLAIM_TAKEN = 1, /* nothing is reserved */
	CLAIM_RESERVED   /* one attempt is counted in the ledger */
};

struct claim_record {
	uint64_t id; /* never the same for two claims */
	int32_t number;
	int32_t attempt; /* counts from 1; 0: none yet */
	int32_t state;
	int32_t pid;                    /* the parent */
	int64_t since;                  /* wall ns: when the claim was taken */
	struct reservation reservation; /* if RESERVED */
	char boot[40]; /* the kernel's boot id: a reboot loses page cache */
};

enum progress_stage {
	PROGRESS_SENDING = 1, /* the request may have left */
	PROGRESS_DONE         /* the outcome is known */
};

/* Where a complete answer is. */
enum progress_staged {
	STAGED_NOT,
	STAGED_TEMPORARY,
	STAGED_IN_PLACE /* in a report only: a claim's note comes before */
};

struct claim_progress {
	uint64_t id;
	int32_t attempt;
	int32_t stage;
	int32_t staged;
	int32_t pid; /* the child */
	struct outcome outcome;
};

enum {
	CLAIM_LEDGER_MAX = 1000
}; /* the longest ledger path, in bytes */

enum {
	CLAIM_KEY = 64
}; /* room for a claim's key */

struct claim {
	int fd; /* -1: none */
	int number;
	struct claim_record record; /* what the file says, as we wrote it */
};

/*
 * Try to take the claim on N in the directory LOCKS.  1: taken, and it is
 * fresh; 2: taken, but a dead run's record is in it, which must be settled
 * (recover.h) before claim_renew; 0: somebody alive holds it; -1: ERR.
 */
int claim_take(int locks, int n, struct claim *c, struct error *err);

/* Begin a new life: new id, nothing reserved, LEDGER as the ledger's path. */
int claim_renew(struct claim *c, const char *ledger, struct error *err);

/*
 * What all attempts under RECORD's claim share, for the server (which may take
 * it for a reason not to bill twice) and the log.  Returns TEXT.
 */
char *claim_key(const struct claim_record *record, char text[CLAIM_KEY]);

/* Write RECORD into FD's record part. */
int claim_write(int fd, const struct claim_record *record);

/* Read a claim file's parts; false: absent or damaged (errno is 0), or it could
 * not be read, which says nothing about what is there (errno is not 0). */
bool claim_read(int fd, struct claim_record *record);
bool claim_read_progress(
    int fd, const struct claim_record *record, struct claim_progress *progress);
bool claim_read_ledger(int fd, char path[CLAIM_LEDGER_MAX + 1]);

/*
 * In the child: note progress.  DURABLE also waits for the disk.  0, or -1
 * with errno.
 */
int claim_note(int fd, const struct claim_progress *progress, bool durable);

/* Remove the file while holding the lock, then let go. */
void claim_remove(int locks, struct claim *c);

/* Let go without removing it: for a record that must be settled later. */
void claim_drop(struct claim *c);

/* The kernel's boot id, or "" where there is none. */
void claim_boot_id(char boot[40]);

#endif
