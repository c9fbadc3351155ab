/*
 * The choice between the ways to encode: ways that cost what a test says.
 */
#include "../../src/tokenizer/ways.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static const struct variety four = {.kinds = 4, .width = 1};

/* Encode BYTES, piece by piece.  Returns how many were not by the way BEST. */
#define PIECE 50
static size_t
encode(struct choice *c, const size_t cost[WAYS], size_t bytes, enum way best)
{
	size_t others = 0;

	for (size_t n = 0; n < bytes; n += PIECE) {
		enum way way = choice_way(c);

		ck_assert_uint_lt(way, WAYS);
		others += way != best ? PIECE : 0;
		choice_add(c, PIECE, PIECE * cost[way]);
	}
	return others;
}

/* Whatever way is the quickest is found, and then used nearly always. */
START_TEST(quickest)
{
	for (unsigned kinds = 0; kinds <= VARIETY_MAX; kinds++)
		for (enum way best = 0; best < WAYS; best++) {
			struct variety look = {.kinds = kinds, .width = 1};
			size_t cost[WAYS];
			static struct ways ways;
			struct choice *c;

			memset(&ways, 0, sizeof(ways));
			/* The nearer the better, so that it is found. */
			for (unsigned i = 0; i < WAYS; i++)
				cost[i] =
				    10 + 10u * (i < best ? best - i : i - best);
			c = ways_choice(&ways, _i, look);
			encode(c, cost, 100000, best);
			ck_assert_uint_eq(c->best, best);
			ck_assert_uint_lt(
			    encode(c, cost, 1000000, best), 1000000 / 16);
		}
}
END_TEST

/* A short text has no time for it. */
START_TEST(nothing_is_tried_at_once)
{
	size_t cost[WAYS] = {9, 9, 9, 9, 9};
	struct choice c;

	choice_begin(&c, _i, four);
	ck_assert_uint_eq(encode(&c, cost, 30000, choice_way(&c)), 0);
}
END_TEST

/* What has to be learned first is not given up while it is. */
START_TEST(learning)
{
	size_t cost[WAYS] = {100, 100, 100, 100, 100};
	struct choice c;
	bool tried = false;

	choice_begin(&c, _i, four);
	c.best = WAY_STEP;
	for (size_t n = 0, other = 0; n < 200000; n += PIECE) {
		enum way way = choice_way(&c);

		/* Guesses take more at first. */
		cost[WAY_GUESS_4] = other < 8000 ? 300 - other / 32 : 50;
		other += way == WAY_GUESS_4 ? PIECE : 0;
		tried = tried || way == WAY_GUESS_4;
		choice_add(&c, PIECE, PIECE * cost[way]);
	}
	ck_assert(tried);
	ck_assert_uint_eq(c.best, WAY_GUESS_4);
}
END_TEST

/* However dear the other ways are, trying them takes a small part of all. */
START_TEST(dear)
{
	static const size_t often[] = {10, 100, 1000};

	for (size_t k = 0; k < sizeof(often) / sizeof(often[0]); k++)
		for (size_t mb = 1; mb <= 30; mb += 29) {
			size_t cost = 0, bytes = mb * 1000000;
			struct choice c;
			enum way best;

			choice_begin(&c, _i, four);
			best = choice_way(&c);
			for (size_t n = 0; n < bytes; n += PIECE) {
				size_t more = choice_way(&c) == best
				                  ? PIECE
				                  : PIECE * often[k];

				cost += more;
				choice_add(&c, PIECE, more);
			}
			ck_assert_uint_eq(c.best, best);
			ck_assert_uint_lt(cost, bytes + bytes / 5);
		}
}
END_TEST

/* Text that becomes another is encoded in another way soon. */
START_TEST(another_text)
{
	size_t cost[WAYS] = {50, 40, 5, 60, 60};
	struct choice c;

	choice_begin(&c, _i, four);
	encode(&c, cost, 1000000, WAY_GUESS_4);
	ck_assert_uint_eq(c.best, WAY_GUESS_4);
	cost[WAY_GUESS_4] = 80;
	ck_assert_uint_lt(encode(&c, cost, 200000, WAY_STEP), 80000);
	ck_assert_uint_eq(c.best, WAY_STEP);
}
END_TEST

/* Costs of any size, and pieces of any, or of none. */
START_TEST(any_costs)
{
	unsigned seed = 1;
	struct choice c;

	choice_begin(&c, _i, four);
	for (unsigned i = 0; i < 100000; i++) {
		seed = seed * 1103515245 + 12345;
		choice_add(&c, seed >> 8 & 1 ? 0 : seed >> 9 & 0x3fff,
		    (size_t)(seed >> 16) << (seed >> 3 & 15));
		ck_assert_uint_lt(choice_way(&c), WAYS);
		ck_assert(choice_way(&c) == c.best || c.state == CHOICE_OTHER);
	}
}
END_TEST

/* Merging costs more the more merges it takes, and beyond ASCII. */
START_TEST(merged)
{
	(void)_i;
	ck_assert_uint_gt(cost_merged(20, 1, 5), cost_merged(20, 1, 6));
	ck_assert_uint_gt(cost_merged(40, 2, 20), cost_merged(20, 1, 20));
	/* Characters that are several tokens each. */
	ck_assert_uint_eq(cost_merged(40, 2, 20), cost_merged(40, 2, 40));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("tok_ways");
	TCase *tc = tcase_create("tok_ways");
	SRunner *r = srunner_create(s);
	int failed;

	suite_add_tcase(s, tc);
	/* Short text, and long. */
	tcase_add_loop_test(tc, quickest, 0, 2);
	tcase_add_loop_test(tc, nothing_is_tried_at_once, 0, 2);
	tcase_add_loop_test(tc, learning, 0, 2);
	tcase_add_loop_test(tc, dear, 0, 2);
	tcase_add_loop_test(tc, another_text, 0, 2);
	tcase_add_loop_test(tc, any_costs, 0, 2);
	tcase_add_loop_test(tc, merged, 0, 1);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
