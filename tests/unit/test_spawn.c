/* Children that report through a pipe: what they have, and how they end. */
#include "spawn.h"

#include "scratch.h"

#include <dirent.h>
#include <poll.h>
#include <sys/resource.h>

static void
spawn_well(struct spawned *s, int (*entry)(void *, int), void *arg,
    const int *keep, size_t n)
{
	struct error err = {""};

	ck_assert_msg(spawn(s, entry, arg, keep, n, &err) == 0, "%s", err.text);
}

/* Until it has ended; its wait status. */
static int
reap(struct spawned *s)
{
	struct pollfd p = {.fd = s->pid_fd, .events = POLLIN};

	ck_assert_int_eq(poll(&p, 1, 60000), 1);
	close(s->pid_fd);
	return finish(s->pid);
}

/* What it wrote, up to its end. */
static const char *
heard(const struct spawned *s)
{
	static char text[4096];
	const ssize_t n = read(s->report_fd, text, sizeof(text) - 1);

	text[n > 0 ? n : 0] = '\0';
	close(s->report_fd);
	return text;
}

static int
say(void *arg, int fd)
{
	return dprintf(fd, "%s", (const char *)arg) < 0;
}

START_TEST(test_report)
{
	char text[] = "hello";
	struct spawned s;
	char c;

	spawn_well(&s, say, text, NULL, 0);
	ck_assert_int_eq(reap(&s), 0);
	ck_assert(fcntl(s.report_fd, F_GETFD) & FD_CLOEXEC);
	ck_assert_str_eq(heard(&s), "hello");
	/* The read end does not block. */
	spawn_well(&s, say, text, NULL, 0);
	ck_assert(fcntl(s.report_fd, F_GETFL) & O_NONBLOCK);
	ck_assert_int_eq(reap(&s), 0);
	ck_assert_int_eq(read(s.report_fd, &c, 1), 1);
	close(s.report_fd);
}
END_TEST

/* All that is open, but for the directory that we look in. */
static int
list_open(void *arg, int fd)
{
	DIR *const dir = opendir("/proc/self/fd");
	const struct dirent *e;

	(void)arg;
	while ((e = readdir(dir)) != NULL) {
		const int n = atoi(e->d_name);

		if (e->d_name[0] != '.' && n != dirfd(dir))
			dprintf(fd, n == fd ? "report " : "%d ", n);
	}
	closedir(dir);
	return 0;
}

static int
by_number(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

START_TEST(test_descriptors)
{
	int keep[3], opened[20];
	char want[128];
	struct spawned s;

	if (in_valgrind())
		return;
	for (int i = 0; i < 20; i++)
		opened[i] = open("/dev/null", O_RDONLY);
	/* In no order, and one twice. */
	keep[0] = opened[13];
	keep[1] = opened[2];
	keep[2] = opened[13];
	spawn_well(&s, list_open, NULL, keep, 3);
	ck_assert_int_eq(reap(&s), 0);
	snprintf(
	    want, sizeof(want), "0 1 2 %d %d report ", opened[2], opened[13]);
	ck_assert_str_eq(heard(&s), want);
	/* The caller's list is as it was. */
	ck_assert_int_eq(keep[0], opened[13]);
	spawn_well(&s, list_open, NULL, NULL, 0);
	ck_assert_int_eq(reap(&s), 0);
	ck_assert_str_eq(heard(&s), "0 1 2 report ");
	qsort(opened, 20, sizeof(int), by_number);
	spawn_well(&s, list_open, NULL, opened, SPAWN_KEEP);
	ck_assert_int_eq(reap(&s), 0);
	ck_assert_ptr_nonnull(strstr(heard(&s), "0 1 2 "));
	/* In the parent they are all still there. */
	for (int i = 0; i < 20; i++)
		ck_assert_int_eq(close(opened[i]), 0);
}
END_TEST

static int
look_at_standard(void *arg, int fd)
{
	char in[64] = "", out[64] = "";

	(void)arg;
	(void)!readlink("/proc/self/fd/0", in, sizeof(in) - 1);
	(void)!readlink("/proc/self/fd/1", out, sizeof(out) - 1);
	dprintf(fd, "%s %s", in, out);
	return 0;
}

START_TEST(test_standard_descriptors)
{
	struct spawned s;

	spawn_well(&s, look_at_standard, NULL, NULL, 0);
	ck_assert_int_eq(reap(&s), 0);
	ck_assert_str_eq(heard(&s), "/dev/null /dev/null");
}
END_TEST

/* Signals blocked, and those that are not as by default. */
static int
list_signals(void *arg, int fd)
{
	sigset_t set;

	(void)arg;
	sigprocmask(SIG_BLOCK, NULL, &set);
	for (int sig = 1; sig < 32; sig++) {
		struct sigaction sa;

		/* Sanitizers catch what shows a broken program. */
		if (sig == SIGSEGV || sig == SIGBUS || sig == SIGFPE ||
		    sig == SIGILL)
			continue;
		sigaction(sig, NULL, &sa);
		if (sigismember(&set, sig) || sa.sa_handler != SIG_DFL)
			dprintf(fd, "%d ", sig);
	}
	return 0;
}

static void
ignore(int sig)
{
	(void)sig;
}

START_TEST(test_signals)
{
	struct spawned s;
	sigset_t all;

	/* Ignored signals would stay so in what the child runs. */
	signal(SIGINT, ignore);
	signal(SIGTERM, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	signal(SIGALRM, ignore);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGCHLD, ignore);
	sigfillset(&all);
	ck_assert_int_eq(sigprocmask(SIG_BLOCK, &all, NULL), 0);
	spawn_well(&s, list_signals, NULL, NULL, 0);
	reap(&s);
	ck_assert_str_eq(heard(&s), "");
}
END_TEST

static int
tell_group(void *arg, int fd)
{
	(void)arg;
	dprintf(fd, "%d %d", getpgrp() == getpid(), getpgrp());
	return 0;
}

static int
pause_for_ever(void *arg, int fd)
{
	(void)arg;
	(void)fd;
	return pause();
}

START_TEST(test_group)
{
	struct spawned s;
	char want[64];
	sigset_t set;

	/* As in a run; the child may not have come to its own mask yet. */
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	ck_assert_int_eq(sigprocmask(SIG_BLOCK, &set, NULL), 0);
	spawn_well(&s, tell_group, NULL, NULL, 0);
	ck_assert_int_eq(reap(&s), 0);
	snprintf(want, sizeof(want), "1 %d", (int)s.pid);
	ck_assert_str_eq(heard(&s), want);
	/* Also at once, before it has run. */
	spawn_well(&s, pause_for_ever, NULL, NULL, 0);
	ck_assert_int_eq(getpgid(s.pid), s.pid);
	ck_assert_int_eq(kill(-s.pid, SIGTERM), 0);
	ck_assert_int_eq(reap(&s), SIGTERM);
	close(s.report_fd);
}
END_TEST

static int
end_as(void *arg, int fd)
{
	const int how = *(const int *)arg;

	(void)fd;
	if (how < 0)
		raise(-how);
	return how;
}

START_TEST(test_ends)
{
	static const struct {
		int how;
		const char *text;
	} rows[] = {{0, ""}, {1, "exited with status 1"},
	    {255, "exited with status 255"},
	    {-SIGKILL, "killed by signal 9 (Killed)"},
	    {-SIGSEGV, "killed by signal 11 (Segmentation fault)"},
	    {-SIGTERM, "killed by signal 15 (Terminated)"}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct rlimit none = {0, 0};
		int how = rows[i].how;
		struct spawned s;
		char text[80];

		setrlimit(RLIMIT_CORE, &none);
		/* Sanitizers make an exit of what kills. */
		if (how == -SIGSEGV)
			signal(SIGSEGV, SIG_DFL);
		spawn_well(&s, end_as, &how, NULL, 0);
		ck_assert_str_eq(spawn_death(reap(&s), text), rows[i].text);
		close(s.report_fd);
	}
}
END_TEST

START_TEST(test_death_text)
{
	char text[80];

	for (int sig = 1; sig < 65; sig++) {
		spawn_death(sig, text);
		ck_assert_ptr_nonnull(strstr(text, "killed by signal "));
	}
	/* With a core file. */
	spawn_death(SIGABRT | 0x80, text);
	ck_assert_str_eq(text, "killed by signal 6 (Aborted)");
}
END_TEST

/* Output that was not yet written is written once, not by the child too. */
START_TEST(test_stdio)
{
	const int out = open("out", O_RDWR | O_CREAT, 0600);
	FILE *const f = fdopen(dup(out), "w");
	struct spawned s;

	fputs("once", f);
	spawn_well(&s, list_open, NULL, NULL, 0);
	reap(&s);
	close(s.report_fd);
	fclose(f);
	close(out);
	ck_assert_str_eq(get_file("out"), "once");
}
END_TEST

/* No descriptors: nothing is left behind, and no child. */
START_TEST(test_no_descriptors)
{
	struct error err = {""};
	struct rlimit lim;
	struct spawned s;
	int next = dup(0);
	char text[] = "well";

	if (in_valgrind())
		return;
	close(next);
	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &lim), 0);
	/* Room for none, and for one end of the pipe. */
	for (int room = 0; room < 2; room++) {
		lim.rlim_cur = (rlim_t)next + (rlim_t)room;
		ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &lim), 0);
		ck_assert_int_eq(spawn(&s, say, text, NULL, 0, &err), -1);
		ck_assert_int_eq(errno, EMFILE);
		ck_assert_msg(
		    strncmp(err.text, "worker: pi", 10) == 0, "%s", err.text);
		ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1);
		ck_assert_int_eq(errno, ECHILD);
	}
	/* For both, but no pidfd: the child works all the same. */
	lim.rlim_cur = (rlim_t)next + 2;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &lim), 0);
	spawn_well(&s, say, text, NULL, 0);
	ck_assert_int_eq(s.pid_fd, -1);
	ck_assert_int_eq(finish(s.pid), 0);
	ck_assert_str_eq(heard(&s), "well");
	lim.rlim_cur = (rlim_t)next + 3;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &lim), 0);
	spawn_well(&s, say, text, NULL, 0);
	ck_assert_int_eq(reap(&s), 0);
	ck_assert_str_eq(heard(&s), "well");
	ck_assert_int_eq(dup(0), next);
}
END_TEST

/* No processes: the pipe is closed again. */
static void
spawn_without_processes(void *arg)
{
	const struct rlimit none = {0, 0};
	struct error err = {""};
	struct spawned s;
	const int next = dup(0);

	close(next);
	/* Root may always. */
	if (geteuid() == 0 && setuid(1234) == -1)
		return;
	REQUIRE(setrlimit(RLIMIT_NPROC, &none) == 0);
	REQUIRE(spawn(&s, say, arg, NULL, 0, &err) == -1);
	REQUIRE(errno == EAGAIN);
	REQUIRE(strcmp(err.text,
		    "worker: fork: Resource temporarily unavailable") == 0);
	REQUIRE(dup(0) == next);
}

START_TEST(test_no_processes)
{
	char text[] = "well";

	if (in_valgrind())
		return;
	finish_well(start(spawn_without_processes, text));
}
END_TEST

int
main(void)
{
	Suite *const s = suite_create("spawn");
	TCase *const tc = scratch_case(s, "spawn");

	tcase_add_test(tc, test_report);
	tcase_add_test(tc, test_descriptors);
	tcase_add_test(tc, test_standard_descriptors);
	tcase_add_test(tc, test_signals);
	tcase_add_test(tc, test_group);
	tcase_add_test(tc, test_ends);
	tcase_add_test(tc, test_death_text);
	tcase_add_test(tc, test_stdio);
	tcase_add_test(tc, test_no_descriptors);
	tcase_add_test(tc, test_no_processes);
	return scratch_main(s);
}
