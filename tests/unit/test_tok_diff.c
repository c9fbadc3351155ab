/*
 * The tokenizer against the reference of tok_ref.h.  TOK_CASES is how many
 * random texts each encoding gets; TOK_SEED where they begin.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../src/tokenizer/unicode.h"
#include "tok_ref.h"
#include "tokenizer.h"

#define MAX 160

static unsigned long
setting(const char *name, unsigned long preset)
{
	const char *s = getenv(name);

	return s != NULL ? strtoul(s, NULL, 10) : preset;
}

static void
show(const char *what, const uint32_t *ids, size_t n)
{
	fprintf(stderr, "%s:", what);
	for (size_t i = 0; i < n; i++)
		fprintf(stderr, " %u", ids[i]);
	fprintf(stderr, "\n");
}

static void
compare(const struct tok *tok, const struct ref *ref, const uint8_t *text,
    size_t len)
{
	uint32_t *ours = malloc((len + 1) * sizeof(*ours));
	uint32_t *theirs = malloc((len + 1) * sizeof(*theirs));
	uint8_t *back = malloc(len + 1);
	size_t m = ref_encode(ref, text, len, theirs);
	size_t n = tok_encode(tok, text, len, 0, ours, len + 1);

	if (n != m || memcmp(ours, theirs, n * sizeof(*ours)) != 0) {
		fprintf(stderr, "%s of:", tok_name(tok));
		for (size_t i = 0; i < len; i++)
			fprintf(stderr, " %02x", text[i]);
		fprintf(stderr, "\n");
		show("want", theirs, m);
		show("have", ours, n);
		ck_abort_msg("%s differs from the reference", tok_name(tok));
	}
	ck_assert_uint_eq(tok_count(tok, text, len), m);
	ck_assert_uint_eq(tok_decode(tok, ours, n, back, len), len);
	ck_assert(memcmp(back, text, len) == 0);
	free(ours);
	free(theirs);
	free(back);
}

START_TEST(random_texts)
{
	const struct tok *tok = tok_by_index((size_t)_i);
	struct ref *ref = ref_new(tok_name(tok));
	uint64_t seed = setting("TOK_SEED", 1);

	for (unsigned long n = setting("TOK_CASES", 3000); n > 0; n--) {
		uint8_t text[MAX];
		size_t len = ref_random_text(ref, &seed, text, sizeof(text));

		compare(tok, ref, text, len);
	}
	ref_free(ref);
}
END_TEST

/* Every token's own bytes, and with something before and behind. */
START_TEST(every_token)
{
	const struct tok *tok = tok_by_index((size_t)_i);
	struct ref *ref = ref_new(tok_name(tok));
	uint32_t step = getenv("TOK_CASES") != NULL ? 1 : 17;

	for (uint32_t id = 0; id < ref_ntok(ref); id += step) {
		size_t len;
		const uint8_t *b = ref_token(ref, id, &len);
		uint8_t text[512], buf[TOK_BYTES_MAX];

		if (b == NULL) {
			ck_assert_uint_eq(id, 50256);
			continue;
		}
		ck_assert_uint_eq(tok_bytes(tok, id, buf), len);
		ck_assert(memcmp(buf, b, len) == 0);
		for (size_t i = 0; i < len; i++)
			if (b[i] >= 0x80)
				goto next;
		compare(tok, ref, b, len);
		text[0] = ' ';
		memcpy(text + 1, b, len);
		text[len + 1] = 'x';
		compare(tok, ref, text, len + 2);
	next:;
	}
	ref_free(ref);
}
END_TEST

/* Each code point alone and next to the classes that matter. */
START_TEST(every_code_point)
{
	static const char *const around[][2] = {{"", ""}, {" ", ""}, {"", " "},
	    {"a", "b"}, {"A", "B"}, {"1", "2"}, {"\n", "\n"}, {"'s", "'s"},
	    {"!", "!"}, {"\u4e2d", "\u4e2d"}, {"", "\u0301"}};
	const struct tok *tok = tok_by_index((size_t)_i);
	struct ref *ref = ref_new(tok_name(tok));
	uint32_t step = getenv("TOK_CASES") != NULL ? 1 : 7;

	for (uint32_t cp = 0; cp < 0x110000; cp += cp < 0x3400 ? 1 : step) {
		if (cp >= 0xd800 && cp < 0xe000)
			continue;
		if ((cp >= 0x20000 && cp % 16 != 0) || !ref_knows(cp))
			continue;
		for (size_t i = 0;
		     i<sizeof(around) / sizeof(around[0]); i += step> 1 &&
			     cp >= 0x3400
			 ? 5
			 : 1) {
			uint8_t text[16];
			size_t n = strlen(around[i][0]);

			memcpy(text, around[i][0], n);
			n += ref_utf8(cp, text + n);
			memcpy(text + n, around[i][1], strlen(around[i][1]));
			n += strlen(around[i][1]);
			compare(tok, ref, text, n);
		}
	}
	ref_free(ref);
}
END_TEST

/* One long pretoken of each kind, beyond the encoder's window. */
START_TEST(long_pretokens)
{
	static const char *const units[] = {"a", "ab", "xyz", "q", " ", "\n",
	    " \n", "\u4e2d", "\u4e2d\u6587\u5b57", "A", "1", "-=", "\U0001f600",
	    "e\u0301", "\u0e01\u0e32", "aaaab"};
	const struct tok *tok = tok_by_index((size_t)_i);
	struct ref *ref = ref_new(tok_name(tok));
	static uint8_t text[20000];

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		size_t len = strlen(units[i]), n = 0;

		for (; n + len <= sizeof(text); n += len)
			memcpy(text + n, units[i], len);
		compare(tok, ref, text, n);
	}
	ref_free(ref);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("tok_diff");
	TCase *tc = tcase_create("diff");
	SRunner *sr = srunner_create(suite);
	int n = 0, failed;

	while (tok_by_index((size_t)n) != NULL)
		n++;
	tcase_set_timeout(tc, 0);
	tcase_add_loop_test(tc, random_texts, 0, n);
	tcase_add_loop_test(tc, every_token, 0, n);
	tcase_add_loop_test(tc, every_code_point, 0, n);
	tcase_add_loop_test(tc, long_pretokens, 0, n);
	suite_add_tcase(suite, tc);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
