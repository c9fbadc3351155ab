/* Claims: locks that fork shares, and contents that outlive them. */
#include "claim.h"

#include "scratch.h"

#include <sys/file.h>

static int locks;
static struct gate ready, go;

static void
setup(void)
{
	scratch_enter();
	ck_assert_int_eq(mkdir("locks", 0777), 0);
	locks = open("locks", O_RDONLY | O_DIRECTORY);
	ck_assert_int_ne(locks, -1);
	gate_init(&ready);
	gate_init(&go);
}

static int
take(int n, struct claim *c)
{
	struct error err = {""};
	const int r = claim_take(locks, n, c, &err);

	ck_assert_msg(r != -1, "%s", err.text);
	return r;
}

static void
renew(struct claim *c)
{
	struct error err = {""};

	ck_assert_msg(claim_renew(c, "/a/usage.md", &err) == 0, "%s", err.text);
}

START_TEST(test_life)
{
	struct claim c, other;
	struct claim_record r;
	char path[CLAIM_LEDGER_MAX + 1], boot[40];

	ck_assert_int_eq(take(7, &c), 1);
	ck_assert_int_eq(c.number, 7);
	ck_assert_int_eq(c.record.state, 0);
	ck_assert(fcntl(c.fd, F_GETFD) & FD_CLOEXEC);
	ck_assert(!claim_read(c.fd, &r));
	ck_assert_int_eq(errno, 0);
	ck_assert(!claim_read_ledger(c.fd, path));
	ck_assert_int_eq(errno, 0);
	renew(&c);
	ck_assert(claim_read(c.fd, &r));
	ck_assert_mem_eq(&r, &c.record, sizeof(r));
	ck_assert_int_eq(r.number, 7);
	ck_assert_int_eq(r.state, CLAIM_TAKEN);
	ck_assert_int_eq(r.attempt, 0);
	ck_assert_int_eq(r.pid, getpid());
	claim_boot_id(boot);
	ck_assert_str_eq(r.boot, boot);
	ck_assert(claim_read_ledger(c.fd, path));
	ck_assert_str_eq(path, "/a/usage.md");

	ck_assert_int_eq(take(7, &other), 0);
	ck_assert_int_eq(other.fd, -1);
	ck_assert_int_eq(take(8, &other), 1);
	claim_remove(locks, &other);
	ck_assert_int_eq(other.fd, -1);
	ck_assert(!exists("locks/8.lock"));
	claim_remove(locks, &other);

	claim_drop(&c);
	ck_assert_int_eq(c.fd, -1);
	claim_drop(&c);
	ck_assert_int_eq(take(7, &c), 2);
	ck_assert_mem_eq(&r, &c.record, sizeof(r));
	claim_remove(locks, &c);
	ck_assert(!exists("locks/7.lock"));
}
END_TEST

START_TEST(test_renew)
{
	struct claim_progress p = {.attempt = 1, .stage = PROGRESS_DONE}, q;
	struct claim c;
	uint64_t id;

	ck_assert_int_eq(take(1, &c), 1);
	renew(&c);
	id = c.record.id;
	c.record.state = CLAIM_RESERVED;
	c.record.attempt = 1;
	ck_assert_int_eq(claim_write(c.fd, &c.record), 0);
	p.id = id;
	ck_assert_int_eq(claim_note(c.fd, &p, false), 0);
	ck_assert(claim_read_progress(c.fd, &c.record, &q));
	renew(&c);
	ck_assert_uint_ne(c.record.id, id);
	ck_assert_int_eq(c.record.state, CLAIM_TAKEN);
	ck_assert_int_eq(c.record.attempt, 0);
	/* What a former life's child noted is not about this one. */
	c.record.attempt = 1;
	ck_assert(!claim_read_progress(c.fd, &c.record, &q));
	ck_assert_int_eq(errno, 0);
	claim_remove(locks, &c);
}
END_TEST

START_TEST(test_progress)
{
	struct claim_progress p = {.attempt = 3, .stage = PROGRESS_SENDING}, q;
	struct claim_record r;
	struct claim c;

	outcome_init(&p.outcome);
	ck_assert_int_eq(take(1, &c), 1);
	renew(&c);
	r = c.record;
	r.attempt = 3;
	p.id = r.id;
	ck_assert(!claim_read_progress(c.fd, &r, &q));
	ck_assert_int_eq(claim_note(c.fd, &p, false), 0);
	ck_assert(claim_read_progress(c.fd, &r, &q));
	ck_assert_mem_eq(&p, &q, sizeof(p));
	r.attempt = 2;
	ck_assert(!claim_read_progress(c.fd, &r, &q));
	r.attempt = 4;
	ck_assert(!claim_read_progress(c.fd, &r, &q));
	r.attempt = 3;
	r.id++;
	ck_assert(!claim_read_progress(c.fd, &r, &q));
	r.id--;
	p.stage = PROGRESS_DONE;
	memset(p.outcome.message, 'm', sizeof(p.outcome.message) - 1);
	ck_assert_int_eq(claim_note(c.fd, &p, true), 0);
	ck_assert(claim_read_progress(c.fd, &r, &q));
	ck_assert_mem_eq(&p, &q, sizeof(p));
	/* It stands beside the record, not over it. */
	ck_assert(claim_read(c.fd, &r));
	ck_assert_mem_eq(&r, &c.record, sizeof(r));
	claim_remove(locks, &c);
}
END_TEST

/* Bytes went out, and the same bytes came in: padding counts. */
static bool
is_same(const void *a, const void *b, size_t len)
{
	return memcmp(a, b, len) == 0;
}

/* Any flipped bit, any length: a part is as it was written, or not there. */
START_TEST(test_damage)
{
	struct claim_progress p = {.attempt = 0, .stage = PROGRESS_DONE};
	struct claim_progress q = {0};
	char path[CLAIM_LEDGER_MAX + 1];
	struct claim_record r = {0};
	struct claim c;
	char file[4096] = {0}, flipped;
	ssize_t len;

	ck_assert_int_eq(take(1, &c), 1);
	renew(&c);
	p.id = c.record.id;
	ck_assert_int_eq(claim_note(c.fd, &p, false), 0);
	len = pread(c.fd, file, sizeof(file), 0);
	ck_assert_int_gt(len, 3072);
	for (ssize_t i = 0; i < len; i++) {
		flipped = (char)(file[i] ^ (1 << i % 8));
		ck_assert_int_eq(pwrite(c.fd, &flipped, 1, i), 1);
		if (claim_read(c.fd, &r))
			ck_assert_mem_eq(&r, &c.record, sizeof(r));
		if (claim_read_progress(c.fd, &c.record, &q))
			ck_assert(is_same(&p, &q, sizeof(p)));
		if (claim_read_ledger(c.fd, path))
			ck_assert_str_eq(path, "/a/usage.md");
		ck_assert_int_eq(pwrite(c.fd, &file[i], 1, i), 1);
	}
	flipped = (char)(file[40] ^ 1);
	ck_assert_int_eq(pwrite(c.fd, &flipped, 1, 40), 1);
	ck_assert(!claim_read(c.fd, &r));
	ck_assert_int_eq(errno, 0);
	claim_drop(&c);
	ck_assert_int_eq(take(1, &c), 1);
	ck_assert_int_eq(pwrite(c.fd, file, (size_t)len, 0), len);
	ck_assert(claim_read(c.fd, &r));
	for (ssize_t i = len - 1; i >= 0; i--) {
		ck_assert_int_eq(ftruncate(c.fd, i), 0);
		ck_assert(!claim_read_ledger(c.fd, path));
		if (claim_read_progress(c.fd, &r, &q))
			ck_assert(is_same(&p, &q, sizeof(p)));
		if (claim_read(c.fd, &c.record))
			ck_assert_mem_eq(&r, &c.record, sizeof(r));
	}
	ck_assert(!claim_read(c.fd, &r));
	claim_remove(locks, &c);
}
END_TEST

/* What cannot be read is not taken for what is not there. */
START_TEST(test_unreadable)
{
	const int fd = open("write-only", O_WRONLY | O_CREAT, 0600);
	struct claim_record r = {0};
	struct claim_progress p;
	char path[CLAIM_LEDGER_MAX + 1];

	ck_assert(!claim_read(fd, &r));
	ck_assert_int_eq(errno, EBADF);
	ck_assert(!claim_read_progress(fd, &r, &p));
	ck_assert_int_eq(errno, EBADF);
	ck_assert(!claim_read_ledger(fd, path));
	ck_assert_int_eq(errno, EBADF);
	close(fd);
}
END_TEST

START_TEST(test_ledger_path)
{
	char path[CLAIM_LEDGER_MAX + 2], got[CLAIM_LEDGER_MAX + 1];
	struct error err = {""};
	struct claim_record r;
	struct claim c;

	ck_assert_int_eq(take(1, &c), 1);
	memset(path, 'p', sizeof(path));
	path[CLAIM_LEDGER_MAX + 1] = '\0';
	ck_assert_int_eq(claim_renew(&c, path, &err), -1);
	ck_assert_msg(
	    strstr(err.text, "File name too long") != NULL, "%s", err.text);
	ck_assert(!claim_read(c.fd, &r));
	path[CLAIM_LEDGER_MAX] = '\0';
	ck_assert_int_eq(claim_renew(&c, path, &err), 0);
	ck_assert(claim_read_ledger(c.fd, got));
	ck_assert_str_eq(path, got);
	claim_remove(locks, &c);
}
END_TEST

static void
hold(void *arg)
{
	struct error err;
	struct claim c;

	(void)arg;
	REQUIRE(claim_take(locks, 1, &c, &err) == 1);
	REQUIRE(claim_renew(&c, "/l", &err) == 0);
	gate_pass(&ready);
	gate_wait(&go);
}

START_TEST(test_two_processes)
{
	struct claim c;
	pid_t pid = start(hold, NULL);

	ck_assert(gate_wait(&ready));
	ck_assert_int_eq(take(1, &c), 0);
	finish_kill(pid);
	ck_assert_int_eq(take(1, &c), 2);
	ck_assert_int_eq(c.record.pid, pid);
	claim_remove(locks, &c);
}
END_TEST

static void
sit(void *arg)
{
	(void)arg;
	gate_wait(&go);
}

/* The child has what its parent had, also after the parent let go. */
START_TEST(test_shared_by_fork)
{
	struct claim c, other;
	pid_t pid;

	ck_assert_int_eq(take(1, &c), 1);
	renew(&c);
	pid = start(sit, NULL);
	claim_drop(&c);
	ck_assert_int_eq(take(1, &other), 0);
	gate_pass(&go);
	finish_well(pid);
	ck_assert_int_eq(take(1, &other), 2);
	claim_remove(locks, &other);
}
END_TEST

/* Its parent dies; it does not. */
static void
fork_and_die(void *arg)
{
	struct error err;
	struct claim c;

	(void)arg;
	REQUIRE(claim_take(locks, 1, &c, &err) == 1);
	REQUIRE(claim_renew(&c, "/l", &err) == 0);
	if (fork() == 0) {
		prctl(PR_SET_PDEATHSIG, 0);
		close(go.ends[1]);
		close(ready.ends[0]);
		gate_wait(&go);
		_exit(0);
	}
	raise(SIGKILL);
}

START_TEST(test_orphan)
{
	const pid_t pid = start(fork_and_die, NULL);
	struct claim c;
	char x;

	ck_assert(WIFSIGNALED(finish(pid)));
	ck_assert_int_eq(take(1, &c), 0);
	gate_pass(&go);
	close(ready.ends[1]);
	ck_assert_int_eq(read(ready.ends[0], &x, 1), 0);
	ck_assert_int_eq(take(1, &c), 2);
	ck_assert_int_eq(c.record.pid, pid);
	claim_remove(locks, &c);
}
END_TEST

enum {
	TURNS = 300
};

/* Take, look that nobody else is in here, remove. */
static void
compete(void *arg)
{
	(void)arg;
	for (int got = 0; got < TURNS;) {
		struct error err;
		struct claim c;
		int fd;
		const int r = claim_take(locks, 1, &c, &err);

		if (r == 0)
			continue;
		/* 2: the one before was between renewal and removal. */
		REQUIRE(r == 1);
		fd = open("inside", O_CREAT | O_EXCL | O_WRONLY, 0600);
		REQUIRE(fd != -1);
		REQUIRE(claim_renew(&c, "/l", &err) == 0);
		close(fd);
		REQUIRE(unlink("inside") == 0);
		if (got++ % 2)
			claim_remove(locks, &c);
		else {
			REQUIRE(ftruncate(c.fd, 0) == 0);
			claim_drop(&c);
		}
	}
}

START_TEST(test_competition)
{
	pid_t pid[4];

	for (int i = 0; i < 4; i++)
		pid[i] = start(compete, NULL);
	for (int i = 0; i < 4; i++)
		finish_well(pid[i]);
}
END_TEST

/* A file that was removed while somebody had it open is no claim any more. */
static void
wait_on_old(void *arg)
{
	struct error err;
	struct claim c;
	int fd;

	(void)arg;
	gate_wait(&go);
	fd = open("locks/1.lock", O_RDWR);
	REQUIRE(fd != -1);
	gate_pass(&ready);
	REQUIRE(flock(fd, LOCK_EX) == 0);
	/* The lock on what is gone keeps nobody out. */
	REQUIRE(claim_take(locks, 1, &c, &err) == 1);
	claim_remove(locks, &c);
}

START_TEST(test_removed_while_waited_for)
{
	/* Forked first: it must not share the lock. */
	const pid_t pid = start(wait_on_old, NULL);
	struct claim c;

	ck_assert_int_eq(take(1, &c), 1);
	gate_pass(&go);
	ck_assert(gate_wait(&ready));
	claim_remove(locks, &c);
	finish_well(pid);
}
END_TEST

static void
refused(const char *what)
{
	struct error err = {""};
	struct claim c;

	ck_assert_int_eq(claim_take(locks, 1, &c, &err), -1);
	ck_assert_msg(strncmp(err.text, "lockfiles/1.lock: ", 18) == 0 &&
			  strstr(err.text, what) != NULL,
	    "%s", err.text);
	ck_assert_int_eq(c.fd, -1);
}

START_TEST(test_not_a_file)
{
	ck_assert_int_eq(mkdir("locks/1.lock", 0777), 0);
	refused("Is a directory");
	ck_assert_int_eq(rmdir("locks/1.lock"), 0);
	ck_assert_int_eq(symlink("/dev/null", "locks/1.lock"), 0);
	refused("Too many levels");
	ck_assert_int_eq(unlink("locks/1.lock"), 0);
	ck_assert_int_eq(rmdir("locks"), 0);
	refused("No such file");
}
END_TEST

int
main(void)
{
	Suite *const s = suite_create("claim");
	TCase *const tc = tcase_create("claim");

	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_set_timeout(tc, 120);
	suite_add_tcase(s, tc);
	tcase_add_test(tc, test_life);
	tcase_add_test(tc, test_renew);
	tcase_add_test(tc, test_progress);
	tcase_add_test(tc, test_damage);
	tcase_add_test(tc, test_unreadable);
	tcase_add_test(tc, test_ledger_path);
	tcase_add_test(tc, test_two_processes);
	tcase_add_test(tc, test_shared_by_fork);
	tcase_add_test(tc, test_orphan);
	tcase_add_test(tc, test_competition);
	tcase_add_test(tc, test_removed_while_waited_for);
	tcase_add_test(tc, test_not_a_file);
	return scratch_main(s);
}
