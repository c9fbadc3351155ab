/* The key, in whatever part and dress a server shows it. */
#include "mask.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define KEY "sk-proj-AbCdEfGhIjKlMnOpQrStUvWxYz0123456789"

static const struct {
	const char *key;
	const char *text;
	const char *want;
} rows[] = {
    /* Whole. */
    {"sk-0123456789", "Key sk-0123456789 is wrong",
	"Key ************* is wrong"},
    {"sk-0123456789", "sk-0123456789", "*************"},
    {"sk-0123456789", "\"sk-0123456789\"", "\"*************\""},
    {"sk-0123456789", "sk-0123456789sk-0123456789",
	"**************************"},
    /* A part that is long enough to be worth something. */
    {"sk-0123456789", "begins with sk-012", "begins with ******"},
    {"sk-0123456789", "ends in 456789.", "ends in ******."},
    {"sk-0123456789", "has 234567 in it", "has ****** in it"},
    {"sk-0123456789", "has 23456 in it", "has 23456 in it"},
    /* Starred by the server, with ends that are ours. */
    {KEY, "Incorrect API key provided: sk-pr***6789.",
	"Incorrect API key provided: ************."},
    {KEY, "Incorrect API key provided: sk-proj-********************6789. You",
	"Incorrect API key provided: ********************************. You"},
    {KEY, "key s...9, ok", "key *****, ok"},
    {KEY,
	"key sk-\xe2\x80\xa6"
	"789!",
	"key *********!"},
    {KEY, "key=***789", "**********"},
    {KEY, "sk-xxxx6789", "***********"},
    /* Not ours: stars and dots alone prove nothing. */
    {KEY, "***bold***", "***bold***"},
    {KEY, "wait...", "wait..."},
    {KEY, "wait... sk", "wait... sk"},
    {KEY, "a***b", "a***b"},
    {KEY, "other-***-key", "other-***-key"},
    {KEY, "nothing of the kind", "nothing of the kind"},
    {KEY, "", ""},
    /* A short key is masked as a whole. */
    {"abc", "the abc of it", "the *** of it"},
    {"abc", "the ab of it", "the ab of it"},
    {"", "text", "text"},
};

START_TEST(test_row)
{
	char text[256];

	strcpy(text, rows[_i].text);
	mask_key(text, rows[_i].key);
	ck_assert_str_eq(text, rows[_i].want);
}
END_TEST

START_TEST(test_no_key)
{
	char text[] = "text";

	mask_key(text, NULL);
	ck_assert_str_eq(text, "text");
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("mask");
	TCase *t = tcase_create("mask");
	SRunner *sr;
	int failed;

	tcase_add_loop_test(
	    t, test_row, 0, (int)(sizeof(rows) / sizeof(rows[0])));
	tcase_add_test(t, test_no_key);
	suite_add_tcase(s, t);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
