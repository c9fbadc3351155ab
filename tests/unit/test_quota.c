/* Rolling the ledger and checking the limits, at each boundary. */
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

START_TEST(test_defaults)
{
	ck_assert_int_eq(lim.batch_tokens, 300000);
	ck_assert_int_eq(lim.minute_tokens, 500000);
	ck_assert_int_eq(lim.minute_requests, 500);
	ck_assert_int_eq(lim.day_tokens, 5000000);
	ck_assert_int_eq(lim.window_ns, 60 * S);
}
END_TEST

static const struct {
	int64_t now;
	struct day day;
	int64_t want;
} begins[] = {
    /* Whole seconds stay, others are rounded up. */
    {NOON, {MIDNIGHT, NEXT}, NOON},
    {NOON + 1, {MIDNIGHT, NEXT}, NOON + S},
    {NOON + S - 1, {MIDNIGHT, NEXT}, NOON + S},
    {MIDNIGHT, {MIDNIGHT, NEXT}, MIDNIGHT},
    /* But not into the next day. */
    {NEXT - S, {MIDNIGHT, NEXT}, NEXT - S},
    {NEXT - S + 1, {MIDNIGHT, NEXT}, NEXT - S},
    {NEXT - 1, {MIDNIGHT, NEXT}, NEXT - S},
    /* Before 1970; the end of time. */
    {-S - 1, {-10 * S, 10 * S}, -S},
    {-1, {-10 * S, 10 * S}, 0},
    {0, {0, 10 * S}, 0},
    {INT64_MAX, {0, INT64_MAX}, INT64_MAX / S *S - S},
};

START_TEST(test_window_begin)
{
	ck_assert_int_eq(
	    window_begin(begins[_i].now, begins[_i].day), begins[_i].want);
}
END_TEST

/* Up to and with the window's last nanosecond nothing is forgotten. */
START_TEST(test_roll_inside_window)
{
	static const int64_t after[] = {0, 1, 30 * S, 60 * S - 1, 60 * S};
	struct usage u = used(NOON);

	ck_assert(usage_roll(&u, &lim, NOON + after[_i], today));
	assert_usage(&u, 1000, 10, 5000, NOON);
}
END_TEST

START_TEST(test_roll_window_over)
{
	struct usage u = used(NOON);

	ck_assert(usage_roll(&u, &lim, NOON + 60 * S + 1, today));
	assert_usage(&u, 0, 0, 5000, NOON + 61 * S);
}
END_TEST

/* The window that has just begun, rounded up, is no Date in the future. */
START_TEST(test_roll_again)
{
	struct usage u = used(NOON);

	ck_assert(usage_roll(&u, &lim, NOON + 60 * S + 1, today));
	u.minute_tokens = 7;
	ck_assert(usage_roll(&u, &lim, NOON + 60 * S + 1, today));
	ck_assert(usage_roll(&u, &lim, NOON + 121 * S, today));
	assert_usage(&u, 7, 0, 5000, NOON + 61 * S);
	ck_assert(usage_roll(&u, &lim, NOON + 121 * S + 1, today));
	assert_usage(&u, 0, 0, 5000, NOON + 122 * S);
}
END_TEST

/* A window of another length, as tests set it. */
START_TEST(test_roll_short_window)
{
	struct limits quick = lim;
	struct usage u = used(NOON);

	quick.window_ns = S / 2;
	ck_assert(usage_roll(&u, &quick, NOON + S / 2, today));
	assert_usage(&u, 1000, 10, 5000, NOON);
	ck_assert(usage_roll(&u, &quick, NOON + S / 2 + 1, today));
	assert_usage(&u, 0, 0, 5000, NOON + S);
}
END_TEST

/* The last moment of yesterday keeps the day; midnight ends it. */
START_TEST(test_roll_midnight)
{
	struct usage u = used(MIDNIGHT - 30 * S);

	ck_assert(usage_roll(&u, &lim, MIDNIGHT - 1, yesterday));
	assert_usage(&u, 1000, 10, 5000, MIDNIGHT - 30 * S);
	ck_assert(usage_roll(&u, &lim, MIDNIGHT, today));
	assert_usage(&u, 1000, 10, 0, MIDNIGHT);
}
END_TEST

/* The minute's counters stay for 60 s from the midnight they moved to. */
START_TEST(test_roll_after_midnight)
{
	struct usage u = used(MIDNIGHT - 30 * S);

	usage_roll(&u, &lim, MIDNIGHT + 10 * S, today);
	assert_usage(&u, 1000, 10, 0, MIDNIGHT);
	u.day_tokens = 77;
	/* The next reader does not reset the day again. */
	ck_assert(usage_roll(&u, &lim, MIDNIGHT + 60 * S, today));
	assert_usage(&u, 1000, 10, 77, MIDNIGHT);
	ck_assert(usage_roll(&u, &lim, MIDNIGHT + 60 * S + 1, today));
	assert_usage(&u, 0, 0, 77, MIDNIGHT + 61 * S);
}
END_TEST

/* A window that was over at midnight anyway is not made longer by it. */
START_TEST(test_roll_old_window)
{
	struct usage u = used(MIDNIGHT - 60 * S);

	usage_roll(&u, &lim, MIDNIGHT, today);
	assert_usage(&u, 1000, 10, 0, MIDNIGHT);
	u = used(MIDNIGHT - 60 * S);
	usage_roll(&u, &lim, MIDNIGHT + 1, today);
	assert_usage(&u, 0, 0, 0, MIDNIGHT + S);
	u = used(0);
	usage_roll(&u, &lim, NOON, today);
	assert_usage(&u, 0, 0, 0, NOON);
}
END_TEST

/* A window of the day's last, half second: the next day still begins. */
START_TEST(test_roll_last_second)
{
	struct usage u = used(NOON);

	ck_assert(usage_roll(&u, &lim, NEXT - S / 2, today));
	assert_usage(&u, 0, 0, 5000, NEXT - S);
	ck_assert(usage_roll(&u, &lim, NEXT, tomorrow));
	assert_usage(&u, 0, 0, 0, NEXT);
}
END_TEST

static const int64_t futures[] = {
    NOON + S, NOON + 3600 * S, NEXT, NEXT + 365 * 86400 * S, INT64_MAX};

/* The clock went back, or a Date is in the future: say so, keep all. */
START_TEST(test_roll_future)
{
	struct usage u = used(futures[_i]);

	ck_assert(!usage_roll(&u, &lim, NOON, today));
	assert_usage(&u, 1000, 10, 5000, futures[_i]);
}
END_TEST

/* Less than a second is the rounding of the window's begin. */
START_TEST(test_roll_rounding_is_no_future)
{
	struct usage u = used(NOON + S);

	ck_assert(usage_roll(&u, &lim, NOON + 1, today));
	assert_usage(&u, 1000, 10, 5000, NOON + S);
}
END_TEST

/* The ends of the clock's range do not overflow. */
START_TEST(test_roll_ends_of_time)
{
	struct usage u = used(INT64_MIN);
	struct limits endless = lim;

	ck_assert(usage_roll(&u, &lim, NOON, today));
	assert_usage(&u, 0, 0, 0, NOON);
	u = used(NOON);
	endless.window_ns = INT64_MAX;
	ck_assert(usage_roll(&u, &endless, NEXT - S, today));
	assert_usage(&u, 1000, 10, 5000, NOON);
	u = used(INT64_MAX);
	ck_assert(!usage_roll(&u, &lim, INT64_MIN,
	    (struct day){.start = INT64_MIN, .end = INT64_MIN + S}));
	assert_usage(&u, 1000, 10, 5000, INT64_MAX);
}
END_TEST

/* A flag is 1 exactly when its counter is above its limit. */
START_TEST(test_flags)
{
	struct usage u = used(NOON);
	struct reservation r;

	u.minute_reached = u.day_reached = true;
	usage_roll(&u, &lim, NOON, today);
	ck_assert(!u.minute_reached);
	ck_assert(!u.day_reached);
	u.minute_tokens = lim.minute_tokens;
	u.day_tokens = lim.day_tokens;
	usage_roll(&u, &lim, NOON, today);
	ck_assert(!u.minute_reached);
	ck_assert(!u.day_reached);
	usage_reserve(&u, &lim, 1, NOON, &r);
	ck_assert(u.minute_reached);
	ck_assert(u.day_reached);
	usage_roll(&u, &lim, NOON, today);
	ck_assert(u.minute_reached);
	ck_assert(u.day_reached);
	usage_settle(&u, &lim, &r, &(struct charge){0, 1, 0}, today);
	ck_assert(!u.minute_reached);
	ck_assert(!u.day_reached);
	/* Settling can raise them, too; each goes by its own counter. */
	usage_settle(&u, &lim, &r, &(struct charge){2, 1, 1}, today);
	ck_assert(u.minute_reached);
	ck_assert(!u.day_reached);
	usage_roll(&u, &lim, NOON + 60 * S + 1, today);
	ck_assert(!u.minute_reached);
}
END_TEST

static const struct {
	int64_t minute_tokens;
	int64_t minute_requests;
	int64_t day_tokens;
	int64_t tokens;
	int64_t requests;
	bool batch;
	enum verdict want;
	int64_t until; /* after NOON, where the window began; 0: none */
} checks[] = {
#define OVER (60 * S + 1)
#define DAY_END (NEXT - NOON)
    /* Nothing used, nothing wanted. */
    {0, 0, 0, 0, 0, true, ADMIT, 0},
    /* The batch: equal passes, one more does not; a retry is none. */
    {0, 0, 0, 300000, 1, true, ADMIT, 0},
    {0, 0, 0, 300001, 1, true, NEVER_BATCH_TOKENS, 0},
    {0, 0, 0, 300001, 1, false, ADMIT, 0},
    /* What an empty window or day has no room for. */
    {0, 0, 0, 500000, 500, false, ADMIT, 0},
    {0, 0, 0, 500001, 500, false, NEVER_MINUTE_TOKENS, 0},
    {0, 0, 0, 1, 501, false, NEVER_MINUTE_REQUESTS, 0},
    {0, 0, 0, 5000001, 1, false, NEVER_MINUTE_TOKENS, 0},
    /* Refusals come before waits. */
    {500000, 500, 5000000, 300001, 1, true, NEVER_BATCH_TOKENS, 0},
    {500000, 500, 5000000, 1, 501, true, NEVER_MINUTE_REQUESTS, 0},
    /* The minute's tokens. */
    {400000, 0, 0, 100000, 1, true, ADMIT, 0},
    {400000, 0, 0, 100001, 1, true, WAIT_MINUTE_TOKENS, OVER},
    {499999, 0, 0, 1, 1, true, ADMIT, 0},
    {500000, 0, 0, 1, 1, true, WAIT_MINUTE_TOKENS, OVER},
    {500000, 0, 0, 0, 1, true, ADMIT, 0},
    {INT64_MAX, 0, 0, 1, 1, true, WAIT_MINUTE_TOKENS, OVER},
    /* The minute's requests. */
    {0, 499, 0, 1, 1, true, ADMIT, 0},
    {0, 500, 0, 1, 1, true, WAIT_MINUTE_REQUESTS, OVER},
    {0, 401, 0, 1, 100, true, WAIT_MINUTE_REQUESTS, OVER},
    {0, INT64_MAX, 0, 1, 1, true, WAIT_MINUTE_REQUESTS, OVER},
    /* Both: the tokens are named. */
    {500000, 500, 0, 1, 1, true, WAIT_MINUTE_TOKENS, OVER},
    /* The day. */
    {0, 0, 4900000, 100000, 1, true, ADMIT, 0},
    {0, 0, 4900000, 100001, 1, true, WAIT_DAY_TOKENS, DAY_END},
    {0, 0, INT64_MAX, 1, 1, true, WAIT_DAY_TOKENS, DAY_END},
    /* The minute and the day: the later, here the day. */
    {500000, 0, 5000000, 1, 1, true, WAIT_DAY_TOKENS, DAY_END},
    {0, 500, 5000000, 1, 1, true, WAIT_DAY_TOKENS, DAY_END},
};

START_TEST(test_check)
{
	const struct usage u = {.minute_tokens = checks[_i].minute_tokens,
	    .minute_requests = checks[_i].minute_requests,
	    .day_tokens = checks[_i].day_tokens,
	    .window = NOON};
	int64_t until = NOON;

	ck_assert_int_eq(
	    limits_check(&lim, &u, checks[_i].tokens, checks[_i].requests,
		checks[_i].batch, today, &until),
	    checks[_i].want);
	ck_assert_int_eq(until - NOON, checks[_i].until);
}
END_TEST

/* A day smaller than a minute or a batch refuses, too. */
START_TEST(test_check_never_day)
{
	struct limits small = lim;
	struct usage u = {.window = NOON};
	int64_t until;

	small.day_tokens = 1000;
	ck_assert_int_eq(
	    limits_check(&small, &u, 1000, 1, true, today, &until), ADMIT);
	ck_assert_int_eq(limits_check(&small, &u, 1001, 1, true, today, &until),
	    NEVER_DAY_TOKENS);
}
END_TEST

/* In the day's last minute the window ends later than the day. */
START_TEST(test_check_later_of_two)
{
	struct usage u = {.minute_tokens = 500000,
	    .day_tokens = 5000000,
	    .window = NEXT - 10 * S};
	int64_t until;

	ck_assert_int_eq(
	    limits_check(&lim, &u, 1, 1, true, today, &until), WAIT_DAY_TOKENS);
	ck_assert_int_eq(until, NEXT + 50 * S + 1);
	/* The minute has room: midnight is enough. */
	u.minute_tokens = 0;
	ck_assert_int_eq(
	    limits_check(&lim, &u, 1, 1, true, today, &until), WAIT_DAY_TOKENS);
	ck_assert_int_eq(until, NEXT);
}
END_TEST

/* What UNTIL promises: not before, but then. */
START_TEST(test_check_until)
{
	struct usage u = {.minute_tokens = 500000, .window = NOON};
	int64_t until;
	int64_t again;

	limits_check(&lim, &u, 1, 1, true, today, &until);
	usage_roll(&u, &lim, until - 1, today);
	ck_assert_int_eq(limits_check(&lim, &u, 1, 1, true, today, &again),
	    WAIT_MINUTE_TOKENS);
	usage_roll(&u, &lim, until, today);
	ck_assert_int_eq(
	    limits_check(&lim, &u, 1, 1, true, today, &again), ADMIT);
}
END_TEST

/* A window from the future ends when it says; the end of time saturates. */
START_TEST(test_check_future)
{
	struct usage u = {.minute_tokens = 500000, .window = NEXT + 5 * S};
	int64_t until;

	ck_assert_int_eq(limits_check(&lim, &u, 1, 1, true, today, &until),
	    WAIT_MINUTE_TOKENS);
	ck_assert_int_eq(until, NEXT + 65 * S + 1);
	u.window = INT64_MAX - S;
	limits_check(&lim, &u, 1, 1, true, today, &until);
	ck_assert_int_eq(until, INT64_MAX);
}
END_TEST

/* A limit of 2^63-1 is no limit: a saturated counter does not exceed it. */
START_TEST(test_check_unlimited)
{
	const struct limits none = {
	    INT64_MAX, INT64_MAX, INT64_MAX, INT64_MAX, 60 * S};
	const struct usage u = {INT64_MAX, INT64_MAX, INT64_MAX, 0, 0, NOON};
	int64_t until;

	ck_assert_int_eq(
	    limits_check(&none, &u, INT64_MAX, 1, true, today, &until), ADMIT);
}
END_TEST

#define LOOP(tc, test, table) \
	tcase_add_loop_test(  \
	    tc, test, 0, (int)(sizeof(table) / sizeof((table)[0])))

static TCase *
roll_tests(void)
{
	TCase *tc = tcase_create("roll");

	tcase_add_test(tc, test_defaults);
	LOOP(tc, test_window_begin, begins);
	tcase_add_loop_test(tc, test_roll_inside_window, 0, 5);
	tcase_add_test(tc, test_roll_window_over);
	tcase_add_test(tc, test_roll_again);
	tcase_add_test(tc, test_roll_short_window);
	tcase_add_test(tc, test_roll_midnight);
	tcase_add_test(tc, test_roll_after_midnight);
	tcase_add_test(tc, test_roll_old_window);
	tcase_add_test(tc, test_roll_last_second);
	LOOP(tc, test_roll_future, futures);
	tcase_add_test(tc, test_roll_rounding_is_no_future);
	tcase_add_test(tc, test_roll_ends_of_time);
	tcase_add_test(tc, test_flags);
	return tc;
}

static TCase *
check_tests(void)
{
	TCase *tc = tcase_create("check");

	LOOP(tc, test_check, checks);
	tcase_add_test(tc, test_check_never_day);
	tcase_add_test(tc, test_check_later_of_two);
	tcase_add_test(tc, test_check_until);
	tcase_add_test(tc, test_check_future);
	tcase_add_test(tc, test_check_unlimited);
	return tc;
}

int
main(void)
{
	Suite *s = suite_create("quota");
	SRunner *sr = srunner_create(s);
	int failed;

	suite_add_tcase(s, roll_tests());
	suite_add_tcase(s, check_tests());
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
