/* Waiting for a lock by proxy. */
#include "lockwait.h"

#include "scratch.h"

#include <poll.h>
#include <sys/file.h>

static struct gate ready, go;
static struct lockwait w = LOCKWAIT_INIT;

static void
setup(void)
{
	scratch_enter();
	put_file("lock", "");
	gate_init(&ready);
	gate_init(&go);
}

static int
open_lock(void)
{
	const int fd = open("lock", O_RDWR | O_CLOEXEC);

	ck_assert_int_ne(fd, -1);
	return fd;
}

static bool
is_free(void)
{
	const int fd = open_lock();
	const bool got = flock(fd, LOCK_EX | LOCK_NB) == 0;

	close(fd);
	return got;
}

static void
hold(void *arg)
{
	const int fd = open("lock", O_RDWR);

	(void)arg;
	REQUIRE(flock(fd, LOCK_EX) == 0);
	gate_pass(&ready);
	gate_wait(&go);
	REQUIRE(flock(fd, LOCK_UN) == 0);
	pause();
}

static int
ended(int timeout_ms)
{
	struct pollfd p = {.fd = w.pid_fd, .events = POLLIN};

	return poll(&p, 1, timeout_ms);
}

static void
begin(int fd)
{
	struct error err = {""};

	ck_assert_msg(lockwait_start(&w, fd, &err) == 0, "%s", err.text);
	ck_assert_int_gt(w.pid, 0);
}

START_TEST(test_free_lock)
{
	const int fd = open_lock();

	begin(fd);
	ck_assert_int_eq(ended(10000), 1);
	ck_assert(lockwait_finish(&w));
	ck_assert_int_eq(w.pid, 0);
	ck_assert_int_eq(w.pid_fd, -1);
	/* The helper is gone; what it got is ours. */
	ck_assert(!is_free());
	close(fd);
	ck_assert(is_free());
	ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1);
	ck_assert_int_eq(errno, ECHILD);
}
END_TEST

/* The holder unlocks (0) or dies (1). */
START_TEST(test_waits)
{
	const pid_t pid = start(hold, NULL);
	const int fd = open_lock();

	ck_assert(gate_wait(&ready));
	begin(fd);
	ck_assert_int_eq(ended(100), 0);
	if (_i == 0)
		gate_pass(&go);
	else
		ck_assert_int_eq(kill(pid, SIGKILL), 0);
	ck_assert_int_eq(ended(10000), 1);
	ck_assert(lockwait_finish(&w));
	ck_assert(!is_free());
	close(fd);
	kill(pid, SIGKILL);
	finish(pid);
}
END_TEST

START_TEST(test_cancel)
{
	const pid_t pid = start(hold, NULL);
	const int fd = open_lock();
	pid_t helper;

	lockwait_cancel(&w); /* of nothing */
	ck_assert(gate_wait(&ready));
	begin(fd);
	helper = w.pid;
	lockwait_cancel(&w);
	ck_assert_int_eq(w.pid, 0);
	ck_assert_int_eq(w.pid_fd, -1);
	ck_assert_int_eq(kill(helper, 0), -1);
	finish_kill(pid);
	ck_assert(is_free());
	close(fd);
}
END_TEST

/* The helper is killed from outside: the lock is not ours, and we know. */
START_TEST(test_helper_killed)
{
	const pid_t pid = start(hold, NULL);
	const int fd = open_lock();

	ck_assert(gate_wait(&ready));
	begin(fd);
	ck_assert_int_eq(kill(w.pid, SIGKILL), 0);
	ck_assert_int_eq(ended(10000), 1);
	ck_assert(!lockwait_finish(&w));
	close(fd);
	finish_kill(pid);
}
END_TEST

/* Its parent dies while it waits: so does it, and it never has the lock. */
static void
wait_and_die(void *arg)
{
	const int fd = open("lock", O_RDWR);
	struct error err;

	(void)arg;
	REQUIRE(lockwait_start(&w, fd, &err) == 0);
	put_bytes("helper", &w.pid, sizeof(w.pid));
	raise(SIGKILL);
}

START_TEST(test_parent_dies)
{
	const pid_t pid = start(hold, NULL);
	pid_t helper;

	ck_assert(gate_wait(&ready));
	finish(start(wait_and_die, NULL));
	memcpy(&helper, get_file("helper"), sizeof(helper));
	ck_assert_int_gt(helper, 0);
	for (int i = 0; kill(helper, 0) == 0 && i < 1000; i++) {
		char path[64];

		/* Nobody may be there to reap it: a zombie is dead as well. */
		snprintf(path, sizeof(path), "/proc/%d/stat", (int)helper);
		if (exists(path) && strstr(get_file(path), ") Z ") != NULL)
			break;
		ck_assert_int_lt(i, 999);
		usleep(10000);
	}
	finish_kill(pid);
	ck_assert(is_free());
}
END_TEST

/* It has nothing open but the lock: no claim lives on in it. */
START_TEST(test_holds_nothing_else)
{
	const pid_t pid = start(hold, NULL);
	const int before = open("claim", O_RDWR | O_CREAT, 0600);
	const int fd = open_lock();
	const int after = open("claim", O_RDWR);
	int other;

	ck_assert_int_eq(flock(before, LOCK_EX), 0);
	ck_assert_int_lt(before, fd);
	ck_assert_int_lt(fd, after);
	ck_assert(gate_wait(&ready));
	begin(fd);
	close(before);
	other = open("claim", O_RDWR);
	for (int i = 0; flock(other, LOCK_EX | LOCK_NB) == -1; i++) {
		ck_assert_int_lt(i, 1000);
		usleep(10000);
	}
	for (int i = 0; i < 100; i++) {
		char path[64], target[64];

		if (i == fd)
			continue;
		/* The lower ones go first: it may not be done yet. */
		snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)w.pid, i);
		for (int k = 0; readlink(path, target, sizeof(target)) != -1;
		     k++) {
			ck_assert_int_lt(k, 1000);
			usleep(10000);
		}
	}
	lockwait_cancel(&w);
	close(fd);
	close(after);
	finish_kill(pid);
}
END_TEST

/* The signals that a run blocks neither stop the helper nor spare it. */
START_TEST(test_signals)
{
	const pid_t pid = start(hold, NULL);
	const int fd = open_lock();
	sigset_t set;

	ck_assert(gate_wait(&ready));
	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	ck_assert_int_eq(sigprocmask(SIG_BLOCK, &set, NULL), 0);
	begin(fd);
	ck_assert_int_eq(kill(w.pid, SIGINT), 0);
	ck_assert_int_eq(ended(100), 0);
	finish_kill(pid);
	ck_assert_int_eq(ended(10000), 1);
	ck_assert(lockwait_finish(&w));
	close(fd);
}
END_TEST

START_TEST(test_bad_descriptor)
{
	begin(900);
	ck_assert_int_eq(ended(10000), 1);
	ck_assert(!lockwait_finish(&w));
}
END_TEST

int
main(void)
{
	Suite *const s = suite_create("lockwait");
	TCase *const tc = tcase_create("lockwait");

	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_set_timeout(tc, 60);
	suite_add_tcase(s, tc);
	tcase_add_test(tc, test_free_lock);
	tcase_add_loop_test(tc, test_waits, 0, 2);
	tcase_add_test(tc, test_cancel);
	tcase_add_test(tc, test_helper_killed);
	tcase_add_test(tc, test_parent_dies);
	tcase_add_test(tc, test_holds_nothing_else);
	tcase_add_test(tc, test_signals);
	tcase_add_test(tc, test_bad_descriptor);
	return scratch_main(s);
}
