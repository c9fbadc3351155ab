/*
 * The choice between the ways to encode: ways that cost what a test says.
 */
#include "../../src/tokenizer/ways.c"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static const struct variety four = {.kinds = 4, .width = 1};

/* A choice whose best way is BEST, of which nothing else is known. */
static struct choice
begin(enum way best)
{
	struct choice c;

	choice_begin(&c, false, four);
	c.best = c.way = best;
	return c;
}

/* Encode BYTES, by PIECE.  Returns how many were not by the way BEST. */
#define PIECE 50
static size_t
encode_by(struct choice *c, size_t piece, const size_t cost[WAYS], size_t bytes,
    enum way best)
{
	size_t others = 0;

	for (size_t n = 0; n < bytes; n += piece) {
		others += c->way != best ? piece : 0;
		choice_add(c, c->way, piece, piece * cost[c->way]);
	}
	ck_assert_uint_lt(c->way, WAYS);
	return others;
}

static size_t
encode(struct choice *c, const size_t cost[WAYS], size_t bytes, enum way best)
{
	return encode_by(c, PIECE, cost, bytes, best);
}

/* Encode until another way is to go than now; how much all cost until then. */
static uint64_t
until_other(struct choice *c, const size_t cost[WAYS])
{
	for (enum way way = c->way; c->way == way;)
		choice_add(c, way, PIECE, PIECE * cost[way]);
	return c->total;
}

/* Whatever way is the quickest is found, and then used nearly always. */
START_TEST(quickest)
{
	static const size_t piece[] = {20, PIECE, 2000};
	/* By how much others may be used: a trial takes two pieces at least. */
	static const size_t most[] = {1000000 / 16, 1000000 / 16, 1000000 / 8};

	for (unsigned kinds = 0; kinds <= VARIETY_MAX; kinds++)
		for (enum way best = 0; best < WAYS; best++) {
			struct variety look = {.kinds = kinds, .width = 1};
			size_t cost[WAYS];
			struct choice c;

			choice_begin(&c, _i % 2, look);
			/* The nearer the better, so that it is found. */
			for (unsigned i = 0; i < WAYS; i++)
				cost[i] =
				    10 + 10u * (i < best ? best - i : i - best);
			encode_by(&c, piece[_i / 2], cost, 200000, best);
			ck_assert_uint_eq(c.best, best);
			ck_assert_uint_lt(
			    encode_by(&c, piece[_i / 2], cost, 1000000, best),
			    most[_i / 2]);
		}
}
END_TEST

/* Each sort of text has a choice of its own, that begins once. */
START_TEST(sorts)
{
	static struct ways ways;
	unsigned n = 0;

	(void)_i;
	memset(&ways, 0xff, sizeof(ways));
	ways_begin(&ways);
	for (unsigned times = 0; times < 2; times++)
		for (unsigned is_long = 0; is_long < 2; is_long++)
			for (unsigned i = 0; i < 4 * (VARIETY_MAX + 1); i++) {
				struct variety look = {i / 4, i % 4 + 1};
				struct choice *c =
				    ways_choice(&ways, is_long, look);

				ck_assert_uint_eq(c->total, times * ++n);
				c->total = times == 0 ? n : 0;
				n %= 8 * (VARIETY_MAX + 1);
			}
}
END_TEST

/* What each sort of text begins with. */
START_TEST(first)
{
	static const struct {
		bool is_long;
		struct variety look;
		enum way way;
	} known[] = {
	    {false, {1, 1}, WAY_GUESS_8},
	    {false, {2, 1}, WAY_GUESS_8},
	    {false, {2, 2}, WAY_MERGE},
	    {false, {3, 1}, WAY_MERGE},
	    {false, {7, 2}, WAY_MERGE},
	    {true, {2, 2}, WAY_GUESS_8},
	    {true, {3, 1}, WAY_GUESS_4},
	    {true, {5, 1}, WAY_GUESS_4},
	    {true, {6, 1}, WAY_MERGE},
	    {true, {7, 1}, WAY_MERGE},
	    {true, {7, 2}, WAY_GUESS_4},
	    {false, {4, 3}, WAY_GUESS_6},
	    {true, {5, 3}, WAY_STEP},
	    {true, {1, 4}, WAY_GUESS_6},
	};

	(void)_i;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		struct choice c;

		choice_begin(&c, known[i].is_long, known[i].look);
		ck_assert_uint_eq(c.way, known[i].way);
		ck_assert_uint_eq(c.best, known[i].way);
	}
}
END_TEST

/* A short text has no time for it. */
START_TEST(nothing_is_tried_at_once)
{
	size_t cost[WAYS] = {9, 9, 9, 9, 9};
	struct choice c;

	choice_begin(&c, _i, four);
	ck_assert_uint_eq(encode(&c, cost, 15000, c.way), 0);
}
END_TEST

/* The ways are tried one after another, longer guesses first, and then again;
 * but longer guesses only where shorter ones are the best. */
START_TEST(order)
{
	static const size_t cost[WAYS] = {100, 100, 100, 100, 100};
	static const enum way tried[] = {WAY_GUESS_6, WAY_MERGE, WAY_STEP};
	const uint64_t some = 3 * CHOICE_BYTES * cost[0];
	struct choice c;
	uint64_t at[6];

	(void)_i;
	choice_begin(&c, true, four);
	for (unsigned i = 0; i < 6; i++) {
		at[i] = until_other(&c, cost);
		ck_assert_uint_eq(c.way, tried[i % 3]);
		until_other(&c, cost);
		ck_assert_uint_eq(c.way, WAY_GUESS_4);
	}
	ck_assert_uint_ge(at[0], TRY_FIRST);
	ck_assert_uint_lt(at[0], TRY_FIRST + TRY_NEXT + some);
	for (unsigned i = 0; i < 3; i++) {
		ck_assert_uint_ge(at[i + 3], at[i] + TRY_AGAIN);
		ck_assert_uint_lt(at[i + 3], at[i] + TRY_AGAIN + 3 * some);
	}
}
END_TEST

/* What is dear is tried again the later, the dearer it is. */
START_TEST(again)
{
	const uint64_t some = 20 * CHOICE_BYTES;

	(void)_i;
	for (size_t dear = 2; dear <= 8; dear *= 2) {
		size_t cost[WAYS] = {10, 10 * dear, 1000, 1000, 1000};
		struct choice c = begin(WAY_MERGE);
		uint64_t want = TRY_AGAIN;
		uint64_t at, next;

		for (enum way i = WAY_GUESS_4; i < WAYS; i++)
			c.due[i] = UINT64_MAX;
		at = until_other(&c, cost);
		until_other(&c, cost);
		next = until_other(&c, cost);
		want += (dear - 1) * 10 * CHOICE_BYTES * TRY_DEAR;
		ck_assert_uint_ge(next - at, want - some * dear);
		ck_assert_uint_lt(next - at, want + 2 * some * dear);
	}
}
END_TEST

/* One that takes a little less is no better; the loser waits its time. */
START_TEST(better)
{
	for (size_t less = 950; less >= 930; less -= 20) {
		size_t cost[WAYS] = {1000, less, 9000, 9000, 9000};
		struct choice c = begin(WAY_MERGE);
		enum way best = less < 940 ? WAY_STEP : WAY_MERGE;

		(void)_i;
		c.due[WAY_GUESS_4] = UINT64_MAX;
		until_other(&c, cost);
		ck_assert_uint_eq(c.way, WAY_STEP);
		while (c.way != c.best)
			choice_add(&c, c.way, PIECE, PIECE * cost[c.way]);
		ck_assert_uint_eq(c.best, best);
		ck_assert_uint_ge(
		    c.due[best == WAY_STEP ? WAY_MERGE : WAY_STEP],
		    c.total + TRY_AGAIN);
	}
}
END_TEST

/* What has to be learned first is not given up while it is. */
START_TEST(learning)
{
	size_t cost[WAYS] = {100, 100, 100, 100, 100};
	struct choice c = begin(WAY_STEP);
	bool tried = false;

	(void)_i;
	for (size_t n = 0, other = 0; n < 200000; n += PIECE) {
		enum way way = c.way;

		/* Guesses take more at first. */
		cost[WAY_GUESS_4] = other < 8000 ? 300 - other / 32 : 50;
		other += way == WAY_GUESS_4 ? PIECE : 0;
		tried = tried || way == WAY_GUESS_4;
		choice_add(&c, way, PIECE, PIECE * cost[way]);
	}
	ck_assert(tried);
	ck_assert_uint_eq(c.best, WAY_GUESS_4);
}
END_TEST

/*
 * Encode N kilobytes, the first for COST a byte and each next one for a PART of
 * it less, or until another way is to go.  Returns how many by the first way.
 */
static unsigned
encode_falling(struct choice *c, unsigned n, size_t cost, size_t part)
{
	enum way way = c->way;
	unsigned i;

	for (i = 0; i < n && c->way == way; i++) {
		choice_add(c, way, CHOICE_BYTES, CHOICE_BYTES * cost);
		cost -= cost / part;
	}
	return c->way == way ? i : i - 1;
}

/* As long as the best way learns, no other is tried. */
START_TEST(best_learning)
{
	struct choice c = begin(WAY_STEP);

	(void)_i;
	ck_assert_uint_eq(encode_falling(&c, 80, 2000, 16), 80);
	ck_assert_uint_eq(c.way, WAY_STEP);
	ck_assert_uint_gt(c.total, 10 * TRY_FIRST);
	choice_add(&c, c.way, CHOICE_BYTES, CHOICE_BYTES * 2000);
	ck_assert_uint_ne(c.way, WAY_STEP);
}
END_TEST

/* A little less is not learning. */
START_TEST(not_learning)
{
	struct choice c = begin(WAY_STEP);

	(void)_i;
	ck_assert_uint_lt(encode_falling(&c, 3, 100000, 40), 3);
	ck_assert_uint_ne(c.way, WAY_STEP);
}
END_TEST

/* One kilobyte does not say what the best way takes. */
START_TEST(mean)
{
	struct choice c = begin(WAY_STEP);

	(void)_i;
	for (unsigned i = 0; i < 5; i++)
		choice_add(&c, c.way, CHOICE_BYTES, CHOICE_BYTES * 10);
	choice_add(&c, c.way, CHOICE_BYTES, CHOICE_BYTES * 50);
	ck_assert_uint_ge(c.cost[WAY_STEP], CHOICE_BYTES * 15);
	ck_assert_uint_lt(c.cost[WAY_STEP], CHOICE_BYTES * 30);
}
END_TEST

/* What another way took says nothing. */
START_TEST(other_way)
{
	struct choice c = begin(WAY_STEP), before = c;

	(void)_i;
	choice_add(&c, WAY_MERGE, 10 * CHOICE_BYTES, 12345678);
	ck_assert_mem_eq(&c, &before, sizeof(c));
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
			best = c.way;
			for (size_t n = 0; n < bytes; n += PIECE) {
				size_t more =
				    c.way == best ? PIECE : PIECE * often[k];

				cost += more;
				choice_add(&c, c.way, PIECE, more);
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
		choice_add(&c, c.way, seed >> 8 & 1 ? 0 : seed >> 9 & 0x3fff,
		    (size_t)(seed >> 16) << (seed >> 3 & 15));
		ck_assert_uint_lt(c.way, WAYS);
		ck_assert_uint_lt(c.best, WAYS);
	}
}
END_TEST

/* Merging costs more the more merges it takes, and beyond ASCII. */
START_TEST(merged)
{
	size_t none[] = {0, 0, 0, 0, 0};

	(void)_i;
	ck_assert_uint_eq(
	    cost_merged(20, 1, 5), cost_merged(20, 1, 6) + COST_MERGE);
	for (unsigned width = 1; width <= 4; width++) {
		none[width] = cost_merged(24, width, 24 / width);
		/* Characters that are several tokens each. */
		ck_assert_uint_eq(none[width], cost_merged(24, width, 24));
	}
	ck_assert_uint_gt(none[1], COST_JOB);
	ck_assert_uint_gt(none[2], none[1]);
	ck_assert_uint_gt(none[3], none[2]);
	ck_assert_uint_ge(none[4], none[3]);
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
	/* Short text, and long; and pieces of three sizes. */
	tcase_add_loop_test(tc, quickest, 0, 6);
	tcase_add_loop_test(tc, nothing_is_tried_at_once, 0, 2);
	tcase_add_loop_test(tc, dear, 0, 2);
	tcase_add_loop_test(tc, another_text, 0, 2);
	tcase_add_loop_test(tc, any_costs, 0, 2);
	tcase_add_loop_test(tc, sorts, 0, 1);
	tcase_add_loop_test(tc, first, 0, 1);
	tcase_add_loop_test(tc, order, 0, 1);
	tcase_add_loop_test(tc, again, 0, 1);
	tcase_add_loop_test(tc, better, 0, 1);
	tcase_add_loop_test(tc, learning, 0, 1);
	tcase_add_loop_test(tc, best_learning, 0, 1);
	tcase_add_loop_test(tc, not_learning, 0, 1);
	tcase_add_loop_test(tc, mean, 0, 1);
	tcase_add_loop_test(tc, other_way, 0, 1);
	tcase_add_loop_test(tc, merged, 0, 1);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
