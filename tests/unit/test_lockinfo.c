/* Who holds a lock, told without touching it. */
#include "lockinfo.h"

#include "scratch.h"

#include <sys/file.h>

static struct gate ready, go;

static void
setup(void)
{
	scratch_enter();
	put_file("lock", "");
	gate_init(&ready);
	gate_init(&go);
}

static pid_t
holder(const char *path)
{
	struct stat st;

	ck_assert_int_eq(stat(path, &st), 0);
	return lock_holder(&st);
}

/* What the kernel does not list cannot be told. */
static bool
listed(void)
{
	const int fd = open("lock", O_RDWR);
	bool yes;

	ck_assert_int_eq(flock(fd, LOCK_EX), 0);
	yes = holder("lock") == getpid();
	close(fd);
	return yes;
}

static void
hold(void *arg)
{
	const int fd = open("lock", O_RDWR);

	REQUIRE(flock(fd, *(const int *)arg) == 0);
	gate_pass(&ready);
	gate_wait(&go);
}

START_TEST(test_holder)
{
	int how = _i == 0 ? LOCK_EX : LOCK_SH;
	pid_t pid;

	if (!listed())
		return;
	ck_assert_int_eq(holder("lock"), 0);
	pid = start(hold, &how);
	ck_assert(gate_wait(&ready));
	ck_assert_int_eq(holder("lock"), pid);
	put_file("other", "");
	ck_assert_int_eq(holder("other"), 0);
	finish_kill(pid);
	ck_assert_int_eq(holder("lock"), 0);
}
END_TEST

/* One who waits is not the holder. */
static void
wait_for_lock(void *arg)
{
	const int fd = open("lock", O_RDWR);

	(void)arg;
	REQUIRE(flock(fd, LOCK_EX) == 0);
}

START_TEST(test_waiter)
{
	int how = LOCK_EX;
	pid_t pid, waiter;
	char path[64];

	if (!listed())
		return;
	pid = start(hold, &how);
	ck_assert(gate_wait(&ready));
	waiter = start(wait_for_lock, NULL);
	snprintf(path, sizeof(path), "/proc/%d/stat", (int)waiter);
	for (int i = 0; i < 20; i++) {
		ck_assert_int_eq(holder("lock"), pid);
		usleep(5000);
	}
	gate_pass(&go);
	finish_well(pid);
	finish_well(waiter);
}
END_TEST

/* fcntl's locks and leases are other things. */
START_TEST(test_other_locks)
{
	const int fd = open("lock", O_RDWR);
	struct flock whole = {.l_type = F_WRLCK};

	ck_assert_int_eq(fcntl(fd, F_SETLK, &whole), 0);
	ck_assert_int_eq(holder("lock"), 0);
	close(fd);
}
END_TEST

START_TEST(test_stopped)
{
	int how = LOCK_EX;
	pid_t pid = start(hold, &how);

	ck_assert(gate_wait(&ready));
	ck_assert(!process_is_stopped(pid));
	ck_assert_int_eq(kill(pid, SIGSTOP), 0);
	ck_assert_int_eq(waitpid(pid, NULL, WUNTRACED), pid);
	ck_assert(process_is_stopped(pid));
	ck_assert_int_eq(kill(pid, SIGCONT), 0);
	ck_assert(!process_is_stopped(pid));
	/* Its name may hold anything. */
	ck_assert_int_eq(prctl(PR_SET_NAME, ") T (x) T"), 0);
	ck_assert(!process_is_stopped(getpid()));
	finish_kill(pid);
	ck_assert(!process_is_stopped(pid));
	ck_assert(!process_is_stopped(0));
	ck_assert(!process_is_stopped(-1));
}
END_TEST

/* A zombie holds nothing any more. */
START_TEST(test_alive)
{
	siginfo_t info;
	const pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	ck_assert_int_eq(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
	ck_assert(!process_is_alive(pid));
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
	ck_assert(!process_is_alive(pid));
	ck_assert(process_is_alive(getpid()));
	ck_assert(process_is_alive(getppid()));
	ck_assert(!process_is_alive(0));
	ck_assert(!process_is_alive(-1));
}
END_TEST

int
main(void)
{
	Suite *const s = suite_create("lockinfo");
	TCase *const tc = tcase_create("lockinfo");

	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_set_timeout(tc, 60);
	suite_add_tcase(s, tc);
	tcase_add_loop_test(tc, test_holder, 0, 2);
	tcase_add_test(tc, test_waiter);
	tcase_add_test(tc, test_other_locks);
	tcase_add_test(tc, test_stopped);
	tcase_add_test(tc, test_alive);
	return scratch_main(s);
}
