/* Errors in words. */
#include "error.h"

#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

START_TEST(test_set)
{
	struct error err;

	errno = EIO;
	ck_assert_int_eq(error_set(&err, "%s:%d: wrong", "file", 3), -1);
	ck_assert_str_eq(err.text, "file:3: wrong");
	/* The next one takes its place. */
	ck_assert_int_eq(error_set(&err, "no"), -1);
	ck_assert_str_eq(err.text, "no");
}
END_TEST

START_TEST(test_sys)
{
	struct error err;

	errno = ENOENT;
	ck_assert_int_eq(error_sys(&err, "%s: open", "file"), -1);
	ck_assert_str_eq(err.text, "file: open: No such file or directory");
	ck_assert_int_eq(errno, ENOENT);
}
END_TEST

/* Longer than there is room for: cut, and errno is kept all the same. */
START_TEST(test_long)
{
	struct error err;
	char name[2 * sizeof(err.text)];

	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	ck_assert_int_eq(error_set(&err, "%s", name), -1);
	ck_assert_uint_eq(strlen(err.text), sizeof(err.text) - 1);
	errno = EACCES;
	ck_assert_int_eq(error_sys(&err, "%s", name), -1);
	ck_assert_uint_eq(strlen(err.text), sizeof(err.text) - 1);
	ck_assert_int_eq(errno, EACCES);
	/* Room for a part of the reason. */
	name[sizeof(err.text) - 8] = '\0';
	error_sys(&err, "%s", name);
	ck_assert_uint_eq(strlen(err.text), sizeof(err.text) - 1);
	ck_assert_str_eq(err.text + sizeof(err.text) - 8, ": Permi");
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("error");
	TCase *tc = tcase_create("error");
	SRunner *sr = srunner_create(s);
	int failed;

	tcase_add_test(tc, test_set);
	tcase_add_test(tc, test_sys);
	tcase_add_test(tc, test_long);
	suite_add_tcase(s, tc);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
