/* The growable buffer and its maximum. */
#include "buf.h"

#include <check.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void
assert_text(const struct buf *b, const char *want)
{
	ck_assert_uint_eq(b->len, strlen(want));
	ck_assert_str_eq(b->data, want);
	ck_assert_uint_gt(b->cap, b->len);
}

START_TEST(test_add)
{
	struct buf b = BUF_INIT(100);

	ck_assert_ptr_null(b.data);
	ck_assert_int_eq(buf_add(&b, "abc", 2), 0);
	assert_text(&b, "ab");
	ck_assert_int_eq(buf_adds(&b, "cd"), 0);
	assert_text(&b, "abcd");
	ck_assert_int_eq(buf_addf(&b, "%d-%s", 5, "e"), 0);
	assert_text(&b, "abcd5-e");
	buf_free(&b);
}
END_TEST

/* Nothing added is a success, and gives text to look at. */
START_TEST(test_add_nothing)
{
	struct buf b = BUF_INIT(0);

	ck_assert_int_eq(buf_add(&b, NULL, 0), 0);
	assert_text(&b, "");
	ck_assert_int_eq(buf_adds(&b, ""), 0);
	ck_assert_int_eq(buf_addf(&b, "%s", ""), 0);
	assert_text(&b, "");
	ck_assert_int_eq(buf_add(&b, "x", 1), -1);
	ck_assert_int_eq(errno, EMSGSIZE);
	buf_free(&b);
}
END_TEST

/* NUL bytes are bytes. */
START_TEST(test_add_nul)
{
	struct buf b = BUF_INIT(100);

	ck_assert_int_eq(buf_add(&b, "a\0b", 3), 0);
	ck_assert_uint_eq(b.len, 3);
	ck_assert_mem_eq(b.data, "a\0b", 4);
	buf_free(&b);
}
END_TEST

/* The maximum fits, one more byte does not and changes nothing. */
START_TEST(test_maximum)
{
	struct buf b = BUF_INIT(5);

	ck_assert_int_eq(buf_adds(&b, "123"), 0);
	ck_assert_int_eq(buf_adds(&b, "456"), -1);
	ck_assert_int_eq(errno, EMSGSIZE);
	ck_assert_int_eq(buf_addf(&b, "%d", 456), -1);
	ck_assert_int_eq(errno, EMSGSIZE);
	ck_assert_int_eq(buf_reserve(&b, 3), -1);
	ck_assert_int_eq(errno, EMSGSIZE);
	assert_text(&b, "123");
	ck_assert_int_eq(buf_addf(&b, "%d", 45), 0);
	assert_text(&b, "12345");
	ck_assert_int_eq(buf_add(&b, "", 0), 0);
	ck_assert_int_eq(buf_adds(&b, "6"), -1);
	assert_text(&b, "12345");
	buf_free(&b);
}
END_TEST

/* A size no allocator has: an error, not a wrap. */
START_TEST(test_huge)
{
	struct buf b = BUF_INIT(SIZE_MAX);

	ck_assert_int_eq(buf_adds(&b, "abc"), 0);
	ck_assert_int_eq(buf_reserve(&b, SIZE_MAX - 100), -1);
	ck_assert_int_eq(errno, ENOMEM);
	ck_assert_int_eq(buf_reserve(&b, SIZE_MAX), -1);
	ck_assert_int_eq(errno, EMSGSIZE);
	assert_text(&b, "abc");
	buf_free(&b);
}
END_TEST

/* The caller writes at the end of the contents and says how much. */
START_TEST(test_reserve)
{
	struct buf b = BUF_INIT(1000);

	ck_assert_int_eq(buf_adds(&b, "ab"), 0);
	ck_assert_int_eq(buf_reserve(&b, 998), 0);
	ck_assert_uint_gt(b.cap, 1000);
	assert_text(&b, "ab");
	memset(b.data + b.len, 'x', 998);
	b.len += 998;
	ck_assert_int_eq(buf_add(&b, "", 0), 0);
	ck_assert_int_eq(b.data[1000], '\0');
	buf_free(&b);
}
END_TEST

/* It grows in every step through several sizes. */
START_TEST(test_growth)
{
	struct buf b = BUF_INIT(100000);

	for (int i = 0; i < 20000; i++)
		ck_assert_int_eq(buf_addf(&b, "%05d", i), 0);
	ck_assert_uint_eq(b.len, 100000);
	for (size_t i = 0; i < 20000; i++) {
		char digits[8];

		snprintf(digits, sizeof(digits), "%05zu", i);
		ck_assert_mem_eq(b.data + 5 * i, digits, 5);
	}
	buf_free(&b);
}
END_TEST

START_TEST(test_clear_free)
{
	struct buf b = BUF_INIT(100);
	const char *data;

	buf_clear(&b);
	ck_assert_int_eq(buf_adds(&b, "abc"), 0);
	data = b.data;
	buf_clear(&b);
	assert_text(&b, "");
	ck_assert_ptr_eq(b.data, data);
	buf_free(&b);
	ck_assert_ptr_null(b.data);
	ck_assert_uint_eq(b.len, 0);
	ck_assert_int_eq(buf_adds(&b, "again"), 0);
	assert_text(&b, "again");
	buf_free(&b);
	buf_free(&b);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("buf");
	TCase *tc = tcase_create("buf");
	SRunner *sr = srunner_create(s);
	int failed;

	tcase_add_test(tc, test_add);
	tcase_add_test(tc, test_add_nothing);
	tcase_add_test(tc, test_add_nul);
	tcase_add_test(tc, test_maximum);
	tcase_add_test(tc, test_huge);
	tcase_add_test(tc, test_reserve);
	tcase_add_test(tc, test_growth);
	tcase_add_test(tc, test_clear_free);
	suite_add_tcase(s, tc);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
