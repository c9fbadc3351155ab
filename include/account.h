/*
 * account.h - the ledger and the claims changed together, exactly once.
 *
 * A reservation adds to the ledger and is noted in claims; a settlement
 * corrects the ledger and removes claims.  These are different files, so a
 * crash could leave one change without the other, and a count lost or made
 * twice.  A redo journal joins them:
 *
 *	1. lock the ledger, then lockfiles/journal; finish or drop what a dead
 *	   run left in the journal; read the ledger
 *	2. write the new ledger to its temporary; sync
 *	3. write the journal: the temporary's path, and for each claim its id
 *	   and its new record (or "remove"); sync
 *	4. rename the temporary over the ledger      <- the change is made here
 *	5. change the claims as the journal says; empty the journal; unlock
 *
 * Whoever next gets the journal's lock finds its writer dead, and the
 * journal complete or not:
 *
 *	empty or damaged	died before 3 was whole: nothing has changed
 *	temporary still there	died before 4: empty the journal, then remove
 *				it (the other way round a death in between
 *				would read as the next line)
 *	temporary gone		died after 4: do 5 again
 *	its directory gone	cannot be told: nobody changes anything until a
 *				person has looked
 *
 * The temporary has one name per workspace and directory of a ledger, and only
 * the holder of both locks touches it, so its absence is proof of the rename,
 * whatever a person has done to the ledger since.  Doing 5 twice is harmless:
 * it applies to a claim only while the file carries the id that the journal
 * names, and an id is never used for two claims; a claim found with a dead
 * run's id is settled under the same locks (recover.h) before it gets a new
 * one.
 *
 * What a dead run leaves, and why no count is lost or made twice:
 *
 *	it died		the claim says	the child says	the next run
 *	before 4	taken		-		removes the claim
 *	after 4		reserved	nothing		gives it back: a child
 *							says "sending" before a
 *							byte can leave
 *	child sending	reserved	sending		fate unknown: charges
 *							the estimate
 *	answer there	reserved	done		charges the outcome's
 *							usage; renames the
 *							answer if it was staged
 *	in settlement	as 4, 5 above
 *
 * While a child lives it shares the claim's flock, so nobody takes the claim
 * for abandoned: after the parent's death the children finish, and
 * their answers and outcomes are found.  After a reboot a child's notes may not
 * have reached the disk: a reserved attempt of an earlier boot without a note
 * is of unknown fate.
 *
 * What is synced when, for a power cut: the new ledger's text always before the
 * rename.  A settlement syncs the journal before the rename, the rename before
 * the claims change, and the claims before the journal is emptied.  A
 * reservation alone need not: the rename is on the disk before a request can
 * leave, but that is waited for with the locks let go; and a journal lost with
 * the power leaves a reservation that no claim knows, which nobody gives back.
 * That errs on the side of the limits.
 *
 * Lock order: the head of the queue, ledger, journal.  Claims are only ever
 * tried, or waited for in ascending order with none of these held.
 */
#ifndef ACCOUNT_H
#define ACCOUNT_H

#include "claim.h"
#include "error.h"
#include "ledger.h"
#include "quota.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct account {
	struct ledger ledger;
	int locks; /* lockfiles/; borrowed */
};

/* One change of one claim, planned. */
struct account_step {
	struct claim *claim;        /* whose record and file change at commit */
	struct claim_record record; /* the new record */
	bool remove;                /* the file goes instead */
};

struct account_txn {
	struct account *account;
	struct ledger_view view;
	int journal;                /* locked */
	struct account_step *steps; /* owned */
	size_t count, room;
	bool settles; /* a reservation is replaced, not only made */
};

/*
 * Open the account with the descriptor LOCKS of the workspace's lockfiles/ (-1:
 * only to read), and the ledger NAME (NULL: usage.md).  0, or -1 with ERR.
 */
int account_open(struct account *a, const char *name, int locks,
    const struct limits *limits, struct error *err);

void account_close(struct account *a);

/*
 * Begin: take the locks, settle the journal, read the ledger into
 * txn->view.  0, or -1 with ERR and nothing held.  After 0, account_end must
 * follow, with or without account_commit; no fork and no waiting in between.
 */
int account_begin(
    struct account *a, struct account_txn *txn, struct error *err);

/*
 * Plan: count one attempt of ESTIMATE tokens for C, which holds none, or
 * whose settlement is the step planned just before.
 */
int account_reserve(struct account_txn *txn, struct claim *c, int64_t estimate);

/*
 * Plan: put CHARGE in the place of C's reservation, if it has one.  With
 * REMOVE the claim is to end, else it stays taken, with nothing reserved.
 * Both calls return 0, or -1 with errno ENOMEM.
 */
int account_settle(struct account_txn *txn, struct claim *c,
    const struct charge *charge, bool remove);

/*
 * Make it so: ledger, then claims; removed claims are closed.  0; or -1 with
 * ERR and nothing changed anywhere.  If the ledger was changed but a claim
 * could not be, the journal stays for the next run to finish; that is 0 too.
 */
int account_commit(struct account_txn *txn, struct error *err);

/* Let go of the locks and the memory. */
void account_end(struct account_txn *txn);

/*
 * Wait until what was committed is on the disk: only then may what was
 * reserved be spent.  Not to be called with the locks held, for others' sake.
 */
void account_sync(const struct account *a);

#endif
