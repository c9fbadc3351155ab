/*
 * The pre-tokenizers against their published patterns: where pretokens end,
 * whether or not the tokens would tell, and how much text that takes.
 */
#include "../../src/tokenizer/starts.h"
#include "../../src/tokenizer/tok.h"
#include "tok_suite.h"

#define MAX 320

/*
 * Each pretoken ends where the pattern says; and where it is said that more
 * text would change nothing, less text changes nothing.
 */
static void
check(int i, const struct ref *ref, const uint8_t *text, size_t len,
    const uint64_t *seed)
{
	const struct tok *tok = tok_by_index((size_t)i);
	uint64_t cuts = *seed;
	size_t pos = 0;

	while (pos < len) {
		size_t end = ref_split(ref, text, len, pos);
		size_t cut = pos + 1 + text_below(&cuts, end - pos + 5);
		const uint8_t *p = text + pos, *look;

		if (scan_next(tok->kind, p, text + len, &look) != text + end)
			suite_fail(
			    tok, text, len, seed, "a pretoken ends elsewhere");
		if (cut > len)
			cut = len;
		while (cut < len && (text[cut] & 0xc0) == 0x80)
			cut++;
		if (scan_next(tok->kind, p, text + cut, &look) != text + end &&
		    look < text + cut)
			suite_fail(tok, text, len, seed,
			    "what was not looked at matters");
		pos = end;
	}
	suite_compared((size_t)i, 1, 0, len);
}

/*
 * Of the block at POS, where a pretoken begins, the masks say no start that is
 * none, and leave out none before the last one that they say.
 */
static void
check_block(int i, const struct ref *ref, const uint8_t *text, size_t len,
    size_t pos, const uint64_t *seed)
{
	const struct tok *tok = tok_by_index((size_t)i);
	uint64_t starts, want = 0, upto;
	struct classes c;

	classify(text + pos, &c);
	if (c.high != 0)
		classify_wide(tok->kind, text + pos, &c);
	starts = find_starts(tok->kind, text + pos, &c) & ~(uint64_t)1;
	if (starts == 0)
		return;
	upto = highest_bit(starts) | (highest_bit(starts) - 1);
	for (size_t at = ref_split(ref, text, len, pos); at - pos < 64;
	     at = ref_split(ref, text, len, at))
		want |= (uint64_t)1 << (at - pos);
	if ((want & upto) != starts)
		suite_fail(tok, text, len, seed, "the masks say others");
}

/* At each place where that is done: enough text is left. */
static void
check_blocks(int i, const struct ref *ref, const uint8_t *text, size_t len,
    const uint64_t *seed)
{
	for (size_t pos = 0; len - pos >= 64 + 16;
	     pos = ref_split(ref, text, len, pos))
		check_block(i, ref, text, len, pos, seed);
}

START_TEST(random_texts)
{
	struct ref *ref = ref_new(tok_name(tok_by_index((size_t)_i)));
	uint64_t seed = suite_seed();

	for (unsigned long n = suite_cases((size_t)_i, 10000); n > 0; n--) {
		static uint8_t text[MAX];
		uint64_t before = seed;
		size_t len = text_make(ref, &seed, text, MAX);

		check(_i, ref, text, len, &before);
		check_blocks(_i, ref, text, len, &before);
	}
	ref_free(ref);
}
END_TEST

/* Runs that are longer than a block, and what may come between. */
START_TEST(white_space)
{
	static const char plain[] = " \t\v\f", other[] = "\n\r!a/";
	struct ref *ref = ref_new(tok_name(tok_by_index((size_t)_i)));
	uint64_t seed = suite_seed();

	for (unsigned long n = suite_cases((size_t)_i, 2000); n > 0; n--) {
		static uint8_t text[MAX];
		uint64_t before = seed;
		size_t len = 0;

		while (len < MAX) {
			size_t run = 1 + text_below(&seed, 3);

			if (text_below(&seed, 8) == 0)
				run = text_below(&seed, 100);
			if (run > MAX - len)
				run = MAX - len;
			memset(text + len, plain[text_below(&seed, 4)], run);
			len += run;
			if (len < MAX)
				text[len++] =
				    (uint8_t)other[text_below(&seed, 5)];
		}
		check(_i, ref, text, len, &before);
		check_blocks(_i, ref, text, len, &before);
	}
	ref_free(ref);
}
END_TEST

int
main(void)
{
	const TTest *tests[] = {random_texts, white_space};

	return suite_run("tok_scan", tests, sizeof(tests) / sizeof(tests[0]));
}
