/*
 * Text in pieces: the same tokens wherever the pieces end.
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "../../src/tokenizer/tok.h"
#include "tok_suite.h"

static struct tok_stream stream;

/* Feed TEXT in two pieces that meet at CUT; the ids must be WANT. */
static void
check_cut(const struct tok *tok, unsigned flags, const char *text, size_t len,
    size_t cut, const uint32_t *want, size_t n)
{
	static uint32_t ids[4096];
	struct sink have = {.ids = ids, .room = sizeof(ids) / sizeof(ids[0])};

	tok_stream_init(&stream, tok, flags);
	tok_stream_sink(&stream, sink_store, &have);
	tok_stream_feed(&stream, text, cut);
	tok_stream_feed(&stream, text + cut, len - cut);
	ck_assert_uint_eq(tok_stream_finish(&stream), n);
	ck_assert_uint_eq(have.n, n);
	ck_assert_uint_le(have.n, have.room);
	ck_assert(memcmp(have.ids, want, n * sizeof(*want)) == 0);
}

static const char text[] =
    "The quick brown fox's  \n\n  jumps 12345 CamelCASE \u4e2d\u6587\u3002 "
    "I'LL \U0001f600 e\u0301 \xff\xe2\x82 \xf0\x9f\x98 <|endoftext|> <|end "
    "<|endofprompt|> x\r\n//\n\t\u00a0 ABC\u4e2dABC 'S \xed\xa0\x80 \xe2";

START_TEST(two_pieces)
{
	const struct tok *tok = tok_by_index((size_t)_i);
	size_t len = sizeof(text) - 1;

	for (unsigned flags = 0; flags <= TOK_SPECIAL; flags++) {
		uint32_t want[4096];
		size_t n = tok_encode(tok, text, len, flags, want, 4096);

		ck_assert_uint_gt(n, 40);
		for (size_t cut = 0; cut <= len; cut++)
			check_cut(tok, flags, text, len, cut, want, n);
	}
}
END_TEST

START_TEST(byte_by_byte)
{
	const struct tok *tok = tok_by_index((size_t)_i);
	size_t len = sizeof(text) - 1;

	tok_stream_init(&stream, tok, 0);
	for (size_t i = 0; i < len; i++)
		tok_stream_feed(&stream, text + i, 1);
	ck_assert_uint_eq(
	    tok_stream_finish(&stream), tok_count(tok, text, len));
}
END_TEST

START_TEST(nothing)
{
	const struct tok *tok = tok_by_index((size_t)_i);

	tok_stream_init(&stream, tok, 0);
	ck_assert_uint_eq(tok_stream_finish(&stream), 0);
	tok_stream_init(&stream, tok, TOK_SPECIAL);
	tok_stream_feed(&stream, "", 0);
	ck_assert_uint_eq(tok_stream_finish(&stream), 0);
}
END_TEST

/* More than the stream holds, ordinary and in one single pretoken. */

START_TEST(larger_than_the_buffer)
{
	static const char *const units[] = {"word ", "a", " ", "\n", " \n ",
	    "\u4e2d", "\u4e2dA", "1", "-", "/\n", "a\n", "\xff", "\xe2\x82",
	    "A", "ab", "\u0301"};
	static const char *const ends[] = {
	    "", "x", " ", "\n", "A", "'s", "\u4e2d", "1", "\xe2", "."};
	const struct tok *tok = tok_by_index((size_t)_i);
	size_t size = 5 * TOK_STREAM_TEXT / 2;
	char *big = malloc(size + 16);

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		size_t len = strlen(units[i]), n = 0;

		for (; n + len <= size; n += len)
			memcpy(big + n, units[i], len);
		for (size_t j = 0; j < sizeof(ends) / sizeof(ends[0]); j++) {
			size_t all = n + strlen(ends[j]);

			memcpy(big + n, ends[j], strlen(ends[j]));
			tok_stream_init(&stream, tok, 0);
			for (size_t k = 0; k < all; k += 1000)
				tok_stream_feed(&stream, big + k,
				    all - k < 1000 ? all - k : 1000);
			ck_assert_uint_eq(tok_stream_finish(&stream),
			    tok_count(tok, big, all));
		}
	}
	free(big);
}
END_TEST

/*
 * A pretoken larger than the buffer, whose tokens differ from place to place.
 */
START_TEST(long_and_varied)
{
	static const char *const sets[] = {"abcdefghijklmnopqrstuvwxyz",
	    "!\"#$%&()*+,-.:;<=>?@[]^_`{|}~", "ab", "-=", "etaoinshrdlu"};
	const struct tok *tok = tok_by_index((size_t)_i);
	size_t size = 4 * TOK_STREAM_TEXT;
	char *big = malloc(size);
	uint64_t seed = 1;

	for (size_t i = 0; i < sizeof(sets) / sizeof(sets[0]); i++) {
		for (size_t j = 0; j < size; j++) {
			seed = seed * 6364136223846793005u + 1;
			big[j] = sets[i][(seed >> 33) % strlen(sets[i])];
		}
		tok_stream_init(&stream, tok, 0);
		for (size_t k = 0; k < size; k += 1000)
			tok_stream_feed(&stream, big + k,
			    size - k < 1000 ? size - k : 1000);
		ck_assert_uint_eq(
		    tok_stream_finish(&stream), tok_count(tok, big, size));
	}
	free(big);
}
END_TEST

/*
 * One character again and again, in pieces of random size: the ids and the
 * count of one piece.
 */
START_TEST(runs)
{
	static const char *const units[] = {
	    "a", " ", "\n", "-", "\xff", "\u4e2d", "A"};
	enum {
		SIZE = 4 * TOK_STREAM_TEXT
	};
	const struct tok *tok = tok_by_index((size_t)_i);
	uint8_t *big = malloc(SIZE);
	uint32_t *want = malloc(3 * SIZE * sizeof(*want));
	uint32_t *have = malloc(3 * SIZE * sizeof(*have));
	uint64_t seed = suite_seed();

	ck_assert(big && want && have);
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		size_t all = TOK_STREAM_TEXT + 1 +
		             text_below(&seed, SIZE - TOK_STREAM_TEXT - 1);
		size_t len = strlen(units[i]), nwant, nhave, n = 0;

		for (; n + len <= all; n += len)
			memcpy(big + n, units[i], len);
		nwant = tok_encode(tok, big, n, 0, want, 3 * SIZE);
		for (size_t most = 1; most <= SIZE; most *= 512) {
			nhave = suite_stream(
			    tok, 0, &seed, most, big, n, have, nwant);
			suite_same_ids(
			    tok, big, n, NULL, want, nwant, have, nhave);
			nhave =
			    suite_stream(tok, 0, &seed, most, big, n, NULL, 0);
			ck_assert_uint_eq(nhave, nwant);
			suite_compared((size_t)_i, 0, nwant, n);
		}
	}
	free(big);
	free(want);
	free(have);
}
END_TEST

/*
 * Lines of LINE bytes, some of which begin and end alike; that is all by which
 * the memo tells a long word's place.
 */
#define LINE 64
#define LINES (5 * TOK_STREAM_TEXT / LINE)

static void
make_lines(char *lines, size_t period)
{
	uint64_t seed = 1;

	for (size_t i = 0; i < LINES * LINE; i++)
		lines[i] = (char)('a' + text_below(&seed, 26));
	for (size_t i = 0; i < LINES; i++) {
		char *line = lines + i * LINE;

		for (size_t j = 0, k = i % period; j < 8; j++, k /= 8)
			line[j] = (char)('a' + k % 8);
		memset(line + LINE - 9, 'z', 8);
		line[LINE - 1] = '\n';
	}
}

/*
 * Feed them one by one, and move the stream about.  Its tokens have to be WANT.
 * Returns after how many lines there is another in the same place.
 */
static size_t
feed_lines(const struct tok *tok, const char *lines, uint32_t *ids,
    const uint32_t *want, size_t nwant)
{
	struct tok_stream *s;
	char *block = malloc(sizeof(*s) + 64), *moved;
	struct sink sink = {.ids = ids, .room = LINES * LINE};
	size_t gone = 0, before = 0, drops = 0;

	ck_assert_ptr_nonnull(block);
	s = (void *)block;
	tok_stream_init(s, tok, 0);
	if (ids != NULL)
		tok_stream_sink(s, sink_store, &sink);
	for (size_t i = 0; i < LINES; i++) {
		tok_stream_feed(s, lines + i * LINE, LINE);
		if ((i + 1) * LINE - s->fill != gone && ++drops <= 3) {
			before = gone;
			gone = (i + 1) * LINE - s->fill;
		}
		if (i % 1000 == 999) {
			/* To anywhere in a cache line. */
			moved = malloc(sizeof(*s) + 64);
			ck_assert_ptr_nonnull(moved);
			s = memcpy(moved + i / 1000 % 8 * 8, s, sizeof(*s));
			free(block);
			block = moved;
		}
	}
	ck_assert_uint_eq(tok_stream_finish(s), nwant);
	if (ids != NULL)
		suite_same_ids(tok, (const uint8_t *)lines, LINES * LINE, NULL,
		    want, nwant, ids, sink.n);
	ck_assert_uint_ge(drops, 3);
	free(block);
	return (gone - before) / LINE;
}

START_TEST(other_words_in_their_place)
{
	const struct tok *tok = tok_by_index((size_t)_i);
	char *lines = malloc(LINES * LINE);
	uint32_t *want = malloc(LINES * LINE * sizeof(*want));
	uint32_t *have = malloc(LINES * LINE * sizeof(*have));
	size_t period = LINES;

	ck_assert(lines && want && have);
	for (int i = 0; i < 2; i++) {
		size_t n;

		make_lines(lines, period);
		n = tok_encode(tok, lines, LINES * LINE, 0, want, LINES * LINE);
		period = feed_lines(tok, lines, NULL, NULL, n);
		ck_assert_uint_eq(
		    feed_lines(tok, lines, have, want, n), period);
		suite_compared((size_t)_i, 0, n, LINES * LINE);
	}
	free(lines);
	free(want);
	free(have);
}
END_TEST

/*
 * Pretokens that come again and again, so that most are remembered: their ids
 * are those that each has alone, in one piece, in many, and with room for some.
 */
#define UNITS 60

struct unit {
	uint8_t text[100];
	size_t len, n;
	uint32_t ids[100];
};

/* A word, or white space and a letter; most are many tokens. */
static void
make_unit(const struct tok *tok, uint64_t *seed, struct unit *u)
{
	size_t most = text_below(seed, 2) ? 14 : sizeof(u->text) - 2;
	size_t len = 2 + text_below(seed, most);
	int white = text_below(seed, 3) == 0;

	u->text[0] = white ? '\n' : ' ';
	for (size_t i = 1; i < len; i++)
		u->text[i] =
		    white ? ' ' : (uint8_t)('a' + text_below(seed, 26));
	u->text[len - 1] = 'x';
	u->len = len;
	u->n = tok_encode(tok, u->text, len, 0, u->ids, 100);
	ck_assert_uint_le(u->n, 100);
}

START_TEST(remembered)
{
	enum {
		SIZE = 4 * TOK_STREAM_TEXT
	};
	const struct tok *tok = tok_by_index((size_t)_i);
	static struct unit units[UNITS];
	uint8_t *big = malloc(SIZE);
	uint32_t *want = malloc(SIZE * sizeof(*want));
	uint32_t *have = malloc(SIZE * sizeof(*have));
	uint64_t seed = suite_seed();
	size_t len = 0, n = 0;

	ck_assert(big && want && have);
	for (size_t i = 0; i < UNITS; i++)
		make_unit(tok, &seed, &units[i]);
	while (len + sizeof(units[0].text) <= SIZE) {
		const struct unit *u = &units[text_below(&seed, UNITS)];

		memcpy(big + len, u->text, u->len);
		memcpy(want + n, u->ids, u->n * sizeof(*want));
		len += u->len;
		n += u->n;
	}
	ck_assert_uint_eq(tok_count(tok, big, len), n);
	for (size_t most = 100; most <= SIZE; most *= 100)
		suite_same_ids(tok, big, len, NULL, want, n, have,
		    suite_stream(tok, 0, &seed, most, big, len, have, n));
	for (size_t cap = n; cap > 0; cap -= 1 + text_below(&seed, cap)) {
		/* No larger, so that a sanitizer sees what is beyond. */
		uint32_t *some = malloc(cap * sizeof(*some));

		ck_assert_ptr_nonnull(some);
		ck_assert_uint_eq(tok_encode(tok, big, len, 0, some, cap), n);
		ck_assert(memcmp(some, want, cap * sizeof(*some)) == 0);
		free(some);
	}
	suite_compared((size_t)_i, 0, n, len);
	free(big);
	free(want);
	free(have);
}
END_TEST

/* What takes the most of it: long pretokens, invalid bytes, a stream. */
static void *
work(void *arg)
{
	enum {
		SIZE = 4 * TOK_STREAM_TEXT
	};
	const struct tok *tok = arg;
	char *big = malloc(SIZE);
	uint64_t seed = 1;
	size_t n;

	for (size_t i = 0; i < SIZE; i++) {
		seed = seed * 6364136223846793005u + 1;
		big[i] = (char)('a' + (seed >> 33) % 26);
	}
	n = tok_count(tok, big, SIZE);
	big[SIZE / 2] = '\xff';
	n += tok_count(tok, big, SIZE);
	tok_stream_init(&stream, tok, 0);
	tok_stream_feed(&stream, big, SIZE);
	n += tok_stream_finish(&stream);
	free(big);
	return n > 0 ? arg : NULL;
}

/* The promise of tokenizer.h: 1 MB, for code as it is shipped. */
START_TEST(bounded_stack)
{
	struct tok *tok = (struct tok *)(uintptr_t)tok_by_index((size_t)_i);
	pthread_attr_t attr;
	pthread_t thread;
	void *done = NULL;

	ck_assert_int_eq(pthread_attr_init(&attr), 0);
	ck_assert_int_eq(pthread_attr_setstacksize(&attr, 1 << 20), 0);
	ck_assert_int_eq(pthread_create(&thread, &attr, work, tok), 0);
	ck_assert_int_eq(pthread_join(thread, &done), 0);
	ck_assert_ptr_eq(done, tok);
	pthread_attr_destroy(&attr);
}
END_TEST

int
main(void)
{
	const TTest *tests[] = {two_pieces, byte_by_byte, nothing,
	    larger_than_the_buffer, long_and_varied, runs,
	    other_words_in_their_place, remembered, bounded_stack};
	size_t n = sizeof(tests) / sizeof(tests[0]);

#ifdef __SANITIZE_ADDRESS__
	n--; /* it takes more stack */
#endif
	return suite_run("tok_stream", tests, n);
}
