/* Local midnights; the expected seconds are from Python's zoneinfo. */
#include "localday.h"

#include <check.h>
#include <stdlib.h>
#include <time.h>

enum {
	HOUR = 3600,
	DAY = 86400
};

static void
set_zone(const char *zone)
{
	ck_assert_int_eq(setenv("TZ", zone, 1), 0);
	tzset();
}

static const struct {
	const char *zone;
	int64_t start; /* of the day, in seconds */
	int64_t end;
} days[] = {
    /* The epoch, before it, and zones on both sides of it. */
    {"UTC", 0, DAY},
    {"UTC", -DAY, 0},
    {"UTC0", 0, DAY},
    {"Pacific/Kiritimati", 38400, 124800},
    /* Nothing special; half and quarter hours. */
    {"Europe/Berlin", 1795474800, 1795561200},
    {"Asia/Kolkata", 1767205800, 1767292200},
    {"Asia/Kathmandu", 1767204900, 1767291300},
    /* Clocks change in the small hours. */
    {"America/New_York", 1741496400, 1741579200},
    {"America/New_York", 1762056000, 1762146000},
    {"Australia/Lord_Howe", 1743858000, 1743946200},
    /* Midnight does not exist: the day begins at 01:00. */
    {"America/Sao_Paulo", 1541300400, 1541383200},
    {"Asia/Beirut", 1711836000, 1711918800},
    {"Africa/Cairo", 1714082400, 1714165200},
    {"America/Havana", 1741496400, 1741579200},
    {"Asia/Tehran", 1647894600, 1647977400},
    /* Midnight comes twice: the day begins at the first. */
    {"America/Havana", 1762056000, 1762146000},
    /* At midnight it is 23:00 again: the day before has 25 hours. */
    {"America/Sao_Paulo", 1518832800, 1518922800},
    {"America/Sao_Paulo", 1518922800, 1519009200},
    {"Africa/Cairo", 1730322000, 1730412000},
    /* At 00:01 it is 23:01 again: the new day goes on. */
    {"America/St_Johns", 1194057000, 1194143400},
    {"America/St_Johns", 1194143400, 1194233400},
    /* A date is left out; a date comes twice. */
    {"Pacific/Apia", 1325152800, 1325239200},
    {"Pacific/Apia", 1325239200, 1325325600},
    {"Pacific/Kwajalein", -8074800, -7905600},
    /* Zones as POSIX writes them: offset with seconds, rules, 24 hours. */
    {"XXX-1:02:03", -3723, DAY - 3723},
    {"EST5EDT,M3.2.0,M11.1.0", 1741496400, 1741579200},
    {"XXX24", DAY, 2 * DAY},
    /* 26 October 2200, of 25 hours. */
    {"Europe/Berlin", 7283858400, 7283948400},
};

START_TEST(test_day)
{
	const int64_t start = days[_i].start * NS_PER_S;
	const int64_t end = days[_i].end * NS_PER_S;
	const int64_t moments[] = {start, start + 1, start / 2 + end / 2,
	    start + HOUR / 2 * NS_PER_S, start + 2 * HOUR * NS_PER_S,
	    end - 2 * HOUR * NS_PER_S, end - 1};
	struct day day;

	set_zone(days[_i].zone);
	for (size_t i = 0; i < sizeof(moments) / sizeof(moments[0]); i++) {
		day = local_day(moments[i]);
		ck_assert_int_eq(day.start, start);
		ck_assert_int_eq(day.end, end);
	}
	ck_assert_int_eq(local_day(start - 1).end, start);
	ck_assert_int_eq(local_day(end).start, end);
}
END_TEST

static const char *const zones[] = {"UTC", "Europe/Berlin", "Asia/Beirut",
    "America/Sao_Paulo", "America/Havana", "America/St_Johns", "Africa/Cairo",
    "Pacific/Apia", "Africa/Casablanca", "Antarctica/Troll",
    "America/Scoresbysund", "Asia/Gaza", "Pacific/Norfolk"};

/* From 1995 to 2030 each day ends where the next begins, within bounds. */
START_TEST(test_days_join)
{
	struct day day;
	int64_t seconds;

	set_zone(zones[_i]);
	for (day = local_day(25LL * 365 * DAY * NS_PER_S);
	     day.end < 60LL * 365 * DAY * NS_PER_S;) {
		const struct day next = local_day(day.end);

		ck_assert_int_eq(next.start, day.end);
		ck_assert_int_eq(local_day(next.start - 1).start, day.start);
		seconds = (day.end - day.start) / NS_PER_S;
		ck_assert_int_ge(seconds, 22 * HOUR);
		ck_assert_int_le(seconds, 26 * HOUR);
		day = next;
	}
}
END_TEST

/* The clock's range ends inside a day: its end stays in range. */
START_TEST(test_ends_of_time)
{
	struct day day;

	set_zone("UTC");
	day = local_day(INT64_MAX);
	ck_assert_int_eq(day.end, INT64_MAX);
	ck_assert_int_lt(day.start, INT64_MAX);
	day = local_day(INT64_MIN);
	ck_assert_int_eq(day.start, INT64_MIN);
	ck_assert_int_gt(day.end, INT64_MIN);
}
END_TEST

static const struct {
	const char *zone;
	int64_t civil; /* seconds since the epoch as a local clock shows them */
	int64_t want;
} instants[] = {
    {"UTC", 0, 0},
    {"Asia/Kolkata", 0, -19800},
    {"Europe/Berlin", 1795478400, 1795474800},
    /* 01:30 on 2 November 2025 comes twice in New York: the later. */
    {"America/New_York", 1762047000, 1762047000 + 5 * HOUR},
    /* Half past midnight that day, and noon. */
    {"America/New_York", 1762043400, 1762043400 + 4 * HOUR},
    {"America/New_York", 1762084800, 1762084800 + 5 * HOUR},
    /* 02:30 on 9 March 2025 does not come: half an hour after the jump. */
    {"America/New_York", 1741487400, 1741487400 + 5 * HOUR},
    /* An hour before that, and after. */
    {"America/New_York", 1741483800, 1741483800 + 5 * HOUR},
    {"America/New_York", 1741491000, 1741491000 + 4 * HOUR},
    /* 00:00 does not come in Sao Paulo: the moment of the jump. */
    {"America/Sao_Paulo", 1541289600, 1541300400},
    /* Havana's second midnight. */
    {"America/Havana", 1762041600, 1762041600 + 5 * HOUR},
};

START_TEST(test_instant)
{
	set_zone(instants[_i].zone);
	ck_assert_int_eq(local_instant(instants[_i].civil), instants[_i].want);
}
END_TEST

START_TEST(test_offset)
{
	set_zone("Asia/Kathmandu");
	ck_assert_int_eq(local_offset(1767204900), 5 * HOUR + 45 * 60);
	set_zone("America/New_York");
	ck_assert_int_eq(local_offset(1741503599), -5 * HOUR);
	ck_assert_int_eq(local_offset(1741503600), -4 * HOUR);
	/* No year for it: as good as UTC. */
	ck_assert_int_eq(local_offset(INT64_MAX), 0);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("localday");
	TCase *tc = tcase_create("localday");
	SRunner *sr = srunner_create(s);
	int failed;

	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, test_day, 0, sizeof(days) / sizeof(days[0]));
	tcase_add_loop_test(
	    tc, test_days_join, 0, sizeof(zones) / sizeof(zones[0]));
	tcase_add_test(tc, test_ends_of_time);
	tcase_add_loop_test(
	    tc, test_instant, 0, sizeof(instants) / sizeof(instants[0]));
	tcase_add_test(tc, test_offset);
	suite_add_tcase(s, tc);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
