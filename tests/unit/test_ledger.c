/* usage.md as a file: one lock, whole texts, nothing lost. */
#include "ledger.h"

#include "clock.h"

#include "books.h"

#include <sys/file.h>
#include <sys/time.h>

static struct gate ready, go;

#define FRESH                             \
	"tokens_within_min: 0\n"          \
	"requests_within_min: 0\n"        \
	"tokens_within_day: 0\n"          \
	"minute_token_limit_reached: 0\n" \
	"day_token_limit_reached: 0\n"

static void
setup(void)
{
	books_near_noon();
	scratch_enter();
	gate_init(&ready);
	gate_init(&go);
}

static void
open_ledger(struct ledger *l, const char *name)
{
	const struct limits limits = BOOKS_LIMITS;
	struct error err = {""};

	if (ledger_open(l, name, "tag", &limits, &err) == -1) {
		fprintf(stderr, "%s\n", err.text);
		ck_abort_msg("%s", err.text);
	}
}

static void
lock(const struct ledger *l, struct ledger_view *v)
{
	struct error err = {""};

	*v = (struct ledger_view)LEDGER_VIEW_INIT;
	ck_assert_msg(ledger_lock(l, v, &err) == 0, "%s", err.text);
}

static void
unlock(struct ledger_view *v)
{
	ledger_unlock(v);
	buf_free(&v->text);
}

static void
write_day(const struct ledger *l, int64_t day)
{
	struct ledger_view v;
	struct error err = {""};

	lock(l, &v);
	v.usage.day_tokens = day;
	ck_assert_msg(ledger_stage(l, &v, &err) == 0, "%s", err.text);
	ck_assert_msg(ledger_publish(l, &v, &err) == 0, "%s", err.text);
	unlock(&v);
}

static int64_t
read_day(const struct ledger *l)
{
	struct ledger_view v = LEDGER_VIEW_INIT;
	struct error err = {""};

	ck_assert_msg(ledger_read(l, &v, &err) == 0, "%s", err.text);
	ck_assert_int_eq(v.fd, -1);
	buf_free(&v.text);
	return v.usage.day_tokens;
}

/* Neither lock nor read takes it, and it says WHY. */
static void
refused(const struct ledger *l, const char *why)
{
	struct ledger_view v = LEDGER_VIEW_INIT;
	struct error err = {""};

	ck_assert_int_eq(ledger_read(l, &v, &err), -1);
	ck_assert_msg(strncmp(err.text, l->path, strlen(l->path)) == 0 &&
			  strstr(err.text, why) != NULL,
	    "%s", err.text);
	err.text[0] = '\0';
	ck_assert_int_eq(ledger_lock(l, &v, &err), -1);
	ck_assert_msg(strncmp(err.text, l->path, strlen(l->path)) == 0 &&
			  strstr(err.text, why) != NULL,
	    "%s", err.text);
	ck_assert_int_eq(v.fd, -1);
	buf_free(&v.text);
}

START_TEST(test_missing)
{
	struct ledger l;
	struct ledger_view v;

	open_ledger(&l, NULL);
	ck_assert_str_eq(l.base, "usage.md");
	ck_assert_int_eq(read_day(&l), 0);
	ck_assert(!exists("usage.md"));
	lock(&l, &v);
	ck_assert(exists("usage.md"));
	ck_assert_int_eq(v.usage.minute_tokens, 0);
	ck_assert_int_le(v.now, clock_wall());
	unlock(&v);
	ck_assert_str_eq(get_file("usage.md"), "");
	write_day(&l, 5);
	ck_assert_int_eq(read_day(&l), 5);
	ck_assert(!exists(l.temp));
	ledger_close(&l);
}
END_TEST

/* Nobody gets it while it is held, from before the rename to the unlock. */
START_TEST(test_born_locked)
{
	struct ledger_view v;
	struct error err = {""};
	struct ledger l;
	struct stat st;
	int fd;

	open_ledger(&l, NULL);
	lock(&l, &v);
	fd = open("usage.md", O_RDONLY);
	ck_assert_int_eq(flock(fd, LOCK_EX | LOCK_NB), -1);
	close(fd);
	ck_assert_int_eq(ledger_stage(&l, &v, &err), 0);
	fd = open(l.temp, O_RDONLY);
	ck_assert_int_ne(fd, -1);
	ck_assert_int_eq(flock(fd, LOCK_EX | LOCK_NB), -1);
	ck_assert_int_eq(ledger_publish(&l, &v, &err), 0);
	ck_assert_int_eq(flock(fd, LOCK_EX | LOCK_NB), -1);
	ck_assert_int_eq(fstat(fd, &st), 0);
	ck_assert_uint_eq(inode_of("usage.md"), st.st_ino);
	unlock(&v);
	ck_assert_int_eq(flock(fd, LOCK_EX | LOCK_NB), 0);
	close(fd);
	ledger_close(&l);
}
END_TEST

/* A stranger, such as a script with flock(1), that never waits. */
static void
poll_lock(void *arg)
{
	int got = 0;

	(void)arg;
	gate_pass(&ready);
	while (!exists("stop")) {
		const int fd = open("usage.md", O_RDONLY);

		if (fd == -1)
			continue;
		if (flock(fd, LOCK_EX | LOCK_NB) == 0) {
			struct stat mine, named;

			REQUIRE(fstat(fd, &mine) == 0);
			/* The old file is nobody's; of the present one it is
			 * never both the name and free. */
			if (stat("usage.md", &named) == 0 &&
			    named.st_ino == mine.st_ino)
				got++;
		}
		close(fd);
	}
	_exit(got != 0);
}

START_TEST(test_lock_survives_rename)
{
	struct ledger_view v;
	struct error err = {""};
	struct ledger l;
	pid_t pid;

	open_ledger(&l, NULL);
	lock(&l, &v);
	/* It has our lock's descriptor as well, but looks by name. */
	pid = start(poll_lock, NULL);
	ck_assert(gate_wait(&ready));
	for (int i = 0; i < 2000; i++) {
		ck_assert_int_eq(ledger_stage(&l, &v, &err), 0);
		ck_assert_int_eq(ledger_publish(&l, &v, &err), 0);
		ck_assert_int_eq(fstat(v.fd, &v.st), 0);
	}
	put_file("stop", "");
	finish_well(pid);
	unlock(&v);
	ledger_close(&l);
}
END_TEST

static void
read_always(void *arg)
{
	struct ledger l;
	int64_t last = 0;

	(void)arg;
	open_ledger(&l, NULL);
	gate_pass(&ready);
	while (!exists("stop")) {
		struct ledger_view v = LEDGER_VIEW_INIT;
		struct error err;

		REQUIRE(ledger_read(&l, &v, &err) == 0);
		REQUIRE(v.usage.day_tokens >= last);
		REQUIRE(v.usage.day_tokens == v.usage.minute_tokens);
		last = v.usage.day_tokens;
		buf_free(&v.text);
	}
}

START_TEST(test_reader)
{
	struct ledger l;
	pid_t pid;

	open_ledger(&l, NULL);
	write_day(&l, 0);
	pid = start(read_always, NULL);
	ck_assert(gate_wait(&ready));
	for (int i = 1; i <= 1000; i++) {
		struct ledger_view v;
		struct error err;

		lock(&l, &v);
		v.usage.day_tokens = v.usage.minute_tokens = INT64_C(1)
		                                             << (i / 17);
		ck_assert_int_eq(ledger_stage(&l, &v, &err), 0);
		ck_assert_int_eq(ledger_publish(&l, &v, &err), 0);
		unlock(&v);
	}
	put_file("stop", "");
	finish_well(pid);
	ledger_close(&l);
}
END_TEST

/* Waiters at the old file go on to the new one. */
static void
add_some(void *arg)
{
	struct ledger l;

	(void)arg;
	open_ledger(&l, NULL);
	for (int i = 0; i < 200; i++) {
		struct ledger_view v;
		struct error err;

		lock(&l, &v);
		v.usage.day_tokens++;
		REQUIRE(ledger_stage(&l, &v, &err) == 0);
		REQUIRE(ledger_publish(&l, &v, &err) == 0);
		unlock(&v);
	}
}

START_TEST(test_many_writers)
{
	struct ledger l;
	pid_t pid[8];

	for (int i = 0; i < 8; i++)
		pid[i] = start(add_some, NULL);
	for (int i = 0; i < 8; i++)
		finish_well(pid[i]);
	open_ledger(&l, NULL);
	ck_assert_int_eq(read_day(&l), 1600);
	ledger_close(&l);
}
END_TEST

START_TEST(test_links)
{
	struct ledger l;
	char cwd[PATH_MAX], want[PATH_MAX + 32];

	ck_assert_ptr_nonnull(getcwd(cwd, sizeof(cwd)));
	ck_assert_int_eq(mkdir("shared", 0777), 0);
	ck_assert_int_eq(mkdir("links", 0777), 0);
	/* A chain through directories, relative and absolute, that dangles. */
	ck_assert_int_eq(symlink("links/one", "usage.md"), 0);
	ck_assert_int_eq(symlink("../links/two", "links/one"), 0);
	snprintf(want, sizeof(want), "%s/shared/quota.md", cwd);
	ck_assert_int_eq(symlink(want, "links/two"), 0);
	open_ledger(&l, NULL);
	ck_assert_str_eq(l.path, want);
	ck_assert_int_eq(read_day(&l), 0);
	write_day(&l, 7);
	ck_assert_str_eq(l.base, "quota.md");
	ck_assert(exists("shared/quota.md"));
	ledger_close(&l);
	open_ledger(&l, NULL);
	ck_assert_int_eq(read_day(&l), 7);
	ck_assert_int_eq(unlink("usage.md"), 0);
	ledger_close(&l);
	open_ledger(&l, "links/../links/one");
	ck_assert_str_eq(l.path, want);
	ledger_close(&l);
	/* A directory that is a link. */
	ck_assert_int_eq(symlink("shared", "dir"), 0);
	open_ledger(&l, "dir/quota.md");
	ck_assert_str_eq(l.path, want);
	ledger_close(&l);
}
END_TEST

static void
cannot_open(const char *name, const char *why)
{
	const struct limits limits = BOOKS_LIMITS;
	struct error err = {""};
	struct ledger l;

	ck_assert_int_eq(ledger_open(&l, name, "tag", &limits, &err), -1);
	ck_assert_msg(strstr(err.text, why) != NULL, "%s", err.text);
}

START_TEST(test_bad_names)
{
	static char name[PATH_MAX + 10];

	ck_assert_int_eq(symlink("b", "a"), 0);
	ck_assert_int_eq(symlink("a", "b"), 0);
	cannot_open("a", "Too many levels of symbolic links");
	cannot_open("nowhere/usage.md", "No such file or directory");
	cannot_open("", "Is a directory");
	cannot_open(".", "Is a directory");
	cannot_open("/", "Is a directory");
	cannot_open("..", "Is a directory");
	ck_assert_int_eq(mkdir("dir", 0777), 0);
	cannot_open("dir/", "Is a directory");
	put_file("file", "");
	cannot_open("file/usage.md", "Not a directory");
	/* The reason is not there: the name leaves it no room. */
	memset(name, 'n', sizeof(name) - 1);
	cannot_open(name, "");
	name[PATH_MAX - 1] = '\0';
	cannot_open(name, "");
}
END_TEST

START_TEST(test_not_a_file)
{
	struct ledger l;

	open_ledger(&l, NULL);
	ck_assert_int_eq(mkdir("usage.md", 0777), 0);
	refused(&l, "");
	ck_assert_int_eq(rmdir("usage.md"), 0);
	ck_assert_int_eq(mkfifo("usage.md", 0666), 0);
	refused(&l, "not a regular file");
	ledger_close(&l);
}
END_TEST

START_TEST(test_size)
{
	static char text[LEDGER_TEXT_MAX + 1];
	struct ledger l;

	memset(text, '\n', sizeof(text));
	memcpy(text, FRESH, sizeof(FRESH) - 1);
	put_bytes("usage.md", text, LEDGER_TEXT_MAX);
	open_ledger(&l, NULL);
	ck_assert_int_eq(read_day(&l), 0);
	put_bytes("usage.md", text, LEDGER_TEXT_MAX + 1);
	refused(&l, "over 65536 bytes");
	ledger_close(&l);
}
END_TEST

START_TEST(test_unparsable)
{
	static const char *const texts[] = {"tokens_within_min: lots\n",
	    "hello\n", "", "tokens_within_day: -1"};
	struct ledger l;

	open_ledger(&l, NULL);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		ino_t inode;

		/* With its NUL: the third is nothing else. */
		put_bytes("usage.md", texts[i], strlen(texts[i]) + (i == 2));
		inode = inode_of("usage.md");
		refused(&l, "usage.md:1: ");
		ck_assert_uint_eq(inode_of("usage.md"), inode);
		ck_assert_str_eq(get_file("usage.md"), texts[i]);
	}
	ledger_close(&l);
}
END_TEST

START_TEST(test_mode_and_owner)
{
	struct ledger l;
	struct stat st;

	put_file("usage.md", FRESH);
	ck_assert_int_eq(chmod("usage.md", 0660), 0);
	if (geteuid() == 0)
		ck_assert_int_eq(chown("usage.md", 1234, 4321), 0);
	open_ledger(&l, NULL);
	umask(077);
	write_day(&l, 3);
	ck_assert_int_eq(stat("usage.md", &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0660);
	if (geteuid() == 0) {
		ck_assert_uint_eq(st.st_uid, 1234);
		ck_assert_uint_eq(st.st_gid, 4321);
	}
	ledger_close(&l);
}
END_TEST

/* A fresh one is as open creates it. */
START_TEST(test_mode_of_fresh)
{
	struct ledger l;
	struct stat st;

	umask(027);
	open_ledger(&l, NULL);
	write_day(&l, 3);
	ck_assert_int_eq(stat("usage.md", &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0640);
	ledger_close(&l);
}
END_TEST

START_TEST(test_staged_and_dropped)
{
	struct ledger_view v;
	struct error err;
	struct ledger l;

	put_file("usage.md", FRESH);
	open_ledger(&l, NULL);
	lock(&l, &v);
	v.usage.day_tokens = 9;
	ck_assert_int_eq(ledger_stage(&l, &v, &err), 0);
	ck_assert(exists(l.temp));
	ck_assert_str_eq(get_file("usage.md"), FRESH);
	ledger_discard(&l, &v);
	ck_assert(!exists(l.temp));
	ledger_discard(&l, &v);
	/* A dead run's temporary is in nobody's way. */
	put_file(l.temp, "stale");
	ck_assert_int_eq(ledger_stage(&l, &v, &err), 0);
	ck_assert_ptr_nonnull(strstr(get_file(l.temp), "day: 9"));
	/* What is only let go of stays: a journal may name it. */
	unlock(&v);
	ck_assert(exists(l.temp));
	ck_assert_int_eq(read_day(&l), 0);
	/* Nor a link that somebody laid there. */
	ck_assert_int_eq(unlink(l.temp), 0);
	put_file("victim", "mine");
	ck_assert_int_eq(symlink("victim", l.temp), 0);
	write_day(&l, 10);
	ck_assert_str_eq(get_file("victim"), "mine");
	ck_assert_int_eq(mkdir(l.temp, 0777), 0);
	lock(&l, &v);
	ck_assert_int_eq(ledger_stage(&l, &v, &err), -1);
	ck_assert_ptr_nonnull(strstr(err.text, "stale temporary"));
	ck_assert_int_eq(v.temp_fd, -1);
	unlock(&v);
	ledger_close(&l);
}
END_TEST

/* The directory is gone, or another ledger stands there: say so. */
START_TEST(test_publish_refused)
{
	struct ledger_view v;
	struct error err;
	struct ledger l;

	open_ledger(&l, NULL);
	write_day(&l, 5);
	lock(&l, &v);
	ck_assert_int_eq(ledger_stage(&l, &v, &err), 0);
	put_file("new", FRESH);
	ck_assert_int_eq(rename("new", "usage.md"), 0);
	ck_assert_int_eq(ledger_publish(&l, &v, &err), -1);
	ck_assert_ptr_nonnull(strstr(err.text, "another file"));
	ck_assert(exists(l.temp));
	ck_assert_int_eq(unlink("usage.md"), 0);
	ck_assert_int_eq(ledger_publish(&l, &v, &err), -1);
	ck_assert_ptr_nonnull(strstr(err.text, "No such file"));
	ledger_discard(&l, &v);
	ck_assert(!exists(l.temp));
	unlock(&v);
	ledger_close(&l);
}
END_TEST

static void
hold(void *arg)
{
	struct ledger_view v;
	struct ledger l;

	(void)arg;
	open_ledger(&l, NULL);
	lock(&l, &v);
	gate_pass(&ready);
	gate_wait(&go);
	unlock(&v);
	ledger_close(&l);
}

static void
block_signal(int sig)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, sig);
	ck_assert_int_eq(sigprocmask(SIG_BLOCK, &set, NULL), 0);
}

/* A blocked signal that is pending ends the wait at once. */
START_TEST(test_interrupted)
{
	static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
	struct ledger_view v = LEDGER_VIEW_INIT;
	struct sigaction before, after;
	struct error err = {""};
	struct itimerval timer;
	struct ledger l;
	int64_t begun;
	pid_t pid;

	open_ledger(&l, NULL);
	pid = start(hold, NULL);
	ck_assert(gate_wait(&ready));
	block_signal(signals[_i]);
	ck_assert_int_eq(raise(signals[_i]), 0);
	ck_assert_int_eq(sigaction(SIGALRM, NULL, &before), 0);
	begun = clock_boot();
	ck_assert_int_eq(ledger_lock(&l, &v, &err), -1);
	ck_assert_int_lt(clock_boot() - begun, 5 * NS_PER_S);
	ck_assert_msg(strstr(err.text, "interrupted") != NULL, "%s", err.text);
	ck_assert_int_eq(v.fd, -1);
	/* The timer and its signal are as they were. */
	ck_assert_int_eq(sigaction(SIGALRM, NULL, &after), 0);
	ck_assert(before.sa_handler == after.sa_handler);
	ck_assert_int_eq(getitimer(ITIMER_REAL, &timer), 0);
	ck_assert_int_eq(timer.it_value.tv_sec, 0);
	ck_assert_int_eq(timer.it_value.tv_usec, 0);
	gate_pass(&go);
	finish_well(pid);
	ledger_close(&l);
}
END_TEST

static void
interrupt(int sig)
{
	(void)sig;
}

/* The signal mask is inherited: SIGALRM may be blocked, or ignored. */
START_TEST(test_interrupted_with_sigalrm_blocked)
{
	struct ledger_view v = LEDGER_VIEW_INIT;
	struct error err = {""};
	struct ledger l;
	sigset_t set;
	int64_t begun;
	pid_t pid;

	open_ledger(&l, NULL);
	pid = start(hold, NULL);
	ck_assert(gate_wait(&ready));
	signal(SIGALRM, SIG_IGN);
	block_signal(SIGALRM);
	block_signal(SIGINT);
	ck_assert_int_eq(raise(SIGINT), 0);
	/* Lest the test hang where the code does. */
	signal(SIGUSR1, interrupt);
	if (fork() == 0) {
		const pid_t parent = getppid();

		sleep(10);
		kill(parent, SIGUSR1);
		_exit(0);
	}
	begun = clock_boot();
	ck_assert_int_eq(ledger_lock(&l, &v, &err), -1);
	ck_assert_int_lt(clock_boot() - begun, 5 * NS_PER_S);
	ck_assert_int_eq(sigprocmask(SIG_BLOCK, NULL, &set), 0);
	ck_assert_int_eq(sigismember(&set, SIGALRM), 1);
	ck_assert_int_eq(sigpending(&set), 0);
	ck_assert_int_eq(sigismember(&set, SIGALRM), 0);
	finish_kill(pid);
	ledger_close(&l);
}
END_TEST

/* Waiting outlasts many ticks of the timer, and ends with the holder. */
static void
hold_for_a_second(void *arg)
{
	struct ledger_view v;
	struct ledger l;

	(void)arg;
	open_ledger(&l, NULL);
	lock(&l, &v);
	gate_pass(&ready);
	usleep(1000000);
	raise(SIGKILL);
}

START_TEST(test_waits)
{
	struct ledger_view v;
	struct ledger l;
	pid_t pid;

	open_ledger(&l, NULL);
	pid = start(hold_for_a_second, NULL);
	ck_assert(gate_wait(&ready));
	lock(&l, &v);
	ck_assert(WIFSIGNALED(finish(pid)));
	unlock(&v);
	ledger_close(&l);
}
END_TEST

/* A read that fails is not an empty ledger. */
START_TEST(test_read_error)
{
	struct ledger l;

	/* Of size 0, and not readable as a file. */
	ck_assert_int_eq(symlink("/proc/self/mem", "usage.md"), 0);
	open_ledger(&l, NULL);
	if (strcmp(l.path, "/proc/self/mem") != 0)
		open_ledger(&l, "/proc/self/mem");
	refused(&l, "Input/output error");
	ledger_close(&l);
}
END_TEST

START_TEST(test_directory_not_writable)
{
	struct ledger_view v;
	struct error err;
	struct ledger l;

	if (geteuid() == 0) {
		ck_assert_int_eq(chmod(".", 0777), 0);
		ck_assert_int_eq(setegid(4321), 0);
		ck_assert_int_eq(seteuid(1234), 0);
	}
	put_file("usage.md", FRESH);
	open_ledger(&l, NULL);
	lock(&l, &v);
	if (geteuid() == 1234)
		ck_assert_int_eq(seteuid(0), 0);
	ck_assert_int_eq(chmod(".", 0555), 0);
	if (geteuid() == 0)
		ck_assert_int_eq(seteuid(1234), 0);
	ck_assert_int_eq(ledger_stage(&l, &v, &err), -1);
	ck_assert_msg(strstr(err.text, "create a temporary beside it: "
				       "Permission denied") != NULL,
	    "%s", err.text);
	unlock(&v);
	ck_assert_str_eq(get_file("usage.md"), FRESH);
	/* A ledger that may not be written. */
	ck_assert_int_eq(chmod("usage.md", 0444), 0);
	ck_assert_int_eq(ledger_lock(&l, &v, &err), -1);
	ck_assert_msg(
	    strstr(err.text, "Permission denied") != NULL, "%s", err.text);
	ck_assert_int_eq(read_day(&l), 0);
	ledger_close(&l);
	if (getuid() == 0)
		ck_assert_int_eq(seteuid(0), 0);
	ck_assert_int_eq(chmod(".", 0777), 0);
}
END_TEST

int
main(void)
{
	Suite *const s = suite_create("ledger");
	TCase *const tc = tcase_create("ledger");

	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_set_timeout(tc, 120);
	suite_add_tcase(s, tc);
	tcase_add_test(tc, test_missing);
	tcase_add_test(tc, test_born_locked);
	tcase_add_test(tc, test_lock_survives_rename);
	tcase_add_test(tc, test_reader);
	tcase_add_test(tc, test_many_writers);
	tcase_add_test(tc, test_links);
	tcase_add_test(tc, test_bad_names);
	tcase_add_test(tc, test_not_a_file);
	tcase_add_test(tc, test_size);
	tcase_add_test(tc, test_unparsable);
	tcase_add_test(tc, test_mode_and_owner);
	tcase_add_test(tc, test_mode_of_fresh);
	tcase_add_test(tc, test_staged_and_dropped);
	tcase_add_test(tc, test_publish_refused);
	tcase_add_loop_test(tc, test_interrupted, 0, 3);
	tcase_add_test(tc, test_interrupted_with_sigalrm_blocked);
	tcase_add_test(tc, test_waits);
	tcase_add_test(tc, test_read_error);
	tcase_add_test(tc, test_directory_not_writable);
	return scratch_main(s);
}
