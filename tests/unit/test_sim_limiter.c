/* The simulator's limits, at their boundaries. */
#include "../../sim/limiter.h"

#include <check.h>
#include <stdlib.h>

#define SECOND INT64_C(1000000)

static struct sim_limiter l;

START_TEST(exactly_the_limit_passes)
{
	sim_limiter_init(&l, 3, 100, SIM_MINUTE_US, false);
	ck_assert_int_eq(sim_limiter_take(&l, 0, 60).over, SIM_WITHIN);
	ck_assert_int_eq(sim_limiter_take(&l, 0, 40).over, SIM_WITHIN);
	ck_assert_int_eq(sim_limiter_take(&l, 0, 1).over, SIM_OVER_TOKENS);
	ck_assert_int_eq(sim_limiter_take(&l, 0, 0).over, SIM_WITHIN);
	ck_assert_int_eq(sim_limiter_take(&l, 0, 0).over, SIM_OVER_REQUESTS);
}
END_TEST

START_TEST(the_wait_told_is_enough_and_not_too_long)
{
	struct sim_verdict v;

	sim_limiter_init(&l, 0, 100, SIM_MINUTE_US, false);
	sim_limiter_take(&l, 0, 100);
	v = sim_limiter_take(&l, SECOND, 7);
	ck_assert_int_eq(v.over, SIM_OVER_TOKENS);
	ck_assert_int_eq(v.limit, 100);
	ck_assert_int_eq(v.used, 99);
	ck_assert_int_eq(v.requested, 7);
	v = sim_limiter_take(&l, SECOND + v.wait_us - 1, 7);
	ck_assert_int_eq(v.over, SIM_OVER_TOKENS);
	ck_assert_int_eq(v.wait_us, 1);
	ck_assert_int_eq(
	    sim_limiter_take(&l, 4200 * SECOND / 1000, 7).over, SIM_WITHIN);
}
END_TEST

START_TEST(more_than_the_limit_itself_never_passes)
{
	struct sim_verdict v;

	sim_limiter_init(&l, 0, 100, SIM_MINUTE_US, false);
	v = sim_limiter_take(&l, 0, 101);
	ck_assert_int_eq(v.over, SIM_TOO_LARGE);
	ck_assert_int_eq(v.requested, 101);
	ck_assert_int_eq(sim_limiter_take(&l, 0, 100).over, SIM_WITHIN);
}
END_TEST

START_TEST(a_minute_can_be_shorter)
{
	sim_limiter_init(&l, 4, 0, 8 * SECOND, false);
	for (int i = 0; i < 4; i++)
		ck_assert_int_eq(sim_limiter_take(&l, 0, 0).over, SIM_WITHIN);
	ck_assert_int_eq(sim_limiter_take(&l, 0, 0).wait_us, 2 * SECOND);
	ck_assert_int_eq(sim_limiter_take(&l, 2 * SECOND, 0).over, SIM_WITHIN);
	ck_assert_int_eq(
	    sim_limiter_take(&l, 2 * SECOND, 0).over, SIM_OVER_REQUESTS);
}
END_TEST

START_TEST(a_window_begins_with_its_first_request)
{
	struct sim_verdict v;

	sim_limiter_init(&l, 2, 0, SECOND, true);
	sim_limiter_take(&l, 5 * SECOND, 1);
	sim_limiter_take(&l, 5 * SECOND + 1, 1);
	v = sim_limiter_take(&l, 5 * SECOND + 2, 1);
	ck_assert_int_eq(v.over, SIM_OVER_REQUESTS);
	ck_assert_int_eq(v.wait_us, SECOND - 2);
	ck_assert_int_eq(
	    sim_limiter_take(&l, 6 * SECOND - 1, 1).over, SIM_OVER_REQUESTS);
	ck_assert_int_eq(sim_limiter_take(&l, 6 * SECOND, 1).over, SIM_WITHIN);
}
END_TEST

START_TEST(a_charge_makes_a_debt)
{
	struct sim_verdict v;

	sim_limiter_init(&l, 0, 60, SIM_MINUTE_US, false);
	sim_limiter_take(&l, 0, 30);
	sim_limiter_charge(&l, 0, 90);
	v = sim_limiter_take(&l, 0, 1);
	ck_assert_int_eq(v.used, 120);
	ck_assert_int_eq(v.wait_us, 61 * SECOND);
	ck_assert_int_eq(sim_limiter_tokens(&l, 0).remaining, 0);
}
END_TEST

START_TEST(a_charge_after_its_window_is_forgotten)
{
	sim_limiter_init(&l, 0, 60, SECOND, true);
	sim_limiter_take(&l, 0, 30);
	sim_limiter_charge(&l, 2 * SECOND, 60);
	ck_assert_int_eq(sim_limiter_take(&l, 2 * SECOND, 60).over, SIM_WITHIN);
}
END_TEST

START_TEST(gauges)
{
	struct sim_gauge g;

	sim_limiter_init(&l, 60, 600, SIM_MINUTE_US, false);
	sim_limiter_take(&l, 0, 25);
	g = sim_limiter_requests(&l, 0);
	ck_assert_int_eq(g.limit, 60);
	ck_assert_int_eq(g.remaining, 59);
	ck_assert_int_eq(g.reset_us, SECOND);
	g = sim_limiter_tokens(&l, SECOND);
	ck_assert_int_eq(g.remaining, 585);
	ck_assert_int_eq(g.reset_us, 1500000);
	g = sim_limiter_tokens(&l, 3600 * 24 * SECOND);
	ck_assert_int_eq(g.remaining, 600);
	ck_assert_int_eq(g.reset_us, 0);
}
END_TEST

START_TEST(no_limit_is_no_limit)
{
	sim_limiter_init(&l, 0, 0, SIM_MINUTE_US, false);
	for (int i = 0; i < 100000; i++)
		ck_assert_int_eq(
		    sim_limiter_take(&l, 0, 1000000).over, SIM_WITHIN);
	ck_assert_int_gt(sim_limiter_tokens(&l, 0).remaining, 0);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("sim_limiter");
	TCase *t = tcase_create("limiter");
	SRunner *sr = srunner_create(s);
	int failed;

	tcase_add_test(t, exactly_the_limit_passes);
	tcase_add_test(t, the_wait_told_is_enough_and_not_too_long);
	tcase_add_test(t, more_than_the_limit_itself_never_passes);
	tcase_add_test(t, a_minute_can_be_shorter);
	tcase_add_test(t, a_window_begins_with_its_first_request);
	tcase_add_test(t, a_charge_makes_a_debt);
	tcase_add_test(t, a_charge_after_its_window_is_forgotten);
	tcase_add_test(t, gauges);
	tcase_add_test(t, no_limit_is_no_limit);
	suite_add_tcase(s, t);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
