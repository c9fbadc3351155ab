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

/* What the masks say of the block at P. */
static uint64_t
block_starts(enum scan_kind kind, const uint8_t *p)
{
	struct classes c;

	classify(p, &c);
	if (c.high != 0)
		classify_wide(kind, p, &c);
	return find_starts(kind, p, &c);
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

	starts = block_starts(tok->kind, text + pos) & ~(uint64_t)1;
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

/* One of the N characters of SET, to TEXT; its length. */
static size_t
put_one(const char *const *set, unsigned n, uint64_t *seed, uint8_t *text)
{
	const char *one = set[text_below(seed, n)];

	memcpy(text, one, strlen(one));
	return strlen(one);
}

/*
 * Runs of one kind, longer than a block or not, and what may come between: the
 * first PLAIN of SET are of that kind, the N in all.
 */
static void
check_runs(int i, const char *const *set, unsigned plain, unsigned n)
{
	struct ref *ref = ref_new(tok_name(tok_by_index((size_t)i)));
	uint64_t seed = suite_seed();

	for (unsigned long left = suite_cases((size_t)i, 2000); left > 0;
	     left--) {
		static uint8_t text[MAX + 4];
		uint64_t before = seed;
		size_t len = 0;

		while (len < MAX) {
			size_t run = 1 + text_below(&seed, 3);
			unsigned kinds = 1 + (unsigned)text_below(&seed, plain);

			if (text_below(&seed, 8) == 0)
				run = text_below(&seed, 100);
			for (; run > 0 && len < MAX; run--)
				len += put_one(set, kinds, &seed, text + len);
			if (len < MAX)
				len += put_one(
				    set + plain, n - plain, &seed, text + len);
		}
		check(i, ref, text, len, &before);
		check_blocks(i, ref, text, len, &before);
	}
	ref_free(ref);
}

START_TEST(white_space)
{
	/* U+0085, U+00A0, U+2028 and U+3000 among them. */
	static const char *const set[] = {" ", "\t", "\v", "\f", "\xc2\x85",
	    "\xc2\xa0", "\xe2\x80\xa8", "\xe3\x80\x80", "\n", "\r", "!", "a",
	    "/", "\xcc\x81", "\xc3\xa9", "1"};

	check_runs(_i, set, 8, 16);
}
END_TEST

START_TEST(numbers)
{
	/* Arabic and mathematical digits, a Roman numeral, a superscript. */
	static const char *const set[] = {"7", "\xd9\xa3", "\xc2\xb2",
	    "\xe2\x85\xa7", "\xf0\x9d\x9f\x98", " ", "\n", "a", "\xc3\xa9",
	    "\xcc\x81", "-", "\xe2\x80\x93", "\xc2\xa0"};

	check_runs(_i, set, 5, 13);
}
END_TEST

/*
 * Nothing is left to the scanner, which takes longer, but what the block cuts:
 * of wide numbers, and of wide white space before a newline, too.
 */
START_TEST(no_rest)
{
	static const char digit[] = "\xd9\xa3", space[] = "\xe3\x80\x80\n";
	const struct tok *tok = tok_by_index((size_t)_i);
	uint8_t text[64 + 16];

	if (tok->kind == SCAN_P50)
		return; /* knows no end of either */
	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = (uint8_t)digit[i % 2];
	ck_assert_uint_eq(block_starts(tok->kind, text), 0x1041041041041041u);
	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = i % 5 == 4 ? 'a' : (uint8_t)space[i % 5];
	ck_assert_uint_eq(block_starts(tok->kind, text),
	    0x1084210842108421u | 0x1084210842108421u << 4);
}
END_TEST

int
main(void)
{
	const TTest *tests[] = {random_texts, white_space, numbers, no_rest};

	return suite_run("tok_scan", tests, sizeof(tests) / sizeof(tests[0]));
}
