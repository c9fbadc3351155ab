/* The redo record: whole or nothing, twice as good as once. */
#include "journal.h"

#include "books.h"

#include <sys/file.h>

static struct books b;
static char path[PATH_MAX];
static struct journal_temp temp = {path, 0};

static void
setup(void)
{
	char cwd[PATH_MAX - 16];

	books_near_noon();
	scratch_enter();
	books_open(&b, NULL);
	ck_assert_ptr_nonnull(getcwd(cwd, sizeof(cwd)));
	snprintf(path, sizeof(path), "%s/.usage.tmp", cwd);
	temp.dir = inode_of(".");
}

static int
lock(void)
{
	struct error err = {""};
	const int fd = journal_lock(b.ws.locks, &err);

	ck_assert_msg(fd != -1, "%s", err.text);
	return fd;
}

static bool
is_empty(void)
{
	ck_assert(exists("lockfiles/journal"));
	return !journal_pending(b.ws.locks);
}

/* Claims 1 and 2; the first is to be reserved with 77, the second to go. */
static void
make_entries(struct journal_entry e[2])
{
	struct claim c;

	memset(e, 0, 2 * sizeof(*e));
	for (int i = 0; i < 2; i++) {
		books_claim(&b, i + 1, &c);
		e[i].id = c.record.id;
		e[i].number = i + 1;
		e[i].record = c.record;
		claim_drop(&c);
	}
	e[0].record.state = CLAIM_RESERVED;
	e[0].record.attempt = 1;
	e[0].record.reservation.tokens = 77;
	e[1].remove = 1;
}

static void
write_journal(const struct journal_entry *e, size_t n)
{
	struct error err = {""};
	const int fd = lock();

	ck_assert_msg(
	    journal_write(fd, &temp, e, n, true, &err) == 0, "%s", err.text);
	close(fd);
}

static void
assert_done(bool done)
{
	ck_assert_int_eq(
	    books_state(&b, 1), done ? CLAIM_RESERVED : CLAIM_TAKEN);
	ck_assert_int_eq(books_state(&b, 2), done ? 0 : CLAIM_TAKEN);
	ck_assert(exists("lockfiles/2.lock") == !done);
}

START_TEST(test_empty)
{
	const int fd = lock();

	ck_assert(is_empty());
	ck_assert(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	close(fd);
	close(lock());
}
END_TEST

/* The temporary is there: its writer died before the rename. */
START_TEST(test_before_rename)
{
	struct journal_entry e[2];

	make_entries(e);
	put_file(path, "new text");
	write_journal(e, 2);
	close(lock());
	assert_done(false);
	ck_assert(is_empty());
	ck_assert(!exists(path));
	close(lock());
	assert_done(false);
}
END_TEST

START_TEST(test_after_rename)
{
	struct journal_entry e[2];

	make_entries(e);
	write_journal(e, 2);
	close(lock());
	assert_done(true);
	ck_assert(is_empty());
	/* And again: nothing is left to do, and nothing is undone. */
	write_journal(e, 2);
	close(lock());
	assert_done(true);
	ck_assert_int_eq(journal_apply(b.ws.locks, &e[0]), 0);
	ck_assert_int_eq(journal_apply(b.ws.locks, &e[1]), 0);
	assert_done(true);
}
END_TEST

/* A claim that has begun a new life is not the journal's any more. */
START_TEST(test_other_id)
{
	struct journal_entry e[2];
	struct claim_record r[2], now;
	struct error err;
	struct claim c;

	make_entries(e);
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(claim_take(b.ws.locks, i + 1, &c, &err), 2);
		ck_assert_int_eq(claim_renew(&c, "/l", &err), 0);
		r[i] = c.record;
		claim_drop(&c);
	}
	write_journal(e, 2);
	close(lock());
	for (int i = 0; i < 2; i++) {
		ck_assert(books_record(&b, i + 1, &now));
		ck_assert_mem_eq(&now, &r[i], sizeof(now));
	}
	/* Nor one that holds nothing that can be understood. */
	put_file("lockfiles/1.lock", "?");
	ck_assert_int_eq(journal_apply(b.ws.locks, &e[0]), 0);
	ck_assert_str_eq(get_file("lockfiles/1.lock"), "?");
	ck_assert_int_eq(unlink("lockfiles/1.lock"), 0);
	ck_assert_int_eq(journal_apply(b.ws.locks, &e[0]), 0);
	ck_assert(!exists("lockfiles/1.lock"));
}
END_TEST

/* Whoever has a removed claim open finds nothing reserved in it. */
START_TEST(test_removed_but_open)
{
	struct journal_entry e[2];
	struct claim_record r;
	struct error err;
	struct claim c;

	make_entries(e);
	ck_assert_int_eq(claim_take(b.ws.locks, 2, &c, &err), 2);
	c.record.state = CLAIM_RESERVED;
	ck_assert_int_eq(claim_write(c.fd, &c.record), 0);
	ck_assert_int_eq(journal_apply(b.ws.locks, &e[1]), 0);
	ck_assert(!exists("lockfiles/2.lock"));
	ck_assert(claim_read(c.fd, &r));
	ck_assert_int_eq(r.state, CLAIM_TAKEN);
	claim_drop(&c);
}
END_TEST

/* Cut anywhere, or with any byte changed, it never was. */
START_TEST(test_damaged)
{
	struct journal_entry e[2];
	static char whole[1 << 16], cut[1 << 16];
	size_t len;
	int fd;

	make_entries(e);
	write_journal(e, 2);
	fd = open("lockfiles/journal", O_RDONLY);
	len = (size_t)read(fd, whole, sizeof(whole));
	close(fd);
	ck_assert_uint_gt(len, 2 * sizeof(e[0]));
	for (size_t i = 0; i < len; i++) {
		put_bytes("lockfiles/journal", whole, i);
		close(lock());
		ck_assert(is_empty());
		/* A short write leaves a hole or a tail of zeros. */
		memcpy(cut, whole, len);
		memset(cut + i, 0, len - i);
		if (memcmp(cut, whole, len) != 0) {
			put_bytes("lockfiles/journal", cut, len);
			close(lock());
			ck_assert(is_empty());
		}
		memcpy(cut, whole, len);
		cut[i] = (char)(cut[i] ^ 1 << i % 8);
		put_bytes("lockfiles/journal", cut, len);
		close(lock());
		ck_assert(is_empty());
	}
	assert_done(false);
	/* What comes after it is left of a longer one. */
	memset(whole + len, 'x', 1000);
	put_bytes("lockfiles/journal", whole, len + 1000);
	close(lock());
	assert_done(true);
}
END_TEST

START_TEST(test_many)
{
	enum {
		MANY = 1000
	};
	static struct journal_entry e[MANY];
	struct claim c;

	for (int i = 0; i < MANY; i++) {
		books_claim(&b, i + 1, &c);
		e[i].id = c.record.id;
		e[i].number = i + 1;
		e[i].remove = i % 2;
		e[i].record = c.record;
		e[i].record.state = CLAIM_RESERVED;
		claim_drop(&c);
	}
	write_journal(e, MANY);
	close(lock());
	for (int i = 0; i < MANY; i++)
		ck_assert_int_eq(
		    books_state(&b, i + 1), i % 2 ? 0 : CLAIM_RESERVED);
	write_journal(NULL, 0);
	close(lock());
}
END_TEST

START_TEST(test_directory_gone)
{
	struct journal_entry e[2];
	struct error err = {""};

	make_entries(e);
	ck_assert_int_eq(mkdir("there", 0777), 0);
	snprintf(
	    path + strlen(path) - strlen(".usage.tmp"), 32, "there/.usage.tmp");
	temp.dir = inode_of("there");
	write_journal(e, 2);
	ck_assert_int_eq(rename("there", "away"), 0);
	ck_assert_int_eq(journal_lock(b.ws.locks, &err), -1);
	ck_assert_msg(strstr(err.text, "there/.usage.tmp") != NULL &&
			  strstr(err.text, "lockfiles/journal") != NULL,
	    "%s", err.text);
	assert_done(false);
	/* Another of the same name, as where nothing is mounted. */
	ck_assert_int_eq(mkdir("there", 0777), 0);
	ck_assert_int_eq(journal_lock(b.ws.locks, &err), -1);
	assert_done(false);
	ck_assert_int_eq(rmdir("there"), 0);
	ck_assert_int_eq(rename("away", "there"), 0);
	close(lock());
	assert_done(true);
}
END_TEST

START_TEST(test_cannot_write)
{
	struct error err = {""};
	char name[PATH_MAX + 16];
	const struct journal_temp too_long = {name, 0};
	int fd = lock();

	memset(name, 'p', sizeof(name));
	name[0] = '/';
	name[sizeof(name) - 1] = '\0';
	ck_assert_int_eq(journal_write(fd, &too_long, NULL, 0, true, &err), -1);
	ck_assert_ptr_nonnull(strstr(err.text, "File name too long"));
	ck_assert(is_empty());
	close(fd);
	fd = open("lockfiles/journal", O_RDONLY);
	ck_assert_int_eq(journal_write(fd, &temp, NULL, 0, true, &err), -1);
	ck_assert_msg(strncmp(err.text, "lockfiles/journal: write: ", 26) == 0,
	    "%s", err.text);
	ck_assert_int_eq(journal_clear(fd), -1);
	ck_assert_int_eq(journal_cancel(fd), -1);
	close(fd);
	ck_assert_int_eq(unlink("lockfiles/journal"), 0);
	ck_assert_int_eq(mkdir("lockfiles/journal", 0777), 0);
	ck_assert_int_eq(journal_lock(b.ws.locks, &err), -1);
	ck_assert_msg(strncmp(err.text, "lockfiles/journal: lock: ", 25) == 0,
	    "%s", err.text);
}
END_TEST

static struct gate ready, go;

static void
hold(void *arg)
{
	struct error err;

	(void)arg;
	REQUIRE(journal_lock(b.ws.locks, &err) != -1);
	gate_pass(&ready);
	gate_wait(&go);
}

START_TEST(test_excludes)
{
	pid_t pid;
	int fd;

	gate_init(&ready);
	gate_init(&go);
	pid = start(hold, NULL);
	ck_assert(gate_wait(&ready));
	fd = open("lockfiles/journal", O_RDWR);
	ck_assert_int_eq(flock(fd, LOCK_EX | LOCK_NB), -1);
	finish_kill(pid);
	ck_assert_int_eq(flock(fd, LOCK_EX | LOCK_NB), 0);
	close(fd);
}
END_TEST

/* Its holder may be stopped: the wait ends at a pending signal, as that for the
 * ledger does. */
START_TEST(test_interrupted)
{
	struct error err = {""};
	sigset_t set;
	pid_t pid;

	gate_init(&ready);
	gate_init(&go);
	pid = start(hold, NULL);
	ck_assert(gate_wait(&ready));
	ck_assert_int_eq(kill(pid, SIGSTOP), 0);
	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	ck_assert_int_eq(sigprocmask(SIG_BLOCK, &set, NULL), 0);
	ck_assert_int_eq(raise(SIGINT), 0);
	ck_assert_int_eq(journal_lock(b.ws.locks, &err), -1);
	ck_assert_str_eq(err.text, "lockfiles/journal: lock: interrupted");
	finish_kill(pid);
}
END_TEST

int
main(void)
{
	Suite *const s = suite_create("journal");
	TCase *const tc = tcase_create("journal");

	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_set_timeout(tc, 120);
	suite_add_tcase(s, tc);
	tcase_add_test(tc, test_empty);
	tcase_add_test(tc, test_before_rename);
	tcase_add_test(tc, test_after_rename);
	tcase_add_test(tc, test_other_id);
	tcase_add_test(tc, test_removed_but_open);
	tcase_add_test(tc, test_damaged);
	tcase_add_test(tc, test_many);
	tcase_add_test(tc, test_directory_gone);
	tcase_add_test(tc, test_cannot_write);
	tcase_add_test(tc, test_excludes);
	tcase_add_test(tc, test_interrupted);
	return scratch_main(s);
}
