/* What dead runs left in their claims is settled, once and rightly. */
#include "recover.h"

#include "output.h"
#include "retry.h"

#include "books.h"
#include "sweep.h"

static struct books b;
static struct logfile no_log = LOGFILE_INIT;

static void
setup(void)
{
	books_near_noon();
	scratch_enter();
	books_open(&b, NULL);
}

static void
recover_well(struct recovered *what)
{
	struct error err = {""};

	ck_assert_msg(
	    recover_all(&b.ws, &b.a, &no_log, what, &err) == 0, "%s", err.text);
}

static struct outcome
outcome_of(enum outcome_kind kind, int64_t input, int64_t output)
{
	struct outcome out;

	outcome_init(&out);
	out.kind = kind;
	out.sent = true;
	out.has_usage = input + output > 0;
	out.input_tokens = input;
	out.output_tokens = output;
	return out;
}

/* A reserved claim on N, with its child's last note; nobody holds it. */
static void
leave(int n, int64_t estimate, enum progress_stage stage,
    const struct outcome *out, bool staged)
{
	struct claim c;

	books_claim(&b, n, &c);
	books_reserve(&b, &c, estimate);
	if (stage != 0)
		books_note(&c, stage, out, staged);
	claim_drop(&c);
}

static void
leave_temp(int n, const char *text, time_t when)
{
	char path[64];

	snprintf(path, sizeof(path), "outputs/.%d_output.txt.tmp", n);
	put_file(path, text);
	set_mtime(path, when, 5);
}

/* Make N's claim look like one of an earlier boot. */
static void
reboot(int n)
{
	char name[WORKSPACE_NAME];
	const int fd = openat(b.ws.locks, claim_name(name, n), O_RDWR);
	struct claim_record r;

	ck_assert(claim_read(fd, &r));
	memset(r.boot, 'f', 36);
	ck_assert_int_eq(claim_write(fd, &r), 0);
	close(fd);
}

START_TEST(test_charge)
{
	struct outcome answer = outcome_of(OUTCOME_ANSWER, 30, 12);
	struct claim_record r = {.reservation = {.tokens = 100}};
	struct claim_progress p = {.stage = PROGRESS_SENDING};
	struct charge c;

	outcome_init(&p.outcome);
	c = recover_charge(&r, NULL, true);
	ck_assert_int_eq(c.day_tokens, 0);
	ck_assert_int_eq(c.minute_tokens, 0);
	ck_assert_int_eq(c.minute_requests, 0);
	c = recover_charge(&r, NULL, false);
	ck_assert_int_eq(c.day_tokens, 100);
	ck_assert_int_eq(c.minute_tokens, 100);
	ck_assert_int_eq(c.minute_requests, 1);
	for (int same_boot = 0; same_boot < 2; same_boot++) {
		c = recover_charge(&r, &p, same_boot);
		ck_assert_int_eq(c.day_tokens, 100);
		ck_assert_int_eq(c.minute_requests, 1);
	}
	p.stage = PROGRESS_DONE;
	p.outcome = answer;
	c = recover_charge(&r, &p, false);
	ck_assert_int_eq(c.day_tokens, 42);
	ck_assert_int_eq(c.minute_tokens, 42);
	/* It came to nothing before the request could leave. */
	outcome_init(&p.outcome);
	p.outcome.kind = OUTCOME_CONNECT;
	c = recover_charge(&r, &p, false);
	ck_assert_int_eq(c.day_tokens, 0);
	ck_assert_int_eq(c.minute_requests, 0);
}
END_TEST

START_TEST(test_nothing)
{
	struct recovered what;

	recover_well(&what);
	ck_assert_int_eq(what.claims, 0);
	ck_assert_int_eq(what.answers, 0);
	ck_assert(!exists("usage.md"));
	books_close(&b);
}
END_TEST

/* Taken, or not even that: removed, and no ledger is touched. */
START_TEST(test_taken_only)
{
	struct recovered what;
	struct claim c;

	books_claim(&b, 1, &c);
	claim_drop(&c);
	put_file("lockfiles/2.lock", "");
	put_file("lockfiles/3.lock", "not a claim");
	recover_well(&what);
	ck_assert(!exists("lockfiles/1.lock"));
	ck_assert(!exists("lockfiles/2.lock"));
	ck_assert(!exists("lockfiles/3.lock"));
	ck_assert_int_eq(books_day(&b), 0);
	books_close(&b);
}
END_TEST

START_TEST(test_reserved_without_note)
{
	struct recovered what;

	leave(1, 100, 0, NULL, false);
	ck_assert_int_eq(books_usage(&b).minute_requests, 1);
	recover_well(&what);
	ck_assert_int_eq(what.claims, 1);
	ck_assert_int_eq(what.day_tokens, 0);
	ck_assert_int_eq(books_day(&b), 0);
	ck_assert_int_eq(books_usage(&b).minute_requests, 0);
	ck_assert(!exists("lockfiles/1.lock"));

	leave(1, 100, 0, NULL, false);
	reboot(1);
	recover_well(&what);
	ck_assert_int_eq(what.day_tokens, 100);
	ck_assert_int_eq(books_day(&b), 100);
	ck_assert_int_eq(books_usage(&b).minute_requests, 1);
	books_close(&b);
}
END_TEST

START_TEST(test_sending)
{
	struct recovered what;

	leave(1, 100, PROGRESS_SENDING, NULL, false);
	leave_temp(1, "half an ans", 1000);
	recover_well(&what);
	ck_assert_int_eq(what.claims, 1);
	ck_assert_int_eq(what.answers, 0);
	ck_assert_int_eq(what.day_tokens, 100);
	ck_assert_int_eq(books_day(&b), 100);
	ck_assert(!exists("outputs/.1_output.txt.tmp"));
	ck_assert(!exists("outputs/1_output.txt"));
	books_close(&b);
}
END_TEST

START_TEST(test_done)
{
	const struct outcome out = outcome_of(OUTCOME_ANSWER, 30, 12);
	struct recovered what;
	struct stat st;

	/* Staged, not renamed. */
	leave(1, 100, PROGRESS_DONE, &out, true);
	leave_temp(1, "the answer", 1234567);
	/* Renamed before it died. */
	leave(2, 100, PROGRESS_DONE, &out, true);
	put_file("outputs/2_output.txt", "there already");
	/* Done, but its disk would not take it. */
	leave(3, 100, PROGRESS_DONE, &out, false);
	leave_temp(3, "half", 1000);
	recover_well(&what);
	ck_assert_int_eq(what.claims, 3);
	ck_assert_int_eq(what.answers, 1);
	ck_assert_int_eq(what.day_tokens, 3 * 42);
	ck_assert_int_eq(books_day(&b), 3 * 42);
	ck_assert_int_eq(books_usage(&b).minute_requests, 3);
	ck_assert_str_eq(get_file("outputs/1_output.txt"), "the answer");
	ck_assert_int_eq(stat("outputs/1_output.txt", &st), 0);
	ck_assert_int_eq(st.st_mtim.tv_sec, 1234567);
	ck_assert_int_eq(st.st_mtim.tv_nsec, 5);
	ck_assert_str_eq(get_file("outputs/2_output.txt"), "there already");
	ck_assert(!exists("outputs/3_output.txt"));
	ck_assert(!exists("outputs/.3_output.txt.tmp"));
	books_close(&b);
}
END_TEST

/* What is less than an answer does not cover one. */
START_TEST(test_done_partial)
{
	const struct outcome out = outcome_of(OUTCOME_PARTIAL, 30, 12);
	struct recovered what;

	leave(1, 100, PROGRESS_DONE, &out, true);
	leave_temp(1, "cut off", 1000);
	put_file("outputs/1_output.txt", "a good one");
	recover_well(&what);
	ck_assert_str_eq(get_file("outputs/1_output.txt"), "cut off");
	ck_assert_str_eq(get_file("outputs/1_output.txt~"), "a good one");
	ck_assert_int_eq(books_day(&b), 42);
	books_close(&b);
}
END_TEST

/* A note about another attempt, or by another claim's child, says nothing. */
START_TEST(test_foreign_note)
{
	const struct outcome out = outcome_of(OUTCOME_ANSWER, 30, 12);
	const struct charge charge = {42, 1, 42};
	struct recovered what;
	struct claim c;

	books_claim(&b, 1, &c);
	books_reserve(&b, &c, 100);
	books_note(&c, PROGRESS_DONE, &out, true);
	books_settle(&b, &c, charge, false);
	books_reserve(&b, &c, 100);
	claim_drop(&c);
	leave_temp(1, "of attempt 1", 1000);
	recover_well(&what);
	ck_assert_int_eq(what.answers, 0);
	ck_assert(!exists("outputs/1_output.txt"));
	ck_assert_int_eq(books_day(&b), 42);
	books_close(&b);
}
END_TEST

static struct gate ready, go;

static void
hold_claim(void *arg)
{
	struct books mine;
	struct claim c;

	(void)arg;
	books_open(&mine, NULL);
	books_claim(&mine, 1, &c);
	books_reserve(&mine, &c, 100);
	gate_pass(&ready);
	gate_wait(&go);
}

START_TEST(test_living_holder)
{
	struct recovered what;
	pid_t pid;

	gate_init(&ready);
	gate_init(&go);
	pid = start(hold_claim, NULL);
	ck_assert(gate_wait(&ready));
	leave_temp(1, "being written", 1000);
	recover_well(&what);
	ck_assert_int_eq(what.claims, 0);
	ck_assert_int_eq(books_state(&b, 1), CLAIM_RESERVED);
	ck_assert_int_eq(books_day(&b), 100);
	ck_assert(exists("outputs/.1_output.txt.tmp"));
	finish_kill(pid);
	recover_well(&what);
	ck_assert_int_eq(what.claims, 1);
	ck_assert_int_eq(books_day(&b), 0);
	books_close(&b);
}
END_TEST

/* The parent is dead, its child is not: the claim is alive. */
static void
parent_with_child(void *arg)
{
	struct books mine;
	struct claim c;

	(void)arg;
	books_open(&mine, NULL);
	books_claim(&mine, 1, &c);
	books_reserve(&mine, &c, 100);
	if (fork() == 0) {
		const struct outcome out = outcome_of(OUTCOME_ANSWER, 4, 3);

		prctl(PR_SET_PDEATHSIG, 0);
		close(ready.ends[0]);
		close(go.ends[1]);
		gate_wait(&go);
		books_note(&c, PROGRESS_DONE, &out, false);
		_exit(0);
	}
	_exit(0);
}

START_TEST(test_orphan)
{
	struct recovered what;
	char c;

	gate_init(&ready);
	gate_init(&go);
	finish_well(start(parent_with_child, NULL));
	recover_well(&what);
	ck_assert_int_eq(what.claims, 0);
	ck_assert_int_eq(books_day(&b), 100);
	gate_pass(&go);
	close(ready.ends[1]);
	/* The end of the pipe is the end of the orphan. */
	ck_assert_int_eq(read(ready.ends[0], &c, 1), 0);
	recover_well(&what);
	ck_assert_int_eq(what.claims, 1);
	ck_assert_int_eq(books_day(&b), 7);
	books_close(&b);
}
END_TEST

/* A claim is settled where it was counted. */
START_TEST(test_other_ledger)
{
	struct recovered what;
	struct books other;
	struct claim c;

	ck_assert_int_eq(mkdir("elsewhere", 0777), 0);
	books_open(&other, "elsewhere/quota.md");
	books_claim(&other, 1, &c);
	books_reserve(&other, &c, 100);
	books_note(&c, PROGRESS_SENDING, NULL, false);
	claim_drop(&c);
	books_claim(&other, 2, &c);
	books_reserve(&other, &c, 1000);
	claim_drop(&c);
	leave(3, 30, PROGRESS_SENDING, NULL, false);
	recover_well(&what);
	ck_assert_int_eq(what.claims, 3);
	ck_assert_int_eq(books_day(&other), 100);
	ck_assert_int_eq(books_day(&b), 30);
	for (int n = 1; n <= 3; n++)
		ck_assert_int_eq(books_state(&b, n), 0);
	books_close(&other);
	books_close(&b);
}
END_TEST

/*
 * The ledger was moved to a place that workspaces share, and a link left
 * behind, between the death and the next run.
 */
START_TEST(test_ledger_became_link)
{
	struct recovered what = {0};
	struct error err = {""};
	struct claim c;

	leave(1, 100, PROGRESS_SENDING, NULL, false);
	leave(2, 20, PROGRESS_SENDING, NULL, false);
	books_close(&b);
	ck_assert_int_eq(mkdir("shared", 0777), 0);
	ck_assert_int_eq(rename("usage.md", "shared/quota.md"), 0);
	ck_assert_int_eq(symlink("shared/quota.md", "usage.md"), 0);
	books_open(&b, NULL);
	ck_assert_int_eq(claim_take(b.ws.locks, 2, &c, &err), 2);
	ck_assert_int_eq(
	    recover_claim(&b.ws, &b.a, &c, &no_log, &what, &err), 0);
	ck_assert_int_eq(what.claims, 1);
	ck_assert_int_eq(books_state(&b, 2), CLAIM_TAKEN);
	claim_remove(b.ws.locks, &c);
	recover_well(&what);
	ck_assert_int_eq(what.claims, 1);
	ck_assert_int_eq(books_day(&b), 120);
	ck_assert_int_eq(books_state(&b, 1), 0);
	books_close(&b);
}
END_TEST

/* Where it was counted cannot be read any more: rather here than nowhere. */
START_TEST(test_ledger_name_damaged)
{
	struct recovered what;
	int fd;

	leave(1, 100, PROGRESS_SENDING, NULL, false);
	fd = open("lockfiles/1.lock", O_RDWR);
	ck_assert_int_eq(pwrite(fd, "x", 1, 3072 + 20), 1);
	close(fd);
	recover_well(&what);
	ck_assert_int_eq(what.claims, 1);
	ck_assert_int_eq(what.day_tokens, 100);
	ck_assert_int_eq(books_day(&b), 100);
	ck_assert_int_eq(books_state(&b, 1), 0);
	books_close(&b);
}
END_TEST

START_TEST(test_recover_claim)
{
	struct recovered what = {0};
	struct error err = {""};
	struct claim c;

	leave(1, 100, PROGRESS_SENDING, NULL, false);
	ck_assert_int_eq(claim_take(b.ws.locks, 1, &c, &err), 2);
	ck_assert_int_eq(
	    recover_claim(&b.ws, &b.a, &c, &no_log, &what, &err), 0);
	ck_assert_int_eq(what.claims, 1);
	ck_assert_int_ne(c.fd, -1);
	ck_assert_int_eq(c.record.state, CLAIM_TAKEN);
	ck_assert_int_eq(books_state(&b, 1), CLAIM_TAKEN);
	ck_assert_int_eq(books_day(&b), 100);
	/* Again: there is nothing more to charge. */
	ck_assert_int_eq(
	    recover_claim(&b.ws, &b.a, &c, &no_log, &what, &err), 0);
	ck_assert_int_eq(books_day(&b), 100);
	ck_assert_int_eq(claim_renew(&c, b.a.ledger.path, &err), 0);
	books_reserve(&b, &c, 5);
	ck_assert_int_eq(books_day(&b), 105);
	claim_remove(b.ws.locks, &c);
	books_close(&b);
}
END_TEST

/*
 * A run died with the removal of a claim in its journal.  Somebody took the
 * claim before the journal is redone: the file goes from under him, and what
 * he then settles is nothing.
 */
static void
die_published(void *arg)
{
	const struct charge charge = {100, 1, 100};
	struct account_txn txn;
	struct books mine;
	struct claim c;
	struct error err;

	(void)arg;
	books_open(&mine, NULL);
	REQUIRE(claim_take(mine.ws.locks, 1, &c, &err) == 2);
	REQUIRE(account_begin(&mine.a, &txn, &err) == 0);
	REQUIRE(account_settle(&txn, &c, &charge, true) == 0);
	/* As good as dying there: no claim can be changed any more. */
	close(mine.a.locks);
	mine.a.locks = -1;
	REQUIRE(account_commit(&txn, &err) == 0);
	_exit(0);
}

/* One claim whose ledger is gone is left, and the others are settled. */
START_TEST(test_one_hopeless_claim)
{
	struct error err = {""};
	struct recovered what;
	struct claim c;

	ck_assert_int_eq(claim_take(b.ws.locks, 1, &c, &err), 1);
	ck_assert_int_eq(claim_renew(&c, "/no/such/place/usage.md", &err), 0);
	claim_drop(&c);
	leave(2, 100, PROGRESS_SENDING, NULL, false);
	recover_well(&what);
	ck_assert_int_eq(what.claims, 1);
	ck_assert_int_eq(what.left, 1);
	ck_assert_ptr_nonnull(strstr(what.why.text, "/no/such/place"));
	ck_assert_int_eq(books_day(&b), 100);
	ck_assert(exists("lockfiles/1.lock"));
	ck_assert(!exists("lockfiles/2.lock"));
	/* Who wants that very prompt is told. */
	ck_assert_int_eq(claim_take(b.ws.locks, 1, &c, &err), 2);
	what.left = 0;
	ck_assert_int_eq(
	    recover_claim(&b.ws, &b.a, &c, &no_log, &what, &err), -1);
	ck_assert_ptr_nonnull(strstr(err.text, "/no/such/place"));
}
END_TEST

START_TEST(test_taken_before_redo)
{
	struct recovered what = {0};
	struct error err = {""};
	struct claim c;

	leave(1, 100, PROGRESS_SENDING, NULL, false);
	finish_well(start(die_published, NULL));
	leave_temp(1, "another's", 1000);
	ck_assert(journal_pending(b.ws.locks));
	ck_assert_int_eq(claim_take(b.ws.locks, 1, &c, &err), 2);
	ck_assert_int_eq(
	    recover_claim(&b.ws, &b.a, &c, &no_log, &what, &err), 0);
	ck_assert_int_eq(c.fd, -1);
	ck_assert_int_eq(what.claims, 0);
	ck_assert_int_eq(books_day(&b), 100);
	ck_assert(!exists("lockfiles/1.lock"));
	/* Nor does it take the temporary from whoever has it now. */
	ck_assert(exists("outputs/.1_output.txt.tmp"));
	books_assert_clean(&b);
	books_close(&b);
}
END_TEST

/* Claims of every kind, and what they come to. */
enum {
	DAY = 200 + 42 + 600 + 10,
	MINUTE = DAY + 500,
	REQUESTS = 5
};

static void
leave_all_kinds(void)
{
	struct outcome out = outcome_of(OUTCOME_ANSWER, 30, 12);
	struct claim c;

	leave(1, 100, 0, NULL, false);
	leave(2, 200, PROGRESS_SENDING, NULL, false);
	leave_temp(2, "hal", 1000);
	leave(3, 300, PROGRESS_DONE, &out, true);
	leave_temp(3, "three", 1000);
	books_claim(&b, 4, &c);
	claim_drop(&c);
	out = outcome_of(OUTCOME_HTTP, 0, 0);
	leave(5, 500, PROGRESS_DONE, &out, false);
	out = outcome_of(OUTCOME_LOST, 0, 0);
	leave(6, 600, PROGRESS_DONE, &out, false);
	out = outcome_of(OUTCOME_PARTIAL, 5, 5);
	leave(7, 700, PROGRESS_DONE, &out, true);
	leave_temp(7, "seven", 1000);
	put_file("outputs/7_output.txt", "a good one");
	put_file("lockfiles/8.lock", "");
}

/* Without its boot id a run must take claim 1 for sent. */
static bool boot_id_known = true;

static bool
all_is_well(void)
{
	const int doubt = boot_id_known ? 0 : 100;
	const struct usage u = books_usage(&b);

	for (int n = 1; n <= 8; n++) {
		char path[64];

		snprintf(path, sizeof(path), "lockfiles/%d.lock", n);
		if (exists(path))
			return false;
		snprintf(path, sizeof(path), "outputs/.%d_output.txt.tmp", n);
		if (exists(path))
			return false;
	}
	return u.day_tokens == DAY + doubt &&
	       u.minute_tokens == MINUTE + doubt &&
	       u.minute_requests == REQUESTS + (doubt > 0) &&
	       strcmp(get_file("outputs/3_output.txt"), "three") == 0 &&
	       strcmp(get_file("outputs/7_output.txt"), "seven") == 0 &&
	       strcmp(get_file("outputs/7_output.txt~"), "a good one") == 0;
}

static void
recover_in_child(void *arg)
{
	struct recovered what;
	struct books mine;
	struct error err;

	(void)arg;
	books_open(&mine, NULL);
	_exit(recover_all(&mine.ws, &mine.a, &no_log, &what, &err) == -1);
}

START_TEST(test_all_kinds)
{
	struct recovered what;

	leave_all_kinds();
	recover_well(&what);
	ck_assert_int_eq(what.claims, 7);
	ck_assert_int_eq(what.answers, 2);
	ck_assert_int_eq(what.day_tokens, DAY);
	ck_assert(all_is_well());
	recover_well(&what);
	ck_assert_int_eq(what.claims, 0);
	ck_assert(all_is_well());
	books_close(&b);
}
END_TEST

START_TEST(test_killed_at_every_call)
{
	struct recovered what;
	struct sweep s;

	if (!sweep_supported())
		return;
	for (int n = 0;; n++) {
		bool stopped;

		books_close(&b);
		setup();
		leave_all_kinds();
		stopped = sweep(&s, recover_in_child, NULL, n, 0);
		recover_well(&what);
		books_pass(&b);
		unlink(b.a.ledger.temp);
		ck_assert_msg(all_is_well(), AT(s, n));
		books_assert_clean(&b);
		if (!stopped)
			break;
	}
	ck_assert_int_eq(s.status, 0);
	books_close(&b);
}
END_TEST

START_TEST(test_every_call_fails)
{
	static const int errors[] = {ENOSPC, EIO, EMFILE, EACCES, ENOMEM};
	struct recovered what;
	struct sweep s;

	if (!sweep_supported())
		return;
	for (int n = 0;; n++) {
		bool stopped;

		books_close(&b);
		setup();
		leave_all_kinds();
		stopped = sweep(&s, recover_in_child, NULL, n, errors[_i]);
		ck_assert_msg(WIFEXITED(s.status), AT(s, n));
		recover_well(&what);
		books_pass(&b);
		unlink(b.a.ledger.temp);
		/* What cannot be removed stays until its prompt runs. */
		if (stopped && s.call == SYS_unlinkat)
			unlink("outputs/.2_output.txt.tmp");
		boot_id_known = books_day(&b) == DAY;
		ck_assert(boot_id_known || s.call == SYS_openat ||
			  s.call == SYS_read);
		ck_assert_msg(all_is_well(), AT(s, n));
		books_assert_clean(&b);
		if (!stopped)
			break;
	}
	ck_assert_int_eq(s.status, 0);
	books_close(&b);
}
END_TEST

/* Many at once, and the ledger moves on meanwhile. */
START_TEST(test_together)
{
	struct recovered what;
	pid_t pid[8];

	for (int turn = 0; turn < 20; turn++) {
		books_close(&b);
		setup();
		leave_all_kinds();
		for (int i = 0; i < 8; i++)
			pid[i] = start(recover_in_child, NULL);
		for (int i = 0; i < 8; i++)
			finish_well(pid[i]);
		recover_well(&what);
		ck_assert(all_is_well());
		books_assert_clean(&b);
	}
	books_close(&b);
}
END_TEST

int
main(void)
{
	Suite *const s = suite_create("recover");
	TCase *const tc = tcase_create("recover");

	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_set_timeout(tc, 300);
	suite_add_tcase(s, tc);
	tcase_add_test(tc, test_charge);
	tcase_add_test(tc, test_nothing);
	tcase_add_test(tc, test_taken_only);
	tcase_add_test(tc, test_reserved_without_note);
	tcase_add_test(tc, test_sending);
	tcase_add_test(tc, test_done);
	tcase_add_test(tc, test_done_partial);
	tcase_add_test(tc, test_foreign_note);
	tcase_add_test(tc, test_living_holder);
	tcase_add_test(tc, test_orphan);
	tcase_add_test(tc, test_other_ledger);
	tcase_add_test(tc, test_ledger_became_link);
	tcase_add_test(tc, test_ledger_name_damaged);
	tcase_add_test(tc, test_recover_claim);
	tcase_add_test(tc, test_one_hopeless_claim);
	tcase_add_test(tc, test_taken_before_redo);
	tcase_add_test(tc, test_all_kinds);
	tcase_add_test(tc, test_killed_at_every_call);
	tcase_add_loop_test(tc, test_every_call_fails, 0, 5);
	tcase_add_test(tc, test_together);
	return scratch_main(s);
}
