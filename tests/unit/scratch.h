/*
 * scratch.h - a directory of its own for each test, files in it, and helper
 * processes that act when told to.
 *
 *	main: scratch_create(); run the suite; scratch_destroy();
 *	each test case: tcase_add_checked_fixture(tc, scratch_enter, NULL);
 *
 * All lies below one directory that main removes, so that a failed test leaves
 * nothing behind either.
 */
#ifndef SCRATCH_H
#define SCRATCH_H

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char scratch_base[sizeof("/dev/shm/chatgpt-batch-test.XXXXXX")];

static inline void
scratch_create(void)
{
	/* In memory where possible: thousands of fsyncs cost nothing there. */
	snprintf(scratch_base, sizeof(scratch_base),
	    "%s/chatgpt-batch-test.XXXXXX",
	    access("/dev/shm", W_OK | X_OK) == 0 ? "/dev/shm" : "/tmp");
	if (mkdtemp(scratch_base) == NULL) {
		perror(scratch_base);
		exit(1);
	}
	umask(022);
	/* Tests that drop root's rights work below it. */
	chmod(scratch_base, 0711);
}

static inline int
scratch_remove_one(
    const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st;
	(void)flag;
	(void)ftw;
	return remove(path);
}

static inline void
scratch_destroy(void)
{
	if (chdir("/") == 0)
		nftw(
		    scratch_base, scratch_remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* A test's setup: into a new, empty directory. */
static inline void
scratch_enter(void)
{
	char dir[sizeof(scratch_base) + 8];

	snprintf(dir, sizeof(dir), "%s/XXXXXX", scratch_base);
	ck_assert_ptr_nonnull(mkdtemp(dir));
	ck_assert_int_eq(chdir(dir), 0);
}

static inline void
put_bytes(const char *path, const void *data, size_t len)
{
	const int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0666);

	ck_assert_msg(fd != -1, "%s: %s", path, strerror(errno));
	ck_assert_int_eq(write(fd, data, len), (ssize_t)len);
	ck_assert_int_eq(close(fd), 0);
}

static inline void
put_file(const char *path, const char *text)
{
	put_bytes(path, text, strlen(text));
}

/* The file's text, in a buffer that the next call reuses. */
static inline const char *
get_file(const char *path)
{
	static char text[1 << 17];
	const int fd = open(path, O_RDONLY);
	ssize_t n;

	ck_assert_msg(fd != -1, "%s: %s", path, strerror(errno));
	n = read(fd, text, sizeof(text) - 1);
	ck_assert_int_ge(n, 0);
	close(fd);
	text[n] = '\0';
	return text;
}

static inline bool
exists(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0;
}

static inline ino_t
inode_of(const char *path)
{
	struct stat st;

	ck_assert_msg(lstat(path, &st) == 0, "%s: %s", path, strerror(errno));
	return st.st_ino;
}

static inline void
set_mtime(const char *path, time_t sec, long nsec)
{
	const struct timespec times[2] = {
	    {.tv_nsec = UTIME_OMIT}, {.tv_sec = sec, .tv_nsec = nsec}};

	ck_assert_int_eq(utimensat(AT_FDCWD, path, times, 0), 0);
}

/* A one-way signal between processes: pass lets one wait end. */
struct gate {
	int ends[2];
};

static inline void
gate_init(struct gate *g)
{
	ck_assert_int_eq(pipe2(g->ends, O_CLOEXEC), 0);
}

static inline void
gate_pass(const struct gate *g)
{
	ck_assert_int_eq(write(g->ends[1], "x", 1), 1);
}

/* False: all who could have passed it are gone. */
static inline bool
gate_wait(struct gate *g)
{
	char c;
	ssize_t n;

	do {
		n = read(g->ends[0], &c, 1);
	} while (n == -1 && errno == EINTR);
	return n == 1;
}

/* Run BODY(ARG) in a process that does not outlive the test. */
static inline pid_t
start(void (*body)(void *), void *arg)
{
	const pid_t parent = getpid();
	const pid_t pid = fork();

	ck_assert_int_ne(pid, -1);
	if (pid != 0)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(99);
	body(arg);
	_exit(0);
}

/* In a started process, where check's own assertions would be lost. */
#define REQUIRE(cond)                                                          \
	do {                                                                   \
		if (!(cond)) {                                                 \
			fprintf(                                               \
			    stderr, "%s:%d: %s\n", __FILE__, __LINE__, #cond); \
			_exit(98);                                             \
		}                                                              \
	} while (0)

static inline int
finish(pid_t pid)
{
	int status = -1;

	while (waitpid(pid, &status, 0) == -1)
		ck_assert_int_eq(errno, EINTR);
	return status;
}

static inline void
finish_well(pid_t pid)
{
	ck_assert_int_eq(finish(pid), 0);
}

static inline void
finish_kill(pid_t pid)
{
	ck_assert_int_eq(kill(pid, SIGKILL), 0);
	ck_assert(WIFSIGNALED(finish(pid)));
}

/* Valgrind has descriptors of its own, and makes system calls of its own. */
static inline bool
in_valgrind(void)
{
	const char *const preload = getenv("LD_PRELOAD");

	return preload != NULL && strstr(preload, "vgpreload") != NULL;
}

/* The bodies of main. */
static inline int
scratch_main(Suite *suite)
{
	SRunner *const sr = srunner_create(suite);
	int failed;

	scratch_create();
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	scratch_destroy();
	return failed != 0;
}

static inline TCase *
scratch_case(Suite *suite, const char *name)
{
	TCase *const tc = tcase_create(name);

	tcase_add_checked_fixture(tc, scratch_enter, NULL);
	/* Valgrind on a busy machine is slow. */
	tcase_set_timeout(tc, 120);
	suite_add_tcase(suite, tc);
	return tc;
}

#endif
