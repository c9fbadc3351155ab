/* Requests as the simulator reads them, and its answers. */
#include "../../sim/answer.h"
#include "../../sim/request.h"
#include "tokenizer.h"

#include <check.h>
#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

static struct sim_request req;
static struct sim_error why;
static struct sim_answer a;
static struct sim_text out;

static void
clear(void)
{
	sim_request_free(&req);
	sim_error_free(&why);
	sim_answer_free(&a);
	sim_text_free(&out);
}

static bool
parse(enum sim_api api, const char *body)
{
	return sim_request_parse(&req, api, body, strlen(body), &why);
}

/* A chat of one user message, WORDS times "word". */
static void
parse_chat(size_t words, const char *more)
{
	struct sim_text t = {0};

	sim_text_addf(&t,
	    "{\"model\":\"gpt-4o\"%s,\"messages\":[{\"role\":"
	    "\"user\",\"content\":\"",
	    more);
	for (size_t i = 0; i < words; i++)
		sim_text_adds(&t, " word");
	sim_text_adds(&t, "\"}]}");
	ck_assert(parse(SIM_CHAT, t.data));
	sim_text_free(&t);
}

static const struct {
	enum sim_api api;
	const char *body;
	const char *message; /* part of it */
} bad[] = {
    {SIM_CHAT, "", "parse the JSON"},
    {SIM_CHAT, "{", "parse the JSON"},
    {SIM_CHAT, "[]", "parse the JSON"},
    {SIM_CHAT, "{\"model\":\"m\"} x", "parse the JSON"},
    {SIM_CHAT, "{\"a\":\"\xff\"}", "parse the JSON"},
    {SIM_CHAT, "{\"a\":\"\n\"}", "parse the JSON"},
    {SIM_CHAT, "{}", "model parameter"},
    {SIM_CHAT, "{\"model\":4}", "model parameter"},
    {SIM_CHAT, "{\"model\":\"m\"}", "'messages'"},
    {SIM_CHAT, "{\"model\":\"m\",\"messages\":\"x\"}", "an array"},
    {SIM_CHAT, "{\"model\":\"m\",\"messages\":[]}", "empty array"},
    {SIM_CHAT, "{\"model\":\"m\",\"messages\":[1]}", "'role'"},
    {SIM_CHAT, "{\"model\":\"m\",\"messages\":[{\"role\":\"boss\"}]}",
	"'role'"},
    {SIM_CHAT, "{\"model\":\"m\",\"messages\":[{\"role\":\"user\"}]}",
	"'content'"},
    {SIM_CHAT,
	"{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":3}]}",
	"'content'"},
    {SIM_CHAT, "{\"model\":\"m\",\"max_tokens\":0,\"messages\":[]}",
	"'max_tokens'"},
    {SIM_CHAT, "{\"model\":\"m\",\"stream\":true,\"messages\":[]}", "stream"},
    {SIM_RESPONSES, "{\"model\":\"m\"}", "'input'"},
    {SIM_RESPONSES, "{\"model\":\"m\",\"input\":7}", "'input'"},
    {SIM_RESPONSES, "{\"model\":\"m\",\"input\":\"\",\"instructions\":[]}",
	"'instructions'"},
};

START_TEST(a_bad_request_is_told)
{
	ck_assert(!parse(bad[_i].api, bad[_i].body));
	ck_assert_uint_eq(why.status, 400);
	ck_assert_ptr_nonnull(strstr(why.message.data, bad[_i].message));
}
END_TEST

START_TEST(tokens_of_all_messages)
{
	ck_assert(parse(SIM_CHAT,
	    "{\"model\":\"gpt-4o\",\"messages\":["
	    "{\"role\":\"system\",\"content\":\"be\"},"
	    "{\"role\":\"user\",\"content\":[{\"type\":\"text\","
	    "\"text\":\"hello\"},{\"type\":\"text\",\"text\":\" world\"}]}]}"));
	/* 3 + "system" + "be", 3 + "user" + "hello world", 3. */
	ck_assert_uint_eq(req.prompt_tokens, 3 + 1 + 1 + 3 + 1 + 2 + 3);
	ck_assert_str_eq(req.prompt.data, "hello world");
	ck_assert_uint_eq(req.max_tokens, SIZE_MAX);
}
END_TEST

START_TEST(a_response_is_read_alike)
{
	ck_assert(parse(SIM_RESPONSES,
	    "{\"model\":\"gpt-4o\",\"instructions\":\"be\","
	    "\"input\":\"hello world\",\"max_output_tokens\":9}"));
	ck_assert_uint_eq(req.prompt_tokens, 3 + 1 + 1 + 3 + 1 + 2 + 3);
	ck_assert_uint_eq(req.max_tokens, 9);
}
END_TEST

START_TEST(a_nul_in_a_prompt_is_kept)
{
	static const char wanted[] = "a\0b\x01"
				     "c\\u0000\\";

	ck_assert(parse(SIM_CHAT,
	    "{\"model\":\"gpt-4o\",\"messages\":[{\"role\":\"user\","
	    "\"content\":\"a\\u0000b\\u0001c\\\\u0000\\\\\"}]}"));
	ck_assert_uint_eq(req.prompt.len, sizeof(wanted) - 1);
	ck_assert_mem_eq(req.prompt.data, wanted, sizeof(wanted) - 1);
}
END_TEST

START_TEST(an_answer_is_exact_and_always_the_same)
{
	struct sim_manner how = {0};
	char *text;

	parse_chat(30, "");
	sim_answer_make(&a, &req, &how);
	ck_assert_uint_eq(
	    a.tokens, tok_count(req.tok, a.text.data, a.text.len));
	text = sim_strdup(a.text.data);
	sim_answer_free(&a);
	sim_answer_make(&a, &req, &how);
	ck_assert_str_eq(a.text.data, text);
	free(text);
}
END_TEST

START_TEST(an_answer_of_a_size)
{
	static const size_t sizes[] = {1, 2, 5, 25, 40, 1000, 20000};
	static const char *const models[] = {"gpt-4o", "gpt-4", "davinci"};
	struct sim_manner how = {.tokens = sizes[_i]};

	for (size_t m = 0; m < 3; m++) {
		clear();
		sim_text_addf(&out,
		    "{\"model\":\"%s\",\"messages\":[{"
		    "\"role\":\"user\",\"content\":\"hi\"}]}",
		    models[m]);
		ck_assert(parse(SIM_CHAT, out.data));
		sim_answer_make(&a, &req, &how);
		ck_assert_uint_eq(a.tokens, sizes[_i]);
		ck_assert_str_eq(a.finish, "stop");
	}
}
END_TEST

START_TEST(an_echo)
{
	struct sim_manner how = {.echo = true};

	parse_chat(3, "");
	sim_answer_make(&a, &req, &how);
	ck_assert_str_eq(a.text.data, " word word word");
	ck_assert_uint_eq(a.tokens, 3);
}
END_TEST

START_TEST(max_tokens_is_honoured)
{
	struct sim_manner how = {.echo = true};

	parse_chat(9, ",\"max_completion_tokens\":4");
	sim_answer_make(&a, &req, &how);
	ck_assert_str_eq(a.text.data, " word word word word");
	ck_assert_uint_eq(a.tokens, 4);
	ck_assert_str_eq(a.finish, "length");
}
END_TEST

START_TEST(shortening_does_not_split_characters)
{
	struct sim_manner how = {.echo = true};

	ck_assert(parse(SIM_CHAT,
	    "{\"model\":\"gpt-4o\",\"max_tokens\":3,\"messages\":[{"
	    "\"role\":\"user\",\"content\":\"\U0001F9FF\U0001F9FF\"}]}"));
	sim_answer_make(&a, &req, &how);
	ck_assert_uint_le(a.tokens, 3);
	ck_assert(sim_utf8_valid(a.text.data, a.text.len));
}
END_TEST

/* The printed answer, parsed. */
static cJSON *
printed(enum sim_kind kind, const struct sim_manner *how)
{
	cJSON *root;

	sim_answer_make(&a, &req, how);
	sim_answer_spoil(&a, &req, kind);
	sim_answer_print(&a, &req, 7, 1000, &out);
	root = cJSON_Parse(out.data);
	ck_assert_ptr_nonnull(root);
	return root;
}

static int
figure(const cJSON *root, const char *name)
{
	const cJSON *usage = cJSON_GetObjectItem(root, "usage");

	return (int)cJSON_GetNumberValue(cJSON_GetObjectItem(usage, name));
}

START_TEST(every_kind_prints_json)
{
	struct sim_manner how = {.thought = 10, .cached = 2};

	for (int api = SIM_CHAT; api <= SIM_RESPONSES; api++) {
		clear();
		if (api == SIM_CHAT)
			parse_chat(5, "");
		else
			ck_assert(parse(SIM_RESPONSES,
			    "{\"model\":\"m\",\"input\":\"say \\\"hi\\\"\"}"));
		cJSON_Delete(printed((enum sim_kind)_i, &how));
	}
}
END_TEST

START_TEST(usage_is_of_both_and_the_thought)
{
	struct sim_manner how = {.tokens = 40, .thought = 10};
	cJSON *root;

	parse_chat(5, "");
	root = printed(SIM_NONE, &how);
	ck_assert_int_eq(figure(root, "prompt_tokens"), 12);
	ck_assert_int_eq(figure(root, "completion_tokens"), 50);
	ck_assert_int_eq(figure(root, "total_tokens"), 62);
	cJSON_Delete(root);
}
END_TEST

START_TEST(half_an_answer)
{
	struct sim_manner how = {.tokens = 40, .thought = 10};
	cJSON *root;

	parse_chat(5, "");
	root = printed(SIM_LENGTH, &how);
	ck_assert_int_eq(figure(root, "completion_tokens"), 30);
	ck_assert_str_eq(a.finish, "length");
	cJSON_Delete(root);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("sim_answer");
	TCase *t = tcase_create("answer");
	SRunner *sr = srunner_create(s);
	int failed;

	tcase_add_checked_fixture(t, NULL, clear);
	tcase_add_loop_test(
	    t, a_bad_request_is_told, 0, (int)(sizeof(bad) / sizeof(*bad)));
	tcase_add_test(t, tokens_of_all_messages);
	tcase_add_test(t, a_response_is_read_alike);
	tcase_add_test(t, a_nul_in_a_prompt_is_kept);
	tcase_add_test(t, an_answer_is_exact_and_always_the_same);
	tcase_add_loop_test(t, an_answer_of_a_size, 0, 7);
	tcase_add_test(t, an_echo);
	tcase_add_test(t, max_tokens_is_honoured);
	tcase_add_test(t, shortening_does_not_split_characters);
	tcase_add_loop_test(t, every_kind_prints_json, SIM_NONE, SIM_KINDS);
	tcase_add_test(t, usage_is_of_both_and_the_thought);
	tcase_add_test(t, half_an_answer);
	suite_add_tcase(s, t);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
