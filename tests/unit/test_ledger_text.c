/* The ledger's text: what is understood, and what is refused and where. */
#include "ledger_text.h"
#include "localday.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define TEXT(s) s, sizeof(s) - 1
#define S NS_PER_S

/* 24 November 2026: midnight and noon in UTC, and the example's Date. */
#define MIDNIGHT (INT64_C(1795478400) * S)
#define NOON (MIDNIGHT + 43200 * S)
#define DATE (MIDNIGHT + 11655 * S)
#define DAY (86400 * S)
#define HOUR (3600 * S)

static void
set_zone(const char *zone)
{
	ck_assert_int_eq(setenv("TZ", zone, 1), 0);
	tzset();
}

static void
assert_usage(const struct usage *u, const struct usage *want)
{
	ck_assert_int_eq(u->minute_tokens, want->minute_tokens);
	ck_assert_int_eq(u->minute_requests, want->minute_requests);
	ck_assert_int_eq(u->day_tokens, want->day_tokens);
	ck_assert_int_eq(u->minute_reached, want->minute_reached);
	ck_assert_int_eq(u->day_reached, want->day_reached);
	ck_assert_int_eq(u->window, want->window);
}

/* Read TEXT, written at noon, in UTC. */
static void
parse(const char *text, size_t len, struct usage *u)
{
	struct error err;

	set_zone("UTC");
	ck_assert_msg(ledger_parse(text, len, "usage.md", NOON, u, &err) == 0,
	    "%s", err.text);
}

static const struct {
	const char *text;
	size_t len;
	struct usage want;
} texts[] = {
    /* The ledger as the program writes it. */
    {TEXT("tokens_within_min: 1\nrequests_within_min: 2\n"
	  "tokens_within_day: 3\nminute_token_limit_reached: 1\n"
	  "day_token_limit_reached: 1\nDate: 2026-11-24T03:14:15+00:00\n"),
	{1, 2, 3, true, true, DATE}},
    /* No text, or an empty line: a fresh ledger, as old as the file. */
    {TEXT(""), {.window = NOON}},
    {TEXT("\r\n \t\n"), {.window = NOON}},
    /* Any order, missing lines, no newline at the end. */
    {TEXT("Date: 2026-11-24T03:14:15Z\ntokens_within_day: 3"),
	{.day_tokens = 3, .window = DATE}},
    {TEXT("tokens_within_min: 5"), {.minute_tokens = 5, .window = NOON}},
    {TEXT("Date: 2026-11-24T03:14:15Z"), {.window = DATE}},
    /* Separators and blanks. */
    {TEXT("tokens_within_min=5"), {.minute_tokens = 5, .window = NOON}},
    {TEXT(" \ttokens_within_min \t= \t5 \t\n"),
	{.minute_tokens = 5, .window = NOON}},
    {TEXT("tokens_within_min 5\nDate 2026-11-24 03:14:15Z\n"),
	{.minute_tokens = 5, .window = DATE}},
    /* CRLF; a byte-order mark; CR left by a lost LF. */
    {TEXT("\xef\xbb\xbftokens_within_min: 5\r\ntokens_within_day: 7\r\n"),
	{.minute_tokens = 5, .day_tokens = 7, .window = NOON}},
    {TEXT("tokens_within_min: 5\r"), {.minute_tokens = 5, .window = NOON}},
    /* Bullets, headings, quotes, bold, italics, code, tables. */
    {TEXT("- tokens_within_min = 5\n* requests_within_min: 2\n"
	  "+ tokens_within_day: 7\n"),
	{5, 2, 7, 0, 0, NOON}},
    {TEXT("## tokens_within_min: 5\n> tokens_within_day: 7\n"),
	{.minute_tokens = 5, .day_tokens = 7, .window = NOON}},
    {TEXT("**tokens_within_min**: 1,234\n"),
	{.minute_tokens = 1234, .window = NOON}},
    {TEXT("- **tokens_within_min:** **1_234**\n"),
	{.minute_tokens = 1234, .window = NOON}},
    {TEXT("_tokens_within_min_: _5_\n~~`tokens_within_day`~~: `7`  \n"),
	{.minute_tokens = 5, .day_tokens = 7, .window = NOON}},
    {TEXT("`Date`: 2026-11-24"), {.window = NOON}},
    {TEXT("\"tokens_within_min\": \"5\"\n'Date' = '2026-11-24'\n"),
	{.minute_tokens = 5, .window = NOON}},
    {TEXT("| name | value |\n|---|--:|\n| tokens_within_min | 5 |\n"
	  "| `Date` | **2026-11-24 03:14:15 UTC** |\n"),
	{.minute_tokens = 5, .window = DATE}},
    {TEXT("tokens_within_min: 5\\\ntokens_within_day: 7\\\n"),
	{.minute_tokens = 5, .day_tokens = 7, .window = NOON}},
    /* Names in other spellings. */
    {TEXT("TOKENS_WITHIN_MIN: 5\nTokens Within Day: 7\n"
	  "requests-within-min: 2\ndate: 2026-11-24T03:14:15Z\n"),
	{5, 2, 7, 0, 0, DATE}},
    {TEXT("tokens\\_within\\_min: 5\n"), {.minute_tokens = 5, .window = NOON}},
    /* Comments. */
    {TEXT("tokens_within_min: 5 # set by hand: 7\n"
	  "tokens_within_day: 7 <!-- 8 -->\nrequests_within_min: 2<!--"),
	{5, 2, 7, 0, 0, NOON}},
    /* Numbers. */
    {TEXT("tokens_within_min: 0000000000000000000000000000000000000005\n"
	  "tokens_within_day: 9,223,372,036,854,775,807\n"),
	{.minute_tokens = 5, .day_tokens = INT64_MAX, .window = NOON}},
    /* Flags. */
    {TEXT("minute_token_limit_reached: TRUE\nday_token_limit_reached: no\n"),
	{.minute_reached = true, .window = NOON}},
    {TEXT("minute_token_limit_reached: False\nday_token_limit_reached: Yes"),
	{.day_reached = true, .window = NOON}},
    /* Given twice, and the same. */
    {TEXT("tokens_within_min: 5\ntokens_within_min = 0_5\n"
	  "Date: 2026-11-24T03:14:15Z\nDate: 2026-11-24T04:14:15+01:00\n"),
	{.minute_tokens = 5, .window = DATE}},
    /* Lines that are not ours, and prose that only begins like Date. */
    {TEXT("# Usage\ntokens_within_min: 5\nrequests_within_day: 9\nDate of "
	  "birth: 5\nDates: 7\nUpdate: 8\nsee tokens_within_min: 6\n"
	  "<!-- tokens_within_min: 7 -->\n#tokens_within_min: 8\n"),
	{.minute_tokens = 5, .window = NOON}},
    {TEXT("tokens_within_min: 5\n\x1b\xff\xfe nonsense\n"),
	{.minute_tokens = 5, .window = NOON}},
};

START_TEST(test_parse)
{
	struct usage u;

	parse(texts[_i].text, texts[_i].len, &u);
	assert_usage(&u, &texts[_i].want);
}
END_TEST

static const struct {
	const char *zone;
	const char *date;
	int64_t want; /* the window's beginning */
} dates[] = {
    {"UTC", "2026-11-24T03:14:15+00:00", DATE},
    {"UTC", "2026-11-24t03:14:15z", DATE},
    {"UTC", "2026-11-24 03:14:15 GMT", DATE},
    {"UTC", "2026-11-24  03:14:15  utc", DATE},
    {"UTC", "2026-11-24 04:14:15 +0100", DATE},
    {"UTC", "2026-11-24T02:14:15-01", DATE},
    {"UTC", "2026-11-24T08:44:15+05:30", DATE},
    {"UTC", "2026-11-23T22:14:15-05:00", DATE},
    {"UTC", "2026-11-24T04:16:18+01:02:03", DATE},
    {"UTC", "2026-11-24T03:14:15-00:00", DATE},
    {"UTC", "2026-11-24T03:14Z", DATE - 15 * S},
    /* Without an offset: local time. */
    {"UTC", "2026-11-24T03:14:15", DATE},
    {"Europe/Berlin", "2026-11-24T04:14:15", DATE},
    {"Asia/Kolkata", "2026-11-24 08:44:15", DATE},
    {"XXX-1", "2026-11-24 04:14", DATE - 15 * S},
    /* A local time that comes twice (the later), and one that does not. */
    {"America/New_York", "2025-11-02T01:30", INT64_C(1762065000) * S},
    {"America/New_York", "2025-03-09T02:30", INT64_C(1741505400) * S},
    /* A fraction is rounded up, but not over midnight. */
    {"UTC", "2026-11-24T03:14:14.000000001Z", DATE},
    {"UTC", "2026-11-24T03:14:15.0Z", DATE},
    {"UTC", "2026-11-24T03:14:14,9", DATE},
    {"UTC", "2026-11-24T23:59:59.5", MIDNIGHT + DAY - S},
    {"UTC", "2026-11-24T03:14:14.12345678901234567890", DATE},
    /* A leap second; a leap day. */
    {"UTC", "2026-11-24T03:14:60Z", DATE + 45 * S},
    {"UTC", "2024-02-29T00:00:00Z", INT64_C(1709164800) * S},
    /* The epoch, before it, and the ends of the clock's range. */
    {"UTC", "1970-01-01T00:00:00Z", 0},
    {"UTC", "1969-12-31T23:59:59Z", -S},
    {"UTC", "1677-09-21T00:12:44Z", INT64_C(-9223372036) * S},
    {"UTC", "2262-04-11T23:47:15Z", INT64_C(9223372035) * S},
    /* A bare date: the mtime (noon), which is on that day, */
    {"UTC", "2026-11-24", NOON},
    {"Pacific/Kiritimati", "2026-11-25", NOON},
    /* or on a later one, */
    {"UTC", "2026-11-23", NOON},
    {"UTC", "1999-12-31", NOON},
    /* or on an earlier one: then that day's beginning. */
    {"UTC", "2026-11-25", MIDNIGHT + DAY},
    {"Europe/Berlin", "2026-11-25", MIDNIGHT + DAY - HOUR},
    {"America/Sao_Paulo", "2026-11-25", MIDNIGHT + DAY + 3 * HOUR},
};

START_TEST(test_date)
{
	char text[128];
	struct usage u;
	struct error err;
	int n = snprintf(text, sizeof(text), "Date: %s", dates[_i].date);

	set_zone(dates[_i].zone);
	ck_assert_msg(
	    ledger_parse(text, (size_t)n, "usage.md", NOON, &u, &err) == 0,
	    "%s", err.text);
	ck_assert_int_eq(u.window, dates[_i].want);
}
END_TEST

/* The mtime's own day decides whether a bare date's day is over. */
START_TEST(test_bare_date)
{
	static const char text[] = "tokens_within_min: 5\n"
				   "tokens_within_day: 7\n"
				   "day_token_limit_reached: 1\n"
				   "Date: 2026-11-24\n";
	struct usage u;
	struct error err;

	set_zone("UTC");
	ledger_parse(TEXT(text), "u", MIDNIGHT, &u, &err);
	assert_usage(&u, &(struct usage){5, 0, 7, 0, 1, MIDNIGHT});
	ledger_parse(TEXT(text), "u", MIDNIGHT + 1, &u, &err);
	assert_usage(&u, &(struct usage){5, 0, 7, 0, 1, MIDNIGHT + S});
	/* The last nanosecond's window does not begin tomorrow. */
	ledger_parse(TEXT(text), "u", MIDNIGHT + DAY - 1, &u, &err);
	assert_usage(&u, &(struct usage){5, 0, 7, 0, 1, MIDNIGHT + DAY - S});
	ledger_parse(TEXT(text), "u", MIDNIGHT + DAY, &u, &err);
	assert_usage(&u, &(struct usage){5, 0, 0, 0, 0, MIDNIGHT + DAY});
	/* A file from before the day it names. */
	ledger_parse(TEXT(text), "u", MIDNIGHT - 1, &u, &err);
	assert_usage(&u, &(struct usage){5, 0, 7, 0, 1, MIDNIGHT});
}
END_TEST

#define NO_DATE " is no date like 2026-11-24 or 2026-11-24T03:14:15+00:00"

static const struct {
	const char *text;
	size_t len;
	const char *want; /* after "usage.md:" */
} errors[] = {
    /* No value, or none that can be understood. */
    {TEXT("tokens_within_min:\n"), "1: tokens_within_min has no value"},
    {TEXT("# tokens_within_min\n5\n"), "1: tokens_within_min has no value"},
    {TEXT("\n\ntokens_within_min: **\n"), "3: tokens_within_min has no value"},
    {TEXT("Date:"), "1: Date has no value"},
    {TEXT("tokens_within_min: # 5\n"), "1: tokens_within_min has no value"},
    {TEXT("tokens_within_min: -5\n"),
	"1: tokens_within_min: \"-5\" is negative"},
    {TEXT("Tokens within day - 5\n"),
	"1: tokens_within_day: \"- 5\" is negative"},
    {TEXT("tokens_within_min: 1.5\n"),
	"1: tokens_within_min: \"1.5\" is not a whole number"},
    {TEXT("tokens_within_min: 1.234.567\n"),
	"1: tokens_within_min: \"1.234.567\" is not a whole number"},
    {TEXT("tokens_within_min: 1,23\n"),
	"1: tokens_within_min: \"1,23\" is not a whole number"},
    {TEXT("tokens_within_min: 1 234\n"),
	"1: tokens_within_min: \"1 234\" is not a whole number"},
    {TEXT("tokens_within_min: 5 tokens\n"),
	"1: tokens_within_min: \"5 tokens\" is not a whole number"},
    {TEXT("tokens_within_min: 5k\n"),
	"1: tokens_within_min: \"5k\" is not a whole number"},
    {TEXT("tokens_within_min: 0x10\n"),
	"1: tokens_within_min: \"0x10\" is not a whole number"},
    {TEXT("tokens_within_min: +5\n"),
	"1: tokens_within_min: \"+5\" is not a whole number"},
    {TEXT("tokens_within_min:: 5\n"),
	"1: tokens_within_min: \": 5\" is not a whole number"},
    {TEXT("tokens_within_min is a number\n"),
	"1: tokens_within_min: \"is a number\" is not a whole number"},
    {TEXT("tokens_within_min: 0 requests_within_min: 0\n"),
	"1: tokens_within_min: \"0 requests_within_min: 0\" is not a whole "
	"number"},
    {TEXT("| tokens_within_min | 5 | 6 |\n"),
	"1: tokens_within_min: \"5 | 6\" is not a whole number"},
    {TEXT("tokens_within_min: 5\rtokens_within_day: 6\r"),
	"1: tokens_within_min: \"5\rtokens_within_day: 6\" is not a whole "
	"number"},
    {TEXT("requests_within_min: 9223372036854775808\n"),
	"1: requests_within_min: \"9223372036854775808\" is more than a ledger "
	"can count"},
    {TEXT("a\r\nb\r\ntokens_within_day: "
	  "1234567890123456789012345678901234567890\r\n"),
	"3: tokens_within_day: \"1234567890123456789012345678901234567890\" is "
	"more than a ledger can count"},
    {TEXT("tokens_within_day: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
	  "xxxxxxxxxxxx\n"),
	"1: tokens_within_day: \"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
	"xxxx...\" is not a whole number"},
    {TEXT("minute_token_limit_reached: 2\n"),
	"1: minute_token_limit_reached: \"2\" is neither 0 nor 1"},
    {TEXT("day_token_limit_reached: maybe\n"),
	"1: day_token_limit_reached: \"maybe\" is neither 0 nor 1"},
    /* Dates that are none. */
    {TEXT("Date: yesterday\n"), "1: Date: \"yesterday\"" NO_DATE},
    {TEXT("Date: 2026-02-29\n"), "1: Date: \"2026-02-29\"" NO_DATE},
    {TEXT("Date: 2026-13-01\n"), "1: Date: \"2026-13-01\"" NO_DATE},
    {TEXT("Date: 2026-00-01\n"), "1: Date: \"2026-00-01\"" NO_DATE},
    {TEXT("Date: 26-11-24\n"), "1: Date: \"26-11-24\"" NO_DATE},
    {TEXT("Date: 24.11.2026\n"), "1: Date: \"24.11.2026\"" NO_DATE},
    {TEXT("Date: 2026-11-24x\n"), "1: Date: \"2026-11-24x\"" NO_DATE},
    {TEXT("Date: 2026-11-24T\n"), "1: Date: \"2026-11-24T\"" NO_DATE},
    {TEXT("Date: 2026-11-24T24:00\n"), "1: Date: \"2026-11-24T24:00\"" NO_DATE},
    {TEXT("Date: 2026-11-24T12:60\n"), "1: Date: \"2026-11-24T12:60\"" NO_DATE},
    {TEXT("Date: 2026-11-24T12:00:61\n"),
	"1: Date: \"2026-11-24T12:00:61\"" NO_DATE},
    {TEXT("Date: 2026-11-24T12:00:00.\n"),
	"1: Date: \"2026-11-24T12:00:00.\"" NO_DATE},
    {TEXT("Date: 2026-11-24T12:00 pm\n"),
	"1: Date: \"2026-11-24T12:00 pm\"" NO_DATE},
    {TEXT("Date: 2026-11-24T12:00+1\n"),
	"1: Date: \"2026-11-24T12:00+1\"" NO_DATE},
    {TEXT("Date: 2026-11-24T12:00+01:\n"),
	"1: Date: \"2026-11-24T12:00+01:\"" NO_DATE},
    {TEXT("Date: 2026-11-24T12:00+25\n"),
	"1: Date: \"2026-11-24T12:00+25\"" NO_DATE},
    {TEXT("Date: 2026-11-24T12:00Zulu\n"),
	"1: Date: \"2026-11-24T12:00Zulu\"" NO_DATE},
    {TEXT("Date: 2026-11-24 2026-11-24\n"),
	"1: Date: \"2026-11-24 2026-11-24\"" NO_DATE},
    {TEXT("Date: 2300-01-01T00:00:00Z\n"),
	"1: Date: \"2300-01-01T00:00:00Z\" is too far from now for a clock"},
    {TEXT("Date: 0000-01-01\n"),
	"1: Date: \"0000-01-01\" is too far from now for a clock"},
    /* Twice, and not the same. */
    {TEXT("tokens_within_min: 5\n\ntokens_within_min: 6\n"),
	"3: tokens_within_min is given twice, with different values"},
    {TEXT("Date: 2026-11-24\nDate: 2026-11-24T00:00:00Z\n"),
	"2: Date is given twice, with different values"},
    /* A line that may have been meant as the missing one. */
    {TEXT("Date: 2026-11-24\ntokens_within_mim: 5\n"),
	"2: is this meant to be \"tokens_within_min: NUMBER\"?"},
    {TEXT("Date: 2026-11-24\ntoken_within_min: 5\n"),
	"2: is this meant to be \"tokens_within_min: NUMBER\"?"},
    {TEXT("Date: 2026-11-24\ntoken_witin_min: 5\n"),
	"2: is this meant to be \"tokens_within_min: NUMBER\"?"},
    {TEXT("Date: 2026-11-24\n- tokens_within_minute: 5\n"),
	"2: is this meant to be \"tokens_within_min: NUMBER\"?"},
    {TEXT("Date: 2026-11-24\n\n1. tokens_within_day: 5\n"),
	"3: is this meant to be \"tokens_within_day: NUMBER\"?"},
    {TEXT("Date: 2026-11-24\n\xc2\xa0tokens_within_day: 5\n"),
	"2: is this meant to be \"tokens_within_day: NUMBER\"?"},
    {TEXT("Date: 2026-11-24\n<!-- tokens_within_day: 5 -->\n"),
	"2: is this meant to be \"tokens_within_day: NUMBER\"?"},
    {TEXT("Date: 2026-11-24\n#tokens_within_day: 5\n"),
	"2: is this meant to be \"tokens_within_day: NUMBER\"?"},
    /* Not a ledger at all. */
    {TEXT("# Read me\n\nThis is the manual.\n"),
	"1: this is no ledger: no line in it begins with tokens_within_min"},
    {TEXT("tokens_within_min: 5\ntokens_\0within_day: 5\n"), "2: NUL byte"},
    {TEXT("t\0o\0k\0e\0n\0s\0"), "1: NUL byte"},
};

START_TEST(test_error)
{
	static const char name[] = "usage.md:";
	struct usage u = {1, 2, 3, true, true, 4};
	struct error err;

	set_zone("UTC");
	ck_assert_int_eq(ledger_parse(errors[_i].text, errors[_i].len,
			     "usage.md", NOON, &u, &err),
	    -1);
	ck_assert_int_eq(strncmp(err.text, name, strlen(name)), 0);
	ck_assert_str_eq(err.text + strlen(name), errors[_i].want);
	/* Nothing half read comes out. */
	assert_usage(&u, &(struct usage){1, 2, 3, true, true, 4});
}
END_TEST

/* The longest text is read, one more byte is not. */
START_TEST(test_huge)
{
	static const char end[] = "\ntokens_within_min: 5\n";
	char *text = malloc(LEDGER_TEXT_MAX + 1);
	struct usage u;
	struct error err;

	ck_assert_ptr_nonnull(text);
	memset(text, '-', LEDGER_TEXT_MAX + 1);
	memcpy(text + LEDGER_TEXT_MAX + 1 - strlen(end), end, strlen(end));
	text[0] = '\n';
	parse(text + 1, LEDGER_TEXT_MAX, &u);
	ck_assert_int_eq(u.minute_tokens, 5);
	ck_assert_int_eq(
	    ledger_parse(text, LEDGER_TEXT_MAX + 1, "u", NOON, &u, &err), -1);
	ck_assert_str_eq(err.text, "u:3: more than 65536 bytes are no ledger");
	free(text);
}
END_TEST

/* Text of nothing but slips and hints takes no time to speak of. */
START_TEST(test_quick)
{
	char *text = malloc(LEDGER_TEXT_MAX);
	struct usage u;
	struct error err;

	ck_assert_ptr_nonnull(text);
	for (size_t i = 0; i < LEDGER_TEXT_MAX; i++)
		text[i] = "tokens_within_mxx\n"[i % 18];
	ledger_parse(text, LEDGER_TEXT_MAX, "u", NOON, &u, &err);
	memset(text, '\n', LEDGER_TEXT_MAX);
	ledger_parse(text, LEDGER_TEXT_MAX, "u", NOON, &u, &err);
	free(text);
}
END_TEST

#define LOOP(tc, test, table) \
	tcase_add_loop_test(  \
	    tc, test, 0, (int)(sizeof(table) / sizeof((table)[0])))

int
main(void)
{
	Suite *s = suite_create("ledger_text");
	TCase *tc = tcase_create("parse");
	SRunner *sr = srunner_create(s);
	int failed;

	LOOP(tc, test_parse, texts);
	LOOP(tc, test_date, dates);
	tcase_add_test(tc, test_bare_date);
	LOOP(tc, test_error, errors);
	tcase_add_test(tc, test_huge);
	tcase_add_test(tc, test_quick);
	suite_add_tcase(s, tc);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
