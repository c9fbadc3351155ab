/* A plan's batches, played forward. */
#include "forecast.h"

#include <check.h>
#include <stdlib.h>
#include <time.h>

/* 2026-11-24T12:00:00Z, in UTC. */
static const int64_t noon = INT64_C(1795521600) * NS_PER_S;

static const struct limits limits = {.batch_tokens = 300,
    .minute_tokens = 500,
    .minute_requests = 5,
    .day_tokens = 2000,
    .window_ns = 60 * NS_PER_S};

static struct usage
used(int64_t minute, int64_t requests, int64_t day)
{
	return (struct usage){.minute_tokens = minute,
	    .minute_requests = requests,
	    .day_tokens = day,
	    .window = noon - 10 * NS_PER_S};
}

static void
use_utc(void)
{
	setenv("TZ", "UTC0", 1);
	tzset();
}

static struct forecast
make(struct usage u, const int64_t *estimates, size_t n, bool split)
{
	struct forecast f;

	ck_assert_int_eq(
	    forecast_make(&f, &limits, &u, noon, estimates, n, split), 0);
	return f;
}

START_TEST(nothing_to_send)
{
	struct forecast f = make(used(0, 0, 0), NULL, 0, false);

	ck_assert_uint_eq(f.count, 0);
	ck_assert_int_eq(f.refused, ADMIT);
	free(f.batches);
}
END_TEST

START_TEST(one_batch_at_once)
{
	const int64_t e[] = {100, 200};
	struct forecast f = make(used(200, 3, 0), e, 2, false);

	ck_assert_uint_eq(f.count, 1);
	ck_assert_uint_eq(f.batches[0].count, 2);
	ck_assert_int_eq(f.batches[0].tokens, 300);
	ck_assert_int_eq(f.batches[0].start, noon);
	ck_assert_int_eq(f.batches[0].reason, ADMIT);
	free(f.batches);
}
END_TEST

START_TEST(one_batch_after_the_window)
{
	const int64_t e[] = {100, 200};
	struct forecast f = make(used(201, 3, 0), e, 2, false);

	ck_assert_uint_eq(f.count, 1);
	ck_assert_int_eq(f.batches[0].reason, WAIT_MINUTE_TOKENS);
	ck_assert_int_eq(f.batches[0].start, noon + 50 * NS_PER_S + 1);
	free(f.batches);
}
END_TEST

START_TEST(one_batch_after_midnight)
{
	const int64_t e[] = {300};
	struct forecast f = make(used(0, 0, 1800), e, 1, false);

	ck_assert_int_eq(f.batches[0].reason, WAIT_DAY_TOKENS);
	ck_assert_int_eq(f.batches[0].start, noon + 12 * 3600 * NS_PER_S);
	free(f.batches);
}
END_TEST

START_TEST(a_batch_too_big_is_refused)
{
	const int64_t e[] = {100, 201};
	struct forecast f = make(used(0, 0, 0), e, 2, false);

	ck_assert_int_eq(f.refused, NEVER_BATCH_TOKENS);
	ck_assert_uint_eq(f.count, 0);
	free(f.batches);
}
END_TEST

START_TEST(split_fills_each_window)
{
	/* 300 in one batch, 500 in one window: 3, then 2, then the rest. */
	const int64_t e[] = {100, 100, 100, 100, 100, 100, 100};
	struct forecast f = make(used(0, 0, 0), e, 7, true);

	ck_assert_uint_eq(f.count, 3);
	ck_assert_uint_eq(f.batches[0].count, 3);
	ck_assert_int_eq(f.batches[0].start, noon);
	ck_assert_uint_eq(f.batches[1].first, 3);
	ck_assert_uint_eq(f.batches[1].count, 2);
	ck_assert_int_eq(f.batches[1].start, noon);
	ck_assert_int_eq(f.batches[1].reason, ADMIT);
	ck_assert_uint_eq(f.batches[2].count, 2);
	ck_assert_int_eq(f.batches[2].start, noon + 50 * NS_PER_S + 1);
	ck_assert_int_eq(f.batches[2].reason, WAIT_MINUTE_TOKENS);
	free(f.batches);
}
END_TEST

START_TEST(split_counts_requests)
{
	const int64_t e[] = {1, 1, 1, 1, 1, 1, 1};
	struct forecast f = make(used(0, 0, 0), e, 7, true);

	ck_assert_uint_eq(f.count, 2);
	ck_assert_uint_eq(f.batches[0].count, 5);
	ck_assert_uint_eq(f.batches[1].count, 2);
	ck_assert_int_eq(f.batches[1].reason, WAIT_MINUTE_REQUESTS);
	free(f.batches);
}
END_TEST

START_TEST(split_goes_on_over_midnight)
{
	const int64_t e[] = {300, 300};
	struct forecast f = make(used(0, 0, 1700), e, 2, true);

	ck_assert_uint_eq(f.count, 2);
	ck_assert_int_eq(f.batches[0].start, noon);
	ck_assert_int_eq(f.batches[1].reason, WAIT_DAY_TOKENS);
	ck_assert_int_eq(f.batches[1].start, noon + 12 * 3600 * NS_PER_S);
	free(f.batches);
}
END_TEST

START_TEST(split_cannot_help_a_prompt_too_big)
{
	const int64_t e[] = {1, 301, 1};
	struct forecast f = make(used(0, 0, 0), e, 3, true);

	ck_assert_int_eq(f.refused, NEVER_BATCH_TOKENS);
	ck_assert_uint_eq(f.culprit, 1);
	free(f.batches);
}
END_TEST

int
main(void)
{
	Suite *const s = suite_create("forecast");
	TCase *const tc = tcase_create("forecast");
	SRunner *sr;
	int failed;

	tcase_add_checked_fixture(tc, use_utc, NULL);
	tcase_add_test(tc, nothing_to_send);
	tcase_add_test(tc, one_batch_at_once);
	tcase_add_test(tc, one_batch_after_the_window);
	tcase_add_test(tc, one_batch_after_midnight);
	tcase_add_test(tc, a_batch_too_big_is_refused);
	tcase_add_test(tc, split_fills_each_window);
	tcase_add_test(tc, split_counts_requests);
	tcase_add_test(tc, split_goes_on_over_midnight);
	tcase_add_test(tc, split_cannot_help_a_prompt_too_big);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
