/*
 * recover.h - settling what dead runs left in their claims.
 *
 * account.h says what can be left and what is right for each; this
 * finds it, charges it, puts staged answers in their places, and removes the
 * claims.  Runs before anything else that writes.
 */
#ifndef RECOVER_H
#define RECOVER_H

#include "account.h"
#include "claim.h"
#include "error.h"
#include "logfile.h"
#include "workspace.h"

#include <stdbool.h>
#include <stddef.h>

struct recovered {
	int claims;         /* abandoned claims settled */
	int answers;        /* answers of dead runs put in place */
	int64_t day_tokens; /* what they were charged */
	int left;           /* claims that could not be settled now */
	struct error why;   /* the first of them, if any */
};

/*
 * What an abandoned attempt costs.  PROGRESS is NULL if its child noted
 * nothing; SAME_BOOT says whether a note could have been lost to a reboot.
 */
struct charge recover_charge(const struct claim_record *record,
    const struct claim_progress *progress, bool same_boot);

/*
 * Settle all abandoned claims of the workspace.  A claim whose ledger is not
 * A's is settled with its own.  One that cannot be settled (its ledger is gone,
 * its answer cannot be put in place) stays for a later run, and the others go on.
 * LOG gets a line for each attempt that was sent; it may have one already, from
 * the run that died, or get one again, if this run dies, too.
 * 0; or -1 with ERR: A's own ledger cannot be changed.
 */
int recover_all(const struct workspace *ws, struct account *a,
    struct logfile *log, struct recovered *what, struct error *err);

/*
 * Settle the one abandoned claim C, which the caller has taken.  It stays
 * taken, and empty; but its file may have been removed by a journal's redo, so
 * the caller lets go and takes it again.
 */
int recover_claim(const struct workspace *ws, struct account *a,
    struct claim *c, struct logfile *log, struct recovered *what,
    struct error *err);

#endif
