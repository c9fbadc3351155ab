/*
 * The ways through the tokenizer that an ordinary machine and ordinary text
 * do not take: without AVX2, and with a window so small that every long
 * pretoken needs many.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

/* This copy takes the place of the library's, see the linker. */
#define BPE_WINDOW 600
#include "../../src/tokenizer/bpe.c"

#include "../../src/tokenizer/tok.h"
#include "tok_ref.h"
#include "tokenizer.h"

#define MAX 4000

static uint64_t
cases(uint64_t preset)
{
	const char *s = getenv("TOK_CASES");

	return s != NULL ? strtoull(s, NULL, 10) : preset;
}

/* Encode with or without AVX2. */
static size_t
encode(const struct tok *tok, bool avx2, const uint8_t *text, size_t len,
    uint32_t *ids)
{
	struct memo_ids memo[MEMO_MIN];
	struct sink sink = {.ids = ids, .room = MAX};
	struct engine e = {.sink = &sink, .avx2 = avx2};

	memset(memo, 0, sizeof(memo));
	e.memo.entry.ids = memo;
	e.memo.mask = MEMO_MIN - 1;
	vocab_open(&e.v, tok_image(tok), tok->ntok);
	ck_assert_ptr_eq(
	    engine_run(&e, tok->kind, text, text + len, true), text + len);
	return sink.n;
}

START_TEST(without_avx2)
{
	const struct tok *tok = tok_by_index((size_t)_i);
	struct ref *ref = ref_new(tok_name(tok));
	uint64_t seed = 42;

	for (uint64_t n = cases(4000); n > 0; n--) {
		static uint8_t text[MAX];
		static uint32_t a[MAX], b[MAX];
		size_t len = ref_random_text(ref, &seed, text, 400);
		size_t na = encode(tok, false, text, len, a);

		ck_assert_uint_eq(
		    na, encode(tok, engine_have_avx2(), text, len, b));
		ck_assert(memcmp(a, b, na * sizeof(*a)) == 0);
	}
	ref_free(ref);
}
END_TEST

/* Letters of few kinds: one pretoken, with many ways to cut it. */
static size_t
long_word(uint64_t *seed, uint8_t *text, size_t max)
{
	static const char *const sets[] = {"ab", "aaaab", "etaoin", "abcdefgh",
	    "-", "-=", "=*_-", " ", "\u00e9a", "\u0430\u0431", "tion",
	    "\u4e2d\u6587\u7684"};
	const char *set =
	    sets[ref_random(seed) % (sizeof(sets) / sizeof(sets[0]))];
	size_t n = 0, len = strlen(set);

	while (n + 4 < max) {
		size_t i = ref_random(seed) % len, k = 1;

		while (i > 0 && (set[i] & 0xc0) == 0x80)
			i--;
		while (((uint8_t)set[i + k] & 0xc0) == 0x80)
			k++;
		memcpy(text + n, set + i, k);
		n += k;
	}
	return n;
}

START_TEST(small_windows)
{
	const struct tok *tok = tok_by_index((size_t)_i);
	struct ref *ref = ref_new(tok_name(tok));
	uint64_t seed = 7;

	for (uint64_t n = cases(4000) / 100; n > 0; n--) {
		static uint8_t text[MAX];
		static uint32_t a[MAX], b[MAX];
		size_t len = long_word(
		    &seed, text, 601 + ref_random(&seed) % (MAX - 601));
		size_t na = tok_encode(tok, text, len, 0, a, MAX);

		ck_assert_uint_eq(na, ref_encode(ref, text, len, b));
		ck_assert(memcmp(a, b, na * sizeof(*a)) == 0);
	}
	ref_free(ref);
}
END_TEST

/* One byte again and again, which is merged in groups. */
START_TEST(runs)
{
	const struct tok *tok = tok_by_index((size_t)_i);
	struct ref *ref = ref_new(tok_name(tok));
	size_t step = getenv("TOK_CASES") != NULL ? 1 : 37;

	for (unsigned char c = 0; c < 128; c++) {
		static uint8_t text[MAX];
		static uint32_t a[MAX], b[MAX];

		memset(text, c, sizeof(text));
		for (size_t len = 64 + c % step; len < 700; len += step) {
			size_t na = tok_encode(tok, text, len, 0, a, MAX);

			ck_assert_uint_eq(na, ref_encode(ref, text, len, b));
			ck_assert(memcmp(a, b, na * sizeof(*a)) == 0);
			ck_assert_uint_eq(tok_count(tok, text, len), na);
		}
	}
	ref_free(ref);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("tok_paths");
	TCase *tc = tcase_create("paths");
	SRunner *sr = srunner_create(suite);
	int n = 0, failed;

	while (tok_by_index((size_t)n) != NULL)
		n++;
	tcase_set_timeout(tc, 0);
	tcase_add_loop_test(tc, without_avx2, 0, n);
	tcase_add_loop_test(tc, small_windows, 0, n);
	tcase_add_loop_test(tc, runs, 0, n);
	suite_add_tcase(suite, tc);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
