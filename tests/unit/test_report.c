/* The one record in the pipe: exactly it, or nothing. */
#include "report.h"

#include "scratch.h"

#include <limits.h>

static int ends[2];
static struct claim_record record;
static struct claim_progress sent;

static void
setup(void)
{
	ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
	ck_assert_int_eq(fcntl(ends[0], F_SETFL, O_NONBLOCK), 0);
	memset(&record, 0, sizeof(record));
	record.id = 0x1234567890abcdef;
	record.attempt = 3;
	memset(&sent, 0, sizeof(sent));
	sent.id = record.id;
	sent.attempt = record.attempt;
	sent.stage = PROGRESS_DONE;
	outcome_init(&sent.outcome);
	memset(sent.outcome.message, 'm', sizeof(sent.outcome.message) - 1);
}

static bool
received(void)
{
	struct claim_progress got;

	memset(&got, 'x', sizeof(got));
	close(ends[1]);
	if (!report_receive(ends[0], &record, &got))
		return false;
	ck_assert_mem_eq(&got, &sent, sizeof(got));
	return true;
}

/* What report_send writes. */
static size_t
raw(char text[PIPE_BUF])
{
	ssize_t n;

	ck_assert_int_eq(report_send(ends[1], &sent), 0);
	n = read(ends[0], text, PIPE_BUF);
	ck_assert_int_gt(n, (ssize_t)sizeof(sent));
	return (size_t)n;
}

START_TEST(test_whole)
{
	ck_assert_int_eq(report_send(ends[1], &sent), 0);
	ck_assert(received());
}
END_TEST

/* Something else still has the other end: its record counts all the same. */
START_TEST(test_other_end_open)
{
	const int also = dup(ends[1]);
	struct claim_progress got;

	ck_assert(!report_receive(ends[0], &record, &got));
	ck_assert_int_eq(report_send(ends[1], &sent), 0);
	ck_assert(received());
	close(also);
}
END_TEST

START_TEST(test_nothing)
{
	ck_assert(!received());
}
END_TEST

START_TEST(test_lengths)
{
	char text[PIPE_BUF + 1] = {0};
	const size_t n = raw(text);

	close(ends[0]);
	close(ends[1]);
	for (size_t i = 1; i <= n + 1; i++) {
		ck_assert_int_eq(pipe2(ends, O_NONBLOCK), 0);
		ck_assert_int_eq(write(ends[1], text, i), (ssize_t)i);
		ck_assert(received() == (i == n));
		close(ends[0]);
	}
}
END_TEST

START_TEST(test_two)
{
	ck_assert_int_eq(report_send(ends[1], &sent), 0);
	ck_assert_int_eq(report_send(ends[1], &sent), 0);
	ck_assert(!received());
}
END_TEST

START_TEST(test_garbage)
{
	char text[PIPE_BUF];
	const size_t n = raw(text);

	memset(text, 'g', n);
	ck_assert_int_eq(write(ends[1], text, n), (ssize_t)n);
	ck_assert(!received());
}
END_TEST

/* Magic and version stand first, in four bytes each. */
START_TEST(test_version)
{
	char text[PIPE_BUF];
	const size_t n = raw(text);

	text[_i]++;
	ck_assert_int_eq(write(ends[1], text, n), (ssize_t)n);
	ck_assert(!received());
}
END_TEST

START_TEST(test_other_attempt)
{
	ck_assert_int_eq(report_send(ends[1], &sent), 0);
	record.attempt++;
	ck_assert(!received());
}
END_TEST

START_TEST(test_other_id)
{
	ck_assert_int_eq(report_send(ends[1], &sent), 0);
	record.id ^= UINT64_C(1) << 63;
	ck_assert(!received());
}
END_TEST

START_TEST(test_send_fails)
{
	signal(SIGPIPE, SIG_IGN);
	close(ends[0]);
	ck_assert_int_eq(report_send(ends[1], &sent), -1);
	ck_assert_int_eq(errno, EPIPE);
}
END_TEST

int
main(void)
{
	Suite *const s = suite_create("report");
	TCase *const tc = tcase_create("report");

	tcase_add_checked_fixture(tc, setup, NULL);
	suite_add_tcase(s, tc);
	tcase_add_test(tc, test_whole);
	tcase_add_test(tc, test_other_end_open);
	tcase_add_test(tc, test_nothing);
	tcase_add_test(tc, test_lengths);
	tcase_add_test(tc, test_two);
	tcase_add_test(tc, test_garbage);
	tcase_add_loop_test(tc, test_version, 0, 8);
	tcase_add_test(tc, test_other_attempt);
	tcase_add_test(tc, test_other_id);
	tcase_add_test(tc, test_send_fails);
	return scratch_main(s);
}
