/* The simulated API as a function: requests in, replies and journal out. */
#include "../../sim/service.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static struct sim_options options;
static struct sim_service service;
static struct sim_reply reply;
static struct sim_record *record;

static void
set_up(void)
{
	options = (struct sim_options){.minute_us = SIM_MINUTE_US};
	sim_service_init(&service, &options);
}

static void
tear_down(void)
{
	sim_service_free(&service);
	sim_faults_free(&options.faults);
}

static void
take(const char *method, const char *path, const char *key, const char *body)
{
	struct sim_incoming in = {
	    .method = method,
	    .path = path,
	    .authorization = key,
	    .body = body,
	    .len = strlen(body),
	};

	record = sim_service_take(&service, &in, 1000, &reply);
	sim_service_answer(&service, &reply, record, 2000);
	sim_journal_done(&service.journal, record, 3000, true);
}

static void
ask(const char *prompt)
{
	struct sim_text body = {0};

	sim_text_adds(&body, "{\"model\":\"gpt-4o\",\"messages\":[{"
			     "\"role\":\"user\",\"content\":");
	sim_text_quote(&body, prompt, strlen(prompt));
	sim_text_adds(&body, "}]}");
	take("POST", "/v1/chat/completions", "Bearer k", body.data);
	sim_text_free(&body);
}

static void
expect(unsigned status, const char *part)
{
	ck_assert_uint_eq(reply.status, status);
	ck_assert_msg(strstr(reply.body.data, part) != NULL, "%s not in: %s",
	    part, reply.body.data);
	sim_reply_free(&reply);
}

static const char *
header(const char *name)
{
	for (size_t i = 0; i < reply.n_headers; i++) {
		if (!strcmp(reply.headers[i].name, name))
			return reply.headers[i].value;
	}
	return "(none)";
}

START_TEST(only_what_there_is)
{
	take("GET", "/v1/models", "Bearer k", "");
	expect(200, "gpt-4o");
	take("GET", "/v1/chat/completions", "Bearer k", "");
	expect(405, "method_not_supported");
	take("POST", "/v1/nothing", "Bearer k", "");
	expect(404, "Invalid URL");
	ck_assert_uint_eq(service.journal.n, 3);
}
END_TEST

START_TEST(keys)
{
	take("GET", "/v1/models", NULL, "");
	ck_assert(!record->authorization);
	expect(401, "didn't provide");
	options.key = "sk-right-and-not-left-at-all";
	take("GET", "/v1/models", "Bearer sk-right-and-not-left-at-all", "");
	ck_assert(record->authorization);
	expect(200, "gpt");
	take("GET", "/v1/models", "Bearer sk-wrong-but-not-short-either", "");
	expect(401, "sk-wrong*****************ther");
	take("GET", "/v1/models", "Bearer short", "");
	expect(401, "provided: *****.");
}
END_TEST

START_TEST(billed_as_told)
{
	ask("hello");
	ck_assert(record->billed);
	ck_assert_uint_eq(record->prompt_tokens, 8);
	ck_assert_uint_gt(record->completion_tokens, 0);
	expect(200, "\"prompt_tokens\":8,");
	ask("[[sim: 500]]");
	ck_assert(!record->billed);
	expect(500, "server_error");
	ask("[[sim: hang]]");
	ck_assert(!record->billed);
	ck_assert_uint_eq(record->status, 0);
	sim_reply_free(&reply);
	ask("[[sim: cut]]");
	ck_assert(record->billed);
	sim_reply_free(&reply);
}
END_TEST

START_TEST(retry_after)
{
	ask("[[sim: 429 x1 retry-after=1.25]]");
	ck_assert_str_eq(header("retry-after"), "2");
	ck_assert_str_eq(header("retry-after-ms"), "1250");
	expect(429, "Please try again in 1.25s.");
	ask("[[sim: 429 x1 retry-after=1.25]]");
	ck_assert_uint_eq(record->attempt, 2);
	expect(200, "chat.completion");
	ask("[[sim: 503 retry-after=3]]");
	ck_assert_str_eq(header("retry-after"), "3");
	expect(503, "overloaded");
	ask("[[sim: 500]]");
	ck_assert_str_eq(header("retry-after"), "(none)");
	expect(500, "server_error");
}
END_TEST

START_TEST(a_marker_s_own_words)
{
	ask("[[sim: 429 code=weird message=\"in 1m3.5s\" "
	    "header=\"x-should-retry: false\"]]");
	ck_assert_str_eq(header("x-should-retry"), "false");
	ck_assert_uint_eq(reply.status, 429);
	ck_assert_ptr_nonnull(strstr(reply.body.data, "\"code\": \"weird\""));
	expect(429, "in 1m3.5s");
	ask("[[sim: status=418 body=short and stout]]");
	expect(418, "short and stout");
}
END_TEST

START_TEST(markers_size_the_answer)
{
	ask("[[sim: tokens=20 thought=7 cached=3]]");
	ck_assert_uint_eq(record->completion_tokens, 27);
	expect(200, "\"cached_tokens\":3},\"completion_tokens_details\":{"
		    "\"reasoning_tokens\":7}");
	ask("[[sim: length tokens=20 thought=7]]");
	expect(200, "\"reasoning_tokens\":7");
}
END_TEST

START_TEST(limits)
{
	options.rpm = 2;
	sim_service_reset(&service);
	ask("one");
	ck_assert_str_eq(header("x-ratelimit-limit-requests"), "2");
	ck_assert_str_eq(header("x-ratelimit-remaining-requests"), "1");
	ck_assert_str_eq(header("x-ratelimit-reset-requests"), "30s");
	expect(200, "");
	ask("two");
	expect(200, "");
	ask("two");
	ck_assert_str_eq(record->fault, "limit");
	ck_assert_uint_eq(record->attempt, 0);
	ck_assert_str_eq(header("retry-after"), "30");
	expect(429, "on requests per min (RPM): Limit 2, Used 2, Requested 1. "
		    "Please try again in 30s.");
	options.tpm = 5;
	sim_service_reset(&service);
	ask("one");
	expect(429, "Request too large for gpt-4o in organization org-sim on "
		    "tokens per min (TPM): Limit 5, Requested 8.");
}
END_TEST

START_TEST(early_is_before_the_body)
{
	struct sim_incoming in = {.method = "POST", .path = "/v1/x"};
	struct sim_text why = {0};

	ck_assert_ptr_null(sim_service_early(&service, &in, 1, &reply));
	ck_assert(sim_faults_parse(&options.faults, "early:1", &why));
	record = sim_service_early(&service, &in, 1, &reply);
	ck_assert_ptr_nonnull(record);
	sim_journal_done(&service.journal, record, 2, true);
	expect(503, "not even read");
	ask("hello");
	expect(200, "chat.completion");
}
END_TEST

START_TEST(the_journal_and_its_sums)
{
	struct sim_text out = {0};

	options.manner.tokens = 10;
	ask("one \"two\"\n");
	sim_reply_free(&reply);
	ask("[[sim: 500]]");
	sim_reply_free(&reply);
	sim_journal_print(&service.journal, &out);
	ck_assert_ptr_nonnull(strstr(out.data,
	    "{\"seq\":1,\"received_ms\":1.000,\"answered_ms\":2.000,"
	    "\"done_ms\":3.000,\"method\":\"POST\","));
	ck_assert_ptr_nonnull(
	    strstr(out.data, "\"prompt\":\"one \\\"two\\\"\\n\","));
	out.len = 0;
	sim_journal_stats(&service.journal, 4, &out);
	ck_assert_str_eq(out.data,
	    "{\n\"requests\": 2,\n\"answered\": 2,\n\"delivered\": 2,\n"
	    "\"in_flight\": 0,\n\"max_in_flight\": 1,\n\"held\": 4,\n"
	    "\"billed\": 1,\n\"billed_input_tokens\": 11,\n"
	    "\"billed_output_tokens\": 10,\n\"billed_total_tokens\": 21,\n"
	    "\"status\": {\"200\": 1, \"500\": 1}\n}\n");
	sim_text_free(&out);
}
END_TEST

static const struct {
	int64_t us;
	const char *text;
} durations[] = {
    {0, "0ms"},
    {1, "1ms"},
    {12000, "12ms"},
    {999001, "1s"},
    {8710000, "8.71s"},
    {63500000, "1m3.5s"},
    {360000000, "6m0s"},
    {3661000000, "1h1m1s"},
};

START_TEST(durations_as_openai_writes_them)
{
	struct sim_text t = {0};

	sim_duration(&t, durations[_i].us);
	ck_assert_str_eq(t.data, durations[_i].text);
	sim_text_free(&t);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("sim_service");
	TCase *t = tcase_create("service");
	SRunner *sr = srunner_create(s);
	int failed;

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, only_what_there_is);
	tcase_add_test(t, keys);
	tcase_add_test(t, billed_as_told);
	tcase_add_test(t, retry_after);
	tcase_add_test(t, a_marker_s_own_words);
	tcase_add_test(t, markers_size_the_answer);
	tcase_add_test(t, limits);
	tcase_add_test(t, early_is_before_the_body);
	tcase_add_test(t, the_journal_and_its_sums);
	tcase_add_loop_test(t, durations_as_openai_writes_them, 0,
	    (int)(sizeof(durations) / sizeof(*durations)));
	suite_add_tcase(s, t);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
