/* Bodies of every shape, read into outcomes. */
#include "response.h"

#include "table.h"

#include <bsd/string.h>
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHOICE(message, finish)                           \
	"{\"choices\":[{\"index\":0,\"message\":" message \
	",\"finish_reason\":" finish "}]}"
#define TEXT(text) CHOICE("{\"content\":\"" text "\"}", "\"stop\"")
#define FFFD "\xef\xbf\xbd"

/* Read BODY of LEN bytes as a 2xx, or as an error. */
static void
read_body(const char *body, size_t len, bool error, struct outcome *out,
    struct buf *answer)
{
	struct buf b = BUF_INIT(64 << 20);

	outcome_init(out);
	*answer = (struct buf)BUF_INIT(64 << 20);
	ck_assert_int_eq(buf_add(&b, body, len), 0);
	if (error)
		response_error(&b, out);
	else
		response_answer(&b, false, out, answer);
	buf_free(&b);
}

static const struct {
	const char *body;
	enum outcome_kind kind;
	const char *finish;
	const char *text;
	const char *message; /* a part of it */
} answers[] = {
    /* The plain case. */
    {TEXT("Hello."), OUTCOME_ANSWER, "stop", "Hello.", ""},
    {"\xef\xbb\xbf" TEXT("after a byte-order mark"), OUTCOME_ANSWER, "stop",
	"after a byte-order mark", ""},
    {"\r\n " TEXT("amid blanks") " \r\n\r\n", OUTCOME_ANSWER, "stop",
	"amid blanks", ""},
    {TEXT("line\\nline\\ttab \\\"quoted\\\" \\/ \\\\"), OUTCOME_ANSWER, "stop",
	"line\nline\ttab \"quoted\" / \\", ""},
    {TEXT("\\u00e9 \\ud83d\\ude00 \xc3\xa9"), OUTCOME_ANSWER, "stop",
	"\xc3\xa9 \xf0\x9f\x98\x80 \xc3\xa9", ""},
    /* Only the first of several. */
    {"{\"choices\":[{\"message\":{\"content\":\"a\"},"
     "\"finish_reason\":\"stop\"},{\"message\":{\"content\":\"b\"}}]}",
	OUTCOME_ANSWER, "stop", "a", ""},

    /* Not finished of its own accord: what there is is kept. */
    {CHOICE("{\"content\":\"half\"}", "\"length\""), OUTCOME_PARTIAL, "length",
	"half", ""},
    {CHOICE("{\"content\":\"hm\"}", "\"content_filter\""), OUTCOME_PARTIAL,
	"content_filter", "hm", ""},
    {CHOICE("{\"content\":\"?\"}", "\"brand_new\""), OUTCOME_PARTIAL,
	"brand_new", "?", ""},
    {CHOICE("{\"content\":\"x\"}", "null"), OUTCOME_PARTIAL, "", "x", ""},
    {"{\"choices\":[{\"message\":{\"content\":\"x\"}}]}", OUTCOME_PARTIAL, "",
	"x", ""},
    {CHOICE("{\"content\":\"x\"}", "7"), OUTCOME_PARTIAL, "", "x", ""},
    /* All tokens went into reasoning. */
    {CHOICE("{\"content\":\"\"}", "\"length\""), OUTCOME_PARTIAL, "length", "",
	""},
    {CHOICE("{\"content\":null}", "\"length\""), OUTCOME_PARTIAL, "length", "",
	""},
    /* Empty, or as good as. */
    {TEXT(""), OUTCOME_PARTIAL, "stop", "", ""},
    {TEXT(" \\n\\t"), OUTCOME_PARTIAL, "stop", " \n\t", ""},
    {CHOICE("{\"content\":null}", "\"stop\""), OUTCOME_PARTIAL, "stop", "", ""},
    /* Refusals: their text is the answer's. */
    {CHOICE("{\"content\":null,\"refusal\":\"I can't.\"}", "\"stop\""),
	OUTCOME_PARTIAL, "refusal", "I can't.", ""},
    {CHOICE("{\"refusal\":\"No.\"}", "\"stop\""), OUTCOME_PARTIAL, "refusal",
	"No.", ""},
    {CHOICE("{\"content\":\"Text.\",\"refusal\":null}", "\"stop\""),
	OUTCOME_ANSWER, "stop", "Text.", ""},
    {CHOICE("{\"content\":\"Text.\",\"refusal\":\"\"}", "\"stop\""),
	OUTCOME_ANSWER, "stop", "Text.", ""},
    /* Calls of tools that nobody here can make. */
    {CHOICE("{\"content\":null,\"tool_calls\":[{\"id\":\"1\"}]}",
	 "\"tool_calls\""),
	OUTCOME_PARTIAL, "tool_calls", "", ""},
    {CHOICE("{\"tool_calls\":[{\"id\":\"1\"}]}", "\"stop\""), OUTCOME_PARTIAL,
	"tool_calls", "", ""},
    {CHOICE(
	 "{\"content\":null,\"function_call\":{\"name\":\"f\"}}", "\"stop\""),
	OUTCOME_PARTIAL, "function_call", "", ""},
    {CHOICE("{\"content\":\"x\",\"tool_calls\":[]}", "\"stop\""),
	OUTCOME_ANSWER, "stop", "x", ""},
    /* Content in parts, as some servers have it. */
    {CHOICE("{\"content\":[{\"type\":\"text\",\"text\":\"a\"},"
	    "{\"type\":\"text\",\"text\":\"b\"},{\"type\":\"image\"},7]}",
	 "\"stop\""),
	OUTCOME_ANSWER, "stop", "ab", ""},

    /* Mended rather than lost. */
    {TEXT("a\\ud800b"), OUTCOME_ANSWER, "stop", "a" FFFD "b", ""},
    {TEXT("a\\udc00\\ud800"), OUTCOME_ANSWER, "stop", "a" FFFD FFFD, ""},
    {TEXT("\\ud800\\ud83d\\ude00"), OUTCOME_ANSWER, "stop",
	FFFD "\xf0\x9f\x98\x80", ""},
    {TEXT("\\ud800\\n"), OUTCOME_ANSWER, "stop", FFFD "\n", ""},
    {TEXT("\\\\ud800"), OUTCOME_ANSWER, "stop", "\\ud800", ""},
    {TEXT("a\xff"
	  "b\xe2\x82"
	  "c"),
	OUTCOME_ANSWER, "stop", "a" FFFD "b" FFFD "c", ""},
    {TEXT("\xed\xa0\x80"), OUTCOME_ANSWER, "stop", FFFD FFFD FFFD, ""},

    /* Nothing that could be an answer. */
    {"", OUTCOME_BAD, "", "", "empty"},
    {" ", OUTCOME_BAD, "", "", "not JSON"},
    {"{", OUTCOME_BAD, "", "", "not JSON: {"},
    {"null", OUTCOME_BAD, "", "", "no choices"},
    {"[]", OUTCOME_BAD, "", "", "no choices"},
    {"\"choices\"", OUTCOME_BAD, "", "", "no choices"},
    {"{}", OUTCOME_BAD, "", "", "no choices"},
    {"{\"choices\":[]}", OUTCOME_BAD, "", "", "no choices"},
    {"{\"choices\":{}}", OUTCOME_BAD, "", "", "no choices"},
    {"{\"choices\":[null]}", OUTCOME_BAD, "", "", "no choices[0].message"},
    {"{\"choices\":[{}]}", OUTCOME_BAD, "", "", "no choices[0].message"},
    {"{\"choices\":[{\"message\":\"hi\"}]}", OUTCOME_BAD, "", "",
	"no choices[0].message"},
    {CHOICE("{}", "\"stop\""), OUTCOME_BAD, "", "", "no text"},
    {CHOICE("{\"content\":7}", "\"stop\""), OUTCOME_BAD, "", "", "no text"},
    {CHOICE("{\"content\":{}}", "\"stop\""), OUTCOME_BAD, "", "", "no text"},
    {TEXT("cut here") "}", OUTCOME_BAD, "", "", "not JSON"},
    {"{\"choices\":[{\"message\":{\"content\":\"cut of", OUTCOME_BAD, "", "",
	"not JSON"},
    {"data: {\"choices\":[]}\n\n", OUTCOME_BAD, "", "", "not JSON: data:"},
    {"<html><head><title>Log in</title></head>", OUTCOME_BAD, "", "",
	"not JSON: Log in"},
    {"\x1f\x8b\x08 gzip", OUTCOME_BAD, "", "", "not JSON"},
    /* 200 on the outside, an error within. */
    {"{\"error\":{\"message\":\"upstream down\",\"code\":502}}", OUTCOME_BAD,
	"", "", "upstream down"},
};

START_TEST(test_answer)
{
	struct outcome out;
	struct buf answer;

	read_body(
	    answers[_i].body, strlen(answers[_i].body), false, &out, &answer);
	ck_assert_msg(out.kind == answers[_i].kind, "kind %d: %s", out.kind,
	    answers[_i].body);
	ck_assert_str_eq(out.finish, answers[_i].finish);
	ck_assert_str_eq(answer.data ? answer.data : "", answers[_i].text);
	if (out.kind == OUTCOME_PARTIAL)
		ck_assert_int_eq(out.empty, strspn(answers[_i].text, " \n\t") ==
						strlen(answers[_i].text));
	ck_assert_msg(strstr(out.message, answers[_i].message) != NULL, "%s",
	    out.message);
	buf_free(&answer);
}
END_TEST

/* A NUL that the model wrote is a NUL in the answer. */
START_TEST(test_nul)
{
	static const char body[] = TEXT("a\\u0000b\\\\u0000\\u0000");
	struct outcome out;
	struct buf answer;

	read_body(body, strlen(body), false, &out, &answer);
	ck_assert_int_eq(out.kind, OUTCOME_ANSWER);
	ck_assert_uint_eq(answer.len, 10);
	ck_assert_mem_eq(answer.data, "a\0b\\u0000\0", 10);
	buf_free(&answer);
}
END_TEST

/* Even where the first stand-ins are taken, in both ways of writing them. */
START_TEST(test_nul_with_stand_ins_taken)
{
	static const char body[] =
	    TEXT("\\uFDD0\xef\xb7\x91\\ufdd2 \\u0000 \\ufdd3");
	struct outcome out;
	struct buf answer;

	read_body(body, strlen(body), false, &out, &answer);
	ck_assert_int_eq(out.kind, OUTCOME_ANSWER);
	ck_assert_uint_eq(answer.len, 15);
	ck_assert_mem_eq(answer.data,
	    "\xef\xb7\x90\xef\xb7\x91\xef\xb7\x92 \0 \xef\xb7\x93", 15);
	buf_free(&answer);
}
END_TEST

/* With all 32 taken it is U+FFFD: seen, if not the same. */
START_TEST(test_nul_with_all_taken)
{
	char body[1024] = "{\"choices\":[{\"message\":{\"content\":\"";
	struct outcome out;
	struct buf answer;

	for (unsigned i = 0; i < 32; i++)
		snprintf(body + strlen(body), sizeof(body) - strlen(body),
		    "\\u%04x", 0xfdd0 + i);
	strlcat(
	    body, "[\\u0000]\"},\"finish_reason\":\"stop\"}]}", sizeof(body));
	read_body(body, strlen(body), false, &out, &answer);
	ck_assert_int_eq(out.kind, OUTCOME_ANSWER);
	ck_assert_uint_eq(answer.len, 32 * 3 + 5);
	ck_assert_str_eq(answer.data + (size_t)32 * 3, "[" FFFD "]");
	buf_free(&answer);
}
END_TEST

/* A raw NUL is no JSON, but no reason to lose what was paid for. */
START_TEST(test_raw_nul)
{
	static const char body[] = TEXT("a\0b");
	struct outcome out;
	struct buf answer;

	read_body(body, sizeof(body) - 1, false, &out, &answer);
	ck_assert_int_eq(out.kind, OUTCOME_ANSWER);
	ck_assert_str_eq(answer.data, "a" FFFD "b");
	buf_free(&answer);
}
END_TEST

static const struct {
	const char *usage;
	bool has;
	int64_t input, output, cached, reasoning;
} usages[] = {
    {"{\"prompt_tokens\":12,\"completion_tokens\":34,\"total_tokens\":46}",
	true, 12, 34, 0, 0},
    {"{\"prompt_tokens\":12,\"completion_tokens\":34,"
     "\"prompt_tokens_details\":{\"cached_tokens\":5},"
     "\"completion_tokens_details\":{\"reasoning_tokens\":30}}",
	true, 12, 34, 5, 30},
    {"{\"prompt_tokens\":0,\"completion_tokens\":0}", true, 0, 0, 0, 0},
    {"{\"prompt_tokens\":9007199254740991,\"completion_tokens\":1}", true,
	INT64_C(9007199254740991), 1, 0, 0},
    /* No sane count: as if there were none. */
    {"{\"prompt_tokens\":9007199254740992,\"completion_tokens\":1}", false, 0,
	0, 0, 0},
    {"{\"prompt_tokens\":-1,\"completion_tokens\":34}", false, 0, 0, 0, 0},
    {"{\"prompt_tokens\":12}", false, 0, 0, 0, 0},
    {"{\"completion_tokens\":12}", false, 0, 0, 0, 0},
    {"{\"prompt_tokens\":\"12\",\"completion_tokens\":34}", false, 0, 0, 0, 0},
    {"{\"prompt_tokens\":1e400,\"completion_tokens\":34}", false, 0, 0, 0, 0},
    {"{\"prompt_tokens\":12,\"completion_tokens\":34,"
     "\"prompt_tokens_details\":{\"cached_tokens\":-5},"
     "\"completion_tokens_details\":null}",
	true, 12, 34, 0, 0},
    {"null", false, 0, 0, 0, 0},
    {"[1,2]", false, 0, 0, 0, 0},
};

START_TEST(test_usage)
{
	struct outcome out;
	struct buf answer;
	char body[1024];

	snprintf(body, sizeof(body),
	    "{\"usage\":%s,\"choices\":[{\"message\":{\"content\":\"x\"},"
	    "\"finish_reason\":\"stop\"}]}",
	    usages[_i].usage);
	read_body(body, strlen(body), false, &out, &answer);
	ck_assert_int_eq(out.kind, OUTCOME_ANSWER);
	ck_assert_int_eq(out.has_usage, usages[_i].has);
	ck_assert_int_eq(out.input_tokens, usages[_i].input);
	ck_assert_int_eq(out.output_tokens, usages[_i].output);
	ck_assert_int_eq(out.cached_tokens, usages[_i].cached);
	ck_assert_int_eq(out.reasoning_tokens, usages[_i].reasoning);
	buf_free(&answer);
}
END_TEST

static const struct {
	const char *body;
	const char *message;
	const char *code;
	const char *type;
} errors[] = {
    /* OpenAI. */
    {"{\"error\":{\"message\":\"Rate limit reached\",\"type\":\"tokens\","
     "\"param\":null,\"code\":\"rate_limit_exceeded\"}}",
	"Rate limit reached", "rate_limit_exceeded", "tokens"},
    {"{\"error\":{\"message\":\"Bad\",\"type\":\"invalid_request_error\","
     "\"param\":\"x\",\"code\":null}}",
	"Bad", "", "invalid_request_error"},
    /* Azure: the service, its filter, its gateway. */
    {"{\"error\":{\"code\":\"429\",\"message\":\"Requests have exceeded "
     "call rate limit. Please retry after 6 seconds.\"}}",
	"Requests have exceeded call rate limit. Please retry after 6 "
	"seconds.",
	"429", ""},
    {"{\"error\":{\"message\":\"filtered\",\"type\":null,\"param\":\"prompt\","
     "\"code\":\"content_filter\",\"status\":400,\"innererror\":{\"code\":"
     "\"ResponsibleAIPolicyViolation\"}}}",
	"filtered", "content_filter", ""},
    {"{ \"statusCode\": 429, \"message\": \"Try again in 17 seconds.\" }",
	"Try again in 17 seconds.", "", ""},
    {"{\"error\":{\"code\":\"401\",\"message\":\"Access denied due to invalid "
     "subscription key or wrong API endpoint.\"}}",
	"Access denied due to invalid subscription key or wrong API endpoint.",
	"401", ""},
    {"{\"error\":{\"code\":\"DeploymentNotFound\",\"message\":\"The API "
     "deployment for this resource does not exist.\"}}",
	"The API deployment for this resource does not exist.",
	"DeploymentNotFound", ""},
    /* Google. */
    {"[{\"error\":{\"code\":429,\"message\":\"Exhausted\","
     "\"status\":\"RESOURCE_EXHAUSTED\"}}]",
	"Exhausted", "429", "RESOURCE_EXHAUSTED"},
    /* Others. */
    {"{\"error\":\"model not loaded\"}", "model not loaded", "", ""},
    {"{\"error\":\"words\",\"code\":\"c\",\"type\":\"t\"}", "words", "c", "t"},
    {"{\"error\":[\"first\",\"second\"]}", "first", "", ""},
    {"{\"error\":[{\"message\":\"m\",\"code\":1}]}", "m", "1", ""},
    {"{\"message\":\"top\",\"code\":40001}", "top", "40001", ""},
    {"{\"detail\":\"Not Found\"}", "Not Found", "", ""},
    {"{\"object\":\"error\",\"message\":\"m\",\"type\":\"BadRequestError\","
     "\"param\":null,\"code\":400}",
	"m", "400", "BadRequestError"},
    {"{\"success\":false,\"errors\":[{\"code\":10000,\"message\":\"Auth\"}]}",
	"Auth", "10000", ""},
    {"{\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\","
     "\"message\":\"Overloaded\"}}",
	"Overloaded", "", "overloaded_error"},
    {"{\"detail\":[{\"loc\":[\"body\"],\"msg\":\"field required\"}]}",
	"field required", "", ""},
    {"{\"error\":\"invalid_grant\",\"error_description\":\"expired\"}",
	"invalid_grant", "", ""},
    /* No words: show what there is. */
    {"{\"error\":{\"code\":\"x\",\"extra\":[1]}}",
	"{\"code\":\"x\",\"extra\":[1]}", "x", ""},
    {"{\"error\":{}}", "{}", "", ""},
    {"{\"error\":null}", "{\"error\":null}", "", ""},
    {"{\"what\":1}", "{\"what\":1}", "", ""},
    {"[]", "[]", "", ""},
    {"\"just a string\"", "just a string", "", ""},
    {"[\"one\",\"two\"]", "one", "", ""},
    {"7", "7", "", ""},
    /* Not JSON. */
    {"<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>",
	"502 Bad Gateway", "", ""},
    {"<TITLE> spaced\n\tout </TITLE>", "spaced out", "", ""},
    {"<title>never closed", "<title>never closed", "", ""},
    {"upstream connect error or disconnect/reset before headers",
	"upstream connect error or disconnect/reset before headers", "", ""},
    {"  \n  two\r\n\r\n lines \n", "two lines", "", ""},
    {"", "", "", ""},
    {"\xff\xfe", FFFD FFFD, "", ""},
    /* Cut in the middle: its beginning tells enough. */
    {"{\"error\":{\"message\":\"Rate lim", "{\"error\":{\"message\":\"Rate lim",
	"", ""},
    /* Whole numbers stay whole. */
    {"{\"message\":\"m\",\"code\":1234567890123}", "m", "1234567890123", ""},
    {"{\"error\":{\"message\":\"\\u0000\\ud800\"}}", "\xef\xb7\x90" FFFD, "",
	""},
};

START_TEST(test_error)
{
	struct outcome out;
	struct buf answer;

	read_body(
	    errors[_i].body, strlen(errors[_i].body), true, &out, &answer);
	ck_assert_str_eq(out.message, errors[_i].message);
	ck_assert_str_eq(out.code, errors[_i].code);
	ck_assert_str_eq(out.type, errors[_i].type);
	ck_assert_int_eq(out.kind, OUTCOME_NONE);
	buf_free(&answer);
}
END_TEST

/* Whatever is too long is cut at a character, and terminated. */
START_TEST(test_long_texts_are_cut)
{
	struct outcome out;
	struct buf answer, b = BUF_INIT(1 << 20);

	buf_adds(&b, "{\"error\":{\"message\":\"a");
	for (int i = 0; i < 2000; i++)
		buf_adds(&b, "\xc3\xa9");
	buf_adds(&b, "\",\"code\":\"");
	for (int i = 0; i < 100; i++)
		buf_adds(&b, "\xe2\x82\xac");
	buf_adds(&b, "\"}}");
	read_body(b.data, b.len, true, &out, &answer);
	ck_assert_uint_eq(strlen(out.message), OUTCOME_MESSAGE - 1);
	ck_assert_str_eq(out.message + OUTCOME_MESSAGE - 3, "\xc3\xa9");
	ck_assert_uint_eq(strlen(out.code), OUTCOME_WORD - 1);
	buf_free(&answer);
	buf_clear(&b);
	for (int i = 0; i < 2000; i++)
		buf_adds(&b, "\xe2\x82\xac");
	read_body(b.data, b.len, true, &out, &answer);
	ck_assert_uint_le(strlen(out.message), 300);
	ck_assert_str_eq(out.message + strlen(out.message) - 3, "\xe2\x82\xac");
	buf_free(&b);
}
END_TEST

/* OPEN, N times over: nesting that would run a naive reader off its stack. */
static void
nested(const char *open, size_t n, bool error)
{
	struct outcome out;
	struct buf answer, b = BUF_INIT(64 << 20);

	for (size_t i = 0; i < n; i++)
		ck_assert_int_eq(buf_adds(&b, open), 0);
	read_body(b.data, b.len, error, &out, &answer);
	if (!error)
		ck_assert_int_eq(out.kind, OUTCOME_BAD);
	buf_free(&b);
	buf_free(&answer);
}

START_TEST(test_deep)
{
	nested("[", 900000, false);
	nested("{\"a\":", 900000, false);
	nested("[", 60000, true);
	nested("{\"a\":", 10000, true);
}
END_TEST

/* 64 MiB of values would be gigabytes of cJSON items. */
START_TEST(test_many_values)
{
	struct outcome out;
	struct buf answer, b = BUF_INIT(64 << 20);

	buf_adds(&b, "[0");
	while (buf_adds(&b, ",0") == 0)
		;
	b.data[b.len - 1] = ']';
	read_body(b.data, b.len, false, &out, &answer);
	ck_assert_int_eq(out.kind, OUTCOME_BAD);
	ck_assert_ptr_nonnull(strstr(out.message, "too many"));
	buf_free(&b);
}
END_TEST

#define COUNT(a) ((int)(sizeof(a) / sizeof((a)[0])))

int
main(void)
{
	Suite *s = suite_create("response");
	TCase *t = tcase_create("answers");
	SRunner *sr;
	int failed;

	tcase_add_loop_test(t, test_answer, 0, COUNT(answers));
	suite_add_tcase(s, t);
	t = tcase_create("texts");
	tcase_add_test(t, test_nul);
	tcase_add_test(t, test_nul_with_stand_ins_taken);
	tcase_add_test(t, test_nul_with_all_taken);
	tcase_add_test(t, test_raw_nul);
	suite_add_tcase(s, t);
	t = tcase_create("usages");
	tcase_add_loop_test(t, test_usage, 0, COUNT(usages));
	suite_add_tcase(s, t);
	t = tcase_create("errors");
	tcase_add_loop_test(t, test_error, 0, COUNT(errors));
	suite_add_tcase(s, t);
	t = tcase_create("long");
	tcase_add_test(t, test_long_texts_are_cut);
	suite_add_tcase(s, t);
	t = tcase_create("hostile");
	tcase_set_timeout(t, 60);
	tcase_add_test(t, test_deep);
	tcase_add_test(t, test_many_values);
	suite_add_tcase(s, t);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	table_report(sr, "answers", "bodies of answers");
	table_report(sr, "usages", "counts of usage");
	table_report(sr, "errors", "bodies of errors");
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
