/*
 * The pre-tokenizers against their published patterns: where pretokens end,
 * whether or not the tokens would tell, and how much text that takes.
 */
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

START_TEST(random_texts)
{
	struct ref *ref = ref_new(tok_name(tok_by_index((size_t)_i)));
	uint64_t seed = suite_seed();

	for (unsigned long n = suite_cases((size_t)_i, 10000); n > 0; n--) {
		static uint8_t text[MAX];
		uint64_t before = seed;

		check(_i, ref, text, text_make(ref, &seed, text, MAX), &before);
	}
	ref_free(ref);
}
END_TEST

int
main(void)
{
	const TTest *tests[] = {random_texts};

	return suite_run("tok_scan", tests, sizeof(tests) / sizeof(tests[0]));
}
