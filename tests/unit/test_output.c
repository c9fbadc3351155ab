/* Answers and error reports: whole, dated, and never at an answer's cost. */
#include "output.h"

#include "scratch.h"

#include <limits.h>
#include <sched.h>
#include <sys/mount.h>
#include <time.h>

#define REPORT_TEXT OUTPUT_ERROR_PREFIX "it went wrong\n"

static int outputs;

static void
setup(void)
{
	scratch_enter();
	ck_assert_int_eq(mkdir("outputs", 0777), 0);
	outputs = open("outputs", O_RDONLY | O_DIRECTORY);
	ck_assert_int_ne(outputs, -1);
}

static struct timespec
at(time_t sec, long nsec)
{
	return (struct timespec){.tv_sec = sec, .tv_nsec = nsec};
}

static bool
current(time_t sec, long nsec)
{
	return output_current(outputs, 1, at(sec, nsec));
}

/* An answer all the way to its place. */
static void
answer(int n, const char *text, time_t when, bool keep)
{
	struct error err = {""};
	const int fd = output_begin(outputs, n, &err);

	ck_assert_msg(fd != -1, "%s", err.text);
	ck_assert_msg(
	    output_stage(fd, n, text, strlen(text), at(when, 42), &err) == 0,
	    "%s", err.text);
	close(fd);
	ck_assert_msg(
	    output_publish(outputs, n, keep, &err) == 0, "%s", err.text);
}

static void
report(int n, time_t prompt)
{
	struct error err = {""};

	ck_assert_msg(output_report(outputs, n, at(prompt, 7), REPORT_TEXT,
			  strlen(REPORT_TEXT), &err) == 0,
	    "%s", err.text);
}

START_TEST(test_answer)
{
	struct error err = {""};
	struct stat st;
	int fd;

	ck_assert_int_eq(output_staged(outputs, 1, &err), 0);
	fd = output_begin(outputs, 1, &err);
	ck_assert_int_ne(fd, -1);
	ck_assert(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	ck_assert(exists("outputs/.1_output.txt.tmp"));
	ck_assert_int_eq(output_staged(outputs, 1, &err), 1);
	ck_assert_int_eq(
	    output_stage(fd, 1, "an answer", 9, at(1000, 42), &err), 0);
	ck_assert(!exists("outputs/1_output.txt"));
	/* What was set aside beyond the text is given back. */
	ck_assert_int_eq(fstat(fd, &st), 0);
	ck_assert_int_eq(st.st_size, 9);
	ck_assert_int_le(st.st_blocks, 8);
	close(fd);
	ck_assert_int_eq(output_publish(outputs, 1, false, &err), 0);
	ck_assert_str_eq(get_file("outputs/1_output.txt"), "an answer");
	ck_assert(!exists("outputs/.1_output.txt.tmp"));
	ck_assert_int_eq(stat("outputs/1_output.txt", &st), 0);
	ck_assert_int_eq(st.st_mtim.tv_sec, 1000);
	ck_assert_int_eq(st.st_mtim.tv_nsec, 42);
	ck_assert_uint_eq(st.st_mode & 07777, 0644);
	ck_assert_int_eq(output_publish(outputs, 1, false, &err), -1);
	ck_assert_ptr_nonnull(strstr(err.text, "outputs/1_output.txt: rename"));
}
END_TEST

START_TEST(test_empty_and_large)
{
	static char text[(1 << 17) - 1];
	struct stat st;

	answer(1, "", 1000, false);
	ck_assert_int_eq(stat("outputs/1_output.txt", &st), 0);
	ck_assert_int_eq(st.st_size, 0);
	memset(text, 'a', sizeof(text) - 1);
	answer(1, text, 1000, false);
	ck_assert_str_eq(get_file("outputs/1_output.txt"), text);
}
END_TEST

/* A worker wrote to the descriptor itself. */
START_TEST(test_seal)
{
	struct error err = {""};
	const int fd = output_begin(outputs, 1, &err);
	struct stat st;

	ck_assert_int_eq(write(fd, "by hand", 7), 7);
	ck_assert_int_eq(output_seal(fd, 1, at(5, 6), &err), 0);
	ck_assert_int_eq(fstat(fd, &st), 0);
	ck_assert_int_eq(st.st_size, 7);
	ck_assert_int_eq(st.st_mtim.tv_sec, 5);
	close(fd);
	output_discard(outputs, 1);
	ck_assert(!exists("outputs/.1_output.txt.tmp"));
	output_discard(outputs, 1);
}
END_TEST

/* Another's old temporary may still be written to: it gets a file of its own. */
START_TEST(test_begin_anew)
{
	struct error err = {""};
	const int old = output_begin(outputs, 1, &err);
	int fd;

	fd = output_begin(outputs, 1, &err);
	ck_assert_int_ne(fd, -1);
	ck_assert_int_eq(write(old, "late", 4), 4);
	ck_assert_int_eq(output_stage(fd, 1, "new", 3, at(5, 6), &err), 0);
	ck_assert_int_eq(output_publish(outputs, 1, false, &err), 0);
	ck_assert_str_eq(get_file("outputs/1_output.txt"), "new");
	close(old);
	close(fd);
	put_file("victim", "mine");
	ck_assert_int_eq(symlink("../victim", "outputs/.1_output.txt.tmp"), 0);
	answer(1, "not yours", 9, false);
	ck_assert_str_eq(get_file("victim"), "mine");
}
END_TEST

START_TEST(test_current)
{
	struct error err;

	ck_assert(!output_current(-1, 1, at(0, 0)));
	ck_assert(!current(0, 0));
	put_file("outputs/1_output.txt", "answer");
	set_mtime("outputs/1_output.txt", 1000, 500);
	ck_assert(current(1000, 500));
	ck_assert(current(1000, 499));
	ck_assert(!current(1000, 501));
	ck_assert(current(999, 999999999));
	ck_assert(!current(1001, 0));
	/* A report never is, whatever its date says. */
	put_file("outputs/1_output.txt", REPORT_TEXT);
	ck_assert(!current(1000, 0));
	ck_assert_int_eq(unlink("outputs/1_output.txt"), 0);
	ck_assert_int_eq(mkdir("outputs/1_output.txt", 0777), 0);
	ck_assert(!current(0, 0));
	ck_assert_int_eq(output_begin(outputs, 1, &err), -1);
	ck_assert_str_eq(
	    err.text, "outputs/1_output.txt: replace: Is a directory");
	ck_assert(!exists("outputs/.1_output.txt.tmp"));
	ck_assert_int_eq(rmdir("outputs/1_output.txt"), 0);
	/* A link to an answer is as good. */
	put_file("elsewhere", "answer");
	ck_assert_int_eq(symlink("../elsewhere", "outputs/1_output.txt"), 0);
	ck_assert(current(1000, 0));
}
END_TEST

START_TEST(test_report)
{
	struct stat st;

	report(1, 5000);
	ck_assert_str_eq(get_file("outputs/1_output.txt"), REPORT_TEXT);
	ck_assert_int_eq(stat("outputs/1_output.txt", &st), 0);
	ck_assert_int_eq(st.st_mtim.tv_sec, 4999);
	ck_assert(!output_current(outputs, 1, at(5000, 7)));
	ck_assert(!exists("outputs/1_output.txt~"));
	ck_assert(!exists("outputs/.1_output.txt.tmp"));
	/* A report in a report's place: there is nothing to keep. */
	report(1, 5000);
	ck_assert(!exists("outputs/1_output.txt~"));
	/* The epoch's prompt. */
	report(2, 0);
	ck_assert(!output_current(outputs, 2, at(0, 7)));
}
END_TEST

/* An error costs no answer, and no second error does. */
START_TEST(test_keep)
{
	answer(1, "good", 1000, false);
	report(1, 5000);
	ck_assert_str_eq(get_file("outputs/1_output.txt~"), "good");
	report(1, 6000);
	ck_assert_str_eq(get_file("outputs/1_output.txt~"), "good");
	answer(1, "better", 7000, false);
	ck_assert_str_eq(get_file("outputs/1_output.txt~"), "good");
	answer(1, "part", 8000, true);
	ck_assert_str_eq(get_file("outputs/1_output.txt~"), "better");
	ck_assert_str_eq(get_file("outputs/1_output.txt"), "part");
	/* A short one is one as well. */
	answer(2, "4", 1000, false);
	report(2, 5000);
	ck_assert_str_eq(get_file("outputs/2_output.txt~"), "4");
	/* One that begins as reports do, and goes on otherwise, is kept. */
	answer(3, "chatgpt-batch error", 1000, false);
	report(3, 5000);
	ck_assert_str_eq(
	    get_file("outputs/3_output.txt~"), "chatgpt-batch error");
}
END_TEST

/* What we may not read may be an answer. */
START_TEST(test_keep_unreadable)
{
	answer(1, "secret", 1000, false);
	ck_assert_int_eq(chmod("outputs/1_output.txt", 0), 0);
	if (geteuid() == 0) {
		ck_assert_int_eq(chmod("outputs", 0777), 0);
		ck_assert_int_eq(seteuid(1234), 0);
	}
	report(1, 5000);
	if (getuid() == 0)
		ck_assert_int_eq(seteuid(0), 0);
	ck_assert_int_eq(chmod("outputs/1_output.txt~", 0600), 0);
	ck_assert_str_eq(get_file("outputs/1_output.txt~"), "secret");
	ck_assert_str_eq(get_file("outputs/1_output.txt"), REPORT_TEXT);
}
END_TEST

START_TEST(test_strange_outputs)
{
	struct error err = {""};

	/* A dangling link is replaced; a FIFO does not hang us. */
	ck_assert_int_eq(symlink("nowhere", "outputs/1_output.txt"), 0);
	report(1, 5000);
	ck_assert_str_eq(get_file("outputs/1_output.txt"), REPORT_TEXT);
	ck_assert(!exists("outputs/nowhere"));
	ck_assert_int_eq(mkfifo("outputs/2_output.txt", 0666), 0);
	ck_assert(!output_current(outputs, 2, at(0, 0)));
	report(2, 5000);
	ck_assert_str_eq(get_file("outputs/2_output.txt"), REPORT_TEXT);
	/* The name for the old answer is taken by a directory. */
	answer(3, "good", 1000, false);
	ck_assert_int_eq(mkdir("outputs/3_output.txt~", 0777), 0);
	ck_assert_int_eq(output_report(outputs, 3, at(5000, 0), REPORT_TEXT,
			     strlen(REPORT_TEXT), &err),
	    -1);
	ck_assert_ptr_nonnull(strstr(err.text, "keep the earlier answer"));
	ck_assert_str_eq(get_file("outputs/3_output.txt"), "good");
	ck_assert(!exists("outputs/.3_output.txt.tmp"));
	ck_assert_int_eq(mkdir("outputs/.4_output.txt.tmp", 0777), 0);
	ck_assert_int_eq(output_begin(outputs, 4, &err), -1);
	ck_assert_ptr_nonnull(strstr(err.text, "create a temporary file"));
}
END_TEST

START_TEST(test_directory_gone)
{
	struct error err = {""};

	ck_assert_int_eq(rmdir("outputs"), 0);
	ck_assert_int_eq(output_begin(outputs, 1, &err), -1);
	ck_assert_ptr_nonnull(strstr(err.text, "No such file"));
	ck_assert_int_eq(output_staged(-1, 1, &err), -1);
	ck_assert_ptr_nonnull(strstr(err.text, "outputs/1_output.txt: "));
}
END_TEST

START_TEST(test_read_only)
{
	struct error err = {""};

	ck_assert_int_eq(chmod("outputs", 0555), 0);
	if (geteuid() == 0)
		ck_assert_int_eq(seteuid(1234), 0);
	ck_assert_int_eq(output_begin(outputs, 1, &err), -1);
	ck_assert_ptr_nonnull(strstr(err.text, "Permission denied"));
	if (getuid() == 0)
		ck_assert_int_eq(seteuid(0), 0);
	ck_assert_int_eq(chmod("outputs", 0777), 0);
}
END_TEST

/* A full disk: before the request if it can be known, else at the staging. */
START_TEST(test_full)
{
	static char text[70 << 10];
	struct error err = {""};
	int small, fd;

	/* A name space of our own: the mount ends with this process. */
	if (unshare(CLONE_NEWNS) == -1 ||
	    mount("none", "/", "", MS_REC | MS_PRIVATE, "") == -1 ||
	    mount("none", "outputs", "tmpfs", MS_NODEV | MS_NOSUID,
		"size=64k") == -1)
		return; /* not allowed here */
	small = open("outputs", O_RDONLY | O_DIRECTORY);
	put_file("outputs/filler", "0123456789");
	fd = output_begin(small, 1, &err);
	ck_assert_int_eq(fd, -1);
	ck_assert_str_eq(err.text,
	    "outputs/1_output.txt: set space aside: No space left on device");
	ck_assert(!exists("outputs/.1_output.txt.tmp"));
	ck_assert_int_eq(unlink("outputs/filler"), 0);
	memset(text, 'x', sizeof(text));
	fd = output_begin(small, 1, &err);
	ck_assert_int_ne(fd, -1);
	ck_assert_int_eq(
	    output_stage(fd, 1, text, 64 << 10, at(1, 1), &err), 0);
	ck_assert_int_eq(
	    output_stage(fd, 1, text, sizeof(text), at(1, 1), &err), -1);
	ck_assert_str_eq(
	    err.text, "outputs/1_output.txt: write: No space left on device");
	close(fd);
	/* No temporary for an error report is left behind. */
	output_discard(small, 1);
	ck_assert_int_eq(
	    output_report(small, 1, at(1, 1), text, sizeof(text), &err), -1);
	ck_assert_int_eq(output_staged(small, 1, &err), 0);
	close(small);
}
END_TEST

START_TEST(test_rescue)
{
	char path[PATH_MAX], cwd[PATH_MAX];
	struct stat st;

	ck_assert_ptr_nonnull(getcwd(cwd, sizeof(cwd)));
	setenv("TMPDIR", cwd, 1);
	ck_assert_int_eq(
	    output_rescue("", 7, "saved", 5, path, sizeof(path)), 0);
	ck_assert_int_eq(strncmp(path, cwd, strlen(cwd)), 0);
	ck_assert_ptr_nonnull(strstr(path, "/chatgpt-batch.7_output."));
	ck_assert_str_eq(get_file(path), "saved");
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0600);
	ck_assert_int_eq(output_rescue("", 7, "saved", 5, path, 30), -1);
	ck_assert_int_eq(errno, ENAMETOOLONG);
	setenv("TMPDIR", "/nowhere", 1);
	ck_assert_int_eq(
	    output_rescue("", 7, "saved", 5, path, sizeof(path)), -1);
	ck_assert_int_eq(errno, ENOENT);
	setenv("TMPDIR", "", 1);
	ck_assert_int_eq(
	    output_rescue("", 7, "saved", 5, path, sizeof(path)), 0);
	ck_assert_int_eq(strncmp(path, "/tmp/", 5), 0);
	ck_assert_int_eq(unlink(path), 0);
}
END_TEST

START_TEST(test_stale_time)
{
	const struct timespec t = output_stale_time(at(1000, 5));

	ck_assert_int_eq(t.tv_sec, 999);
}
END_TEST

/* A second part does not push the good answer out of its refuge. */
START_TEST(test_parts_do_not_replace_the_answer_kept)
{
	static const char *const texts[] = {"good", "part 1", "part 2"};
	struct error err;

	for (int i = 0; i < 3; i++) {
		const struct timespec when =
		    i == 0 ? at(2000, 5) : output_stale_time(at(2000, 5));
		const int fd = output_begin(outputs, 7, &err);

		ck_assert_int_ne(fd, -1);
		ck_assert_int_eq(
		    output_stage(fd, 7, texts[i], strlen(texts[i]), when, &err),
		    0);
		close(fd);
		ck_assert_int_eq(output_publish(outputs, 7, i > 0, &err), 0);
	}
	ck_assert_str_eq(get_file("outputs/7_output.txt"), "part 2");
	ck_assert_str_eq(get_file("outputs/7_output.txt~"), "good");
}
END_TEST

START_TEST(test_an_empty_file_is_no_answer)
{
	put_file("outputs/7_output.txt", "");
	set_mtime("outputs/7_output.txt", 2000, 0);
	ck_assert(!output_current(outputs, 7, at(1000, 0)));
	put_file("outputs/7_output.txt", "x");
	set_mtime("outputs/7_output.txt", 2000, 0);
	ck_assert(output_current(outputs, 7, at(1000, 0)));
}
END_TEST

int
main(void)
{
	Suite *const s = suite_create("output");
	TCase *const tc = tcase_create("output");

	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_set_timeout(tc, 60);
	suite_add_tcase(s, tc);
	tcase_add_test(tc, test_answer);
	tcase_add_test(tc, test_empty_and_large);
	tcase_add_test(tc, test_seal);
	tcase_add_test(tc, test_begin_anew);
	tcase_add_test(tc, test_current);
	tcase_add_test(tc, test_report);
	tcase_add_test(tc, test_keep);
	tcase_add_test(tc, test_keep_unreadable);
	tcase_add_test(tc, test_strange_outputs);
	tcase_add_test(tc, test_directory_gone);
	tcase_add_test(tc, test_read_only);
	tcase_add_test(tc, test_full);
	tcase_add_test(tc, test_rescue);
	tcase_add_test(tc, test_stale_time);
	tcase_add_test(tc, test_parts_do_not_replace_the_answer_kept);
	tcase_add_test(tc, test_an_empty_file_is_no_answer);
	return scratch_main(s);
}
