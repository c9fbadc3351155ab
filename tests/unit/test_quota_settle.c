/* Reservations and what becomes of them, at each boundary. */
#include "quota.h"

#include <check.h>
#include <stdlib.h>

#define S NS_PER_S

/* A day that begins at 1,000,000 s, and its next. */
#define MIDNIGHT (1000000 * S)
#define NEXT (MIDNIGHT + 86400 * S)
#define NOON (MIDNIGHT + 43200 * S)

static const struct limits lim = LIMITS_DEFAULT;
static const struct day today = {MIDNIGHT, NEXT};
static const struct day yesterday = {MIDNIGHT - 86400 * S, MIDNIGHT};
static const struct day tomorrow = {NEXT, NEXT + 86400 * S};

/* A ledger with something in each counter. */
static struct usage
used(int64_t window)
{
	return (struct usage){.minute_tokens = 1000,
	    .minute_requests = 10,
	    .day_tokens = 5000,
	    .window = window};
}

static void
assert_usage(const struct usage *u, int64_t minute_tokens,
    int64_t minute_requests, int64_t day_tokens, int64_t window)
{
	ck_assert_int_eq(u->minute_tokens, minute_tokens);
	ck_assert_int_eq(u->minute_requests, minute_requests);
	ck_assert_int_eq(u->day_tokens, day_tokens);
	ck_assert_int_eq(u->window, window);
}

START_TEST(test_reserve)
{
	struct usage u = used(NOON);
	struct reservation r;

	usage_reserve(&u, &lim, 200, NOON + 5, &r);
	assert_usage(&u, 1200, 11, 5200, NOON);
	ck_assert_int_eq(r.tokens, 200);
	ck_assert_int_eq(r.window, NOON);
	ck_assert_int_eq(r.at, NOON + 5);
}
END_TEST

START_TEST(test_reserve_saturates)
{
	struct usage u = {.minute_tokens = INT64_MAX - 10,
	    .minute_requests = INT64_MAX,
	    .day_tokens = INT64_MAX,
	    .window = NOON};
	struct reservation r;

	usage_reserve(&u, &lim, 11, NOON, &r);
	assert_usage(&u, INT64_MAX, INT64_MAX, INT64_MAX, NOON);
	usage_settle(
	    &u, &lim, &r, &(struct charge){INT64_MAX, 1, INT64_MAX}, today);
	assert_usage(&u, INT64_MAX, INT64_MAX, INT64_MAX, NOON);
}
END_TEST

static const struct {
	struct charge charge;
	struct usage want; /* used(NOON) and a reservation of 200 settled */
} settlements[] = {
    /* As estimated; more; less. */
    {{200, 1, 200}, {1200, 11, 5200, 0, 0, NOON}},
    {{250, 1, 250}, {1250, 11, 5250, 0, 0, NOON}},
    {{150, 1, 150}, {1150, 11, 5150, 0, 0, NOON}},
    /* A failure that was sent; one that was not. */
    {{200, 1, 0}, {1200, 11, 5000, 0, 0, NOON}},
    {{0, 0, 0}, {1000, 10, 5000, 0, 0, NOON}},
};

START_TEST(test_settle)
{
	struct usage u = used(NOON);
	const struct usage *want = &settlements[_i].want;
	struct reservation r;

	usage_reserve(&u, &lim, 200, NOON, &r);
	usage_settle(&u, &lim, &r, &settlements[_i].charge, today);
	assert_usage(&u, want->minute_tokens, want->minute_requests,
	    want->day_tokens, want->window);
}
END_TEST

/* The window has passed: more is added, nothing is given back. */
START_TEST(test_settle_next_window)
{
	struct usage u = used(NOON);
	struct reservation r;

	usage_reserve(&u, &lim, 200, NOON, &r);
	usage_roll(&u, &lim, NOON + 60 * S + 1, today);
	usage_settle(&u, &lim, &r, &(struct charge){150, 1, 150}, today);
	assert_usage(&u, 0, 0, 5150, NOON + 61 * S);
	/* The same reservation once more, to see the other direction. */
	usage_settle(&u, &lim, &r, &(struct charge){250, 1, 250}, today);
	assert_usage(&u, 50, 0, 5200, NOON + 61 * S);
	usage_settle(&u, &lim, &r, &(struct charge){0, 0, 0}, today);
	assert_usage(&u, 50, 0, 5000, NOON + 61 * S);
}
END_TEST

/* The day has passed: all of the charge is the present day's. */
START_TEST(test_settle_next_day)
{
	struct usage u = used(NEXT - 100 * S);
	struct reservation r;

	usage_reserve(&u, &lim, 200, NEXT - 90 * S, &r);
	usage_roll(&u, &lim, NEXT + S, tomorrow);
	assert_usage(&u, 0, 0, 0, NEXT + S);
	usage_settle(&u, &lim, &r, &(struct charge){150, 1, 150}, tomorrow);
	assert_usage(&u, 0, 0, 150, NEXT + S);
	usage_settle(&u, &lim, &r, &(struct charge){0, 0, 0}, tomorrow);
	assert_usage(&u, 0, 0, 150, NEXT + S);
	usage_settle(&u, &lim, &r, &(struct charge){230, 1, 230}, tomorrow);
	assert_usage(&u, 30, 0, 380, NEXT + S);
}
END_TEST

/* Midnight moved the window: its reservations are still in it. */
START_TEST(test_settle_moved_window)
{
	struct usage u = used(NEXT - 60 * S);
	struct reservation r;

	usage_reserve(&u, &lim, 200, NEXT - 1, &r);
	usage_roll(&u, &lim, NEXT, tomorrow);
	assert_usage(&u, 1200, 11, 0, NEXT);
	usage_settle(&u, &lim, &r, &(struct charge){0, 0, 0}, tomorrow);
	assert_usage(&u, 1000, 10, 0, NEXT);
}
END_TEST

/* A window that began at midnight by itself has nothing of the one before. */
START_TEST(test_settle_window_at_midnight)
{
	struct usage u = used(NEXT - 61 * S);
	struct reservation r;

	usage_reserve(&u, &lim, 200, NEXT - 61 * S, &r);
	usage_roll(&u, &lim, NEXT, tomorrow);
	assert_usage(&u, 0, 0, 0, NEXT);
	u.minute_tokens = 500;
	u.minute_requests = 5;
	usage_settle(&u, &lim, &r, &(struct charge){0, 0, 0}, tomorrow);
	assert_usage(&u, 500, 5, 0, NEXT);
}
END_TEST

/* Made at midnight exactly, a reservation is the new day's. */
START_TEST(test_settle_at_midnight)
{
	struct usage u = used(NOON);
	struct reservation r;

	usage_roll(&u, &lim, NEXT, tomorrow);
	usage_reserve(&u, &lim, 200, NEXT, &r);
	usage_settle(&u, &lim, &r, &(struct charge){150, 1, 150}, tomorrow);
	assert_usage(&u, 150, 1, 150, NEXT);
}
END_TEST

/* Somebody has emptied the ledger meanwhile: nothing goes below zero. */
START_TEST(test_settle_never_negative)
{
	struct usage u = {.window = NOON};
	const struct reservation r = {200, NOON, NOON};

	usage_settle(&u, &lim, &r, &(struct charge){0, 0, 0}, today);
	assert_usage(&u, 0, 0, 0, NOON);
	usage_settle(&u, &lim, &r, &(struct charge){150, 1, 150}, today);
	assert_usage(&u, 0, 0, 0, NOON);
}
END_TEST

/* A claim file with nonsense in it does not overflow. */
START_TEST(test_settle_hostile)
{
	struct usage u = used(NOON);
	const struct reservation r = {INT64_MIN, NOON, NOON};
	const struct reservation s = {INT64_MAX, NOON, NOON};

	usage_settle(&u, &lim, &s,
	    &(struct charge){INT64_MIN, INT64_MIN, INT64_MIN}, today);
	assert_usage(&u, 0, 0, 0, NOON);
	usage_settle(&u, &lim, &r,
	    &(struct charge){INT64_MAX, INT64_MAX, INT64_MAX}, today);
	assert_usage(&u, INT64_MAX, INT64_MAX - 1, INT64_MAX, NOON);
}
END_TEST

/* The clock goes back a day under a reservation and a ledger of today. */
START_TEST(test_settle_clock_back)
{
	struct usage u = used(NOON);
	struct reservation r;

	usage_reserve(&u, &lim, 200, NOON, &r);
	ck_assert(!usage_roll(&u, &lim, NOON - 86400 * S, yesterday));
	usage_settle(&u, &lim, &r, &(struct charge){150, 1, 150}, yesterday);
	assert_usage(&u, 1150, 11, 5150, NOON);
	/* One made while the clock is behind is in the ledger's day, too. */
	usage_reserve(&u, &lim, 100, NOON - 86400 * S, &r);
	usage_settle(&u, &lim, &r, &(struct charge){50, 1, 50}, today);
	assert_usage(&u, 1200, 12, 5200, NOON);
}
END_TEST

/*
 * The clock was a day ahead for a while, and the day was reset then: what was
 * reserved before is not in it, and must not be taken out of it.
 */
START_TEST(test_settle_clock_was_ahead)
{
	struct usage u = used(NOON);
	struct reservation r;

	usage_reserve(&u, &lim, 200, NOON, &r);
	usage_roll(&u, &lim, NOON + 86400 * S, tomorrow);
	u.day_tokens = 70;
	usage_settle(&u, &lim, &r, &(struct charge){10, 1, 10}, today);
	ck_assert_int_eq(u.day_tokens, 80);
}
END_TEST

/* What a hundred attempts leave is what they were charged, in any order. */
START_TEST(test_settle_sum)
{
	struct usage u = {.window = NOON};
	struct reservation r[100];
	int64_t minute = 0;
	int64_t day = 0;

	srand(1);
	for (int i = 0; i < 100; i++)
		usage_reserve(&u, &lim, rand() % 2000, NOON + i, &r[i]);
	for (int i = 99; i >= 0; i--) {
		const struct charge c = {
		    rand() % 3000, rand() % 2, rand() % 3000};

		usage_settle(&u, &lim, &r[i], &c, today);
		minute += c.minute_tokens;
		day += c.day_tokens;
	}
	ck_assert_int_eq(u.minute_tokens, minute);
	ck_assert_int_eq(u.day_tokens, day);
}
END_TEST

/* Good for its window, and for a second at the least. */
START_TEST(test_stale)
{
	const struct reservation r = {
	    .window = NOON, .at = NOON + lim.window_ns - NS_PER_S / 2};
	const int64_t over = NOON + lim.window_ns + 1;

	ck_assert(!reservation_is_stale(&r, &lim, over - 1));
	ck_assert(!reservation_is_stale(&r, &lim, over));
	ck_assert(!reservation_is_stale(&r, &lim, r.at + NS_PER_S));
	ck_assert(reservation_is_stale(&r, &lim, r.at + NS_PER_S + 1));
	/* A clock that went back makes nothing stale. */
	ck_assert(!reservation_is_stale(&r, &lim, 0));
}
END_TEST

#define LOOP(tc, test, table) \
	tcase_add_loop_test(  \
	    tc, test, 0, (int)(sizeof(table) / sizeof((table)[0])))

static TCase *
settle_tests(void)
{
	TCase *tc = tcase_create("settle");

	tcase_add_test(tc, test_reserve);
	tcase_add_test(tc, test_reserve_saturates);
	LOOP(tc, test_settle, settlements);
	tcase_add_test(tc, test_settle_next_window);
	tcase_add_test(tc, test_settle_next_day);
	tcase_add_test(tc, test_settle_moved_window);
	tcase_add_test(tc, test_settle_window_at_midnight);
	tcase_add_test(tc, test_settle_at_midnight);
	tcase_add_test(tc, test_settle_never_negative);
	tcase_add_test(tc, test_settle_hostile);
	tcase_add_test(tc, test_settle_clock_back);
	tcase_add_test(tc, test_settle_clock_was_ahead);
	tcase_add_test(tc, test_settle_sum);
	tcase_add_test(tc, test_stale);
	return tc;
}

int
main(void)
{
	Suite *s = suite_create("quota_settle");
	SRunner *sr = srunner_create(s);
	int failed;

	suite_add_tcase(s, settle_tests());
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
