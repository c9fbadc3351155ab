/* A line of the log: what is in it, in which form, and what never is. */
#include "log_line.h"

#include <bsd/string.h>
#include <check.h>
#include <cjson/cJSON.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

static struct outcome out;
static struct decision decision;

/* An attempt that has all there can be. */
static struct log_entry
full(void)
{
	outcome_init(&out);
	out.kind = OUTCOME_HTTP;
	out.sent = true;
	out.status = 429;
	out.retry_after_ns = 1500 * (NS_PER_S / 1000);
	out.requests = (struct rate_state){500, 0, NS_PER_S / 4};
	out.tokens = (struct rate_state){30000, 12, 360 * NS_PER_S};
	out.has_usage = true;
	out.input_tokens = 8;
	out.output_tokens = 9;
	out.cached_tokens = 4;
	out.reasoning_tokens = 5;
	out.times = (struct attempt_times){1, 20, 3000, 400000, 5000001};
	strlcpy(out.code, "rate_limit_exceeded", sizeof(out.code));
	strlcpy(out.type, "tokens", sizeof(out.type));
	strlcpy(out.finish, "stop", sizeof(out.finish));
	strlcpy(out.message, "the prompt was: SECRET", sizeof(out.message));
	strlcpy(out.request_id, "req_1", sizeof(out.request_id));
	decision = (struct decision){
	    ACTION_HOLD, 1600 * (NS_PER_S / 1000), "rate limit"};
	return (struct log_entry){.wall = INT64_C(1764028862345) * 1000000,
	    .queued_ns = 2500000,
	    .pid = 77,
	    .prompt = 3,
	    .attempt = 2,
	    .id = "chatgpt-batch-3-0001",
	    .model = "gpt-4o",
	    .outcome = &out,
	    .decision = &decision,
	    .estimate = 8,
	    .charge = {17, 1, 17}};
}

static struct buf
line_of(const struct log_entry *e)
{
	struct buf b = BUF_INIT(LOG_LINE_MAX);

	ck_assert_int_eq(log_line_add(&b, e), 0);
	ck_assert_int_eq(b.data[b.len - 1], '\n');
	ck_assert_ptr_eq(memchr(b.data, '\n', b.len), b.data + b.len - 1);
	return b;
}

START_TEST(test_all)
{
	const struct log_entry e = full();
	struct buf b = line_of(&e);

	ck_assert_str_eq(b.data,
	    "{\"time\":\"2025-11-25T00:01:02.345Z\",\"pid\":77,\"prompt\":3,"
	    "\"attempt\":2,\"id\":\"chatgpt-batch-3-0001\","
	    "\"model\":\"gpt-4o\",\"verdict\":\"hold\",\"why\":\"rate limit\","
	    "\"status\":429,\"code\":\"rate_limit_exceeded\","
	    "\"type\":\"tokens\",\"finish\":\"stop\",\"request_id\":\"req_1\","
	    "\"queued_ms\":2.500,\"name_ms\":0.001,\"connect_ms\":0.020,"
	    "\"tls_ms\":3.000,\"first_byte_ms\":400.000,"
	    "\"total_ms\":5000.001,\"retry_after_ms\":1500,"
	    "\"delay_ms\":1600.000,\"ratelimit_limit_requests\":500,"
	    "\"ratelimit_remaining_requests\":0,"
	    "\"ratelimit_reset_requests_ms\":250,"
	    "\"ratelimit_limit_tokens\":30000,"
	    "\"ratelimit_remaining_tokens\":12,"
	    "\"ratelimit_reset_tokens_ms\":360000,\"estimated_tokens\":8,"
	    "\"input_tokens\":8,\"output_tokens\":9,\"cached_tokens\":4,"
	    "\"reasoning_tokens\":5,\"billed_tokens\":17}\n");
	buf_free(&b);
}
END_TEST

/* What is not known is not there. */
START_TEST(test_least)
{
	struct log_entry e = full();
	struct buf b;

	outcome_init(&out);
	out.kind = OUTCOME_NONE;
	decision = (struct decision){ACTION_FAIL, 0, "worker died"};
	e.queued_ns = 0;
	e.model = NULL;
	e.charge = (struct charge){0, 0, 0};
	b = line_of(&e);
	ck_assert_str_eq(b.data,
	    "{\"time\":\"2025-11-25T00:01:02.345Z\",\"pid\":77,\"prompt\":3,"
	    "\"attempt\":2,\"id\":\"chatgpt-batch-3-0001\","
	    "\"verdict\":\"failed\",\"why\":\"worker died\","
	    "\"estimated_tokens\":8,\"billed_tokens\":0}\n");
	buf_free(&b);
}
END_TEST

/* Of an attempt whose run was killed only the claim tells. */
START_TEST(test_settled)
{
	struct log_entry e = full();
	struct buf b;

	outcome_init(&out);
	e.queued_ns = 0;
	e.model = NULL;
	e.decision = NULL;
	b = line_of(&e);
	ck_assert_str_eq(b.data,
	    "{\"time\":\"2025-11-25T00:01:02.345Z\",\"pid\":77,\"prompt\":3,"
	    "\"attempt\":2,\"id\":\"chatgpt-batch-3-0001\","
	    "\"verdict\":\"settled\",\"why\":\"its run was interrupted\","
	    "\"estimated_tokens\":8,\"billed_tokens\":17}\n");
	buf_free(&b);
}
END_TEST

/* Our own words are told, others' may be the prompt's or the answer's. */
START_TEST(test_whose_words)
{
	static const enum outcome_kind theirs[] = {OUTCOME_ANSWER,
	    OUTCOME_PARTIAL, OUTCOME_BAD, OUTCOME_HTTP, OUTCOME_WORKER};

	for (int k = OUTCOME_NONE; k <= OUTCOME_ABORTED; k++) {
		struct log_entry e = full();
		bool told = true;
		struct buf b;

		for (size_t i = 0; i < sizeof(theirs) / sizeof(*theirs); i++)
			told &= theirs[i] != (enum outcome_kind)k;
		out.kind = (enum outcome_kind)k;
		b = line_of(&e);
		ck_assert_int_eq(strstr(b.data, "SECRET") != NULL, told);
		buf_free(&b);
	}
}
END_TEST

static void
fill(char *s, size_t size, char c)
{
	memset(s, c, size - 1);
	s[size - 1] = '\0';
}

/* The worst there can be fits in a pipe's whole write, and is JSON. */
START_TEST(test_longest)
{
	static const char bytes[] = {'x', '\\', '"', '\n', '\033', '\x01',
	    '\x7f', (char)0xff, (char)0xc2};
	struct log_entry e = full();
	char id[256], model[5000];
	struct buf b;
	cJSON *root;

	out.kind = OUTCOME_CONNECT;
	fill(out.code, sizeof(out.code), bytes[_i]);
	fill(out.type, sizeof(out.type), bytes[_i]);
	fill(out.finish, sizeof(out.finish), bytes[_i]);
	fill(out.message, sizeof(out.message), bytes[_i]);
	fill(out.request_id, sizeof(out.request_id), bytes[_i]);
	fill(id, sizeof(id), bytes[_i]);
	fill(model, sizeof(model), bytes[_i]);
	e.id = id;
	e.model = model;
	e.pid = e.prompt = e.attempt = INT_MIN;
	e.queued_ns = INT64_MAX;
	decision.delay_ns = e.estimate = e.charge.day_tokens = INT64_MAX;
	out.status = INT32_MIN;
	out.retry_after_ns = INT64_MAX;
	out.requests = out.tokens =
	    (struct rate_state){INT64_MAX, INT64_MAX, INT64_MAX};
	out.input_tokens = out.output_tokens = INT64_MIN;
	out.cached_tokens = out.reasoning_tokens = INT64_MIN;
	out.times = (struct attempt_times){
	    INT64_MAX, INT64_MAX, INT64_MAX, INT64_MAX, INT64_MAX};
	b = line_of(&e);
	ck_assert_uint_le(b.len, PIPE_BUF);
	root = cJSON_Parse(b.data);
	ck_assert_ptr_nonnull(root);
	cJSON_Delete(root);
	for (size_t i = 0; i + 1 < b.len; i++)
		ck_assert(b.data[i] >= ' ' && b.data[i] != '\x7f');
	buf_free(&b);
}
END_TEST

/* Before the epoch, and past what a calendar holds. */
START_TEST(test_times_that_are_none)
{
	struct log_entry e = full();
	struct buf b;

	e.wall = INT64_MAX;
	b = line_of(&e);
	buf_free(&b);
	e.wall = 0;
	b = line_of(&e);
	ck_assert_ptr_nonnull(strstr(b.data, "\"1970-01-01T00:00:00.000Z\""));
	buf_free(&b);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("log_line");
	TCase *t = tcase_create("lines");
	SRunner *sr;
	int failed;

	tcase_add_test(t, test_all);
	tcase_add_test(t, test_least);
	tcase_add_test(t, test_settled);
	tcase_add_test(t, test_whose_words);
	tcase_add_loop_test(t, test_longest, 0, 9);
	tcase_add_test(t, test_times_that_are_none);
	suite_add_tcase(s, t);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
