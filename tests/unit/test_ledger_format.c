/* The ledger's text edited in place: order, style and strangers stay. */
#include "ledger_text.h"

#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define S NS_PER_S

/* 2026-11-24T03:14:15Z */
#define DATE (INT64_C(1795490055) * S)

static void
set_zone(const char *zone)
{
	ck_assert_int_eq(setenv("TZ", zone, 1), 0);
	tzset();
}

static const struct {
	const char *old;
	struct usage u;
	const char *want;
} edits[] = {
    /* A fresh ledger. */
    {"", {1, 2, 3000, true, false, DATE},
	"tokens_within_min: 1\nrequests_within_min: 2\n"
	"tokens_within_day: 3000\nminute_token_limit_reached: 1\n"
	"day_token_limit_reached: 0\nDate: 2026-11-24T03:14:15+00:00\n"},
    /* The values change, and nothing else: order, blanks, strangers. */
    {"Date: 2026-11-23\n\n# Usage\n day_token_limit_reached = 1 \n"
     "minute_token_limit_reached:0\ntokens_within_day  :  99\n"
     "requests_within_min:\t7\t# so many\nnote: \xff 5\n"
     "tokens_within_min: 123456<!-- 5 -->\n\n",
	{1, 2, 3000, true, false, DATE},
	"Date: 2026-11-24T03:14:15+00:00\n\n# Usage\n"
	" day_token_limit_reached = 0 \nminute_token_limit_reached:1\n"
	"tokens_within_day  :  3000\nrequests_within_min:\t2\t# so many\n"
	"note: \xff 5\ntokens_within_min: 1<!-- 5 -->\n\n"},
    /* Marks, tables, a byte-order mark. */
    {"\xef\xbb\xbf- **tokens_within_min**: `5`\n"
     "| requests_within_min | 5 |\n> ## **tokens_within_day:** **5**\n"
     "* minute_token_limit_reached: _0_\n+ day_token_limit_reached: 0\\\n"
     "`Date`: \"2026-11-23\"\n",
	{1, 2, 3000, true, true, DATE},
	"\xef\xbb\xbf- **tokens_within_min**: `1`\n"
	"| requests_within_min | 2 |\n> ## **tokens_within_day:** **3000**\n"
	"* minute_token_limit_reached: _1_\n+ day_token_limit_reached: 1\\\n"
	"`Date`: \"2026-11-24T03:14:15+00:00\"\n"},
    /* CRLF stays, and is what added lines end with. */
    {"tokens_within_min: 5\r\nDate: 2026-11-23\r\n",
	{1, 2, 3, true, true, DATE},
	"tokens_within_min: 1\r\nDate: 2026-11-24T03:14:15+00:00\r\n"
	"requests_within_min: 2\r\ntokens_within_day: 3\r\n"
	"minute_token_limit_reached: 1\r\nday_token_limit_reached: 1\r\n"},
    /* No newline at the end: none is added to a whole ledger, */
    {"tokens_within_min: 5\nrequests_within_min: 5\ntokens_within_day: 5\n"
     "minute_token_limit_reached: 1\nday_token_limit_reached: 1\n"
     "Date: 2026-11-23",
	{1, 2, 3, false, false, DATE},
	"tokens_within_min: 1\nrequests_within_min: 2\ntokens_within_day: 3\n"
	"minute_token_limit_reached: 0\nday_token_limit_reached: 0\n"
	"Date: 2026-11-24T03:14:15+00:00"},
    /* but one before what is added. */
    {"requests_within_min: 2", {1, 2, 3, false, false, DATE},
	"requests_within_min: 2\ntokens_within_min: 1\ntokens_within_day: 3\n"
	"minute_token_limit_reached: 0\nday_token_limit_reached: 0\n"
	"Date: 2026-11-24T03:14:15+00:00\n"},
    /* Both of a field given twice. */
    {"tokens_within_min: 5\ntokens_within_min: 5\nrequests_within_min: 5\n"
     "tokens_within_day: 5\nminute_token_limit_reached: 1\n"
     "day_token_limit_reached: 1\nDate: 2026-11-23\n",
	{7, 2, 3, false, false, DATE},
	"tokens_within_min: 7\ntokens_within_min: 7\nrequests_within_min: 2\n"
	"tokens_within_day: 3\nminute_token_limit_reached: 0\n"
	"day_token_limit_reached: 0\nDate: 2026-11-24T03:14:15+00:00\n"},
};

START_TEST(test_edit)
{
	struct buf out = BUF_INIT(LEDGER_TEXT_MAX);
	const char *old = edits[_i].old;

	set_zone("UTC");
	ck_assert_int_eq(
	    ledger_format(old, strlen(old), &edits[_i].u, &out), 0);
	ck_assert_str_eq(out.data, edits[_i].want);
	buf_free(&out);
}
END_TEST

/* One old line with tokens_within_min, and N in its style. */
static const struct {
	const char *old;
	int64_t n;
	const char *want;
} counts[] = {
    {"1234", 5678901, "5678901"},
    {"1,234", 5678901, "5,678,901"},
    {"1,234", 5, "5"},
    {"1_234", 5678901, "5_678_901"},
    {"1_2", 567, "567"},
    {"007", 8, "8"},
    {"5", INT64_MAX, "9223372036854775807"},
    /* The same number stays as it was written. */
    {"007", 7, "007"},
    {"1_2_3", 123, "1_2_3"},
    {"1,234", 1234, "1,234"},
};

START_TEST(test_count_style)
{
	struct buf out = BUF_INIT(LEDGER_TEXT_MAX);
	const struct usage u = {.minute_tokens = counts[_i].n};
	char old[64];
	char want[64];

	snprintf(old, sizeof(old), "tokens_within_min: %s\n", counts[_i].old);
	snprintf(
	    want, sizeof(want), "tokens_within_min: %s\n", counts[_i].want);
	ck_assert_int_eq(ledger_format(old, strlen(old), &u, &out), 0);
	ck_assert_int_eq(strncmp(out.data, want, strlen(want)), 0);
	buf_free(&out);
}
END_TEST

static const struct {
	const char *down;
	const char *up;
} flags[] = {{"0", "1"}, {"false", "true"}, {"False", "True"},
    {"FALSE", "TRUE"}, {"no", "yes"}, {"No", "Yes"}, {"NO", "YES"}};

/* A flag changes in its own language, both ways. */
START_TEST(test_flag_style)
{
	struct buf out = BUF_INIT(LEDGER_TEXT_MAX);
	const char *const words[] = {flags[_i].down, flags[_i].up};
	char old[64];
	char want[64];

	for (int i = 0; i < 4; i++) {
		const struct usage u = {.day_reached = i % 2};

		snprintf(old, sizeof(old), "day_token_limit_reached: %s\n",
		    words[i / 2]);
		snprintf(want, sizeof(want), "day_token_limit_reached: %s\n",
		    words[i % 2]);
		buf_clear(&out);
		ck_assert_int_eq(ledger_format(old, strlen(old), &u, &out), 0);
		ck_assert_int_eq(strncmp(out.data, want, strlen(want)), 0);
	}
	buf_free(&out);
}
END_TEST

static const struct {
	const char *zone;
	const char *old;
	int64_t window;
	const char *want;
} dates[] = {
    {"UTC", "2026-11-23", DATE, "2026-11-24T03:14:15+00:00"},
    {"UTC", "2026-11-23T00:00", DATE, "2026-11-24T03:14:15+00:00"},
    {"UTC", "2026-11-23 00:00", DATE, "2026-11-24 03:14:15+00:00"},
    {"UTC", "2026-11-23 00:00 UTC", DATE, "2026-11-24 03:14:15+00:00"},
    {"UTC", "2026-11-23T00:00 UTC", DATE, "2026-11-24T03:14:15+00:00"},
    /* Local time with its offset, whatever the old one's. */
    {"Europe/Berlin", "2026-11-24T03:14:15Z", DATE,
	"2026-11-24T04:14:15+01:00"},
    {"Asia/Kathmandu", "2026-11-23", DATE, "2026-11-24T08:59:15+05:45"},
    {"America/St_Johns", "2026-11-23", DATE, "2026-11-23T23:44:15-03:30"},
    {"XXX-1:02:03", "2026-11-23", DATE, "2026-11-24T04:16:18+01:02:03"},
    {"XXX1:02:03", "2026-11-23", DATE, "2026-11-24T02:12:12-01:02:03"},
    /* Both of New York's 01:30. */
    {"America/New_York", "2026-11-23", INT64_C(1762061400) * S,
	"2025-11-02T01:30:00-04:00"},
    {"America/New_York", "2026-11-23", INT64_C(1762065000) * S,
	"2025-11-02T01:30:00-05:00"},
    /* The epoch, before it, and the ends of the clock's range. */
    {"UTC", "2026-11-23", 0, "1970-01-01T00:00:00+00:00"},
    {"UTC", "2026-11-23", -S, "1969-12-31T23:59:59+00:00"},
    {"UTC", "2026-11-23", INT64_C(9223372035) * S, "2262-04-11T23:47:15+00:00"},
    {"UTC", "2026-11-23", INT64_C(-9223372036) * S,
	"1677-09-21T00:12:44+00:00"},
};

START_TEST(test_date_style)
{
	struct buf out = BUF_INIT(LEDGER_TEXT_MAX);
	const struct usage u = {.window = dates[_i].window};
	struct usage back;
	struct error err;
	char old[64];
	char want[64];

	set_zone(dates[_i].zone);
	snprintf(old, sizeof(old), "Date: %s\n", dates[_i].old);
	snprintf(want, sizeof(want), "Date: %s\n", dates[_i].want);
	ck_assert_int_eq(ledger_format(old, strlen(old), &u, &out), 0);
	ck_assert_int_eq(strncmp(out.data, want, strlen(want)), 0);
	/* And it is read as it was meant. */
	ck_assert_int_eq(
	    ledger_parse(out.data, out.len, "u", 0, &back, &err), 0);
	ck_assert_int_eq(back.window, u.window);
	buf_free(&out);
}
END_TEST

/* No room: the buffer is as it was. */
START_TEST(test_no_room)
{
	struct buf out = BUF_INIT(150);
	const struct usage u = {.window = DATE};

	ck_assert_int_eq(buf_adds(&out, "before"), 0);
	ck_assert_int_eq(ledger_format(NULL, 0, &u, &out), -1);
	ck_assert_int_eq(errno, EMSGSIZE);
	ck_assert_uint_eq(out.len, 6);
	ck_assert_str_eq(out.data, "before");
	out.max = 1000;
	ck_assert_int_eq(ledger_format(NULL, 0, &u, &out), 0);
	ck_assert_int_eq(
	    strncmp(out.data, "beforetokens_within_min: 0\n", 27), 0);
	buf_free(&out);
}
END_TEST

/* The longest text there can be is written; one byte more would not be read. */
START_TEST(test_too_long)
{
	const struct usage u = {.window = DATE};
	struct buf old = BUF_INIT(LEDGER_TEXT_MAX);
	struct buf out = BUF_INIT(LEDGER_TEXT_MAX + 1000);

	set_zone("UTC");
	ck_assert_int_eq(ledger_format(NULL, 0, &u, &old), 0);
	while (old.len < LEDGER_TEXT_MAX)
		ck_assert_int_eq(buf_adds(&old, "-"), 0);
	ck_assert_int_eq(ledger_format(old.data, old.len, &u, &out), 0);
	ck_assert_uint_eq(out.len, LEDGER_TEXT_MAX);
	buf_clear(&out);
	ck_assert_int_eq(ledger_format(old.data, old.len,
			     &(struct usage){10, 0, 0, 0, 0, DATE}, &out),
	    -1);
	ck_assert_int_eq(errno, EMSGSIZE);
	ck_assert_uint_eq(out.len, 0);
	buf_free(&old);
	buf_free(&out);
}
END_TEST

/* One of the strings in LIST. */
#define PICK(list) (list)[(size_t)rand() % (sizeof(list) / sizeof((list)[0]))]

static int64_t
random_count(void)
{
	const int64_t n = (int64_t)((uint64_t)rand() << 40 ^
				    (uint64_t)rand() << 20 ^ (uint64_t)rand());

	return n >> (rand() % 63) & INT64_MAX;
}

static struct usage
random_usage(void)
{
	return (struct usage){.minute_tokens = random_count(),
	    .minute_requests = random_count(),
	    .day_tokens = random_count(),
	    .minute_reached = rand() % 2,
	    .day_reached = rand() % 2,
	    .window = (rand() % INT64_C(9000000000)) * S};
}

/* The six lines and some strangers, in any order, style and number. */
static void
random_text(struct buf *text)
{
	static const char *const names[] = {"tokens_within_min",
	    "requests_within_min", "tokens_within_day",
	    "minute_token_limit_reached", "day_token_limit_reached", "Date"};
	static const char *const values[] = {"0", "1,234", "5_6", "true"};
	static const char *const before[] = {"", "- ", "* **", "> ", "\t| `"};
	static const char *const between[] = {
	    ": ", "=", "** = ", "` | ", "\t:\t**"};
	static const char *const after[] = {"", " ", "**", " |", " # 5"};
	static const char *const strangers[] = {
	    "", "# Usage", "note: 5", "\x01\xff", "|---|---|"};
	const char *eol = rand() % 2 ? "\n" : "\r\n";
	const int start = rand() % 6;

	for (int i = 0; i < 6; i++) {
		const int at = (start + i * 5) % 6;
		const char *value = at == 5  ? "2026-11-24 00:00"
		                    : at > 2 ? values[rand() % 2 * 3]
		                             : values[rand() % 3];

		if (rand() % 3 == 0)
			buf_addf(text, "%s%s", PICK(strangers), eol);
		if (rand() % 5 != 0)
			buf_addf(text, "%s%s%s%s%s%s", PICK(before), names[at],
			    PICK(between), value, PICK(after), eol);
	}
	if (rand() % 2 == 0)
		buf_adds(text, "last: line");
}

/* Read as written, whatever the numbers and the style; and then for good. */
START_TEST(test_round_trip)
{
	struct buf old = BUF_INIT(LEDGER_TEXT_MAX);
	struct buf out = BUF_INIT(LEDGER_TEXT_MAX);
	struct buf again = BUF_INIT(LEDGER_TEXT_MAX);

	srand((unsigned)_i);
	set_zone(_i % 2 ? "America/New_York" : "Asia/Kathmandu");
	for (int i = 0; i < 100; i++) {
		const struct usage u = random_usage();
		struct usage back;
		struct error err;

		buf_clear(&old);
		buf_clear(&out);
		buf_clear(&again);
		random_text(&old);
		ck_assert_int_eq(ledger_format(old.data, old.len, &u, &out), 0);
		ck_assert_msg(
		    ledger_parse(out.data, out.len, "u", 0, &back, &err) == 0,
		    "%s in %s", err.text, out.data);
		ck_assert_int_eq(back.minute_tokens, u.minute_tokens);
		ck_assert_int_eq(back.minute_requests, u.minute_requests);
		ck_assert_int_eq(back.day_tokens, u.day_tokens);
		ck_assert_int_eq(back.minute_reached, u.minute_reached);
		ck_assert_int_eq(back.day_reached, u.day_reached);
		ck_assert_int_eq(back.window, u.window);
		ck_assert_int_eq(
		    ledger_format(out.data, out.len, &back, &again), 0);
		ck_assert_str_eq(again.data, out.data);
	}
	buf_free(&old);
	buf_free(&out);
	buf_free(&again);
}
END_TEST

#define LOOP(tc, test, table) \
	tcase_add_loop_test(  \
	    tc, test, 0, (int)(sizeof(table) / sizeof((table)[0])))

int
main(void)
{
	Suite *s = suite_create("ledger_format");
	TCase *tc = tcase_create("format");
	SRunner *sr = srunner_create(s);
	int failed;

	LOOP(tc, test_edit, edits);
	LOOP(tc, test_count_style, counts);
	LOOP(tc, test_flag_style, flags);
	LOOP(tc, test_date_style, dates);
	tcase_add_test(tc, test_no_room);
	tcase_add_test(tc, test_too_long);
	tcase_add_loop_test(tc, test_round_trip, 0, 50);
	suite_add_tcase(s, tc);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
