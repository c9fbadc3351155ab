/*
 * The tokenizer's interface, and ids that tiktoken 1.0.22 gives.
 */
#include <check.h>
#include <stdio.h>
#include <string.h>

#include "tokenizer.h"

static const struct vector {
	const char *encoding;
	const char *text;
	uint32_t ids[32];
	size_t n;
} vectors[] = {
#include "tok_vectors.h"
};

START_TEST(known_ids)
{
	const struct vector *vec = &vectors[_i];
	const struct tok *tok = tok_by_name(vec->encoding);
	size_t len = strlen(vec->text);
	uint32_t ids[64];
	char back[256];

	ck_assert_uint_eq(tok_encode(tok, vec->text, len, 0, ids, 64), vec->n);
	for (size_t i = 0; i < vec->n; i++)
		ck_assert_uint_eq(ids[i], vec->ids[i]);
	ck_assert_uint_eq(tok_count(tok, vec->text, len), vec->n);
	ck_assert_uint_eq(
	    tok_decode(tok, ids, vec->n, back, sizeof(back)), len);
	ck_assert(memcmp(back, vec->text, len) == 0);
}
END_TEST

START_TEST(names)
{
	ck_assert_ptr_nonnull(tok_by_name("o200k_base"));
	ck_assert_ptr_eq(tok_by_name("gpt2"), tok_by_name("r50k_base"));
	ck_assert_str_eq(tok_name(tok_by_name("gpt2")), "r50k_base");
	ck_assert_ptr_null(tok_by_name("o200k"));
	ck_assert_ptr_null(tok_by_name(""));
	ck_assert_ptr_null(tok_by_index(6));
	for (size_t i = 0; i < 6; i++)
		ck_assert_ptr_eq(
		    tok_by_index(i), tok_by_name(tok_name(tok_by_index(i))));
	ck_assert_str_eq(tok_unicode_version(), "15.0.0");
}
END_TEST

static const char *const models[][2] = {
    {"gpt-4o", "o200k_base"},
    {"gpt-4o-mini", "o200k_base"},
    {"gpt-4o-2024-05-13", "o200k_base"},
    {"gpt-4.1-nano-2025-04-14", "o200k_base"},
    {"gpt-4.5-preview", "o200k_base"},
    {"gpt-5-mini", "o200k_base"},
    {"o1", "o200k_base"},
    {"o3-mini", "o200k_base"},
    {"o4-mini-2025-04-16", "o200k_base"},
    {"chatgpt-4o-latest", "o200k_base"},
    {"gpt-oss-120b", "o200k_harmony"},
    {"gpt-4", "cl100k_base"},
    {"gpt-4-turbo", "cl100k_base"},
    {"gpt-4-0613", "cl100k_base"},
    {"gpt-3.5-turbo-0125", "cl100k_base"},
    {"gpt-35-turbo", "cl100k_base"},
    {"davinci-002", "cl100k_base"},
    {"text-embedding-3-large", "cl100k_base"},
    {"text-embedding-ada-002", "cl100k_base"},
    {"text-davinci-003", "p50k_base"},
    {"text-davinci-001", "r50k_base"},
    {"code-davinci-002", "p50k_base"},
    {"code-davinci-edit-001", "p50k_edit"},
    {"davinci", "r50k_base"},
    {"ada", "r50k_base"},
    {"text-search-ada-doc-001", "r50k_base"},
    {"gpt2", "r50k_base"},
    {"ft:gpt-4o-mini-2024-07-18:acme::abc123", "o200k_base"},
    {"ft:gpt-3.5-turbo-0125:acme:x:y", "cl100k_base"},
    {"ft:davinci-002:acme", "cl100k_base"},
    {"gpt-6", NULL},
    {"gpt-4x", NULL},
    {"", NULL},
    {"ft:", NULL},
    {"claude", NULL},
};

START_TEST(model_names)
{
	const struct tok *tok = tok_for_model(models[_i][0]);

	if (models[_i][1] == NULL) {
		ck_assert_ptr_null(tok);
		return;
	}
	ck_assert_ptr_nonnull(tok);
	ck_assert_str_eq(tok_name(tok), models[_i][1]);
}
END_TEST

static const struct {
	const char *encoding, *text;
	uint32_t id;
} special[] = {
    {"r50k_base", "<|endoftext|>", 50256},
    {"p50k_base", "<|endoftext|>", 50256},
    {"p50k_edit", "<|fim_prefix|>", 50281},
    {"p50k_edit", "<|fim_suffix|>", 50283},
    {"cl100k_base", "<|endoftext|>", 100257},
    {"cl100k_base", "<|fim_middle|>", 100259},
    {"cl100k_base", "<|endofprompt|>", 100276},
    {"o200k_base", "<|endoftext|>", 199999},
    {"o200k_base", "<|endofprompt|>", 200018},
    {"o200k_harmony", "<|startoftext|>", 199998},
    {"o200k_harmony", "<|start|>", 200006},
    {"o200k_harmony", "<|call|>", 200012},
    {"o200k_harmony", "<|reserved_200000|>", 200000},
    {"o200k_harmony", "<|reserved_201087|>", 201087},
};

START_TEST(special_tokens)
{
	const struct tok *tok = tok_by_name(special[_i].encoding);
	const char *s = special[_i].text;
	uint32_t ids[64];
	char text[64];
	int len = snprintf(text, sizeof(text), "a %sb", s);
	size_t n = tok_encode(tok, text, (size_t)len, TOK_SPECIAL, ids, 64);

	/* "a", " ", the token, "b" */
	ck_assert_uint_eq(n, 4);
	ck_assert_uint_eq(ids[2], special[_i].id);
	ck_assert_uint_eq(
	    tok_decode(tok, ids, n, text, sizeof(text)), (size_t)len);
	ck_assert(memcmp(text + 2, s, strlen(s)) == 0);
	ck_assert_uint_gt(tok_count(tok, s, strlen(s)), 3);
}
END_TEST

START_TEST(not_special)
{
	static const char *const no[] = {"<|endoftext|", "<|endoftext >",
	    "<|fim_prefix|>", "<|start|>", "<||>", "<|reserved_200000|>"};
	const struct tok *tok = tok_by_name("o200k_base");

	for (size_t i = 0; i < sizeof(no) / sizeof(no[0]); i++)
		ck_assert_uint_eq(
		    tok_encode(tok, no[i], strlen(no[i]), TOK_SPECIAL, NULL, 0),
		    tok_count(tok, no[i], strlen(no[i])));
	tok = tok_by_name("o200k_harmony");
	ck_assert_uint_gt(
	    tok_encode(tok, "<|reserved_200006|>", 19, TOK_SPECIAL, NULL, 0),
	    1);
	ck_assert_uint_eq(
	    tok_encode(tok, "<|reserved_200018|>", 19, TOK_SPECIAL, NULL, 0),
	    1);
}
END_TEST

/* Bytes that are not UTF-8, and what they count as. */
static const char *const invalid[][2] = {
    {"\xff", "\ufffd"},
    {"a\x80z", "a\ufffdz"},
    {"\xe2\x82", "\ufffd"},
    {"\xe2\x82z", "\ufffdz"},
    {"\xc0\xaf", "\ufffd\ufffd"},
    {"\xe0\x80\xaf", "\ufffd\ufffd\ufffd"},
    {"\xed\xa0\x80", "\ufffd\ufffd\ufffd"},
    {"\xf0\x9f\x98", "\ufffd"},
    {"\xf0\x9f\x98\xf0\x9f\x98\x80", "\ufffd\U0001f600"},
    {"\xf4\x90\x80\x80", "\ufffd\ufffd\ufffd\ufffd"},
    {"\xf8\x88\x80\x80\x80", "\ufffd\ufffd\ufffd\ufffd\ufffd"},
    {"\xc2", "\ufffd"},
    {"\xc2\xc2\xa9", "\ufffd\u00a9"},
};

START_TEST(invalid_utf8)
{
	const char *bad = invalid[_i][0], *good = invalid[_i][1];

	for (size_t i = 0; tok_by_index(i) != NULL; i++) {
		const struct tok *tok = tok_by_index(i);
		uint32_t a[64], b[64];
		size_t n = tok_encode(tok, bad, strlen(bad), 0, a, 64);

		ck_assert_uint_eq(
		    n, tok_encode(tok, good, strlen(good), 0, b, 64));
		ck_assert(memcmp(a, b, n * sizeof(*a)) == 0);
	}
}
END_TEST

START_TEST(decoding)
{
	const struct tok *tok = tok_by_name("cl100k_base");
	uint32_t ids[] = {15339, 1917};
	unsigned char bytes[TOK_BYTES_MAX];
	char buf[16] = "................";

	ck_assert_uint_eq(tok_decode(tok, ids, 2, buf, 7), 11);
	ck_assert(memcmp(buf, "hello w.", 8) == 0);
	ck_assert_uint_eq(tok_decode(tok, ids, 2, NULL, 0), 11);
	ids[1] = 100256;
	ck_assert_uint_eq(tok_decode(tok, ids, 2, buf, 7), TOK_BAD_ID);
	ck_assert_uint_eq(tok_bytes(tok, 1u << 30, bytes), 0);
	ck_assert_uint_eq(tok_bytes(tok, 1917, bytes), 6);
	ck_assert(memcmp(bytes, " world", 6) == 0);
}
END_TEST

START_TEST(room_for_ids)
{
	const struct tok *tok = tok_by_name("o200k_base");
	uint32_t ids[4] = {7, 7, 7, 7};

	ck_assert_uint_eq(tok_encode(tok, "hello world", 11, 0, ids, 1), 2);
	ck_assert_uint_eq(ids[0], 24912);
	ck_assert_uint_eq(ids[1], 7);
	ck_assert_uint_eq(tok_encode(tok, "", 0, 0, ids, 4), 0);
	ck_assert_uint_eq(tok_count(tok, NULL, 0), 0);
}
END_TEST

#define COUNT(a) ((int)(sizeof(a) / sizeof((a)[0])))

int
main(void)
{
	Suite *suite = suite_create("tok");
	TCase *tc = tcase_create("tok");
	SRunner *sr = srunner_create(suite);
	int failed;

	tcase_add_loop_test(tc, known_ids, 0, COUNT(vectors));
	tcase_add_test(tc, names);
	tcase_add_loop_test(tc, model_names, 0, COUNT(models));
	tcase_add_loop_test(tc, special_tokens, 0, COUNT(special));
	tcase_add_test(tc, not_special);
	tcase_add_loop_test(tc, invalid_utf8, 0, COUNT(invalid));
	tcase_add_test(tc, decoding);
	tcase_add_test(tc, room_for_ids);
	suite_add_tcase(suite, tc);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
