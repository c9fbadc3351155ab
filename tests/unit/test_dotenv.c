/* .env files: what is understood, what is refused and where. */
#include "dotenv.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define TEXT(s) s, sizeof(s) - 1

/* What KEY has in the text; NULL: the text does not set it. */
static const struct {
	const char *text;
	size_t len;
	const char *want;
} values[] = {
    {TEXT(""), NULL},
    {TEXT("\n\r\n  \n# KEY=comment\n\t# KEY=1\n"), NULL},
    {TEXT("OTHER=1\nKEY2=2\nkey=3\n"), NULL},
    {TEXT("KEY=value"), "value"},
    {TEXT("KEY=value\n"), "value"},
    {TEXT("KEY=value\r\nKEY2=2\r\n"), "value"},
    {TEXT("KEY=value\r"), "value"},
    {TEXT("\xef\xbb\xbfKEY=value\n"), "value"},
    {TEXT("  KEY\t = value \t\n"), "value"},
    {TEXT("KEY=\n"), ""},
    {TEXT("KEY="), ""},
    {TEXT("KEY= \t\r\n"), ""},
    {TEXT("A=1\n_B2=2\nKEY=3\n"), "3"},
    /* The last counts. */
    {TEXT("KEY=1\nOTHER=2\nKEY=3\n"), "3"},
    {TEXT("KEY=1\nKEY=\n"), ""},
    /* A value is no key. */
    {TEXT("OTHER=KEY\n"), NULL},
    /* export, and a key of that name. */
    {TEXT("export KEY=value\n"), "value"},
    {TEXT("  export\t KEY = value\n"), "value"},
    {TEXT("export=1\nexport = 2\nKEY=3\n"), "3"},
    {TEXT("exported=1\nKEY=3\n"), "3"},
    /* Without quotes. */
    {TEXT("KEY=two words # comment\n"), "two words"},
    {TEXT("KEY=a#b#\n"), "a#b#"},
    {TEXT("KEY=#1\n"), "#1"},
    {TEXT("KEY= # comment\n"), ""},
    {TEXT("KEY=a=b==\n"), "a=b=="},
    {TEXT("KEY=$HOME ${X} `id`\n"), "$HOME ${X} `id`"},
    {TEXT("KEY=C:\\new\\\n"), "C:\\new\\"},
    {TEXT("KEY=it's \"so\"\n"), "it's \"so\""},
    {TEXT("KEY=sk-\xc3\xa9\n"), "sk-\xc3\xa9"},
    /* Single quotes keep everything. */
    {TEXT("KEY='a # b'\n"), "a # b"},
    {TEXT("KEY=' a\\n\"$X\" '  # comment\n"), " a\\n\"$X\" "},
    {TEXT("KEY=''\n"), ""},
    {TEXT("KEY='a\r\nb'\nOTHER=1\n"), "a\nb"},
    /* Double quotes. */
    {TEXT("KEY=\"a # b\"\t# comment\n"), "a # b"},
    {TEXT("KEY=\"\""), ""},
    {TEXT("KEY=\"\\n\\r\\t\\\\\\\"\\$\\`\"\n"), "\n\r\t\\\"$`"},
    {TEXT("KEY=\"\\a\\x41\\'\"\n"), "\\a\\x41\\'"},
    {TEXT("KEY=\"it's\"\n"), "it's"},
    {TEXT("KEY=\"a\nb\r\nc\"\n"), "a\nb\nc"},
    {TEXT("KEY=\"a\\\nb\\\r\nc\"\n"), "abc"},
};

START_TEST(test_value)
{
	struct dotenv env = DOTENV_INIT;
	struct error err;
	const char *got;

	ck_assert_int_eq(
	    dotenv_parse(&env, values[_i].text, values[_i].len, ".env", &err),
	    0);
	got = dotenv_get(&env, "KEY");
	if (values[_i].want == NULL)
		ck_assert_ptr_null(got);
	else
		ck_assert_str_eq(got, values[_i].want);
	dotenv_free(&env);
}
END_TEST

static const struct {
	const char *text;
	size_t len;
	const char *want;
} errors[] = {
    {TEXT("KEY"), ".env:1: this is not KEY=value"},
    {TEXT("\n\nsecret\n"), ".env:3: this is not KEY=value"},
    {TEXT("=1\n"), ".env:1: this is not KEY=value"},
    {TEXT("A=1\n1A=1\n"), ".env:2: this is not KEY=value"},
    {TEXT("A-B=1\n"), ".env:1: this is not KEY=value"},
    {TEXT("A B=1\n"), ".env:1: this is not KEY=value"},
    {TEXT("export A\n"), ".env:1: this is not KEY=value"},
    {TEXT("export export A=1\n"), ".env:1: this is not KEY=value"},
    {TEXT("KEY: secret\n"), ".env:1: this is not KEY=value"},
    /* A quote that stays open is named where it was opened. */
    {TEXT("A=1\nKEY='secret\nB=1\n"), ".env:2: the quote ' is not closed"},
    {TEXT("KEY=\"secret\\\"\n"), ".env:1: the quote \" is not closed"},
    {TEXT("KEY=\"secret\\"), ".env:1: the quote \" is not closed"},
    {TEXT("KEY='"), ".env:1: the quote ' is not closed"},
    {TEXT("KEY='secret'x\n"), ".env:1: something follows the quote '"},
    {TEXT("KEY='secret'#x\n"), ".env:1: something follows the quote '"},
    {TEXT("KEY=\"a\nb\" c\n"), ".env:2: something follows the quote \""},
    {TEXT("A=1\r\nKEY=a\0b\n"), ".env:2: NUL byte"},
};

START_TEST(test_error)
{
	struct dotenv env = DOTENV_INIT;
	struct error err;

	ck_assert_int_eq(
	    dotenv_parse(&env, errors[_i].text, errors[_i].len, ".env", &err),
	    -1);
	ck_assert_str_eq(err.text, errors[_i].want);
	ck_assert_ptr_null(dotenv_get(&env, "KEY"));
	ck_assert_ptr_null(env.data);
}
END_TEST

/* No text is an empty one. */
START_TEST(test_none)
{
	struct dotenv env = DOTENV_INIT;
	struct error err;

	ck_assert_ptr_null(dotenv_get(&env, "A"));
	ck_assert_int_eq(dotenv_parse(&env, NULL, 0, ".env", &err), 0);
	ck_assert_ptr_null(dotenv_get(&env, "A"));
	dotenv_free(&env);
}
END_TEST

/* The text need not outlive the call; the settings are all there. */
START_TEST(test_all)
{
	struct dotenv env = DOTENV_INIT;
	struct error err;
	char text[] = "A=1\nexport B='2'\nC=\"3\"\nD=";

	ck_assert_int_eq(
	    dotenv_parse(&env, text, strlen(text), ".env", &err), 0);
	memset(text, 'x', sizeof(text));
	ck_assert_str_eq(dotenv_get(&env, "A"), "1");
	ck_assert_str_eq(dotenv_get(&env, "B"), "2");
	ck_assert_str_eq(dotenv_get(&env, "C"), "3");
	ck_assert_str_eq(dotenv_get(&env, "D"), "");
	ck_assert_ptr_null(dotenv_get(&env, ""));
	dotenv_free(&env);
	dotenv_free(&env);
	ck_assert_ptr_null(dotenv_get(&env, "A"));
}
END_TEST

/* Any bytes at all are read or refused, within the bounds. */
START_TEST(test_random)
{
	static const char letters[] = "AB1_=='\"\\\\# \t\r\n\n$x";
	struct dotenv env = DOTENV_INIT;
	struct error err;
	char *text;

	srand((unsigned)_i);
	for (size_t len = 0; len < 40; len++) {
		/* Allocated to the byte, for the sanitizer's sake. */
		text = malloc(len + (len == 0));
		ck_assert_ptr_nonnull(text);
		for (size_t i = 0; i < len; i++)
			text[i] =
			    letters[(size_t)rand() % (sizeof(letters) - 1)];
		if (dotenv_parse(&env, text, len, ".env", &err) == 0)
			ck_assert_uint_le(env.len, len + 2);
		dotenv_free(&env);
		free(text);
	}
}
END_TEST

#define LOOP(tc, test, table) \
	tcase_add_loop_test(  \
	    tc, test, 0, (int)(sizeof(table) / sizeof((table)[0])))

int
main(void)
{
	Suite *s = suite_create("dotenv");
	TCase *tc = tcase_create("dotenv");
	SRunner *sr = srunner_create(s);
	int failed;

	LOOP(tc, test_value, values);
	LOOP(tc, test_error, errors);
	tcase_add_test(tc, test_none);
	tcase_add_test(tc, test_all);
	tcase_add_loop_test(tc, test_random, 0, 200);
	suite_add_tcase(s, tc);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
