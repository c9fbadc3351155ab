#include "recover.h"

#include "clock.h"
#include "io.h"
#include "journal.h"
#include "output.h"
#include "retry.h"

#include <bsd/string.h>
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct charge
recover_charge(const struct claim_record *record,
    const struct claim_progress *progress, bool same_boot)
{
	struct outcome out;

	outcome_init(&out);
	if (progress != NULL && progress->stage == PROGRESS_DONE)
		out = progress->outcome;
	else
		out.sent = progress != NULL || !same_boot;
	return retry_charge(&out, record->reservation.tokens);
}

/* Put a staged answer in its place, or clear a half-written one away. */
static int
adopt_answer(const struct workspace *ws, int n,
    const struct claim_progress *progress, struct recovered *what,
    struct error *err)
{
	int staged;

	if (progress == NULL || progress->stage != PROGRESS_DONE ||
	    !progress->staged) {
		output_discard(ws->outputs, n);
		return 0;
	}
	staged = output_staged(ws->outputs, n, err);
	if (staged <= 0)
		return staged; /* 0: the child had renamed it */
	if (output_publish(ws->outputs, n,
		progress->outcome.kind != OUTCOME_ANSWER, err) == -1)
		return -1;
	what->answers++;
	return 0;
}

static int
unreadable(const struct claim *c, struct error *err)
{
	if (errno != 0)
		return error_sys(err, "lockfiles/%d.lock: read", c->number);
	return error_set(err, "lockfiles/%d.lock: damaged", c->number);
}

/* What one transaction settles with. */
struct settlement {
	const struct workspace *ws;
	const char *ours;  /* the run's own ledger */
	struct account *a; /* the account to settle with: */
	const char *name;  /* who was counted by this path, which need not be
	                      the path that the ledger has now */
	bool remove;
	struct logfile *log;
	struct recovered *what;
};

/* C's attempt, of which the run that sent it can no longer tell. */
static void
log_settled(struct logfile *log, const struct claim *c,
    const struct claim_progress *progress, const struct charge *charge)
{
	const struct claim_record *const record = &c->record;
	struct outcome out;
	char key[CLAIM_KEY];
	const struct log_entry e = {
	    .wall = clock_wall(),
	    .pid = record->pid,
	    .prompt = record->number,
	    .attempt = record->attempt,
	    .id = claim_key(record, key),
	    .outcome = &out,
	    .estimate = record->reservation.tokens,
	    .charge = *charge,
	};

	outcome_init(&out);
	if (progress != NULL && progress->stage == PROGRESS_DONE)
		out = progress->outcome;
	if (charge->minute_requests > 0)
		logfile_add(log, &e);
}

/* Plan C's settlement in TXN, from what its file says now. */
static int
settle_one(const struct settlement *s, struct account_txn *txn, struct claim *c,
    struct error *err)
{
	struct claim_progress progress;
	struct charge charge;
	char boot[40];
	bool noted;

	/* Read again: the journal's redo may have changed it meanwhile. */
	if (!claim_read(c->fd, &c->record))
		return unreadable(c, err);
	claim_boot_id(boot);
	noted = claim_read_progress(c->fd, &c->record, &progress);
	if (!noted && errno != 0)
		return unreadable(c, err);
	noted = noted && c->record.state == CLAIM_RESERVED;
	if (adopt_answer(
		s->ws, c->number, noted ? &progress : NULL, s->what, err) == -1)
		return -1;
	charge = recover_charge(&c->record, noted ? &progress : NULL,
	    *boot != '\0' && strcmp(boot, c->record.boot) == 0);
	if (account_settle(txn, c, &charge, s->remove) == -1)
		return error_sys(err, "lockfiles/%d.lock: settle", c->number);
	log_settled(s->log, c, noted ? &progress : NULL, &charge);
	s->what->claims++;
	if (c->record.state == CLAIM_RESERVED)
		s->what->day_tokens += charge.day_tokens;
	return 0;
}

/*
 * The path that C was counted by, as it was then.  If it is damaged, OURS:
 * rather counted by another ledger than by none.
 */
static int
counted_by(const struct claim *c, const char *ours,
    char path[CLAIM_LEDGER_MAX + 1], struct error *err)
{
	if (claim_read_ledger(c->fd, path))
		return 0;
	if (errno != 0)
		return unreadable(c, err);
	if (strlcpy(path, ours, CLAIM_LEDGER_MAX + 1) <= CLAIM_LEDGER_MAX)
		return 0;
	errno = ENAMETOOLONG;
	return unreadable(c, err);
}

/* C cannot be settled now: it is left as it is, and the others go on. */
static void
leave(struct claim *c, struct recovered *what, const struct error *err)
{
	if (what->left++ == 0)
		what->why = *err;
	claim_drop(c);
}

/* Has the journal's redo, just now, removed it?  Then it is settled. */
static bool
is_gone(const struct claim *c)
{
	struct stat st;

	return fstat(c->fd, &st) == 0 && st.st_nlink == 0;
}

/* Settle those of the N claims at CLAIMS that were counted by S's ledger. */
static int
settle_with(const struct settlement *s, struct claim *claims, size_t n,
    struct error *err)
{
	struct account_txn txn;
	int r = 0;

	if (account_begin(s->a, &txn, err) == -1)
		return -1;
	for (size_t i = 0; i < n; i++) {
		char path[CLAIM_LEDGER_MAX + 1];
		int settled;

		if (claims[i].fd != -1 && is_gone(&claims[i]))
			claim_drop(&claims[i]);
		if (claims[i].fd == -1)
			continue;
		settled = counted_by(&claims[i], s->ours, path, err);
		if (settled == 0 && strcmp(path, s->name) == 0)
			settled = settle_one(s, &txn, &claims[i], err);
		if (settled == -1)
			leave(&claims[i], s->what, err);
	}
	if (txn.count > 0)
		r = account_commit(&txn, err);
	account_end(&txn);
	return r;
}

/* The account of another ledger that C's reservation was counted in. */
static int
open_other(struct account *other, const struct account *a, const char *path,
    struct error *err)
{
	return account_open(other, path, a->locks, &a->ledger.limits, err);
}

static int
settle_claims(const struct workspace *ws, struct account *a,
    struct claim *claims, size_t n, bool remove, struct logfile *log,
    struct recovered *what, struct error *err)
{
	const char *const ours = a->ledger.path;
	struct settlement s = {ws, ours, a, ours, remove, log, what};
	int r = settle_with(&s, claims, n, err);

	for (size_t i = 0; i < n && r == 0; i++) {
		char path[CLAIM_LEDGER_MAX + 1];
		struct account other;

		if (claims[i].fd == -1)
			continue; /* settled and removed, or left */
		if (counted_by(&claims[i], ours, path, err) == 0 &&
		    strcmp(path, ours) == 0)
			continue;
		s.a = &other;
		s.name = path;
		if (open_other(&other, a, path, err) == -1) {
			leave(&claims[i], what, err);
			continue;
		}
		if (settle_with(&s, claims, n, err) == -1)
			leave(&claims[i], what, err);
		account_close(&other);
	}
	return r;
}

/* Take every abandoned claim.  The array is the caller's to free. */
static int
take_abandoned(const struct workspace *ws, struct claim **claims, size_t *n,
    struct error *err)
{
	DIR *const dir = io_open_dir(ws->locks);
	const struct dirent *e;
	size_t room = 0;
	int r = 0;

	*claims = NULL;
	*n = 0;
	if (dir == NULL)
		return error_sys(err, "lockfiles: read");
	while (r == 0 && (errno = 0, e = readdir(dir)) != NULL) {
		const int number = name_number(e->d_name, ".lock");
		struct claim c;
		int taken;

		if (number == 0)
			continue;
		taken = claim_take(ws->locks, number, &c, err);
		if (taken == -1) {
			r = -1;
		} else if (taken == 1) {
			claim_remove(ws->locks, &c); /* died before it began */
		} else if (taken == 2 && *n == room) {
			void *const more =
			    reallocarray(*claims, room + 64, sizeof(**claims));

			if (more == NULL) {
				r = error_sys(err, "lockfiles: recover");
				claim_drop(&c);
				continue;
			}
			*claims = more;
			room += 64;
		}
		if (r == 0 && taken == 2)
			(*claims)[(*n)++] = c;
	}
	if (r == 0 && errno != 0)
		r = error_sys(err, "lockfiles: read");
	closedir(dir);
	return r;
}

int
recover_all(const struct workspace *ws, struct account *a, struct logfile *log,
    struct recovered *what, struct error *err)
{
	struct claim *claims;
	size_t n;
	int r;

	memset(what, 0, sizeof(*what));
	r = take_abandoned(ws, &claims, &n, err);
	/* It can have died with its claims gone, before it emptied the
	 * journal. */
	if (r == 0 && (n > 0 || journal_pending(ws->locks)))
		r = settle_claims(ws, a, claims, n, true, log, what, err);
	for (size_t i = 0; i < n; i++)
		claim_drop(&claims[i]);
	free(claims);
	return r;
}

int
recover_claim(const struct workspace *ws, struct account *a, struct claim *c,
    struct logfile *log, struct recovered *what, struct error *err)
{
	if (settle_claims(ws, a, c, 1, false, log, what, err) == -1)
		return -1;
	if (what->left == 0)
		return 0;
	*err = what->why;
	return -1;
}
