/* The log's file: whole lines, by many at a time, and what a disk does to
 * them. */
#include "logfile.h"

#include "io.h"
#include "scratch.h"

#include <signal.h>
#include <sys/file.h>
#include <sys/resource.h>

enum {
	WRITERS = 8,
	EACH = 200
};

static const char path[] = "log";
static struct outcome out;
static const struct decision decision = {ACTION_ANSWERED, 0, "answered"};

static void
enter(void)
{
	outcome_init(&out);
}

static struct log_entry
entry(int prompt, int attempt)
{
	return (struct log_entry){.prompt = prompt,
	    .attempt = attempt,
	    .id = "id",
	    .outcome = &out,
	    .decision = &decision};
}

static void
open_well(struct logfile *l)
{
	struct error err = {""};

	*l = (struct logfile)LOGFILE_INIT;
	ck_assert_msg(logfile_open(l, path, &err) == 0, "%s", err.text);
}

/* The file as it is; the caller frees. */
static struct buf
contents(void)
{
	struct buf b = BUF_INIT(16 << 20);
	const int fd = open(path, O_RDONLY | O_CLOEXEC);

	ck_assert_int_ne(fd, -1);
	ck_assert_int_eq(io_read_all(fd, &b), 0);
	ck_assert_int_eq(buf_adds(&b, ""), 0);
	close(fd);
	return b;
}

/* How many lines there are, each of which is whole. */
static int
whole_lines(void)
{
	struct buf b = contents();
	int n = 0;

	for (char *s = b.data, *end; s < b.data + b.len; s = end + 1) {
		end = strchr(s, '\n');
		ck_assert_ptr_nonnull(end);
		ck_assert_int_eq(strncmp(s, "{\"time\":\"", 9), 0);
		ck_assert_int_eq(end[-1], '}');
		/* One object, not two that have met. */
		*end = '\0';
		ck_assert_ptr_eq(strrchr(s, '{'), s);
		n++;
	}
	buf_free(&b);
	return n;
}

START_TEST(test_none_wanted)
{
	struct logfile l = LOGFILE_INIT;
	const struct log_entry e = entry(1, 1);

	ck_assert(logfile_add(&l, &e));
	ck_assert_int_eq(l.lost, 0);
	logfile_close(&l);
}
END_TEST

START_TEST(test_appends)
{
	struct logfile l;
	const struct log_entry e = entry(1, 1);

	for (int i = 0; i < 3; i++) {
		open_well(&l);
		ck_assert(logfile_add(&l, &e));
		ck_assert(logfile_add(&l, &e));
		logfile_close(&l);
	}
	ck_assert_int_eq(whole_lines(), 6);
}
END_TEST

/* Many invocations, one file: every line is there, and whole. */
static void
write_many(void *arg)
{
	struct logfile l = LOGFILE_INIT;
	struct error err;

	REQUIRE(logfile_open(&l, path, &err) == 0);
	for (int i = 1; i <= EACH; i++) {
		const struct log_entry e = entry(*(int *)arg, i);

		REQUIRE(logfile_add(&l, &e));
	}
}

START_TEST(test_many_writers)
{
	pid_t pids[WRITERS];

	for (int w = 0; w < WRITERS; w++)
		pids[w] = start(write_many, &w);
	for (int w = 0; w < WRITERS; w++)
		finish_well(pids[w]);
	ck_assert_int_eq(whole_lines(), WRITERS * EACH);
}
END_TEST

/* Somebody keeps the lock: written all the same, and not much later. */
START_TEST(test_lock_is_held)
{
	const int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	const struct log_entry e = entry(1, 1);
	struct logfile l;

	ck_assert_int_ne(fd, -1);
	ck_assert_int_eq(flock(fd, LOCK_EX), 0);
	open_well(&l);
	for (int i = 0; i < 100; i++)
		ck_assert(logfile_add(&l, &e));
	ck_assert(l.crowded);
	logfile_close(&l);
	close(fd);
	ck_assert_int_eq(whole_lines(), 100);
}
END_TEST

/* In a started process: check's own messages are files, too. */
static void
limit_size(rlim_t max)
{
	struct rlimit lim;

	REQUIRE(getrlimit(RLIMIT_FSIZE, &lim) == 0);
	lim.rlim_cur = max < lim.rlim_max ? max : lim.rlim_max;
	REQUIRE(setrlimit(RLIMIT_FSIZE, &lim) == 0);
}

static void
fill_up(void *arg)
{
	const struct log_entry e = entry(1, 1);
	struct logfile l = LOGFILE_INIT;
	struct error err;
	struct stat st;

	(void)arg;
	signal(SIGXFSZ, SIG_IGN);
	REQUIRE(logfile_open(&l, path, &err) == 0);
	REQUIRE(logfile_add(&l, &e));
	REQUIRE(fstat(l.fd, &st) == 0);
	limit_size((rlim_t)st.st_size * 5 / 2);
	REQUIRE(logfile_add(&l, &e));
	REQUIRE(!logfile_add(&l, &e));
	REQUIRE(!logfile_add(&l, &e));
	REQUIRE(l.lines == 4 && l.lost == 2 && !l.torn);
	REQUIRE(strncmp(l.why.text, "log: write: ", 12) == 0);
	limit_size(RLIM_INFINITY);
	REQUIRE(logfile_add(&l, &e));
}

/* Only a part of a line went in: it is taken out again, for the others. */
START_TEST(test_part_is_cut_off)
{
	finish_well(start(fill_up, NULL));
	ck_assert_int_eq(whole_lines(), 3);
}
END_TEST

static void
tear(void *arg)
{
	const struct log_entry e = entry(1, 1);
	struct logfile l = LOGFILE_INIT;
	struct error err;

	(void)arg;
	signal(SIGXFSZ, SIG_IGN);
	REQUIRE(logfile_open(&l, path, &err) == 0);
	limit_size(20);
	REQUIRE(!logfile_add(&l, &e));
	limit_size(RLIM_INFINITY);
	REQUIRE(l.torn);
	REQUIRE(logfile_add(&l, &e));
	REQUIRE(!l.torn);
}

/* It cannot be taken out without the lock: what comes next begins anew. */
START_TEST(test_torn_line_is_ended)
{
	const int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	struct buf b;

	ck_assert_int_ne(fd, -1);
	ck_assert_int_eq(flock(fd, LOCK_EX), 0);
	finish_well(start(tear, NULL));
	close(fd);
	b = contents();
	ck_assert_int_eq(b.data[20], '\n');
	ck_assert_int_eq(strncmp(b.data + 21, "{\"time\":\"", 9), 0);
	buf_free(&b);
}
END_TEST

/* What a crash left without an end does not swallow our first line. */
START_TEST(test_others_torn_line_is_ended)
{
	const struct log_entry e = entry(1, 1);
	const int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	struct logfile l;
	struct buf b;

	ck_assert_int_eq(io_write(fd, "{\"time\":", 8), 0);
	close(fd);
	open_well(&l);
	ck_assert(logfile_add(&l, &e));
	ck_assert(logfile_add(&l, &e));
	logfile_close(&l);
	b = contents();
	ck_assert_int_eq(strncmp(b.data, "{\"time\":\n{\"time\":\"", 18), 0);
	ck_assert_ptr_null(strstr(b.data, "\n\n"));
	buf_free(&b);
}
END_TEST

START_TEST(test_full_disk)
{
	struct logfile l = LOGFILE_INIT;
	const struct log_entry e = entry(1, 1);
	struct error err;

	ck_assert_int_eq(logfile_open(&l, "/dev/full", &err), 0);
	ck_assert(!logfile_add(&l, &e));
	ck_assert(!logfile_add(&l, &e));
	ck_assert_int_eq(l.lost, 2);
	ck_assert_str_eq(
	    l.why.text, "/dev/full: write: No space left on device");
	logfile_close(&l);
}
END_TEST

/* A pipe that nobody empties is waited for once, and then no more. */
START_TEST(test_full_pipe)
{
	struct logfile l;
	const struct log_entry e = entry(1, 1);
	int fd;

	ck_assert_int_eq(mkfifo(path, 0600), 0);
	fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	ck_assert_int_ne(fd, -1);
	open_well(&l);
	while (logfile_add(&l, &e))
		ck_assert_int_lt(l.lines, 100000);
	for (int i = 0; i < 1000; i++)
		logfile_add(&l, &e);
	ck_assert_int_ge(l.lost, 1000);
	logfile_close(&l);
	close(fd);
}
END_TEST

START_TEST(test_cannot_be_opened)
{
	struct logfile l = LOGFILE_INIT;
	struct error err = {""};

	/* A pipe without a reader. */
	ck_assert_int_eq(mkfifo(path, 0600), 0);
	ck_assert_int_eq(logfile_open(&l, path, &err), -1);
	ck_assert_str_eq(err.text, "log: open: No such device or address");
	ck_assert_int_eq(logfile_open(&l, ".", &err), -1);
	ck_assert_str_eq(err.text, ".: open: Is a directory");
	ck_assert_int_eq(logfile_open(&l, "none/log", &err), -1);
	ck_assert_str_eq(err.text, "none/log: open: No such file or directory");
	ck_assert_int_eq(l.fd, -1);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("logfile");
	TCase *t = scratch_case(s, "logfile");

	tcase_add_checked_fixture(t, enter, NULL);
	tcase_add_test(t, test_none_wanted);
	tcase_add_test(t, test_appends);
	tcase_add_test(t, test_many_writers);
	tcase_add_test(t, test_lock_is_held);
	tcase_add_test(t, test_part_is_cut_off);
	tcase_add_test(t, test_torn_line_is_ended);
	tcase_add_test(t, test_others_torn_line_is_ended);
	tcase_add_test(t, test_full_disk);
	tcase_add_test(t, test_full_pipe);
	tcase_add_test(t, test_cannot_be_opened);
	return scratch_main(s);
}
