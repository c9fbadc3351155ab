/* When to come back, in all the shapes that servers say it in. */
#include "hints.h"

#include "http_date.h"
#include "quota.h"
#include "table.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define S NS_PER_S
#define MS (NS_PER_S / 1000)

/* Sun, 06 Nov 1994 08:49:37 GMT, RFC 9110's example. */
#define RFC_DATE INT64_C(784111777)

static const struct {
	const char *text;
	int64_t ns; /* -1: not a duration */
} durations[] = {
    /* OpenAI's reset headers. */
    {"6m0s", 360 * S},
    {"1s", S},
    {"12ms", 12 * MS},
    {"1m3.5s", 63 * S + 500 * MS},
    {"1h2m3s", 3723 * S},
    {"7m12s", 432 * S},
    {"1d2h", 93600 * S},
    {"0s", 0},
    {"500us", S / 2000},
    {"500\xc2\xb5s", S / 2000},
    {"5ns", 5},
    /* Bare seconds, as others have them. */
    {"59", 59 * S},
    {"59.7", 59 * S + 700 * MS},
    {"0.02", 20 * MS},
    {".5", -1},
    {"0", 0},
    /* Already over. */
    {"-1", 0},
    {"-1.5s", 0},
    {"+3", 3 * S},
    /* In words. */
    {"2 minutes", 120 * S},
    {"1 hour 30 minutes", 5400 * S},
    {"3 Seconds", 3 * S},
    {"5 mins", 300 * S},
    {"1 min 2 secs", 62 * S},
    {"1sec", S},
    /* Capped, not wrapped. */
    {"99999999999999999999", INT64_C(1000000000) * S},
    {"99999999999999999999d", INT64_C(1000000000) * S},
    /* More digits than a nanosecond has. */
    {"1.0000000009s", S},
    /* Nothing to be read. */
    {"", -1},
    {"-", -1},
    {"s", -1},
    {"1x", -1},
    {"1s ", -1},
    {"1s2", -1},
    {"1,5s", -1},
    {"0x10", -1},
    {"1e3", -1},
    {"nan", -1},
    {"inf", -1},
    {"6 m0s then", -1},
    {"1111111111111111111111111111111111111111111111111111s", -1},
};

START_TEST(test_duration)
{
	const char *text = durations[_i].text;
	int64_t ns = 77;
	const int rc = hints_duration(text, strlen(text), &ns);

	ck_assert_msg(rc == (durations[_i].ns == -1 ? -1 : 0), "%s", text);
	ck_assert_int_eq(ns, rc == 0 ? durations[_i].ns : 77);
}
END_TEST

static const struct {
	const char *text;
	int64_t ns;
} texts[] = {
    {"Rate limit reached for gpt-4o in organization org-x on tokens per min "
     "(TPM): Limit 30000, Used 29000, Requested 4000. Please try again in "
     "8.71s. Visit https://platform.openai.com to learn more.",
	8 * S + 710 * MS},
    {"Please try again in 20ms. Contact us", 20 * MS},
    {"Please try again in 1m3.5s.", 63 * S + 500 * MS},
    {"Please try again in 7m12s. Limit 200 / day", 432 * S},
    {"Please try again in 1h0m0s", 3600 * S},
    /* Azure. */
    {"Please retry after 6 seconds. Please contact Azure support", 6 * S},
    {"Rate limit is exceeded. Try again in 17 seconds.", 17 * S},
    /* Google. */
    {"Please retry in 41.5s.", 41 * S + 500 * MS},
    /* Others. */
    {"Rate limited, please wait 20 seconds before the next request.", 20 * S},
    {"Too many requests. Please wait for 1 min.", 60 * S},
    {"Please try again after 3 secs", 3 * S},
    {"Limit resets in 450ms", 450 * MS},
    {"Please retry after 1 second.", S},
    {"Please wait and try again later.", -1},
    /* A bare number is seconds. */
    {"try again in 3", 3 * S},
    {"Try again in 1 hour 2 minutes", 3720 * S},
    /* The first that can be read counts. */
    {"try again in a moment, or try again in 5s", 5 * S},
    {"Please try again later.", -1},
    {"Please try again in a few minutes.", -1},
    {"try again in", -1},
    {"", -1},
};

START_TEST(test_text)
{
	ck_assert_int_eq(hints_in_text(texts[_i].text), texts[_i].ns);
}
END_TEST

static const struct {
	const char *text;
	int64_t seconds; /* -1: not a date */
} dates[] = {
    {"Sun, 06 Nov 1994 08:49:37 GMT", RFC_DATE},
    {"Sunday, 06-Nov-94 08:49:37 GMT", RFC_DATE},
    {"Sun Nov  6 08:49:37 1994", RFC_DATE},
    {"Thu, 01 Jan 1970 00:00:00 GMT", 0},
    {"Sat, 29 Feb 2020 23:59:59 GMT", 1583020799},
    {"Friday, 31-Dec-27 23:59:60 GMT", 1830297600},
    /* A year of two digits is of this century up to 69. */
    {"Tuesday, 01-Jan-69 00:00:00 GMT", 3124224000},
    {"Sun, 06 Nov 1969 08:49:37 GMT", -1},
    {"Sun, 06 Foo 1994 08:49:37 GMT", -1},
    {"Sun, 32 Nov 1994 08:49:37 GMT", -1},
    {"Sun, 06 Nov 1994 24:49:37 GMT", -1},
    {"Sun, 06 Nov 1994 08:60:37 GMT", -1},
    {"Sun, 06 Nov 1994", -1},
    {"1994-11-06T08:49:37Z", -1},
    {"", -1},
    {"soon", -1},
};

START_TEST(test_date)
{
	const char *text = dates[_i].text;
	int64_t s = -1;
	const int rc = http_date_parse(text, strlen(text), &s);

	ck_assert_msg(rc == (dates[_i].seconds == -1 ? -1 : 0), "%s", text);
	if (rc == 0)
		ck_assert_int_eq(s, dates[_i].seconds);
}
END_TEST

/* Headers, one a line, and what they mean together at 8:49:37. */
static const struct {
	const char *lines;
	int64_t after; /* ns, -1: none */
	int should_retry;
} headers[] = {
    {"", -1, -1},
    {"Retry-After: 5\r\n", 5 * S, -1},
    {"retry-after:5", 5 * S, -1},
    {"RETRY-AFTER: \t 1.5 \r\n", S + 500 * MS, -1},
    {"retry-after: -3\r\n", 0, -1},
    {"retry-after: soon\r\n", -1, -1},
    {"retry-after:\r\n", -1, -1},
    {"retry-after-ms: 250\r\n", 250 * MS, -1},
    {"retry-after-ms: 250.5\r\n", 250 * MS + 500000, -1},
    {"retry-after-ms: 2s\r\n", -1, -1},
    /* Milliseconds go before seconds, in whatever order they come. */
    {"retry-after-ms: 250\r\nretry-after: 1\r\n", 250 * MS, -1},
    {"retry-after: 1\r\nretry-after-ms: 250\r\n", 250 * MS, -1},
    {"retry-after-ms: x\r\nretry-after: 1\r\n", S, -1},
    /* Dates: from now, or from the response's own date. */
    {"retry-after: Sun, 06 Nov 1994 08:49:47 GMT\r\n", 10 * S, -1},
    {"retry-after: Sun, 06 Nov 1994 08:49:47 GMT\r\n"
     "date: Sun, 06 Nov 1994 08:49:44 GMT\r\n",
	3 * S, -1},
    {"date: Sun, 06 Nov 1994 08:49:44 GMT\r\n"
     "retry-after: Sun, 06 Nov 1994 08:49:47 GMT\r\n",
	3 * S, -1},
    {"retry-after: Sun, 06 Nov 1994 08:00:00 GMT\r\n", 0, -1},
    {"retry-after: Fri, 31 Dec 9999 23:59:59 GMT\r\n", INT64_C(1000000000) * S,
	-1},
    /* A time where seconds are asked for: 10 s from now. */
    {"retry-after: 1784111787\r\n"
     "date: Fri, 15 Jul 2026 10:36:17 GMT\r\n",
	10 * S, -1},
    {"retry-after: 1784111787250\r\n"
     "date: Fri, 15 Jul 2026 10:36:17 GMT\r\n",
	10 * S, -1},
    {"retry-after: 999999999\r\n", INT64_C(999999999) * S, -1},
    {"x-should-retry: true\r\n", -1, 1},
    {"X-Should-Retry: False\r\n", -1, 0},
    {"x-should-retry: maybe\r\n", -1, -1},
    {"HTTP/1.1 429 Too Many Requests\r\n", -1, -1},
    {"no colon here\r\n", -1, -1},
    {": nameless\r\n", -1, -1},
};

/* Feed TEXT line by line. */
static void
feed(struct hints *h, const char *text)
{
	hints_init(h);
	while (*text != '\0') {
		const char *end = strchr(text, '\n');
		const size_t n = end ? (size_t)(end + 1 - text) : strlen(text);

		hints_header(h, text, n);
		text += n;
	}
}

START_TEST(test_header)
{
	struct outcome out;
	struct hints h;

	outcome_init(&out);
	feed(&h, headers[_i].lines);
	hints_apply(&h, RFC_DATE * S + 999, &out);
	ck_assert_int_eq(out.retry_after_ns, headers[_i].after);
	ck_assert_int_eq(out.should_retry, headers[_i].should_retry);
}
END_TEST

/* The rate headers' values, and what is made of them: -1 is nothing. */
static const struct {
	const char *limit, *remaining, *reset;
	struct rate_state rate;
} rates[] = {
    {"500", "499", "120ms", {500, 499, 120 * MS}},
    {"30000", "0", "6m0s", {30000, 0, 360 * S}},
    {"30000", "29000", "1s", {30000, 29000, S}},
    {"14400", "14370", "2m59.56s", {14400, 14370, 179 * S + 560 * MS}},
    {"1", "1", "1h2m3s", {1, 1, 3723 * S}},
    {"1", "1", "0s", {1, 1, 0}},
    /* Azure and others: bare seconds; past; too few. */
    {"240", "239", "60", {240, 239, 60 * S}},
    {"240", "239", "59.7", {240, 239, 59 * S + 700 * MS}},
    {"240", "-1", "-3", {240, 0, 0}},
    {"240", "-17", "-1.5s", {240, 0, 0}},
    /* A date is no duration. */
    {"240", "0", "1784111787", {240, 0, -1}},
    {"240", "0", "2026-07-15T10:36:27Z", {240, 0, -1}},
    {"240", "0", "Sun, 06 Nov 1994 08:49:37 GMT", {240, 0, -1}},
    /* Nonsense. */
    {"many", "-", "tomorrow", {-1, -1, -1}},
    {"1 2", "", "", {-1, -1, -1}},
    {"0x10", "1e3", "1s2", {-1, -1, -1}},
};

START_TEST(test_rate)
{
	static const char *const resources[] = {"requests", "tokens"};

	for (int i = 0; i < 2; i++) {
		struct outcome out;
		struct hints h;
		char text[512];
		const struct rate_state *rate, *other;

		snprintf(text, sizeof(text),
		    "x-ratelimit-limit-%s: %s\r\n"
		    "X-RateLimit-Remaining-%s: %s\r\n"
		    "x-ratelimit-reset-%s:%s\r\n",
		    resources[i], rates[_i].limit, resources[i],
		    rates[_i].remaining, resources[i], rates[_i].reset);
		outcome_init(&out);
		feed(&h, text);
		hints_apply(&h, 0, &out);
		rate = i == 0 ? &out.requests : &out.tokens;
		other = i == 0 ? &out.tokens : &out.requests;
		ck_assert_int_eq(rate->limit, rates[_i].rate.limit);
		ck_assert_int_eq(rate->remaining, rates[_i].rate.remaining);
		ck_assert_int_eq(rate->reset_ns, rates[_i].rate.reset_ns);
		ck_assert_int_eq(other->limit, -1);
		ck_assert_int_eq(other->reset_ns, -1);
	}
}
END_TEST

START_TEST(test_other_rate_headers)
{
	struct outcome out;
	struct hints h;

	outcome_init(&out);
	feed(&h, "x-ratelimit-limit-images: 3\r\n"
		 "x-ratelimit-reset: 1700000000\r\n"
		 "x-ratelimit-limit-requests-day: 3\r\n"
		 "x-ratelimit-\r\n"
		 "x-ratelimit-limit-:1\r\n");
	hints_apply(&h, 0, &out);
	ck_assert_int_eq(out.requests.limit, -1);
	ck_assert_int_eq(out.requests.reset_ns, -1);
	ck_assert_int_eq(out.tokens.limit, -1);
}
END_TEST

START_TEST(test_request_id)
{
	struct outcome out;
	struct hints h;
	char line[400];

	outcome_init(&out);
	feed(&h, "X-Request-Id: req_0123abc \r\n");
	hints_apply(&h, 0, &out);
	ck_assert_str_eq(out.request_id, "req_0123abc");

	/* Azure's own goes after it, whichever comes first. */
	feed(&h, "apim-request-id: azure\r\nx-request-id: req_1\r\n");
	ck_assert_str_eq(h.request_id, "req_1");
	feed(&h, "x-request-id: req_1\r\napim-request-id: azure\r\n");
	ck_assert_str_eq(h.request_id, "req_1");
	feed(&h, "apim-request-id: azure\r\n");
	ck_assert_str_eq(h.request_id, "azure");

	/* Cut, never overrun. */
	memset(line, 'x', sizeof(line));
	memcpy(line, "x-request-id: ", 14);
	hints_init(&h);
	hints_header(&h, line, sizeof(line));
	ck_assert_uint_eq(strlen(h.request_id), OUTCOME_ID - 1);
}
END_TEST

#define COUNT(a) ((int)(sizeof(a) / sizeof((a)[0])))

int
main(void)
{
	Suite *s = suite_create("hints");
	TCase *t = tcase_create("durations");
	SRunner *sr;
	int failed;

	tcase_add_loop_test(t, test_duration, 0, COUNT(durations));
	suite_add_tcase(s, t);
	t = tcase_create("words");
	tcase_add_loop_test(t, test_text, 0, COUNT(texts));
	suite_add_tcase(s, t);
	t = tcase_create("dates");
	tcase_add_loop_test(t, test_date, 0, COUNT(dates));
	suite_add_tcase(s, t);
	t = tcase_create("headers");
	tcase_add_loop_test(t, test_header, 0, COUNT(headers));
	suite_add_tcase(s, t);
	t = tcase_create("rates");
	tcase_add_loop_test(t, test_rate, 0, COUNT(rates));
	suite_add_tcase(s, t);
	t = tcase_create("others");
	tcase_add_test(t, test_other_rate_headers);
	tcase_add_test(t, test_request_id);
	suite_add_tcase(s, t);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	table_report(sr, "durations", "durations in headers");
	table_report(sr, "words", "waits in words");
	table_report(sr, "dates", "HTTP dates");
	table_report(sr, "headers", "headers that say when");
	table_report(sr, "rates", "rate-limit headers");
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
