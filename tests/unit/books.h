/*
 * books.h - a workspace with its account, for tests: the directories, a
 * ledger, claims in every state.
 *
 * The window is an hour and the zone's noon is near, so that neither a minute
 * nor a midnight passes during a test.
 */
#ifndef BOOKS_H
#define BOOKS_H

#include "account.h"
#include "claim.h"
#include "journal.h"
#include "outcome.h"
#include "workspace.h"

#include "scratch.h"

#include <time.h>

#define BOOKS_LIMITS                                                         \
	{                                                                    \
		.batch_tokens = INT64_C(1) << 40,                            \
		.minute_tokens = INT64_C(1) << 40,                           \
		.minute_requests = INT64_C(1) << 40,                         \
		.day_tokens = INT64_C(1) << 40, .window_ns = 3600 * NS_PER_S \
	}

struct books {
	struct workspace ws;
	struct account a;
};

static inline void
books_near_noon(void)
{
	const long hour = (long)(time(NULL) / 3600 % 24);
	char zone[32];

	snprintf(zone, sizeof(zone), "TST%+ld", hour - 12);
	setenv("TZ", zone, 1);
	tzset();
}

static inline void
books_open(struct books *b, const char *ledger)
{
	const struct limits limits = BOOKS_LIMITS;
	struct error err = {""};

	if ((mkdir("prompts", 0777) == -1 && errno != EEXIST) ||
	    workspace_open(&b->ws, true, true, &err) == -1 ||
	    account_open(&b->a, ledger, b->ws.locks, &limits, &err) == -1) {
		fprintf(stderr, "books_open: %s\n", err.text);
		_exit(97);
	}
}

static inline void
books_close(struct books *b)
{
	account_close(&b->a);
	workspace_close(&b->ws);
}

/* The ledger's numbers now, without a lock. */
static inline struct usage
books_usage(const struct books *b)
{
	struct ledger_view v = LEDGER_VIEW_INIT;
	struct error err = {""};

	ck_assert_msg(ledger_read(&b->a.ledger, &v, &err) == 0, "%s", err.text);
	buf_free(&v.text);
	return v.usage;
}

static inline int64_t
books_day(const struct books *b)
{
	return books_usage(b).day_tokens;
}

/* A new claim on N: taken, nothing reserved. */
static inline void
books_claim(struct books *b, int n, struct claim *c)
{
	struct error err = {""};
	const int taken = claim_take(b->ws.locks, n, c, &err);

	ck_assert_msg(taken == 1, "%d: %s", taken, err.text);
	ck_assert_msg(
	    claim_renew(c, b->a.ledger.path, &err) == 0, "%s", err.text);
}

static inline void
books_reserve(struct books *b, struct claim *c, int64_t estimate)
{
	struct account_txn txn;
	struct error err = {""};

	ck_assert_msg(account_begin(&b->a, &txn, &err) == 0, "%s", err.text);
	ck_assert_int_eq(account_reserve(&txn, c, estimate), 0);
	ck_assert_msg(account_commit(&txn, &err) == 0, "%s", err.text);
	account_end(&txn);
}

static inline void
books_settle(
    struct books *b, struct claim *c, struct charge charge, bool remove)
{
	struct account_txn txn;
	struct error err = {""};

	ck_assert_msg(account_begin(&b->a, &txn, &err) == 0, "%s", err.text);
	ck_assert_int_eq(account_settle(&txn, c, &charge, remove), 0);
	ck_assert_msg(account_commit(&txn, &err) == 0, "%s", err.text);
	account_end(&txn);
}

/* Take and release the locks: what a dead run left in the journal is over. */
static inline void
books_pass(struct books *b)
{
	struct account_txn txn;
	struct error err = {""};

	ck_assert_msg(account_begin(&b->a, &txn, &err) == 0, "%s", err.text);
	account_end(&txn);
}

/* What the claim file of N says; false: there is none, or no record in it. */
static inline bool
books_record(const struct books *b, int n, struct claim_record *record)
{
	char name[WORKSPACE_NAME];
	const int fd = openat(b->ws.locks, claim_name(name, n), O_RDONLY);
	bool ok;

	if (fd == -1)
		return false;
	ok = claim_read(fd, record);
	close(fd);
	return ok;
}

static inline int
books_state(const struct books *b, int n)
{
	struct claim_record r;

	return books_record(b, n, &r) ? r.state : 0;
}

/* A child's note on C. */
static inline void
books_note(const struct claim *c, enum progress_stage stage,
    const struct outcome *out, bool staged)
{
	struct claim_progress p;

	memset(&p, 0, sizeof(p));
	p.id = c->record.id;
	p.attempt = c->record.attempt;
	p.stage = (int32_t)stage;
	p.staged = staged;
	p.pid = (int32_t)getpid();
	if (out != NULL)
		p.outcome = *out;
	else
		outcome_init(&p.outcome);
	ck_assert_int_eq(claim_note(c->fd, &p, false), 0);
}

/* Nothing of a transaction is left lying about. */
static inline void
books_assert_clean(const struct books *b)
{
	struct stat st;

	ck_assert(!journal_pending(b->ws.locks));
	ck_assert_int_eq(
	    fstatat(b->a.ledger.dirfd, b->a.ledger.temp, &st, 0), -1);
}

#endif
