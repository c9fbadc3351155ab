/* Foreign text as one printable line; libbsd's vis and unvis as oracles. */
#include "plain.h"

/* Of the two orders of strnunvis's arguments, the one of OpenBSD. */
#define LIBBSD_OPENBSD_VIS
#include <bsd/vis.h>
#include <check.h>
#include <stdlib.h>
#include <string.h>

#define TEXT(s) s, sizeof(s) - 1

static const struct {
	const char *src;
	size_t len;
	const char *want;
} copies[] = {
    {TEXT(""), ""},
    {TEXT("plain text, with 'all' \"sorts\" of ~marks"),
	"plain text, with 'all' \"sorts\" of ~marks"},
    /* Valid UTF-8 stays: two, three, four bytes; joiners in an emoji. */
    {TEXT("Gr\xc3\xbc\xc3\x9f"
	  "e \xe2\x82\xac \xf0\x9f\x98\x80"),
	"Gr\xc3\xbc\xc3\x9f"
	"e \xe2\x82\xac \xf0\x9f\x98\x80"},
    {TEXT("\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x92\xbb"),
	"\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x92\xbb"},
    {TEXT("\xef\xbf\xbd \xf4\x8f\xbf\xbf"), "\xef\xbf\xbd \xf4\x8f\xbf\xbf"},
    /* The least of two (that shows), three and four bytes. */
    {TEXT("\xc2\xa0 \xe0\xa0\x80 \xf0\x90\x80\x80"),
	"\xc2\xa0 \xe0\xa0\x80 \xf0\x90\x80\x80"},
    /* One line. */
    {TEXT("a\nb\r\n\tc"), "a\\nb\\r\\n\\tc"},
    /* An escape that would colour, retitle or clear the terminal. */
    {TEXT("\033[31mred\033]0;title\a"), "\\033[31mred\\033]0;title\\a"},
    {TEXT("\b\v\f\0\177"), "\\b\\v\\f\\000\\177"},
    /* A backslash as two, or an escape could be feigned. */
    {TEXT("\\033[31m"), "\\\\033[31m"},
    /* C1 controls, as bytes and as UTF-8. */
    {TEXT("\x9b"
	  "31m"),
	"\\23331m"},
    {TEXT("\xc2\x9b"
	  "31m"),
	"\\302\\23331m"},
    /* Marks of direction; line and paragraph ends; tags. */
    {TEXT("\xe2\x80\xae"
	  "exe.txt"),
	"\\342\\200\\256exe.txt"},
    {TEXT("\xe2\x81\xa6\xe2\x80\x8f\xd8\x9c"),
	"\\342\\201\\246\\342\\200\\217\\330\\234"},
    {TEXT("\xe2\x80\xa8\xe2\x80\xa9"), "\\342\\200\\250\\342\\200\\251"},
    {TEXT("\xf3\xa0\x81\x81"), "\\363\\240\\201\\201"},
    /* Not UTF-8: overlong, surrogate, too great, cut, stray. */
    {TEXT("\xc0\xaf"), "\\300\\257"},
    {TEXT("\xe0\x80\xaf"), "\\340\\200\\257"},
    {TEXT("\xed\xa0\x80"), "\\355\\240\\200"},
    {TEXT("\xf4\x90\x80\x80"), "\\364\\220\\200\\200"},
    {TEXT("\xf8\x88\x80\x80\x80"), "\\370\\210\\200\\200\\200"},
    {TEXT("\xed\xbf\xbf"), "\\355\\277\\277"},
    {TEXT("\xe2\x82"), "\\342\\202"},
    {TEXT("\xe2\x82z"), "\\342\\202z"},
    {TEXT("\xbf\xff"), "\\277\\377"},
};

START_TEST(test_copy)
{
	char dst[128];

	ck_assert_ptr_eq(
	    plain_copy(dst, sizeof(dst), copies[_i].src, copies[_i].len), dst);
	ck_assert_str_eq(dst, copies[_i].want);
}
END_TEST

/* Only LEN bytes are looked at, also in the middle of a character. */
START_TEST(test_length)
{
	char dst[32];

	ck_assert_str_eq(plain_copy(dst, sizeof(dst), "abc", 2), "ab");
	ck_assert_str_eq(plain_copy(dst, sizeof(dst), NULL, 0), "");
	ck_assert_str_eq(
	    plain_copy(dst, sizeof(dst), "\xe2\x82\xac", 2), "\\342\\202");
}
END_TEST

/* Cut to the size, but not inside a character or an escape. */
static const struct {
	const char *src;
	size_t size;
	const char *want;
} cuts[] = {
    {"abc", 1, ""},
    {"abc", 2, "a"},
    {"abc", 3, "ab"},
    {"abc", 4, "abc"},
    {"abc", 5, "abc"},
    {"a\xe2\x82\xac", 4, "a"},
    {"a\xe2\x82\xac", 5, "a\xe2\x82\xac"},
    {"a\n", 3, "a"},
    {"a\n", 4, "a\\n"},
    {"a\033", 5, "a"},
    {"a\033", 6, "a\\033"},
};

START_TEST(test_cut)
{
	char dst[8];

	memset(dst, 'x', sizeof(dst));
	plain_copy(dst, cuts[_i].size, cuts[_i].src, strlen(cuts[_i].src));
	ck_assert_str_eq(dst, cuts[_i].want);
	for (size_t i = cuts[_i].size; i < sizeof(dst); i++)
		ck_assert_int_eq(dst[i], 'x');
}
END_TEST

/* Each byte by itself is written as vis(3) writes it. */
START_TEST(test_like_vis)
{
	const char src = (char)_i;
	char dst[8];
	char want[8];

	/* vis writes "\0" where no digit follows. */
	if (_i == 0)
		return;
	nvis(want, sizeof(want), _i, VIS_CSTYLE | VIS_OCTAL | VIS_TAB | VIS_NL,
	    '\0');
	plain_copy(dst, sizeof(dst), &src, 1);
	ck_assert_str_eq(dst, want);
}
END_TEST

/* Random bytes come out printable, and unvis brings them back. */
START_TEST(test_unvis)
{
	char src[64];
	char dst[4 * sizeof(src) + 1];
	char back[sizeof(dst)];

	srand((unsigned)_i);
	for (size_t i = 0; i < sizeof(src); i++)
		src[i] = (char)rand();
	plain_copy(dst, sizeof(dst), src, sizeof(src));
	for (const char *c = dst; *c != '\0'; c++)
		ck_assert((unsigned char)*c >= ' ' && *c != '\177');
	ck_assert_int_eq(strnunvis(back, dst, sizeof(back)), sizeof(src));
	ck_assert_mem_eq(back, src, sizeof(src));
}
END_TEST

#define LOOP(tc, test, table) \
	tcase_add_loop_test(  \
	    tc, test, 0, (int)(sizeof(table) / sizeof((table)[0])))

int
main(void)
{
	Suite *s = suite_create("plain");
	TCase *tc = tcase_create("plain");
	SRunner *sr = srunner_create(s);
	int failed;

	LOOP(tc, test_copy, copies);
	tcase_add_test(tc, test_length);
	LOOP(tc, test_cut, cuts);
	tcase_add_loop_test(tc, test_like_vis, 0, 256);
	tcase_add_loop_test(tc, test_unvis, 0, 100);
	suite_add_tcase(s, tc);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
