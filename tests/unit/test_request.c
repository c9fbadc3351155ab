/* Request bodies, down to the byte. */
#include "request.h"

#include <check.h>
#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FFFD "\xef\xbf\xbd"

static struct error err;

/* The body that SETTINGS make around PROMPT; the caller frees. */
static struct buf
body_for(const struct api_settings *settings, const char *prompt, size_t len)
{
	struct buf b = BUF_INIT(64 << 20);
	struct request r;

	ck_assert_msg(request_prepare(&r, settings, &err) == 0, "%s", err.text);
	ck_assert_int_eq(request_body(&r, prompt, len, &b), 0);
	request_free(&r);
	return b;
}

START_TEST(test_plain)
{
	const struct api_settings s = {.model = "gpt-4o"};
	struct buf b = body_for(&s, "Hello.", 6);

	ck_assert_str_eq(b.data,
	    "{\"model\":\"gpt-4o\",\"messages\":["
	    "{\"role\":\"user\",\"content\":\"Hello.\"}]}");
	buf_free(&b);
}
END_TEST

START_TEST(test_all)
{
	static const char *const params[] = {"seed=12345678901234567890",
	    "top_p=0.10", "stop=[\"a\", \"b\"]", "user=\"me\"", "stream=false",
	    "n=1", NULL};
	const struct api_settings s = {.model = "o3",
	    .system = "Be \"brief\".\n",
	    .max_output_tokens = INT64_C(9007199254740993),
	    .temperature = "0.70",
	    .params = params};
	struct buf b = body_for(&s, "x", 1);

	/* Numbers as they were given, not as a double has them. */
	ck_assert_str_eq(b.data,
	    "{\"model\":\"o3\",\"max_completion_tokens\":9007199254740993,"
	    "\"temperature\":0.70,\"seed\":12345678901234567890,"
	    "\"top_p\":0.10,\"stop\":[\"a\", \"b\"],\"user\":\"me\","
	    "\"stream\":false,\"n\":1,\"messages\":["
	    "{\"role\":\"system\",\"content\":\"Be \\\"brief\\\".\\n\"},"
	    "{\"role\":\"user\",\"content\":\"x\"}]}");
	buf_free(&b);
}
END_TEST

START_TEST(test_responses_api)
{
	const struct api_settings s = {.model = "o3",
	    .system = "Be brief.",
	    .max_output_tokens = 7,
	    .responses_api = true};
	struct buf b = body_for(&s, "x", 1);

	ck_assert_str_eq(b.data,
	    "{\"model\":\"o3\",\"max_output_tokens\":7,"
	    "\"instructions\":\"Be brief.\","
	    "\"input\":[{\"role\":\"user\",\"content\":\"x\"}]}");
	buf_free(&b);
}
END_TEST

static const struct {
	const char *prompt;
	size_t len;
	const char *want;
} prompts[] = {
#define P(s) s, sizeof(s) - 1
    {P(""), ""},
    {P("\"quotes\" and \\ and /"), "\\\"quotes\\\" and \\\\ and /"},
    {P("\b\f\n\r\t"), "\\b\\f\\n\\r\\t"},
    {P("\x01\x1f\x7f"), "\\u0001\\u001f\x7f"},
    {P("a\0b"), "a\\u0000b"},
    {P("\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"),
	"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"},
    /* One U+FFFD for each maximal subpart: Unicode 15, table 3-8. */
    {P("\xc0\xaf\xe0\x80\xbf\xf0\x81\x82\x41"),
	FFFD FFFD FFFD FFFD FFFD FFFD FFFD FFFD "A"},
    /* Table 3-9: surrogates. */
    {P("\xed\xa0\x80\xed\xbf\xbf\xed\xaf\x41"),
	FFFD FFFD FFFD FFFD FFFD FFFD FFFD FFFD "A"},
    /* Table 3-10: others. */
    {P("\xf4\x91\x92\x93\xff\x41\x80\xbf\x42"),
	FFFD FFFD FFFD FFFD FFFD "A" FFFD FFFD "B"},
    /* Table 3-11: cut short. */
    {P("\xe1\x80\xe2\xf0\x91\x92\xf1\xbf\x41"), FFFD FFFD FFFD FFFD "A"},
    {P("end \xe2\x82"), "end " FFFD},
    {P("end \xf0\x9f\x98"), "end " FFFD},
    {P("\xff"), FFFD},
    {P("<|endoftext|>"), "<|endoftext|>"},
};

START_TEST(test_prompt)
{
	const struct api_settings s = {.model = "m"};
	struct buf b = body_for(&s, prompts[_i].prompt, prompts[_i].len);
	char want[512];
	cJSON *json;

	snprintf(want, sizeof(want),
	    "{\"model\":\"m\",\"messages\":[{\"role\":\"user\","
	    "\"content\":\"%s\"}]}",
	    prompts[_i].want);
	ck_assert_str_eq(b.data, want);
	json = cJSON_Parse(b.data);
	ck_assert_ptr_nonnull(json);
	cJSON_Delete(json);
	buf_free(&b);
}
END_TEST

/* Every byte there is, and as many as a prompt may have. */
START_TEST(test_big_binary_prompt)
{
	const size_t len = 4 << 20;
	const struct api_settings s = {.model = "m"};
	char *prompt = malloc(len);
	struct buf b;
	cJSON *json;

	ck_assert_ptr_nonnull(prompt);
	for (size_t i = 0; i < len; i++)
		prompt[i] = (char)(i * 167 + (i >> 8));
	b = body_for(&s, prompt, len);
	json = cJSON_Parse(b.data);
	ck_assert_ptr_nonnull(json);
	cJSON_Delete(json);
	buf_free(&b);
	free(prompt);
}
END_TEST

START_TEST(test_maximum_is_kept)
{
	const struct api_settings s = {.model = "m"};
	struct buf b = BUF_INIT(80);
	struct request r;

	ck_assert_int_eq(request_prepare(&r, &s, &err), 0);
	ck_assert_int_eq(request_body(&r, "\0\0\0\0\0\0\0\0", 8, &b), -1);
	request_free(&r);
	buf_free(&b);
}
END_TEST

/* Bytes in a setting that are not UTF-8 are mended like a prompt's. */
START_TEST(test_settings_are_mended)
{
	const struct api_settings s = {.model = "m\xff", .system = "\xe2\x82"};
	struct buf b = body_for(&s, "x", 1);

	ck_assert_ptr_nonnull(strstr(b.data, "\"model\":\"m" FFFD "\""));
	ck_assert_ptr_nonnull(strstr(b.data, "\"content\":\"" FFFD "\""));
	buf_free(&b);
}
END_TEST

static const struct {
	const char *param;
	const char *temperature;
	const char *message; /* a part of it */
} refused[] = {
    {"seed", NULL, "not key=JSON"},
    {"=1", NULL, "not key=JSON"},
    {"", NULL, "not key=JSON"},
    {"seed=", NULL, "not JSON"},
    {"user=me", NULL, "a string needs its quotes"},
    {"x=1 2", NULL, "not JSON"},
    {"x=[1", NULL, "not JSON"},
    {"x={\"a\":1}}", NULL, "not JSON"},
    {"model=\"other\"", NULL, "parameter model: set by the program"},
    {"messages=[]", NULL, "parameter messages: set by the program"},
    {"background=true", NULL, "parameter background"},
    {"stream=true", NULL, "parameter stream"},
    {"n=2", NULL, "parameter n"},
    {"n=\"1\"", NULL, "parameter n"},
    {"temperature=1", "0.5", "given twice"},
    {NULL, "warm", "not a number"},
    {NULL, "", "not a number"},
    {NULL, "01", "not a number"},
    {NULL, "1.", "not a number"},
    {NULL, ".5", "not a number"},
    {NULL, "1e", "not a number"},
    {NULL, "-", "not a number"},
    {NULL, "+1", "not a number"},
    {NULL, "0x1", "not a number"},
    {NULL, "1,\"n\":2", "not a number"},
    {NULL, "nan", "not a number"},
};

START_TEST(test_refused)
{
	const char *const params[] = {refused[_i].param, NULL};
	const struct api_settings s = {.model = "m",
	    .temperature = refused[_i].temperature,
	    .params = params};
	struct request r;

	ck_assert_int_eq(request_prepare(&r, &s, &err), -1);
	ck_assert_msg(
	    strstr(err.text, refused[_i].message) != NULL, "%s", err.text);
}
END_TEST

static const char *const temperatures[] = {
    "0", "1", "-0", "0.5", "2.0", "1e0", "1E-1", "-1.25e+2", "10"};

START_TEST(test_temperature)
{
	const struct api_settings s = {
	    .model = "m", .temperature = temperatures[_i]};
	struct buf b = body_for(&s, "x", 1);

	ck_assert_ptr_nonnull(strstr(b.data, temperatures[_i]));
	buf_free(&b);
}
END_TEST

#define COUNT(a) ((int)(sizeof(a) / sizeof((a)[0])))

int
main(void)
{
	Suite *s = suite_create("request");
	TCase *t = tcase_create("bodies");
	SRunner *sr;
	int failed;

	tcase_add_test(t, test_plain);
	tcase_add_test(t, test_all);
	tcase_add_test(t, test_responses_api);
	tcase_add_loop_test(t, test_prompt, 0, COUNT(prompts));
	tcase_add_test(t, test_big_binary_prompt);
	tcase_add_test(t, test_maximum_is_kept);
	tcase_add_test(t, test_settings_are_mended);
	suite_add_tcase(s, t);
	t = tcase_create("settings");
	tcase_add_loop_test(t, test_refused, 0, COUNT(refused));
	tcase_add_loop_test(t, test_temperature, 0, COUNT(temperatures));
	suite_add_tcase(s, t);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
