/*
 * The tokenizer against the reference of tok_ref.h.
 */
#include <string.h>

#include "tok_suite.h"

#define MAX 320
#define MOST 20000

/* All texts and ids end where their arrays do, for who watches over those. */
static uint8_t text_room[MOST], back_room[MOST];
static uint32_t our_room[MOST], their_room[MOST];

/* SEED is what made a random text, NULL if it is none. */
static void
compare(int i, struct ref *ref, const uint8_t *bytes, size_t len,
    const uint64_t *seed)
{
	const struct tok *tok = tok_by_index((size_t)i);
	uint8_t *text = text_room + MOST - len, *back = back_room + MOST - len;
	uint32_t *theirs = their_room + MOST - len, *ours;
	size_t m, n;

	memcpy(text, bytes, len);
	m = ref_encode(ref, text, len, theirs);
	ours = our_room + MOST - m;
	n = tok_encode(tok, text, len, 0, ours, m);
	suite_same_ids(tok, text, len, seed, theirs, m, ours, n);
	if (tok_count(tok, text, len) != m)
		suite_fail(tok, text, len, seed, "the count is another");
	if (tok_decode(tok, ours, n, back, len) != len ||
	    memcmp(back, text, len) != 0)
		suite_fail(tok, text, len, seed, "it is decoded otherwise");
	suite_compared((size_t)i, seed != NULL, m, len);
}

START_TEST(random_texts)
{
	struct ref *ref = ref_new(tok_name(tok_by_index((size_t)_i)));
	uint64_t seed = suite_seed();

	for (unsigned long n = suite_cases((size_t)_i, 10000); n > 0; n--) {
		uint64_t before = seed;
		uint8_t text[MAX];
		size_t len = text_make(ref, &seed, text, sizeof(text));

		compare(_i, ref, text, len, &before);
	}
	ref_free(ref);
}
END_TEST

/* Every token's own bytes, and with something before and behind. */
START_TEST(every_token)
{
	const struct tok *tok = tok_by_index((size_t)_i);
	struct ref *ref = ref_new(tok_name(tok));
	uint32_t step = suite_is_repeated((size_t)_i) ? 17 : 1;

	for (uint32_t id = 0; id < ref_ntok(ref); id += step) {
		size_t len;
		const uint8_t *b = ref_token(ref, id, &len);
		uint8_t text[512], buf[TOK_BYTES_MAX];

		if (b == NULL) {
			ck_assert_uint_eq(id, 50256);
			continue;
		}
		if (tok_bytes(tok, id, buf) != len || memcmp(buf, b, len) != 0)
			suite_fail(tok, b, len, NULL, "not the token's bytes");
		if (text_valid(b, len) < len)
			continue;
		compare(_i, ref, b, len, NULL);
		text[0] = ' ';
		memcpy(text + 1, b, len);
		text[len + 1] = 'x';
		compare(_i, ref, text, len + 2, NULL);
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
	uint32_t step = suite_is_long() ? 1 : 7;

	for (uint32_t cp = 0; cp < 0x110000; cp += cp < 0x3400 ? 1 : step) {
		if (cp >= 0xd800 && cp < 0xe000)
			continue;
		if ((cp >= 0x20000 && cp % 16 != 0) || !ref_knows(cp))
			continue;
		for (size_t i = 0; i < sizeof(around) / sizeof(around[0]);
		     i += cp < 0x3400 || step == 1 ? 1 : 5) {
			uint8_t text[16];
			size_t n = strlen(around[i][0]);

			memcpy(text, around[i][0], n);
			n += ref_utf8(cp, text + n);
			memcpy(text + n, around[i][1], strlen(around[i][1]));
			n += strlen(around[i][1]);
			compare(_i, ref, text, n, NULL);
		}
	}
	ref_free(ref);
}
END_TEST

/*
 * Every sequence of a few of the characters that the patterns tell apart,
 * among words, at every place in a block of 64 bytes.
 */
START_TEST(every_sequence)
{
	static const char kinds[] = "aA1 \n\r\t'sS/.";
	enum {
		N = sizeof(kinds) - 1,
		WORDS = 160
	};
	struct ref *ref = ref_new(tok_name(tok_by_index((size_t)_i)));
	unsigned long all = 1;
	uint8_t text[WORDS];
	size_t len = suite_is_long() ? 5 : 4;

	for (size_t i = 0; i < len; i++)
		all *= N;
	for (unsigned long n = 0; n < all; n++) {
		/* 67 and N have no factor in common. */
		size_t at = n % 67;

		for (size_t i = 0; i < WORDS; i++)
			text[i] = i % 2 == 0 ? ' ' : 'a';
		for (unsigned long k = n; at < n % 67 + len; k /= N)
			text[at++] = (uint8_t)kinds[k % N];
		compare(_i, ref, text, WORDS, NULL);
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
	static uint8_t text[MOST];

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		size_t len = strlen(units[i]), n = 0;

		for (; n + len <= sizeof(text); n += len)
			memcpy(text + n, units[i], len);
		compare(_i, ref, text, n, NULL);
	}
	ref_free(ref);
}
END_TEST

int
main(void)
{
	const TTest *tests[] = {random_texts, every_token, every_code_point,
	    every_sequence, long_pretokens};

	return suite_run("tok_diff", tests, sizeof(tests) / sizeof(tests[0]));
}
