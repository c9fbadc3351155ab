#include "account.h"

#include "journal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int
account_open(struct account *a, const char *name, int locks,
    const struct limits *limits, struct error *err)
{
	struct stat st;
	char tag[40] = "none";

	a->locks = locks;
	/* The tag names the workspace: no two have the same lockfiles/. */
	if (locks != -1) {
		if (fstat(locks, &st) == -1)
			return error_sys(err, "lockfiles: stat");
		snprintf(tag, sizeof(tag), "%jx.%jx", (uintmax_t)st.st_dev,
		    (uintmax_t)st.st_ino);
	}
	return ledger_open(&a->ledger, name, tag, limits, err);
}

void
account_close(struct account *a)
{
	ledger_close(&a->ledger);
}

int
account_begin(struct account *a, struct account_txn *txn, struct error *err)
{
	*txn = (struct account_txn){
	    .account = a, .view = LEDGER_VIEW_INIT, .journal = -1};
	if (ledger_lock(&a->ledger, &txn->view, err) == -1)
		goto fail;
	txn->journal = journal_lock(a->locks, err);
	if (txn->journal == -1)
		goto fail;
	return 0;
fail:
	account_end(txn);
	return -1;
}

/* The step about C: a settlement and the reservation after it are one. */
static struct account_step *
step_for(struct account_txn *txn, struct claim *c)
{
	struct account_step *step;

	if (txn->count > 0 && txn->steps[txn->count - 1].claim == c)
		return &txn->steps[txn->count - 1];
	if (txn->count == txn->room) {
		const size_t room = txn->room ? 2 * txn->room : 16;
		void *const steps =
		    reallocarray(txn->steps, room, sizeof(*txn->steps));

		if (steps == NULL)
			return NULL;
		txn->steps = steps;
		txn->room = room;
	}
	step = &txn->steps[txn->count++];
	memset(step, 0, sizeof(*step));
	step->claim = c;
	step->record = c->record;
	return step;
}

int
account_reserve(struct account_txn *txn, struct claim *c, int64_t estimate)
{
	struct account_step *const step = step_for(txn, c);

	if (step == NULL)
		return -1;
	usage_reserve(&txn->view.usage, &txn->account->ledger.limits, estimate,
	    txn->view.now, &step->record.reservation);
	step->record.state = CLAIM_RESERVED;
	step->record.attempt++;
	return 0;
}

int
account_settle(struct account_txn *txn, struct claim *c,
    const struct charge *charge, bool remove)
{
	struct account_step *const step = step_for(txn, c);

	if (step == NULL)
		return -1;
	if (step->record.state == CLAIM_RESERVED) {
		txn->settles = true;
		usage_settle(&txn->view.usage, &txn->account->ledger.limits,
		    &step->record.reservation, charge, txn->view.today);
	}
	memset(&step->record.reservation, 0, sizeof(step->record.reservation));
	step->record.state = CLAIM_TAKEN;
	step->remove = remove;
	return 0;
}

static int
write_journal(
    struct account_txn *txn, struct journal_entry *entries, struct error *err)
{
	const struct ledger *const l = &txn->account->ledger;
	char path[PATH_MAX + sizeof(l->temp)];
	const struct journal_temp temp = {path, l->dir};

	for (size_t i = 0; i < txn->count; i++) {
		const struct account_step *const step = &txn->steps[i];

		entries[i].id = step->record.id;
		entries[i].number = step->record.number;
		entries[i].remove = step->remove;
		entries[i].record = step->record;
	}
	snprintf(path, sizeof(path), "%.*s%s", (int)(l->base - l->path),
	    l->path, l->temp);
	return journal_write(
	    txn->journal, &temp, entries, txn->count, txn->settles, err);
}

/* The name of a claim that is to go could be another's by now: journal_apply
 * looks. */
static int
change_claim(int locks, const struct account_step *step,
    const struct journal_entry *entry)
{
	if (step->remove)
		return journal_apply(locks, entry);
	return claim_write(step->claim->fd, &step->record);
}

/* On the disk, too, before the journal that could do it again goes. */
static int
sync_claims(const struct account_txn *txn)
{
	bool removed = false;

	for (size_t i = 0; i < txn->count; i++) {
		const struct account_step *const step = &txn->steps[i];

		if (step->remove)
			removed = true;
		else if (fdatasync(step->claim->fd) == -1)
			return -1;
	}
	return removed ? fsync(txn->account->locks) : 0;
}

/* After the rename nothing can fail any more: what is left undone here stays
 * in the journal, and the next to lock it does it again. */
static void
apply(struct account_txn *txn, const struct journal_entry *entries)
{
	const int locks = txn->account->locks;
	bool whole = true;

	for (size_t i = 0; i < txn->count; i++)
		if (change_claim(locks, &txn->steps[i], &entries[i]) == -1)
			whole = false;
	if (txn->settles && sync_claims(txn) == -1)
		whole = false;
	for (size_t i = 0; i < txn->count; i++) {
		struct account_step *const step = &txn->steps[i];

		step->claim->record = step->record;
		if (step->remove)
			claim_drop(step->claim);
	}
	if (whole)
		journal_clear(txn->journal);
}

/* It is not to be.  As long as the journal stands, the temporary must, too:
 * its absence would say that the ledger was renamed. */
static void
cancel(struct account_txn *txn)
{
	if (journal_cancel(txn->journal) == 0)
		ledger_discard(&txn->account->ledger, &txn->view);
}

int
account_commit(struct account_txn *txn, struct error *err)
{
	const struct ledger *const l = &txn->account->ledger;
	struct journal_entry *const entries =
	    calloc(txn->count + 1, sizeof(*entries));
	int r = -1;

	if (entries == NULL)
		return error_sys(err, "%s: change", l->path);
	if (ledger_stage(l, &txn->view, err) == -1)
		goto out;
	if (write_journal(txn, entries, err) == -1 ||
	    ledger_publish(l, &txn->view, err) == -1) {
		cancel(txn);
		goto out;
	}
	if (txn->settles)
		ledger_sync(l);
	apply(txn, entries);
	r = 0;
out:
	free(entries);
	return r;
}

void
account_end(struct account_txn *txn)
{
	if (txn->journal != -1)
		close(txn->journal);
	txn->journal = -1;
	ledger_unlock(&txn->view);
	buf_free(&txn->view.text);
	free(txn->steps);
	txn->steps = NULL;
	txn->count = txn->room = 0;
}

void
account_sync(const struct account *a)
{
	ledger_sync(&a->ledger);
}
