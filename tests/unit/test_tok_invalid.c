/*
 * Text that is not UTF-8 has the ids of the same text with U+FFFD for each
 * maximal subpart of a character, in one piece and in many.
 */
#include <stdlib.h>
#include <string.h>

#include "tok_suite.h"

#define MAX 400

/* Of the broken TEXT with the encoding at I: are these its ids? */
static void
check(int i, const uint8_t *text, size_t len, const uint64_t *seed,
    const uint32_t *want, size_t nwant, uint32_t *have)
{
	const struct tok *tok = tok_by_index((size_t)i);
	uint64_t cuts = *seed;
	size_t most = (size_t)1 << text_below(&cuts, 17);
	size_t n = tok_encode(tok, text, len, 0, have, nwant);

	suite_same_ids(tok, text, len, seed, want, nwant, have, n);
	n = suite_stream(tok, 0, &cuts, most, text, len, have, nwant);
	suite_same_ids(tok, text, len, seed, want, nwant, have, n);
	if (tok_count(tok, text, len) != nwant ||
	    suite_stream(tok, 0, &cuts, most, text, len, NULL, 0) != nwant)
		suite_fail(tok, text, len, seed, "the count is another");
	suite_compared((size_t)i, 1, nwant, len);
}

/* Any bytes, of which many could begin or continue a character. */
static size_t
any_bytes(uint64_t *seed, uint8_t *text)
{
	static const uint8_t range[][2] = {{0, 255}, {0x80, 0xbf}, {0xc0, 0xdf},
	    {0xe0, 0xef}, {0xf0, 0xff}, {0, 0x7f}, {'a', 'z'}};
	size_t n = text_below(seed, MAX);
	size_t kinds = 1 + text_below(seed, sizeof(range) / sizeof(range[0]));

	for (size_t i = 0; i < n; i++) {
		const uint8_t *r = range[text_below(seed, kinds)];

		text[i] = (uint8_t)(r[0] + text_below(seed, r[1] - r[0] + 1u));
	}
	return n;
}

START_TEST(short_texts)
{
	struct ref *ref = ref_new(tok_name(tok_by_index((size_t)_i)));
	uint64_t seed = suite_seed();

	for (unsigned long n = suite_cases((size_t)_i, 10000) / 2; n > 0; n--) {
		static uint8_t text[MAX], good[3 * MAX];
		static uint32_t want[3 * MAX], have[3 * MAX];
		uint64_t before = seed;
		size_t len, ngood;

		if (text_below(&seed, 3) > 0) {
			len = text_make(ref, &seed, text, MAX - 50);
			len = text_break(&seed, text, len, MAX);
		} else {
			len = any_bytes(&seed, text);
		}
		ngood = text_repair(text, len, good);
		/* Random bytes may be a character of a later Unicode. */
		if (text_known(good, ngood))
			check(_i, text, len, &before, want,
			    ref_encode(ref, good, ngood, want), have);
	}
	ref_free(ref);
}
END_TEST

/* What does not fit in a stream at once, broken where it is full. */
START_TEST(large_texts)
{
	enum {
		SIZE = 3 * TOK_STREAM_TEXT
	};
	const struct tok *tok = tok_by_index((size_t)_i);
	struct ref *ref = ref_new(tok_name(tok));
	uint8_t *text = malloc(SIZE), *good = malloc(3 * SIZE);
	uint32_t *want = malloc(3 * SIZE * sizeof(*want));
	uint32_t *have = malloc(3 * SIZE * sizeof(*have));
	uint64_t seed = suite_seed();

	ck_assert(text && good && want && have);
	for (unsigned long n = suite_cases((size_t)_i, 15000) / 2500; n > 0;
	     n--) {
		uint64_t before = seed;
		size_t all = 0, nwant;

		while (all < SIZE - 1000) {
			/* Streams take this much at once. */
			size_t each = TOK_STREAM_TEXT / 4;
			size_t to =
			    (all / each + 1) * each - text_below(&seed, 9);

			if (all > to)
				to = all;
			for (; all + MAX < to && all + MAX < SIZE;)
				all += text_make(ref, &seed, text + all, MAX);
			for (; all < to && all < SIZE; all++)
				text[all] = 'x';
			all += text_break(&seed, text + all, 0, SIZE - all);
		}
		nwant = tok_encode(
		    tok, good, text_repair(text, all, good), 0, want, 3 * SIZE);
		check(_i, text, all, &before, want, nwant, have);
	}
	free(text);
	free(good);
	free(want);
	free(have);
	ref_free(ref);
}
END_TEST

int
main(void)
{
	const TTest *tests[] = {short_texts, large_texts};

	return suite_run(
	    "tok_invalid", tests, sizeof(tests) / sizeof(tests[0]));
}
