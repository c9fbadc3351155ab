/* An outcome that says nothing yet says so in each field. */
#include "outcome.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

START_TEST(test_init)
{
	struct outcome out;

	memset(&out, 0xa5, sizeof(out));
	outcome_init(&out);
	ck_assert_int_eq(out.kind, OUTCOME_NONE);
	ck_assert(!out.sent && !out.timeout && !out.has_usage);
	ck_assert_int_eq(out.retry_after_ns, -1);
	ck_assert_int_eq(out.should_retry, -1);
	ck_assert_int_eq(out.requests.limit, -1);
	ck_assert_int_eq(out.requests.remaining, -1);
	ck_assert_int_eq(out.requests.reset_ns, -1);
	ck_assert_int_eq(out.tokens.limit, -1);
	ck_assert_int_eq(out.tokens.remaining, -1);
	ck_assert_int_eq(out.tokens.reset_ns, -1);
	ck_assert_str_eq(out.message, "");
	ck_assert_int_eq(out.times.total_us, 0);
}
END_TEST

/* Two of them are equal to the last byte: padding is no leak of old memory. */
START_TEST(test_padding)
{
	struct outcome a, b;

	memset(&a, 0x00, sizeof(a));
	memset(&b, 0xff, sizeof(b));
	outcome_init(&a);
	outcome_init(&b);
	ck_assert_mem_eq(&a, &b, sizeof(a));
}
END_TEST

/* It goes through a pipe in one write with room for a frame around it. */
START_TEST(test_fits_a_pipe)
{
	ck_assert_uint_le(sizeof(struct outcome), 3500);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("outcome");
	TCase *t = tcase_create("outcome");
	SRunner *sr;
	int failed;

	tcase_add_test(t, test_init);
	tcase_add_test(t, test_padding);
	tcase_add_test(t, test_fits_a_pipe);
	suite_add_tcase(s, t);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
