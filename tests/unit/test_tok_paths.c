/*
 * The ways through the tokenizer that an ordinary machine and ordinary text
 * do not take: without AVX2, and with a window so small that every long
 * pretoken needs many.
 */
#include <string.h>

/* This copy takes the place of the library's, see the linker. */
#define BPE_WINDOW 600
#include "../../src/tokenizer/bpe.c"

#include "../../src/tokenizer/tok.h"
#include "tok_suite.h"

#define MAX 4000

/* Encode with or without AVX2. */
static size_t
encode(const struct tok *tok, bool avx2, const uint8_t *text, size_t len,
    uint32_t *ids)
{
	struct memo_ids memo[MEMO_MIN];
	struct memo_count counts[MEMO_MIN];
	struct sink sink = {.ids = ids, .room = MAX}, count = {.n = 0};
	struct engine e = {.sink = &sink, .avx2 = avx2};

	memset(memo, 0, sizeof(memo));
	memset(counts, 0, sizeof(counts));
	e.memo.entry.ids = memo;
	e.memo.mask = MEMO_MIN - 1;
	vocab_open(&e.v, tok_image(tok), tok->ntok);
	engine_run(&e, tok->kind, text, text + len, true);
	e.sink = &count;
	e.memo.entry.count = counts;
	engine_run(&e, tok->kind, text, text + len, true);
	if (count.n != sink.n)
		suite_fail(tok, text, len, NULL, "the count is another");
	return sink.n;
}

/* Random texts, all ways, of which the processor has at least the first. */
START_TEST(all_ways)
{
	static const bool ways[] = {false, true};
	size_t nways = engine_have_avx2() ? 2 : 1;
	const struct tok *tok = tok_by_index((size_t)_i);
	struct ref *ref = ref_new(tok_name(tok));
	uint64_t seed = suite_seed();

	for (unsigned long n = suite_cases((size_t)_i, 5000); n > 0; n--) {
		uint64_t before = seed;
		static uint8_t text[MAX];
		static uint32_t want[MAX], have[MAX];
		size_t len = text_make(ref, &seed, text, 400);
		size_t nwant = ref_encode(ref, text, len, want);

		for (size_t i = 0; i < nways; i++)
			suite_same_ids(tok, text, len, &before, want, nwant,
			    have, encode(tok, ways[i], text, len, have));
		suite_compared((size_t)_i, 1, nwant, len);
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
	    sets[text_below(seed, sizeof(sets) / sizeof(sets[0]))];
	size_t n = 0, len = strlen(set);

	while (n + 4 < max) {
		size_t i = text_below(seed, len), k = 1;

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
	uint64_t seed = suite_seed();

	for (unsigned long n = suite_cases((size_t)_i, 5000) / 100 + 1; n > 0;
	     n--) {
		uint64_t before = seed;
		static uint8_t text[MAX];
		static uint32_t have[MAX], want[MAX];
		size_t len =
		    long_word(&seed, text, 601 + text_below(&seed, MAX - 601));
		size_t nhave = tok_encode(tok, text, len, 0, have, MAX);
		size_t nwant = ref_encode(ref, text, len, want);

		suite_same_ids(
		    tok, text, len, &before, want, nwant, have, nhave);
		suite_compared((size_t)_i, 1, nwant, len);
	}
	ref_free(ref);
}
END_TEST

/*
 * One byte again and again, which is merged in groups, from no longer than a
 * word to longer than a window.
 */
START_TEST(runs)
{
	const struct tok *tok = tok_by_index((size_t)_i);
	struct ref *ref = ref_new(tok_name(tok));
	size_t step = suite_is_long() ? 1 : 37;

	for (unsigned char c = 0; c < 128; c++) {
		static uint8_t text[MAX];
		static uint32_t have[MAX], want[MAX];

		memset(text, c, sizeof(text));
		for (size_t len = 1 + c % step; len < 700; len += step) {
			size_t nhave = tok_encode(tok, text, len, 0, have, MAX);
			size_t nwant = ref_encode(ref, text, len, want);

			suite_same_ids(
			    tok, text, len, NULL, want, nwant, have, nhave);
			if (tok_count(tok, text, len) != nwant)
				suite_fail(tok, text, len, NULL,
				    "the count is another");
			suite_compared((size_t)_i, 0, nwant, len);
		}
	}
	ref_free(ref);
}
END_TEST

int
main(void)
{
	const TTest *tests[] = {all_ways, small_windows, runs};

	return suite_run("tok_paths", tests, 3);
}
