/*
 * The ways through the tokenizer that an ordinary machine and ordinary text
 * do not take: without AVX2, with a window and a stream's buffer so small that
 * every long pretoken needs many, and by any way to encode, whatever it costs.
 */
#include <stdlib.h>
#include <string.h>

/* The way of long text changes after so many; of short text, as ever. */
#define CHOICE_BYTES 100

#include "../../src/tokenizer/cpu.h"
#include "tok_suite.h"

/* How many ways the processor has. */
static size_t
count_ways(void)
{
	return have_avx2() ? 2 : 1;
}

/*
 * These copies take the place of the library's, see the linker, and of what
 * is for AVX2 as well.  They only use the beginning of a stream's buffers.
 */
#define have_avx2() false
#define BPE_WINDOW 600
#undef TOK_STREAM_TEXT
#define TOK_STREAM_TEXT (4 * BPE_WINDOW)
#undef TOK_STREAM_IDS
#define TOK_STREAM_IDS 200
#include "../../src/tokenizer/path.c"
#include "../../src/tokenizer/repeat.c"
#include "../../src/tokenizer/stream.c"
#include "../../src/tokenizer/window.c"
#undef KEEP
#include "../../src/tokenizer/long.c"
#include "../../src/tokenizer/tok.c"

#define MAX 4000

/* Each sort of text begins with another way, and goes on with the next. */
void
choice_begin(struct choice *c, bool is_long, struct variety look)
{
	static unsigned begun;

	(void)is_long;
	(void)look;
	*c = (struct choice){0};
	c->best = c->way = begun++ % WAYS;
}

void
choice_settle(struct choice *c)
{
	c->best = c->way = (c->way + 1) % WAYS;
	c->bytes = c->spent = 0;
}

static size_t
encode(const struct tok *tok, __typeof__(engine_run) *engine_way,
    const uint8_t *text, size_t len, uint32_t *ids)
{
	struct memo_room memo;
	struct sink sink = {.ids = ids, .room = MAX}, count = {.n = 0};
	struct engine e = {.sink = &sink};

	memo_begin(&e.memo, &memo, MEMO_MIN, true);
	vocab_open(&e.v, tok_image(tok), tok->ntok);
	engine_way(&e, tok->kind, text, text + len, true);
	e.sink = &count;
	memo_begin(&e.memo, &memo, MEMO_MIN, false);
	engine_way(&e, tok->kind, text, text + len, true);
	if (count.n != sink.n)
		suite_fail(tok, text, len, NULL, "the count is another");
	return sink.n;
}

/* Has TEXT, made from SEED, its tokens by all ways that the processor has? */
static void
compare_ways(
    int i, struct ref *ref, uint64_t seed, const uint8_t *text, size_t len)
{
	static __typeof__(engine_run) *const ways[] = {
	    engine_run, engine_run_avx2};
	const struct tok *tok = tok_by_index((size_t)i);
	static uint32_t want[MAX], have[MAX];
	size_t nwant = ref_encode(ref, text, len, want);

	for (size_t k = 0; k < count_ways(); k++)
		suite_same_ids(tok, text, len, &seed, want, nwant, have,
		    encode(tok, ways[k], text, len, have));
	suite_compared((size_t)i, 1, nwant, len);
}

START_TEST(all_ways)
{
	struct ref *ref = ref_new(tok_name(tok_by_index((size_t)_i)));
	uint64_t seed = suite_seed();

	for (unsigned long n = suite_cases((size_t)_i, 5000); n > 0; n--) {
		uint64_t before = seed;
		static uint8_t text[MAX];
		size_t len = text_make(ref, &seed, text, 400);

		compare_ways(_i, ref, before, text, len);
	}
	ref_free(ref);
}
END_TEST

/*
 * As many texts as are merged together, each of characters of four bytes: two
 * of these are a long word from the beginning.
 */
extern __typeof__(merge_all) merge_all_avx2;

START_TEST(merged_together)
{
	static __typeof__(merge_all) *const ways[] = {
	    merge_all, merge_all_avx2};
	static const uint8_t thumb[] = "\U0001f44d";
	const struct tok *tok = tok_by_index((size_t)_i);
	struct ref *ref = ref_new(tok_name(tok));
	uint8_t text[MERGE_MAX];
	uint32_t want[MERGE_MAX], have[MERGE_MAX];
	static struct merge m;
	struct vocab v;
	size_t len = 0;

	vocab_open(&v, tok_image(tok), tok->ntok);
	for (; len + 4 <= MERGE_MAX; len += 4)
		memcpy(text + len, thumb, 4);
	for (size_t i = 0; i < count_ways(); i++) {
		m.n = 0;
		while (m.n < MERGE_JOBS)
			merge_add(&m, text, len - m.n % 15 * 4);
		ways[i](&v, &m);
		for (unsigned j = 0; j < m.n; j++) {
			size_t part = len - j % 15 * 4;
			size_t n = ref_encode(ref, text, part, want);

			ck_assert_uint_eq(merge_count(&m.job[j]), n);
			suite_same_ids(tok, text, part, NULL, want, n, have,
			    merge_ids(&v, &m.job[j], have));
		}
	}
	ref_free(ref);
}
END_TEST

/*
 * Letters of few kinds: one pretoken, with many ways to cut it.  Now and then
 * it begins with a run of one letter, or repeats itself.
 */
static size_t
long_word(uint64_t *seed, uint8_t *text, size_t max)
{
	static const char *const sets[] = {"ab", "aaaab", "etaoin", "abcdefgh",
	    "-", "-=", "=*_-", " ", "\u00e9a", "\u0430\u0431", "tion",
	    "\u4e2d\u6587\u7684", "AB\u4e2d"};
	const char *set =
	    sets[text_below(seed, sizeof(sets) / sizeof(sets[0]))];
	size_t n = 0, len = strlen(set), run = 0, period = 0;

	if (text_below(seed, 3) == 0)
		run = text_below(seed, max);
	else if (text_below(seed, 3) == 0)
		period = 1 + text_below(seed, 20);
	while (n + 4 < max) {
		size_t i = n < run ? 0 : text_below(seed, len), k = 1;

		if (period > 0 && n >= period * len) {
			text[n] = text[n - period * len];
			n++;
			continue;
		}
		while (i > 0 && (set[i] & 0xc0) == 0x80)
			i--;
		while (((uint8_t)set[i + k] & 0xc0) == 0x80)
			k++;
		memcpy(text + n, set + i, k);
		n += k;
	}
	return text_valid(text, n);
}

/*
 * Such words, many and short: what one of them became is known in the others,
 * and some end where another one goes on.
 */
static size_t
few_letters(uint64_t *seed, uint8_t *text, size_t max)
{
	size_t n = 0;

	while (max - n > 300) {
		size_t from = n > 0 ? text_below(seed, n) : 0, len = n - from;

		if (len > 0 && text_below(seed, 2) == 0) {
			len = 1 + text_below(seed, len < 90 ? len : 90);
			memcpy(text + n, text + from, len);
			n += text_valid(text + n, len);
		} else {
			n += long_word(
			    seed, text + n, 5 + text_below(seed, 150));
		}
		if (text_below(seed, 4) > 0)
			text[n++] = (uint8_t) "\n\n x"[text_below(seed, 4)];
	}
	return text_valid(text, n);
}

START_TEST(words_of_few_letters)
{
	struct ref *ref = ref_new(tok_name(tok_by_index((size_t)_i)));
	uint64_t seed = suite_seed();

	for (unsigned long n = suite_cases((size_t)_i, 5000) / 20 + 1; n > 0;
	     n--) {
		uint64_t before = seed;
		static uint8_t text[MAX];
		size_t len = few_letters(&seed, text, MAX);

		compare_ways(_i, ref, before, text, len);
	}
	ref_free(ref);
}
END_TEST

/*
 * All of a word is known from the one before, and nothing after it is read; a
 * sanitizer would see that.
 */
START_TEST(known_to_the_end)
{
	static const char *const units[] = {
	    "ab", "abb", "-=", "=--", "\u0430\u0431", " \t"};
	const struct tok *tok = tok_by_index((size_t)_i);
	struct ref *ref = ref_new(tok_name(tok));

	for (size_t i = 0; i < 6 * 40; i++) {
		const char *unit = units[i / 40];
		size_t n = strlen(unit), times = 2 + i % 40, len = 0, nwant;
		uint8_t *text = malloc((2 * times + 1) * n + 1);
		static uint32_t have[MAX], want[MAX];

		ck_assert_ptr_nonnull(text);
		for (size_t k = 0; k <= 2 * times; k++, len += n) {
			if (k == times + 1)
				text[len++] = '\n';
			memcpy(text + len, unit, n);
		}
		nwant = ref_encode(ref, text, len, want);
		suite_same_ids(tok, text, len, NULL, want, nwant, have,
		    tok_encode(tok, text, len, 0, have, MAX));
		ck_assert_uint_eq(tok_count(tok, text, len), nwant);
		suite_compared((size_t)_i, 0, nwant, len);
		free(text);
	}
	ref_free(ref);
}
END_TEST

/* Where each byte is a token, one guess is good for two of them. */
START_TEST(single_bytes)
{
	/* Characters that no vocabulary knows. */
	static const char unit[] = "\u0350\u0351\u0352\u0353\u0350\u0352";
	const struct variety look = {.kinds = 4, .width = 2};
	const struct tok *tok = tok_by_index((size_t)_i);
	size_t period = sizeof(unit) - 1, pos = 0, from = 2 * period;
	static struct memo_room room;
	static struct path path;
	uint8_t text[120];
	struct memo memo;
	struct vocab v;
	unsigned n;

	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = (uint8_t)unit[i % period];
	vocab_open(&v, tok_image(tok), tok->ntok);
	memo_begin(&memo, &room, MEMO_MIN, false);
	path_begin(&path, &v, &memo, text, sizeof(text), NOTHING, look);
	path.ahead = 8;
	for (; pos < from; pos++) {
		struct found t = {vocab_byte(&v, text[pos]), 1};

		guess_learn(&path, pos, sizeof(text), t);
		path.step[++path.n] = t.id | STEP_LEN(t.len);
	}
	n = guess_steps(&path, &pos, sizeof(text));
	ck_assert_uint_ge(pos, sizeof(text) - 8);
	ck_assert_uint_eq(pos - from, 2 * n);
	ck_assert_uint_eq(path.n, pos);
	for (size_t i = from; i < pos; i++) {
		struct found t = step_token(path.step[i + 1]);

		ck_assert_uint_eq(t.id, vocab_byte(&v, text[i]));
		ck_assert_uint_eq(t.len, 1);
	}
	/* None ends where the path failed, be it the first or the second. */
	for (size_t dead = from + 5; dead < from + 7; dead++) {
		path.n = pos = from;
		path.dead[dead / 64] = (uint64_t)1 << dead % 64;
		guess_steps(&path, &pos, sizeof(text));
		ck_assert_uint_eq(pos, dead - 1);
		path.dead[dead / 64] = 0;
	}
	/* What turned out to be wrong is not guessed again. */
	path.n = pos = from + 1;
	guess_learn(&path, pos, sizeof(text), (struct found){v.ntok - 1, 2});
	path.n = pos = from;
	guess_steps(&path, &pos, sizeof(text));
	ck_assert_uint_eq(step_token(path.step[from + 2]).len, 2);
}
END_TEST

/* What the choice between the ways rests on. */
START_TEST(kinds)
{
	static const struct {
		const char *text;
		unsigned len, kinds, width;
	} cases[] = {
	    {"", 0, 0, 1},
	    {"aab", 3, 2, 1},
	    {"\u0430\u0431\u0430", 6, 2, 2},
	    {"-\u0905\u0906", 7, 3, 3},
	    {"abcdefgh", 8, 7, 1},
	    /* A character is cut where the 64 bytes end that tell. */
	    {"-\u0430\u0430\u0430\u0430\u0430\u0430\u0430\u0430\u0430\u0430"
	     "\u0430\u0430\u0430\u0430\u0430\u0430\u0430\u0430\u0430\u0430"
	     "\u0430\u0430\u0430\u0430\u0430\u0430\u0430\u0430\u0430\u0430"
	     "\u0430\u0430\u0430",
		67, 2, 2},
	};

	(void)_i;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct variety v =
		    variety_of((const void *)cases[i].text, cases[i].len);

		ck_assert_uint_eq(v.kinds, cases[i].kinds);
		ck_assert_uint_eq(v.width, cases[i].width);
	}
}
END_TEST

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

/*
 * A long pretoken, and then so much of what may be the next one that it does
 * not wait in the buffer.
 */
static size_t
long_tail(uint64_t *seed, uint8_t *text, size_t max)
{
	bool white = text_below(seed, 2) == 0;
	uint32_t first = white ? '\n' : 0x4e2d;
	size_t half = max / 2, n = 0;

	while (n + 3 < half)
		n += ref_utf8(first, text + n);
	half = text_below(seed, max - n);
	memset(text + n, white ? ' ' : 'A', half);
	return n + half;
}

/* Is there such a tail?  Then ids may differ, see tokenizer.h. */
static bool
has_tail(const uint8_t *text, size_t len)
{
	size_t white = 0, upper = 0;

	for (size_t i = 0; i < len; i++) {
		white = text[i] == ' ' || text[i] == '\t' ? white + 1 : 0;
		upper = text[i] >= 'A' && text[i] <= 'Z' ? upper + 1 : 0;
		if (white > TAIL_MAX || upper > TAIL_MAX)
			return true;
	}
	return false;
}

/* Special tokens, and what looks like one, close together. */
static size_t
specials(uint64_t *seed, uint8_t *text, size_t max)
{
	static const char *const parts[] = {"<|endoftext|>", "<|endofprompt|>",
	    "<|fim_prefix|>", "<|reserved_200001|>", "<|endo", "<|", "<", " a",
	    "b", "\n", "--", "  "};
	size_t n = 0;

	for (;;) {
		const char *s =
		    parts[text_below(seed, sizeof(parts) / sizeof(parts[0]))];

		if (strlen(s) > max - n)
			return n;
		memcpy(text + n, s, strlen(s));
		n += strlen(s);
	}
}

/* Long words among others, broken now and then. */
static size_t
long_text(const struct ref *ref, uint64_t *seed, uint8_t *text, size_t max)
{
	/* What may be the end of a long word, or not. */
	static const char *const ends[] = {"", "", "'s", "n't", "n't", "'",
	    "<|endoftext|>", "<|", "\n/usr", "\u4e9a\u6d32AV", "A", "x", " "};
	bool breaks = text_below(seed, 3) == 0;
	size_t n = 0;

	while (n + 500 < max) {
		const char *end = "";
		uint8_t *p = text + n;
		size_t len, room = max - n - 80, kind = text_below(seed, 16);

		if (room > 6000)
			room = 6000;
		room = 4 + text_below(seed, room - 4);
		if (kind > 4)
			len = text_make(ref, seed, p, 400);
		else if (kind == 4)
			len = specials(seed, p, room);
		else if (kind == 0)
			len = long_tail(seed, p, room);
		else
			len = long_word(seed, p, room);
		if (kind <= 3)
			end = ends[text_below(
			    seed, sizeof(ends) / sizeof(ends[0]))];
		memcpy(p + len, end, strlen(end));
		len += strlen(end);
		n += len;
		if (breaks)
			n += text_break(seed, p, len, len + 50) - len;
	}
	return n;
}

/* Feed TEXT, by SEED, to streams: are these its tokens? */
static void
check_streams(const struct tok *tok, unsigned flags, uint64_t seed,
    const uint8_t *text, size_t len, const uint32_t *want, size_t nwant,
    uint32_t *have)
{
	uint64_t cuts = seed;
	size_t most = (size_t)1 << text_below(&cuts, 14);
	size_t n = suite_stream(tok, flags, &cuts, most, text, len, NULL, 0);

	if (n != nwant)
		suite_fail(tok, text, len, &seed, "the count is another");
	if (has_tail(text, len))
		return;
	n = suite_stream(tok, flags, &cuts, most, text, len, have, nwant);
	suite_same_ids(tok, text, len, &seed, want, nwant, have, n);
}

/* In a stream whose buffer is small, ids and count are those of the whole. */
START_TEST(small_buffers)
{
	enum {
		SIZE = 9000
	};
	const struct tok *tok = tok_by_index((size_t)_i);
	struct ref *ref = ref_new(tok_name(tok));
	uint64_t seed = suite_seed();

	for (unsigned long n = suite_cases((size_t)_i, 15000) / 100; n > 0;
	     n--) {
		static uint8_t text[SIZE], good[3 * SIZE];
		static uint32_t have[3 * SIZE], want[3 * SIZE];
		uint64_t before = seed;
		size_t len = long_text(
		    ref, &seed, text, 1000 + text_below(&seed, SIZE - 1000));
		size_t ngood = text_repair(text, len, good);
		size_t nwant = ref_encode(ref, good, ngood, want);

		/* Random bytes may be a character of a later Unicode. */
		if (!text_known(good, ngood))
			continue;
		check_streams(tok, 0, before, text, len, want, nwant, have);
		suite_compared((size_t)_i, 1, nwant, len);
		/* Special tokens in ordinary text: the whole knows them. */
		nwant =
		    tok_encode(tok, good, ngood, TOK_SPECIAL, want, 3 * SIZE);
		check_streams(
		    tok, TOK_SPECIAL, before, text, len, want, nwant, have);
	}
	ref_free(ref);
}
END_TEST

/*
 * A pretoken that is larger than the buffer, and ends anywhere in what then
 * follows, with what may belong to it or not.
 */
START_TEST(buffer_ends)
{
	static const char *const units[] = {"tion", "-", " "};
	static const char *const ends[] = {
	    "'ll be", "'", "<|endoftext|>", "<|endo", "\n/usr"};
	static const char rest[] = " and so on, for a while, and some more";
	const struct tok *tok = tok_by_index((size_t)_i);
	uint64_t seed = suite_seed();

	if (suite_is_repeated((size_t)_i))
		return;
	for (size_t i = 0; i < 15; i++) {
		const char *unit = units[i / 5], *end = ends[i % 5];
		size_t len = strlen(unit), n = TOK_STREAM_TEXT;

		while (n < 2 * TOK_STREAM_TEXT) {
			static uint8_t text[2 * TOK_STREAM_TEXT + 64];
			static uint32_t want[2 * TOK_STREAM_TEXT + 64];
			static uint32_t have[2 * TOK_STREAM_TEXT + 64];
			size_t more = strlen(end), nwant;
			size_t all = n + more + sizeof(rest) - 1;

			for (size_t k = 0; k < n; k++)
				text[k] = (uint8_t)unit[k % len];
			memcpy(text + n, end, more);
			memcpy(text + n + more, rest, sizeof(rest) - 1);
			nwant =
			    tok_encode(tok, text, all, TOK_SPECIAL, want, all);
			/* Byte by byte: it is filled to the last one. */
			suite_same_ids(tok, text, all, NULL, want, nwant, have,
			    suite_stream(tok, TOK_SPECIAL, &seed, 1, text, all,
				have, nwant));
			suite_compared((size_t)_i, 0, nwant, all);
			n += suite_is_long() ? 1 : 61;
		}
	}
}
END_TEST

int
main(void)
{
	const TTest *tests[] = {all_ways, merged_together, kinds, small_windows,
	    words_of_few_letters, known_to_the_end, single_bytes, small_buffers,
	    buffer_ends, runs};

	return suite_run("tok_paths", tests, sizeof(tests) / sizeof(tests[0]));
}
