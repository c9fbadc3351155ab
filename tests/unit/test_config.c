/* Settings: which source wins, and where each value goes. */
#include "config_user.h"

#include "partial.h"

START_TEST(defaults_are_the_contract)
{
	const struct limits limits = LIMITS_DEFAULT;
	const struct retry_policy retry = RETRY_POLICY_DEFAULT;
	struct config cfg;

	load_well(&cfg, "plan");
	ck_assert_str_eq(cfg.dir, ".");
	ck_assert_int_eq(cfg.first, PROMPT_FIRST);
	ck_assert_int_eq(cfg.last, PROMPT_LAST);
	ck_assert_ptr_null(cfg.ledger);
	ck_assert_str_eq(cfg.api.base_url, "https://api.openai.com/v1");
	ck_assert_str_eq(cfg.api.model, "gpt-4o-mini");
	ck_assert_str_eq(tok_name(cfg.tok), "o200k_base");
	ck_assert_ptr_null(cfg.api.key);
	ck_assert_ptr_null(cfg.api.organization);
	ck_assert_ptr_null(cfg.api.system);
	ck_assert_ptr_null(cfg.api.params[0]);
	ck_assert_int_eq(cfg.api.connect_timeout_ns, 10 * NS_PER_S);
	ck_assert_int_eq(cfg.api.idle_timeout_ns, 300 * NS_PER_S);
	ck_assert_int_eq(cfg.api.total_timeout_ns, 600 * NS_PER_S);
	ck_assert_uint_eq(cfg.api.answer_max, 64000000);
	ck_assert_int_eq(cfg.limits.batch_tokens, limits.batch_tokens);
	ck_assert_int_eq(cfg.limits.minute_tokens, limits.minute_tokens);
	ck_assert_int_eq(cfg.limits.minute_requests, limits.minute_requests);
	ck_assert_int_eq(cfg.limits.day_tokens, limits.day_tokens);
	ck_assert_int_eq(cfg.limits.window_ns, limits.window_ns);
	ck_assert_int_eq(cfg.retry.attempts, retry.attempts);
	ck_assert_int_eq(cfg.retry.unknown_retries, retry.unknown_retries);
	ck_assert_int_eq(cfg.retry.base_ns, retry.base_ns);
	ck_assert_int_eq(cfg.max_wait_ns, INT64_MAX);
	ck_assert_int_eq(cfg.jobs, 0);
	ck_assert(!cfg.always && !cfg.split && !cfg.quiet && !cfg.verbose);
	ck_assert(!cfg.json && !cfg.color && !cfg.api.insecure_http);
	ck_assert_int_eq(cfg.operand_count, 0);
	ck_assert_str_eq(warnings, "");
	config_free(&cfg);
	ck_assert_ptr_null(cfg.api.model);
}
END_TEST

START_TEST(options_reach_their_fields)
{
	struct config cfg;

	write_file("system", 0644, "Be brief.\n");
	write_file("prompt", 0644, "?");
	load_well(&cfg,
	    "plan -Bj4 -k --range 3-250 --ledger l.md 7 -m gpt-4 --json "
	    "--split -v 250");
	ck_assert(cfg.always && cfg.split && cfg.verbose && cfg.json);
	ck_assert_int_eq(cfg.jobs, 4);
	ck_assert_int_eq(cfg.first, 3);
	ck_assert_int_eq(cfg.last, 250);
	ck_assert_str_eq(cfg.ledger, "l.md");
	ck_assert_str_eq(cfg.api.model, "gpt-4");
	ck_assert_str_eq(tok_name(cfg.tok), "cl100k_base");
	ck_assert_int_eq(cfg.operand_count, 2);
	ck_assert_str_eq(cfg.operands[0], "7");
	ck_assert_str_eq(cfg.operands[1], "250");
	config_free(&cfg);

	load_well(&cfg,
	    "plan --temperature=0.5 --param seed=7 --param stop=[1] "
	    "--max-output-tokens 2k --system system --project p -e r50k_base "
	    "./prompt");
	ck_assert_str_eq(cfg.api.temperature, "0.5");
	ck_assert_str_eq(cfg.api.params[0], "seed=7");
	ck_assert_str_eq(cfg.api.params[1], "stop=[1]");
	ck_assert_ptr_null(cfg.api.params[2]);
	ck_assert_int_eq(cfg.api.max_output_tokens, 2000);
	ck_assert_str_eq(cfg.api.system, "Be brief.\n");
	ck_assert_int_eq(cfg.system_tokens, 4);
	ck_assert_str_eq(cfg.api.project, "p");
	ck_assert_str_eq(tok_name(cfg.tok), "r50k_base");
	ck_assert_str_eq(cfg.operands[0], "./prompt");
	config_free(&cfg);

	load_well(&cfg,
	    "plan --attempts 1 --retries-unknown 0 --answer-max 1M "
	    "--connect-timeout 1500ms --idle-timeout 1m30s --timeout 2h");
	ck_assert_int_eq(cfg.retry.attempts, 1);
	ck_assert_int_eq(cfg.retry.unknown_retries, 0);
	ck_assert_uint_eq(cfg.api.answer_max, 1000000);
	ck_assert_int_eq(cfg.api.connect_timeout_ns, 3 * NS_PER_S / 2);
	ck_assert_int_eq(cfg.api.idle_timeout_ns, 90 * NS_PER_S);
	ck_assert_int_eq(cfg.api.total_timeout_ns, 7200 * NS_PER_S);
	config_free(&cfg);
}
END_TEST

START_TEST(words_choose)
{
	struct config cfg;

	load_well(&cfg, "plan");
	ck_assert(!cfg.api.responses_api);
	ck_assert_uint_eq(cfg.retry.accept, 0);
	config_free(&cfg);

	load_well(&cfg, "plan --accept empty");
	ck_assert_uint_eq(cfg.retry.accept, partial_kind("empty", 5));
	config_free(&cfg);
	load_well(&cfg, "plan --accept length,tool_calls,length");
	ck_assert_uint_eq(cfg.retry.accept,
	    partial_kind("length", 6) | partial_kind("tool_calls", 10));
	config_free(&cfg);

	set_variable("CHATGPT_BATCH_API", "responses");
	load_well(&cfg, "plan");
	ck_assert(cfg.api.responses_api);
	config_free(&cfg);
	load_well(&cfg, "plan --api chat");
	ck_assert(!cfg.api.responses_api);
	config_free(&cfg);
}
END_TEST

START_TEST(status_has_the_ledger_and_the_limits)
{
	struct config cfg;

	/* A broken setting of other commands is no matter here. */
	set_variable("OPENAI_BASE_URL", "nonsense");
	load_well(&cfg, "status --limit-minute-requests 10 --window 1s --json");
	ck_assert_int_eq(cfg.limits.minute_requests, 10);
	ck_assert_int_eq(cfg.limits.window_ns, NS_PER_S);
	ck_assert(cfg.json);
	ck_assert_ptr_null(cfg.tok);
	config_free(&cfg);
	load_badly("status -j 3", "-j/--jobs has no meaning for 'status'");
	load_badly("status 3", "status takes no operands: leave out '3'");
	load_badly("run --ids", "--ids has no meaning for 'run'");
}
END_TEST

START_TEST(of_opposites_the_later_counts)
{
	struct config cfg;

	load_well(&cfg, "plan -q -v --max-wait 5m --no-wait");
	ck_assert(cfg.verbose && !cfg.quiet);
	ck_assert_int_eq(cfg.max_wait_ns, 0);
	config_free(&cfg);
	load_well(&cfg, "plan -v -q --no-wait --max-wait 5m --jobs 2 -j3");
	ck_assert(cfg.quiet && !cfg.verbose);
	ck_assert_int_eq(cfg.max_wait_ns, 300 * NS_PER_S);
	ck_assert_int_eq(cfg.jobs, 3);
	config_free(&cfg);
}
END_TEST

START_TEST(first_source_that_speaks_wins)
{
	struct config cfg;

	write_file(".env", 0600,
	    "OPENAI_MODEL=gpt-3.5-turbo\n"
	    "OPENAI_ORG_ID=from-dotenv\n"
	    "OPENAI_PROJECT_ID=from-dotenv\n"
	    "CHATGPT_BATCH_WINDOW=2s\n"
	    "CHATGPT_BATCH_LEDGER=\n");
	set_variable("OPENAI_MODEL", "gpt-4");
	set_variable("OPENAI_PROJECT_ID", ""); /* empty is unset */
	set_variable("CHATGPT_BATCH_LIMIT_DAY_TOKENS", "1k");
	load_well(&cfg, "plan -m gpt-4o");
	ck_assert_str_eq(cfg.api.model, "gpt-4o");
	ck_assert_str_eq(cfg.api.organization, "from-dotenv");
	ck_assert_str_eq(cfg.api.project, "from-dotenv");
	ck_assert_int_eq(cfg.limits.window_ns, 2 * NS_PER_S);
	ck_assert_int_eq(cfg.limits.day_tokens, 1000);
	ck_assert_ptr_null(cfg.ledger);
	config_free(&cfg);
	load_well(&cfg, "plan");
	ck_assert_str_eq(cfg.api.model, "gpt-4");
	config_free(&cfg);
	ck_assert_str_eq(warnings, "");
}
END_TEST

START_TEST(errors_name_the_source)
{
	struct config cfg;

	set_variable("CHATGPT_BATCH_WINDOW", "soon");
	load_badly("plan", "CHATGPT_BATCH_WINDOW: 'soon' is not a duration");
	load_well(&cfg, "plan --window 3s"); /* the other is not looked at */
	config_free(&cfg);
	set_variable("CHATGPT_BATCH_WINDOW", "");
	write_file(".env", 0600, "CHATGPT_BATCH_WINDOW=soon\n");
	load_badly("plan", ".env: CHATGPT_BATCH_WINDOW: 'soon'");
	load_badly("plan --window soon", "--window: 'soon'");
}
END_TEST

START_TEST(a_key_comes_from_the_first_source)
{
	struct config cfg;

	write_file("key", 0600, "sk-file \r\n\n");
	set_variable("OPENAI_API_KEY", "sk-variable\n");
	load_well(&cfg, "");
	ck_assert_str_eq(cfg.api.key, "sk-variable");
	config_forget_key(&cfg);
	ck_assert_ptr_null(cfg.api.key);
	config_free(&cfg);
	load_well(&cfg, "--key-file key");
	ck_assert_str_eq(cfg.api.key, "sk-file");
	config_free(&cfg);
	ck_assert_str_eq(warnings, "");

	set_variable("OPENAI_API_KEY_FILE", "key");
	load_well(&cfg, "");
	ck_assert_str_eq(cfg.api.key, "sk-variable");
	ck_assert_ptr_nonnull(strstr(warnings, "are set; OPENAI_API_KEY is"));
	config_free(&cfg);

	/* A file in the environment goes before a key in .env. */
	set_variable("OPENAI_API_KEY", "");
	write_file(".env", 0600, "OPENAI_API_KEY=sk-dotenv\n");
	load_well(&cfg, "");
	ck_assert_str_eq(cfg.api.key, "sk-file");
	config_free(&cfg);

	/* Nothing is sent: nothing is read. */
	set_variable("OPENAI_API_KEY_FILE", "absent");
	load_well(&cfg, "plan");
	ck_assert_ptr_null(cfg.api.key);
	config_free(&cfg);
	load_well(&cfg, "--exec cat");
	ck_assert_str_eq(cfg.exec, "cat");
	ck_assert_ptr_null(cfg.api.key);
	config_free(&cfg);
	load_badly("", "OPENAI_API_KEY_FILE: absent: No such file");
}
END_TEST

START_TEST(this_machine_needs_no_key)
{
	static const char *const near[] = {"http://127.0.0.1:8080/v1",
	    "http://localhost/", "https://[::1]:443/v1", "http://127.9.9.9"};
	static const char *const far[] = {"https://api.openai.com/v1",
	    "https://127.0.0.1.example.com/v1", "https://localhost.example.com",
	    "https://[2001:db8::1]/v1", "https://128.0.0.1"};
	struct config cfg;
	char line[100];

	for (size_t i = 0; i < sizeof(near) / sizeof(*near); i++) {
		snprintf(line, sizeof(line), "--base-url %s", near[i]);
		load_well(&cfg, line);
		ck_assert_ptr_null(cfg.api.key);
		config_free(&cfg);
	}
	for (size_t i = 0; i < sizeof(far) / sizeof(*far); i++) {
		snprintf(line, sizeof(line), "--base-url %s", far[i]);
		load_badly(line, "no API key");
	}
	set_variable("OPENAI_API_KEY", "sk-given");
	load_well(&cfg, "--base-url http://127.0.0.1:8080/v1");
	ck_assert_str_eq(cfg.api.key, "sk-given");
	config_free(&cfg);
}
END_TEST

START_TEST(an_unknown_model_is_counted_as_o200k)
{
	struct config cfg;

	load_well(&cfg, "plan -m llama-7b");
	ck_assert_str_eq(tok_name(cfg.tok), "o200k_base");
	ck_assert_ptr_nonnull(
	    strstr(warnings, "model 'llama-7b' is not known"));
	config_free(&cfg);
	warnings[0] = '\0';
	load_well(&cfg, "plan -m llama-7b -e cl100k_base");
	ck_assert_str_eq(tok_name(cfg.tok), "cl100k_base");
	ck_assert_str_eq(warnings, "");
	config_free(&cfg);
}
END_TEST

START_TEST(color_is_decided_once)
{
	struct config cfg;

	load_well(&cfg, "plan --color always");
	ck_assert(cfg.color);
	config_free(&cfg);
	set_variable("NO_COLOR", "1");
	load_well(&cfg, "plan --color always"); /* said last, and aloud */
	ck_assert(cfg.color);
	config_free(&cfg);
	load_well(&cfg, "plan");
	ck_assert(!cfg.color);
	config_free(&cfg);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("config");
	TCase *tc = tcase_create("config");
	SRunner *sr = srunner_create(s);
	int failed;

	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, enter_workspace, leave_workspace);
	tcase_add_test(tc, defaults_are_the_contract);
	tcase_add_test(tc, options_reach_their_fields);
	tcase_add_test(tc, words_choose);
	tcase_add_test(tc, status_has_the_ledger_and_the_limits);
	tcase_add_test(tc, of_opposites_the_later_counts);
	tcase_add_test(tc, first_source_that_speaks_wins);
	tcase_add_test(tc, errors_name_the_source);
	tcase_add_test(tc, a_key_comes_from_the_first_source);
	tcase_add_test(tc, this_machine_needs_no_key);
	tcase_add_test(tc, an_unknown_model_is_counted_as_o200k);
	tcase_add_test(tc, color_is_decided_once);
	suite_add_tcase(s, tc);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
