/* Answers of the Responses API, by their statuses and items. */
#include "response.h"

#include "table.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT(t) "{\"type\":\"output_text\",\"text\":\"" t "\"}"
#define NO(t) "{\"type\":\"refusal\",\"refusal\":\"" t "\"}"
#define MESSAGE(parts) "{\"type\":\"message\",\"content\":[" parts "]}"
#define REASONING "{\"type\":\"reasoning\",\"summary\":[],\"content\":null}"
#define CALL "{\"type\":\"function_call\",\"name\":\"f\",\"arguments\":\"{}\"}"
#define USAGE                                                      \
	"\"usage\":{\"input_tokens\":12,\"input_tokens_details\":" \
	"{\"cached_tokens\":3},\"output_tokens\":34,"              \
	"\"output_tokens_details\":{\"reasoning_tokens\":20}}"
#define STATUS(s, items) \
	"{\"status\":\"" s "\",\"error\":null,\"output\":[" items "]," USAGE "}"
#define CUT(reason, items)                                          \
	"{\"status\":\"incomplete\",\"incomplete_details\":" reason \
	",\"output\":[" items "]," USAGE "}"

static const struct {
	const char *body;
	enum outcome_kind kind;
	const char *finish;
	const char *text;
	const char *message; /* a part of it */
	const char *code;
} rows[] = {
    {STATUS("completed", MESSAGE(TEXT("Hello."))), OUTCOME_ANSWER, "stop",
	"Hello.", "", ""},
    /* Reasoning before it, parts and messages in their order. */
    {STATUS("completed",
	 REASONING "," MESSAGE(TEXT("a") "," TEXT("b")) "," MESSAGE(TEXT("c"))),
	OUTCOME_ANSWER, "stop", "abc", "", ""},
    {STATUS("completed", MESSAGE(TEXT("x") ",7,null,{\"type\":\"audio\"}")),
	OUTCOME_ANSWER, "stop", "x", "", ""},
    {STATUS("completed", MESSAGE(TEXT("a\\ud800b"))), OUTCOME_ANSWER, "stop",
	"a\xef\xbf\xbd"
	"b",
	"", ""},
    /* A call beside text is no reason to doubt the text. */
    {STATUS("completed", MESSAGE(TEXT("x")) "," CALL), OUTCOME_ANSWER, "stop",
	"x", "", ""},

    /* Cut short. */
    {CUT("{\"reason\":\"max_output_tokens\"}", MESSAGE(TEXT("ha"))),
	OUTCOME_PARTIAL, "length", "ha", "", ""},
    {CUT("{\"reason\":\"max_output_tokens\"}", REASONING), OUTCOME_PARTIAL,
	"length", "", "of 34 output tokens, 20 went into reasoning", ""},
    {CUT("{\"reason\":\"content_filter\"}", MESSAGE(TEXT("x"))),
	OUTCOME_PARTIAL, "content_filter", "x", "", ""},
    {CUT("{\"reason\":\"brand_new\"}", MESSAGE(TEXT("x"))), OUTCOME_PARTIAL,
	"brand_new", "x", "", ""},
    {CUT("null", MESSAGE(TEXT("x"))), OUTCOME_PARTIAL, "incomplete", "x", "",
	""},
    /* Only the message says so. */
    {STATUS("completed",
	 "{\"type\":\"message\",\"status\":\"incomplete\",\"content\":[" TEXT(
	     "x") "]}"),
	OUTCOME_PARTIAL, "incomplete", "x", "", ""},
    /* Not what was asked for. */
    {STATUS("completed", MESSAGE(NO("I can't."))), OUTCOME_PARTIAL, "refusal",
	"I can't.", "", ""},
    {STATUS("completed", CALL), OUTCOME_PARTIAL, "tool_calls", "", "", ""},
    {STATUS("completed", REASONING), OUTCOME_PARTIAL, "stop", "", "", ""},
    {STATUS("completed", ""), OUTCOME_PARTIAL, "stop", "", "", ""},
    {STATUS("completed", MESSAGE(TEXT(""))), OUTCOME_PARTIAL, "stop", "", "",
	""},

    /* Those that would have to be polled: once, clearly, and not again. */
    {STATUS("queued", ""), OUTCOME_PARTIAL, "queued", "", "is queued", ""},
    {STATUS("in_progress", ""), OUTCOME_PARTIAL, "in_progress", "",
	"is in_progress", ""},
    {STATUS("cancelled", ""), OUTCOME_PARTIAL, "cancelled", "", "is cancelled",
	""},
    {"{\"output\":[]," USAGE "}", OUTCOME_PARTIAL, "", "", "of no status", ""},

    /* Failed, and says so. */
    {"{\"status\":\"failed\",\"error\":{\"code\":\"server_error\","
     "\"message\":\"Sorry.\"},\"output\":[]," USAGE "}",
	OUTCOME_BAD, "", "", "Sorry.", "server_error"},
    {"{\"status\":\"failed\",\"error\":null," USAGE "}", OUTCOME_BAD, "", "",
	"the response failed", ""},
    {"{\"error\":{\"message\":\"upstream\",\"code\":502}," USAGE "}",
	OUTCOME_BAD, "", "", "upstream", "502"},
    {"{\"status\":\"completed\"," USAGE "}", OUTCOME_BAD, "", "", "no output",
	""},
    {"{\"status\":\"completed\",\"output\":\"x\"," USAGE "}", OUTCOME_BAD, "",
	"", "no output", ""},
};

static void
read_body(const char *body, struct outcome *out, struct buf *answer)
{
	struct buf b = BUF_INIT(1 << 20);

	outcome_init(out);
	*answer = (struct buf)BUF_INIT(1 << 20);
	ck_assert_int_eq(buf_adds(&b, body), 0);
	response_answer(&b, true, out, answer);
	buf_free(&b);
}

START_TEST(test_row)
{
	struct outcome out;
	struct buf answer;

	read_body(rows[_i].body, &out, &answer);
	ck_assert_msg(
	    out.kind == rows[_i].kind, "kind %d: %s", out.kind, rows[_i].body);
	ck_assert_str_eq(out.finish, rows[_i].finish);
	ck_assert_str_eq(out.code, rows[_i].code);
	ck_assert_str_eq(answer.data ? answer.data : "", rows[_i].text);
	if (out.kind == OUTCOME_ANSWER || out.kind == OUTCOME_PARTIAL)
		ck_assert_int_eq(out.empty, rows[_i].text[0] == '\0');
	ck_assert_msg(
	    strstr(out.message, rows[_i].message) != NULL, "%s", out.message);
	ck_assert(out.has_usage);
	ck_assert_int_eq(out.input_tokens, 12);
	ck_assert_int_eq(out.output_tokens, 34);
	ck_assert_int_eq(out.cached_tokens, 3);
	ck_assert_int_eq(out.reasoning_tokens, 20);
	buf_free(&answer);
}
END_TEST

static const char *const nonsense[] = {"", "{", "[]", "null", "7", "{}",
    "{\"status\":7,\"output\":7}", "{\"choices\":[]}"};

START_TEST(test_nonsense)
{
	struct outcome out;
	struct buf answer;

	read_body(nonsense[_i], &out, &answer);
	ck_assert_int_eq(out.kind, OUTCOME_BAD);
	ck_assert(!out.has_usage);
	buf_free(&answer);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("response_items");
	TCase *t = tcase_create("items");
	SRunner *sr;
	int failed;

	tcase_add_loop_test(
	    t, test_row, 0, (int)(sizeof(rows) / sizeof(rows[0])));
	suite_add_tcase(s, t);
	t = tcase_create("nonsense");
	tcase_add_loop_test(
	    t, test_nonsense, 0, (int)(sizeof(nonsense) / sizeof(nonsense[0])));
	suite_add_tcase(s, t);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	table_report(sr, "items", "endings of the Responses API");
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
