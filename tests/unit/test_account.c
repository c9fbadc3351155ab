/* The ledger and the claims change together, wherever a run dies. */
#include "account.h"

#include "io.h"
#include "journal.h"

#include "books.h"
#include "sweep.h"

static struct books b;

static void
setup(void)
{
	books_near_noon();
	scratch_enter();
	books_open(&b, NULL);
}

START_TEST(test_reserve_settle)
{
	const struct charge charge = {150, 1, 140};
	struct claim_record r;
	struct claim c;
	struct usage u;

	books_claim(&b, 7, &c);
	books_reserve(&b, &c, 100);
	u = books_usage(&b);
	ck_assert_int_eq(u.minute_tokens, 100);
	ck_assert_int_eq(u.minute_requests, 1);
	ck_assert_int_eq(u.day_tokens, 100);
	ck_assert(books_record(&b, 7, &r));
	ck_assert_int_eq(r.state, CLAIM_RESERVED);
	ck_assert_int_eq(r.attempt, 1);
	ck_assert_int_eq(r.reservation.tokens, 100);
	ck_assert_mem_eq(&r, &c.record, sizeof(r));
	books_assert_clean(&b);

	books_settle(&b, &c, charge, true);
	u = books_usage(&b);
	ck_assert_int_eq(u.minute_tokens, 150);
	ck_assert_int_eq(u.minute_requests, 1);
	ck_assert_int_eq(u.day_tokens, 140);
	ck_assert_int_eq(c.fd, -1);
	ck_assert(!exists("lockfiles/7.lock"));
	books_assert_clean(&b);
	books_close(&b);
}
END_TEST

/* A retry: the old attempt's charge and the new reservation are one change. */
START_TEST(test_settle_and_reserve)
{
	const struct charge charge = {60, 1, 0};
	struct account_txn txn;
	struct claim_record r;
	struct error err;
	struct claim c;
	struct usage u;

	books_claim(&b, 7, &c);
	books_reserve(&b, &c, 100);
	ck_assert_int_eq(account_begin(&b.a, &txn, &err), 0);
	ck_assert_int_eq(account_settle(&txn, &c, &charge, false), 0);
	ck_assert_int_eq(account_reserve(&txn, &c, 90), 0);
	ck_assert_uint_eq(txn.count, 1);
	ck_assert_int_eq(account_commit(&txn, &err), 0);
	account_end(&txn);
	u = books_usage(&b);
	ck_assert_int_eq(u.minute_tokens, 60 + 90);
	ck_assert_int_eq(u.minute_requests, 2);
	ck_assert_int_eq(u.day_tokens, 90);
	ck_assert(books_record(&b, 7, &r));
	ck_assert_int_eq(r.state, CLAIM_RESERVED);
	ck_assert_int_eq(r.attempt, 2);
	ck_assert_int_eq(r.reservation.tokens, 90);

	/* Settled and kept: taken, with nothing reserved. */
	books_settle(&b, &c, charge, false);
	ck_assert(books_record(&b, 7, &r));
	ck_assert_int_eq(r.state, CLAIM_TAKEN);
	ck_assert_int_eq(r.attempt, 2);
	ck_assert_int_eq(books_usage(&b).minute_requests, 2);

	/* Settling what holds nothing charges nothing. */
	books_settle(&b, &c, charge, true);
	ck_assert_int_eq(books_usage(&b).minute_tokens, 120);
	ck_assert(!exists("lockfiles/7.lock"));
	books_close(&b);
}
END_TEST

/* What was planned and not committed has not happened. */
START_TEST(test_not_committed)
{
	struct account_txn txn;
	struct error err;
	struct claim c;

	books_claim(&b, 7, &c);
	ck_assert_int_eq(account_begin(&b.a, &txn, &err), 0);
	for (int i = 0; i < 100; i++)
		ck_assert_int_eq(account_reserve(&txn, &c, 10), 0);
	account_end(&txn);
	ck_assert_int_eq(books_day(&b), 0);
	ck_assert_int_eq(c.record.state, CLAIM_TAKEN);
	ck_assert_int_eq(books_state(&b, 7), CLAIM_TAKEN);
	books_pass(&b);
	books_close(&b);
}
END_TEST

START_TEST(test_many_claims)
{
	const struct charge charge = {3, 1, 2};
	struct claim c[100];
	struct account_txn txn;
	struct error err;

	ck_assert_int_eq(account_begin(&b.a, &txn, &err), 0);
	for (int i = 0; i < 100; i++) {
		books_claim(&b, i + 1, &c[i]);
		ck_assert_int_eq(account_reserve(&txn, &c[i], i), 0);
	}
	ck_assert_int_eq(account_commit(&txn, &err), 0);
	account_end(&txn);
	ck_assert_int_eq(books_day(&b), 99 * 100 / 2);
	ck_assert_int_eq(account_begin(&b.a, &txn, &err), 0);
	for (int i = 0; i < 100; i++)
		ck_assert_int_eq(
		    account_settle(&txn, &c[i], &charge, i % 2 == 0), 0);
	ck_assert_int_eq(account_commit(&txn, &err), 0);
	account_end(&txn);
	ck_assert_int_eq(books_day(&b), 200);
	for (int i = 0; i < 100; i++)
		ck_assert_int_eq(
		    books_state(&b, i + 1), i % 2 == 0 ? 0 : CLAIM_TAKEN);
	books_close(&b);
}
END_TEST

enum {
	PROCESSES = 20,
	TURNS = 50
};

/* Reserve 10, settle as 7, again and again. */
static void
take_turns(void *arg)
{
	const int n = *(const int *)arg;
	const struct charge charge = {7, 1, 7};
	struct books mine;
	struct claim c;

	books_open(&mine, NULL);
	for (int i = 0; i < TURNS / 2; i++) {
		struct account_txn txn;
		struct error err;

		books_claim(&mine, n, &c);
		REQUIRE(account_begin(&mine.a, &txn, &err) == 0);
		REQUIRE(account_reserve(&txn, &c, 10) == 0);
		REQUIRE(account_commit(&txn, &err) == 0);
		account_end(&txn);
		REQUIRE(account_begin(&mine.a, &txn, &err) == 0);
		REQUIRE(account_settle(&txn, &c, &charge, true) == 0);
		REQUIRE(account_commit(&txn, &err) == 0);
		account_end(&txn);
	}
	books_close(&mine);
}

START_TEST(test_twenty_processes)
{
	pid_t pid[PROCESSES];
	int n[PROCESSES];
	struct usage u;

	books_close(&b);
	for (int i = 0; i < PROCESSES; i++) {
		n[i] = i + 1;
		pid[i] = start(take_turns, &n[i]);
	}
	for (int i = 0; i < PROCESSES; i++)
		finish_well(pid[i]);
	books_open(&b, NULL);
	u = books_usage(&b);
	ck_assert_int_eq(u.day_tokens, PROCESSES * TURNS / 2 * 7);
	ck_assert_int_eq(u.minute_requests, PROCESSES * TURNS / 2);
	books_assert_clean(&b);
	books_close(&b);
}
END_TEST

/*
 * The change that dies: claim 1, reserved with 100, is settled with 150 and
 * removed; claim 2 gets a reservation of 200; claim 3, reserved with 300, is
 * settled with 30 and stays.  The day goes from 400 to 380.
 */
enum {
	BEFORE = 400,
	AFTER = 380
};

static void
make_claims(void)
{
	struct claim c;

	books_claim(&b, 1, &c);
	books_reserve(&b, &c, 100);
	claim_drop(&c);
	books_claim(&b, 2, &c);
	claim_drop(&c);
	books_claim(&b, 3, &c);
	books_reserve(&b, &c, 300);
	claim_drop(&c);
	ck_assert_int_eq(books_day(&b), BEFORE);
}

static void
plan_change(struct books *mine, struct account_txn *txn, struct claim c[3])
{
	const struct charge first = {150, 1, 150}, third = {30, 1, 30};
	struct error err;

	for (int i = 0; i < 3; i++)
		REQUIRE(claim_take(mine->ws.locks, i + 1, &c[i], &err) == 2);
	REQUIRE(account_settle(txn, &c[0], &first, true) == 0);
	REQUIRE(account_reserve(txn, &c[1], 200) == 0);
	REQUIRE(account_settle(txn, &c[2], &third, false) == 0);
}

/* Has all of it happened, or else nothing? */
static bool
is_whole(bool after)
{
	struct claim_record r;

	return books_day(&b) == (after ? AFTER : BEFORE) &&
	       books_state(&b, 1) == (after ? 0 : CLAIM_RESERVED) &&
	       exists("lockfiles/1.lock") == !after &&
	       books_record(&b, 2, &r) &&
	       r.state == (after ? CLAIM_RESERVED : CLAIM_TAKEN) &&
	       r.reservation.tokens == (after ? 200 : 0) &&
	       r.attempt == (after ? 1 : 0) &&
	       books_state(&b, 3) == (after ? CLAIM_TAKEN : CLAIM_RESERVED);
}

static void
assert_whole(bool after)
{
	ck_assert_msg(is_whole(after), "day %lld, claims %d %d %d",
	    (long long)books_day(&b), books_state(&b, 1), books_state(&b, 2),
	    books_state(&b, 3));
	books_assert_clean(&b);
}

enum step {
	LOCKED,
	JOURNAL_LOCKED,
	STAGED,
	HALF_JOURNAL,
	JOURNAL_WRITTEN,
	PUBLISHED,
	APPLIED_ONE,
	APPLIED_ALL,
	CLEARED,
	STEPS
};

static void
reach(enum step now, const void *arg)
{
	if (now == *(const enum step *)arg)
		_exit(0);
}

/* What account_commit does, step by step, up to the death asked for. */
static void
die_at(void *arg)
{
	struct account_txn txn;
	struct journal_entry e[3];
	struct books mine;
	struct claim c[3];
	struct error err;
	char path[2 * PATH_MAX];
	struct journal_temp temp = {path, 0};

	books_open(&mine, NULL);
	temp.dir = mine.a.ledger.dir;
	txn = (struct account_txn){
	    .account = &mine.a, .view = LEDGER_VIEW_INIT, .journal = -1};
	REQUIRE(ledger_lock(&mine.a.ledger, &txn.view, &err) == 0);
	reach(LOCKED, arg);
	txn.journal = journal_lock(mine.ws.locks, &err);
	REQUIRE(txn.journal != -1);
	reach(JOURNAL_LOCKED, arg);
	plan_change(&mine, &txn, c);
	REQUIRE(ledger_stage(&mine.a.ledger, &txn.view, &err) == 0);
	reach(STAGED, arg);
	memset(e, 0, sizeof(e));
	for (int i = 0; i < 3; i++) {
		e[i].id = txn.steps[i].record.id;
		e[i].number = txn.steps[i].record.number;
		e[i].remove = txn.steps[i].remove;
		e[i].record = txn.steps[i].record;
	}
	snprintf(path, sizeof(path), "%.*s%s",
	    (int)(mine.a.ledger.base - mine.a.ledger.path), mine.a.ledger.path,
	    mine.a.ledger.temp);
	REQUIRE(journal_write(txn.journal, &temp, e, 3, true, &err) == 0);
	if (*(const enum step *)arg == HALF_JOURNAL)
		REQUIRE(ftruncate(txn.journal, 200) == 0);
	reach(HALF_JOURNAL, arg);
	reach(JOURNAL_WRITTEN, arg);
	REQUIRE(ledger_publish(&mine.a.ledger, &txn.view, &err) == 0);
	reach(PUBLISHED, arg);
	REQUIRE(journal_apply(mine.ws.locks, &e[0]) == 0);
	reach(APPLIED_ONE, arg);
	REQUIRE(journal_apply(mine.ws.locks, &e[1]) == 0);
	REQUIRE(journal_apply(mine.ws.locks, &e[2]) == 0);
	reach(APPLIED_ALL, arg);
	REQUIRE(journal_clear(txn.journal) == 0);
	reach(CLEARED, arg);
	_exit(99);
}

START_TEST(test_crash_points)
{
	enum step at = (enum step)_i;

	make_claims();
	finish_well(start(die_at, &at));
	books_pass(&b);
	/* A temporary without a journal stays until the next is staged. */
	if (at == STAGED || at == HALF_JOURNAL) {
		ck_assert(exists(b.a.ledger.temp));
		ck_assert_int_eq(unlink(b.a.ledger.temp), 0);
	}
	assert_whole(at >= PUBLISHED);
	books_close(&b);
}
END_TEST

enum {
	LIED = 4 /* exit status: the return value and the claims disagree */
};

/* The same with account_commit itself, at every system call. */
static void
commit(void *arg)
{
	struct account_txn txn;
	struct books mine;
	struct claim c[3];
	struct error err;
	int r;

	(void)arg;
	books_open(&mine, NULL);
	if (account_begin(&mine.a, &txn, &err) == -1)
		_exit(3);
	plan_change(&mine, &txn, c);
	r = account_commit(&txn, &err);
	if (r == -1 && (c[0].fd == -1 || c[0].record.state != CLAIM_RESERVED ||
			   c[1].record.state != CLAIM_TAKEN))
		_exit(LIED);
	if (r == 0 && (c[0].fd != -1 || c[1].record.state != CLAIM_RESERVED))
		_exit(LIED);
	account_end(&txn);
	_exit(r == -1);
}

static bool
is_after(void)
{
	return books_day(&b) == AFTER;
}

START_TEST(test_killed_at_every_call)
{
	struct sweep s;
	int n, committed = 0;

	if (!sweep_supported())
		return;
	/* Each N in a workspace of its own. */
	for (n = 0;; n++) {
		bool stopped;

		books_close(&b);
		setup();
		make_claims();
		stopped = sweep(&s, commit, NULL, n, 0);
		books_pass(&b);
		unlink(b.a.ledger.temp);
		committed += is_after();
		ck_assert_msg(is_whole(is_after()), AT(s, n));
		books_assert_clean(&b);
		if (!stopped)
			break;
	}
	ck_assert_int_eq(WEXITSTATUS(s.status), 0);
	ck_assert_int_gt(committed, 10);
	ck_assert_int_gt(n - committed, 20);
	books_close(&b);
}
END_TEST

START_TEST(test_every_call_fails)
{
	static const int errors[] = {
	    ENOSPC, EIO, EMFILE, EACCES, EROFS, EDQUOT, ENOMEM};
	const int how = errors[_i];
	struct sweep s;
	int n, failed = 0;

	if (!sweep_supported())
		return;
	for (n = 0;; n++) {
		bool stopped;

		books_close(&b);
		setup();
		make_claims();
		stopped = sweep(&s, commit, NULL, n, how);
		books_pass(&b);
		unlink(b.a.ledger.temp);
		ck_assert_msg(WIFEXITED(s.status), AT(s, n));
		ck_assert_msg(WEXITSTATUS(s.status) != LIED, AT(s, n));
		/* What it said must be what it did. */
		if (WEXITSTATUS(s.status) == 0)
			ck_assert_msg(is_after(), AT(s, n));
		else
			ck_assert_msg(!is_after(), AT(s, n));
		ck_assert_msg(is_whole(is_after()), AT(s, n));
		books_assert_clean(&b);
		failed += WEXITSTATUS(s.status) != 0;
		if (!stopped)
			break;
	}
	ck_assert_int_eq(WEXITSTATUS(s.status), 0);
	ck_assert_int_gt(failed, 5);
	books_close(&b);
}
END_TEST

/* A commit that must fail, for a directory has come into the ledger's place,
 * is killed at every call: nothing has happened. */
static void
fail_to_commit(void *arg)
{
	struct account_txn txn;
	struct books mine;
	struct claim c[3];
	struct error err;

	(void)arg;
	books_open(&mine, NULL);
	REQUIRE(account_begin(&mine.a, &txn, &err) == 0);
	plan_change(&mine, &txn, c);
	REQUIRE(unlink("usage.md") == 0 && mkdir("usage.md", 0777) == 0);
	REQUIRE(account_commit(&txn, &err) == -1);
	account_end(&txn);
	_exit(0);
}

START_TEST(test_failing_commit_killed)
{
	struct sweep s;

	if (!sweep_supported())
		return;
	for (int n = 0;; n++) {
		bool stopped;

		books_close(&b);
		setup();
		make_claims();
		ck_assert_int_eq(link("usage.md", "kept.md"), 0);
		stopped = sweep(&s, fail_to_commit, NULL, n, 0);
		if (rmdir("usage.md") == 0 || errno == ENOENT)
			ck_assert_int_eq(rename("kept.md", "usage.md"), 0);
		books_pass(&b);
		unlink(b.a.ledger.temp);
		ck_assert_msg(is_whole(false), AT(s, n));
		books_assert_clean(&b);
		if (!stopped)
			break;
	}
	ck_assert_int_eq(s.status, 0);
	books_close(&b);
}
END_TEST

/*
 * A run died before the rename; the next one, which cleans up after it, is
 * killed at every call.  The third must still find that nothing happened.
 */
static void
pass(void *arg)
{
	struct account_txn txn;
	struct books mine;
	struct error err;

	(void)arg;
	books_open(&mine, NULL);
	if (account_begin(&mine.a, &txn, &err) == -1)
		_exit(3);
	account_end(&txn);
	_exit(0);
}

START_TEST(test_cleaner_killed)
{
	enum step at = _i == 0 ? JOURNAL_WRITTEN : PUBLISHED;
	struct sweep s;

	if (!sweep_supported())
		return;
	for (int n = 0;; n++) {
		bool stopped;

		books_close(&b);
		setup();
		make_claims();
		finish_well(start(die_at, &at));
		stopped = sweep(&s, pass, NULL, n, 0);
		books_pass(&b);
		unlink(b.a.ledger.temp);
		ck_assert_msg(is_whole(at == PUBLISHED), AT(s, n));
		books_assert_clean(&b);
		if (!stopped)
			break;
	}
	books_close(&b);
}
END_TEST

START_TEST(test_cleaner_fails)
{
	static const int errors[] = {ENOSPC, EIO, EMFILE, EACCES};
	enum step at = _i % 2 == 0 ? JOURNAL_WRITTEN : PUBLISHED;
	const int how = errors[_i / 2];
	struct sweep s;

	if (!sweep_supported())
		return;
	for (int n = 0;; n++) {
		bool stopped;

		books_close(&b);
		setup();
		make_claims();
		finish_well(start(die_at, &at));
		stopped = sweep(&s, pass, NULL, n, how);
		books_pass(&b);
		unlink(b.a.ledger.temp);
		ck_assert_msg(is_whole(at == PUBLISHED), AT(s, n));
		books_assert_clean(&b);
		if (!stopped)
			break;
	}
	books_close(&b);
}
END_TEST

/* A ledger that somebody replaced while we held the old one's lock: editors
 * and sed -i save that way.  Its numbers must not be lost. */
START_TEST(test_replaced_meanwhile)
{
	struct account_txn txn;
	struct error err = {""};
	struct claim c;

	books_claim(&b, 7, &c);
	ck_assert_int_eq(account_begin(&b.a, &txn, &err), 0);
	ck_assert_int_eq(account_reserve(&txn, &c, 10), 0);
	put_file("new", "tokens_within_day: 5000\n");
	ck_assert_int_eq(rename("new", "usage.md"), 0);
	ck_assert_int_eq(account_commit(&txn, &err), -1);
	ck_assert_msg(strstr(err.text, "usage.md") != NULL, "%s", err.text);
	account_end(&txn);
	ck_assert_int_eq(books_day(&b), 5000);
	ck_assert_int_eq(books_state(&b, 7), CLAIM_TAKEN);
	books_reserve(&b, &c, 10);
	ck_assert_int_eq(books_day(&b), 5010);
	books_assert_clean(&b);
	books_close(&b);
}
END_TEST

/* Two workspaces, one ledger. */
static void
other_workspace(void *arg)
{
	const char *const dir = arg;
	const struct charge charge = {7, 1, 7};
	struct books mine;
	struct claim c;

	REQUIRE(chdir(dir) == 0);
	books_open(&mine, "../usage.md");
	for (int i = 0; i < TURNS; i++) {
		books_claim(&mine, 1, &c);
		books_reserve(&mine, &c, 10);
		books_settle(&mine, &c, charge, true);
	}
	books_close(&mine);
}

START_TEST(test_shared_ledger)
{
	char one[] = "one", two[] = "two";
	pid_t first, second;

	books_close(&b);
	ck_assert_int_eq(mkdir(one, 0777), 0);
	ck_assert_int_eq(mkdir(two, 0777), 0);
	first = start(other_workspace, one);
	second = start(other_workspace, two);
	finish_well(first);
	finish_well(second);
	books_open(&b, NULL);
	ck_assert_int_eq(books_day(&b), 2 * TURNS * 7);
	books_close(&b);
}
END_TEST

/* One workspace, two ledgers in one directory. */
START_TEST(test_two_ledgers)
{
	enum step at = (enum step)_i;
	struct books other;
	struct claim c;

	make_claims();
	finish_well(start(die_at, &at));
	books_open(&other, "other.md");
	books_claim(&other, 9, &c);
	books_reserve(&other, &c, 33);
	ck_assert_int_eq(books_day(&other), 33);
	assert_whole(at >= PUBLISHED);
	books_close(&other);
	books_close(&b);
}
END_TEST

/*
 * The journal names a temporary in a directory that is not there: moved, or
 * not mounted.  That the temporary is not found proves nothing then.
 */
START_TEST(test_directory_gone)
{
	enum step at = JOURNAL_WRITTEN;
	struct account_txn txn;
	struct error err;
	char cwd[PATH_MAX], ws[PATH_MAX];

	ck_assert_ptr_nonnull(getcwd(cwd, sizeof(cwd)));
	books_close(&b);
	ck_assert_int_eq(mkdir("ws", 0777), 0);
	ck_assert_int_eq(chdir("ws"), 0);
	ck_assert_ptr_nonnull(getcwd(ws, sizeof(ws)));
	books_open(&b, NULL);
	make_claims();
	finish_well(start(die_at, &at));
	books_close(&b);
	ck_assert_int_eq(chdir(cwd), 0);
	ck_assert_int_eq(rename("ws", "moved"), 0);
	ck_assert_int_eq(chdir("moved"), 0);
	books_open(&b, NULL);
	/* It may say that it cannot tell, but not take it for done. */
	if (account_begin(&b.a, &txn, &err) == 0)
		account_end(&txn);
	ck_assert_int_eq(books_state(&b, 1), CLAIM_RESERVED);
	ck_assert_int_eq(books_state(&b, 2), CLAIM_TAKEN);
	ck_assert_int_eq(books_state(&b, 3), CLAIM_RESERVED);
	books_close(&b);
}
END_TEST

int
main(void)
{
	Suite *const s = suite_create("account");
	TCase *tc = tcase_create("account");

	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_set_timeout(tc, 300);
	suite_add_tcase(s, tc);
	tcase_add_test(tc, test_reserve_settle);
	tcase_add_test(tc, test_settle_and_reserve);
	tcase_add_test(tc, test_not_committed);
	tcase_add_test(tc, test_many_claims);
	tcase_add_test(tc, test_twenty_processes);
	tcase_add_loop_test(tc, test_crash_points, 0, STEPS);
	tcase_add_test(tc, test_killed_at_every_call);
	tcase_add_loop_test(tc, test_every_call_fails, 0, 7);
	tcase_add_test(tc, test_failing_commit_killed);
	tcase_add_loop_test(tc, test_cleaner_killed, 0, 2);
	tcase_add_loop_test(tc, test_cleaner_fails, 0, 8);
	tcase_add_test(tc, test_replaced_meanwhile);
	tcase_add_test(tc, test_shared_ledger);
	tcase_add_loop_test(tc, test_two_ledgers, 0, STEPS);
	tcase_add_test(tc, test_directory_gone);
	return scratch_main(s);
}
