/* Settings that are refused, and in what words. */
#include "config_user.h"

START_TEST(dotenv_is_read_with_suspicion)
{
	struct config cfg;

	write_file(".env", 0600, "OPENAI_API_KEY=sk-file\nOTHER_TOOL=1\n");
	load_well(&cfg, "run");
	ck_assert_str_eq(cfg.api.key, "sk-file");
	config_free(&cfg);
	ck_assert_str_eq(warnings, "");

	ck_assert_int_eq(chmod(".env", 0640), 0);
	load_badly("run", "no API key: set OPENAI_API_KEY");
	ck_assert_ptr_nonnull(
	    strstr(warnings, "./.env: others can read the key in it"));

	/* The other settings in it hold, for it may limit what is spent. */
	warnings[0] = '\0';
	write_file(".env", 0644, "OPENAI_API_KEY=\nOPENAI_MODEL=gpt-4\n");
	load_well(&cfg, "plan");
	ck_assert_str_eq(cfg.api.model, "gpt-4");
	ck_assert_str_eq(warnings, "");
	config_free(&cfg);

	ck_assert_int_eq(chmod(".env", 0646), 0);
	load_badly("plan", "mode, 0646, lets anybody write to it");
	write_file(".env", 0600, "OPENAI_API_KEY='sk-open\n");
	load_badly("plan", ".env:");
	write_file(".env", 0600, "CHATGPT_BATCH_WINDOWS=3s\n");
	load_well(&cfg, "plan");
	ck_assert_ptr_nonnull(
	    strstr(warnings, "no setting CHATGPT_BATCH_WINDOWS; did you mean "
			     "CHATGPT_BATCH_WINDOW"));
	config_free(&cfg);
	ck_assert_int_eq(unlink(".env"), 0);
	ck_assert_int_eq(mkfifo(".env", 0600), 0);
	load_badly("plan", "./.env is not a regular file");
}
END_TEST

START_TEST(bad_keys_are_refused_and_not_shown)
{
	static const struct {
		const char *key, *words;
	} bad[] = {
	    {" \t\n", "OPENAI_API_KEY: holds no key"},
	    {"sk-secret two", "OPENAI_API_KEY: byte 10 is white space"},
	    {"sk-secret\nX-Evil: 1", "OPENAI_API_KEY: byte 10 is"},
	    {"sk-secret\033", "control character"},
	};
	struct error err;
	struct config cfg;

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		set_variable("OPENAI_API_KEY", bad[i].key);
		load_badly("", bad[i].words);
		ck_assert_int_eq(load(&cfg, "", &err), -1);
		ck_assert_ptr_null(strstr(err.text, "secret"));
	}
	set_variable("OPENAI_API_KEY", "");
	load_badly("", "set OPENAI_API_KEY, or OPENAI_API_KEY_FILE to a file");
	load_badly("--key sk-secret", "--key: a key is not taken from the");
	load_badly("--api-key=sk-secret", "--api-key: a key is not taken");
	load_badly("--key-file sk-secret", "looks like a key, not like a file");
	load_badly("--apikeys=sk-secret", "unknown option '--apikeys'");
	ck_assert_int_eq(load(&cfg, "--apikeys=sk-secret", &err), -1);
	ck_assert_ptr_null(strstr(err.text, "secret"));
	ck_assert_int_eq(load(&cfg, "sk-secret", &err), -1);
	ck_assert_ptr_null(strstr(err.text, "secret"));
}
END_TEST

START_TEST(key_files_are_checked)
{
	char big[5000];
	struct config cfg;

	write_file("key", 0640, "sk-1\n");
	load_badly("--key-file key", "key: its mode, 0640, lets others at the");
	write_file("key", 0602, "sk-1\n");
	load_badly("--key-file key", "its mode, 0602");
	write_file("key", 0400, "sk-1");
	load_well(&cfg, "--key-file key");
	ck_assert_str_eq(cfg.api.key, "sk-1");
	config_free(&cfg);
	ck_assert_int_eq(unlink("key"), 0);
	memset(big, 'x', sizeof(big) - 1);
	big[sizeof(big) - 1] = '\0';
	write_file("key", 0600, big);
	load_badly("--key-file key", "is not a key: a key file holds one line");
	write_file("key", 0600, "\n");
	load_badly("--key-file key", "--key-file: holds no key");
	ck_assert_int_eq(mkdir("sub", 0700), 0);
	load_badly("--key-file sub", "sub is a directory");
	load_badly("--key-file none", "--key-file: none: No such file");

	/* Relative to the workspace, as make's -C has it. */
	write_file("sub/key", 0600, "sk-sub");
	load_well(&cfg, "-C sub --key-file key");
	ck_assert_str_eq(cfg.api.key, "sk-sub");
	config_free(&cfg);
}
END_TEST

static const struct {
	const char *line, *words;
} bad_lines[] = {
    {"plan -j 0", "-j/--jobs: 0 is too few: at least 1"},
    {"plan -j two", "-j/--jobs: 'two' is not a count"},
    {"plan -j -3", "-j/--jobs: '-3' is not a count"},
    {"plan -j", "-j/--jobs needs a value, N"},
    {"plan -j 1000000", "too many: at most 999,999"},
    {"plan --attempts 0", "--attempts: 0 is too few"},
    {"plan --timeout 0", "--timeout: 0 is too short: at least 1ms"},
    {"plan --timeout 8d", "--timeout: 8d is too long: at most"},
    {"plan --timeout fast", "'fast' is not a duration: write 90s"},
    {"plan --range 0-5", "'0-5' is not a range: write A-B"},
    {"plan --range 5", "'5' is not a range"},
    {"plan --range 1-1000000", "is not a range"},
    {"plan --range 5-2", "--range: 5-2 is empty: write 2-5"},
    {"plan --temperature hot", "'hot' is not a number"},
    {"plan --temperature .5", "'.5' is not a number"},
    {"plan --temperature 01", "'01' is not a number"},
    {"plan --temperature 2.1", "2.1 is not from 0 to 2"},
    {"plan --temperature -1", "-1 is not from 0 to 2"},
    {"plan --param seed", "'seed' is not KEY=JSON"},
    {"plan --param 7=seed", "is not KEY=JSON"},
    {"plan --param seed=", "is not KEY=JSON"},
    {"plan --param a=1 --param a=2", "--param: a is given twice"},
    {"plan -e none", "'none' is not an encoding: there are"},
    {"plan --color sometimes", "is not auto, always or never"},
    {"plan --api Responses", "'Responses' is not an API: there are chat and"},
    {"plan --api=", "'' is not an API"},
    {"plan --exec cat --api chat", "--api has no meaning with --exec"},
    {"plan --accept lenght", "'lenght' is none of length, content_filter, "},
    {"plan --accept length,", "'' is none of length"},
    {"plan --accept length,Length,empty", "'Length' is none of"},
    {"plan --accept length;empty", "'length;empty' is none of"},
    {"plan --accept=", "'' is none of"},
    {"plan --exec cat --accept empty", "--accept has no meaning with --exec"},
    {"plan --json=yes", "--json takes no value"},
    {"plan --tiemout 3", "did you mean '--timeout'?"},
    {"plan --limit 3", "'--limit' is the start of several: --limit-batch-"},
    {"plan -x", "unknown option '-x'"},
    {"plan --zzz", "unknown option '--zzz' (see chatgpt-batch help plan)"},
    {"plan --base-url ftp://x/", "--base-url: "},
    {"plan --base-url x", "--base-url: "},
    {"plan --base-url http://u:p@x/", "--base-url: "},
    {"plan --base-url https://x/?a=b", "--base-url: "},
    {"plan -C /nonexistent", "-C/--directory: /nonexistent: No such file"},
    {"plan --ledger=", "--ledger: is empty: give a FILE"},
    {"plan --directory=", "-C/--directory: is empty"},
    {"plan --system none", "--system: none: No such file"},
    {"plan --system /dev/null", "--system: /dev/null is empty"},
    {"plan --system /dev/zero", "over 1 MiB"},
    {"plan --system /", "is a directory"},
    {"plan --exec cat --temperature 1", "--temperature has no meaning with"},
    {"plan --exec cat --param a=1", "--param has no meaning with --exec"},
    {"plan 0", "a prompt's number is from 1 to 999999"},
    {"plan 1000000", "a prompt's number is from 1 to 999999"},
    {"plan 99999999999999999999", "a prompt's number is from 1 to 999999"},
    {"plan 007", "prompt 007: write it without leading zeros, 7"},
    {"plan 150", "prompt 150 is not in the range 1-100: widen that with "
		 "--range 1-150"},
    {"plan --range 5-9 3", "--range 3-9"},
    {"plan 3-5", "write --range 3-5"},
    {"plan no/such", "prompt no/such: No such file or directory"},
    {"plna", "unknown command or prompt 'plna': did you mean 'plan'?"},
    {"foo", "unknown command or prompt 'foo': name a prompt by its number"},
    {"-n -- plan", "unknown command or prompt 'plan': name a prompt"},
};

START_TEST(bad_lines_are_refused)
{
	load_badly(bad_lines[_i].line, bad_lines[_i].words);
	ck_assert_str_eq(warnings, "");
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("config_refuse");
	TCase *tc = tcase_create("config_refuse");
	SRunner *sr = srunner_create(s);
	int failed;

	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, enter_workspace, leave_workspace);
	tcase_add_test(tc, dotenv_is_read_with_suspicion);
	tcase_add_test(tc, bad_keys_are_refused_and_not_shown);
	tcase_add_test(tc, key_files_are_checked);
	tcase_add_loop_test(tc, bad_lines_are_refused, 0,
	    sizeof(bad_lines) / sizeof(*bad_lines));
	suite_add_tcase(s, tc);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
