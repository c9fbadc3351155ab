/* Counts and durations, read and written. */
#include "units.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define MS INT64_C(1000000)
#define S (1000 * MS)
#define M (60 * S)
#define H (60 * M)
#define D (24 * H)

/* What a failed call must leave alone. */
enum {
	UNTOUCHED = -77
};

struct number {
	const char *text;
	int64_t want; /* UNTOUCHED: it is none */
};

static const struct number counts[] = {
    {"0", 0},
    {"007", 7},
    {"300000", 300000},
    {"300_000", 300000},
    {"3_0_0", 300},
    {"300,000", 300000},
    {"1,234,567", 1234567},
    /* Suffixes, in either case, after a fraction that comes out whole. */
    {"300k", 300000},
    {"300K", 300000},
    {"2m", 2000000},
    {"1.5M", 1500000},
    {"1.000001M", 1000001},
    {"1.5g", 1500000000},
    {"3,000k", 3000000},
    {"5.0", 5},
    {"0.000k", 0},
    /* The greatest, and one more; forty digits. */
    {"9223372036854775807", INT64_MAX},
    {"9,223,372,036,854,775,807", INT64_MAX},
    {"0000000000000000000000000000000000000001", 1},
    {"9223372036854775808", UNTOUCHED},
    {"9223372036854775.808k", UNTOUCHED},
    {"9223372036854775.807k", INT64_MAX},
    {"9223372037G", UNTOUCHED},
    {"1000000000000000000000000000000000000000", UNTOUCHED},
    /* No whole number. */
    {"1.5", UNTOUCHED},
    {"1.0005k", UNTOUCHED},
    {"1.00005k", UNTOUCHED},
    {"0.5", UNTOUCHED},
    /* No number. */
    {"", UNTOUCHED},
    {"k", UNTOUCHED},
    {"-5", UNTOUCHED},
    {"+5", UNTOUCHED},
    {" 5", UNTOUCHED},
    {"5 ", UNTOUCHED},
    {"5 k", UNTOUCHED},
    {"5kk", UNTOUCHED},
    {"5x", UNTOUCHED},
    {"5.k", UNTOUCHED},
    {".5k", UNTOUCHED},
    {"1.2.3k", UNTOUCHED},
    {"1e5", UNTOUCHED},
    {"0x10", UNTOUCHED},
    {"_5", UNTOUCHED},
    {"5_", UNTOUCHED},
    {"5__0", UNTOUCHED},
    {"1,23", UNTOUCHED},
    {"1,2345", UNTOUCHED},
    {"1234,567", UNTOUCHED},
    {"1,234,56", UNTOUCHED},
    {"1,234_567", UNTOUCHED},
    {",123", UNTOUCHED},
    {"1,,234", UNTOUCHED},
};

START_TEST(test_count)
{
	int64_t n = UNTOUCHED;
	const int want = counts[_i].want == UNTOUCHED ? -1 : 0;

	ck_assert_msg(units_count(counts[_i].text, &n) == want, "\"%s\"",
	    counts[_i].text);
	ck_assert_int_eq(n, counts[_i].want);
}
END_TEST

static const struct number durations[] = {
    {"0", 0},
    {"0s", 0},
    {"90", 90 * S},
    {"90s", 90 * S},
    {"5m", 5 * M},
    {"2h", 2 * H},
    {"1d", D},
    {"250ms", 250 * MS},
    {"1m30s", 90 * S},
    {"6m0s", 6 * M},
    {"1d2h3m4s5ms", D + 2 * H + 3 * M + 4 * S + 5 * MS},
    {"1h5ms", H + 5 * MS},
    /* Fractions, to the nanosecond. */
    {"1.5", 1500 * MS},
    {"1.5s", 1500 * MS},
    {"0.25m", 15 * S},
    {"1.5d", 36 * H},
    {"0.000000001s", 1},
    {"0.0000000019s", 1},
    {"8.71s", 8710 * MS},
    /* The longest, and longer. */
    {"9223372036.854775807s", INT64_MAX},
    {"9223372036.854775808s", UNTOUCHED},
    {"106751d", 106751 * D},
    {"106752d", UNTOUCHED},
    {"106751d24h", UNTOUCHED},
    {"99999999999999999999s", UNTOUCHED},
    /* Units from long to short, each once; a bare number stands alone. */
    {"30s1m", UNTOUCHED},
    {"1s1s", UNTOUCHED},
    {"1m30", UNTOUCHED},
    {"1ms1s", UNTOUCHED},
    /* None. */
    {"", UNTOUCHED},
    {"s", UNTOUCHED},
    {"-5s", UNTOUCHED},
    {"+5s", UNTOUCHED},
    {"5 s", UNTOUCHED},
    {" 5s", UNTOUCHED},
    {"5s ", UNTOUCHED},
    {"5x", UNTOUCHED},
    {"5sec", UNTOUCHED},
    {"5S", UNTOUCHED},
    {"5hm", UNTOUCHED},
    {"5.s", UNTOUCHED},
    {".5s", UNTOUCHED},
    {"1,000s", UNTOUCHED},
    {"1:30", UNTOUCHED},
    {"inf", UNTOUCHED},
};

START_TEST(test_duration)
{
	int64_t ns = UNTOUCHED;
	const int want = durations[_i].want == UNTOUCHED ? -1 : 0;

	ck_assert_msg(units_duration(durations[_i].text, &ns) == want, "\"%s\"",
	    durations[_i].text);
	ck_assert_int_eq(ns, durations[_i].want);
}
END_TEST

/* A number in a longer text: how much of it is the number. */
static const struct {
	const char *text;
	size_t len;
	size_t used;
	int64_t n;
} wholes[] = {
    {"", 0, 0, 0},
    {"x", 1, 0, 0},
    {"12", 2, 2, 12},
    {"12345", 3, 3, 123},
    {"12 tokens", 9, 2, 12},
    {"1,234 tokens", 12, 5, 1234},
    {"1,234", 4, 1, 1},
    {"1,2345", 6, 1, 1},
    {"1,234,5", 7, 5, 1234},
    {"1234,567", 8, 4, 1234},
    {"1_2,345", 7, 3, 12},
    {"12,", 3, 2, 12},
    {"12_", 3, 2, 12},
    {"99999999999999999999", 20, 20, -1},
};

START_TEST(test_whole)
{
	int64_t n;

	ck_assert_uint_eq(
	    units_whole(wholes[_i].text, wholes[_i].len, &n), wholes[_i].used);
	ck_assert_int_eq(n, wholes[_i].n);
}
END_TEST

static const struct number written_counts[] = {
    {"0", 0},
    {"7", 7},
    {"999", 999},
    {"1,000", 1000},
    {"12,345", 12345},
    {"999,999", 999999},
    {"1,000,000", 1000000},
    {"9,223,372,036,854,775,807", INT64_MAX},
    {"-1", -1},
    {"-999", -999},
    {"-1,000", -1000},
    {"-9,223,372,036,854,775,808", INT64_MIN},
};

START_TEST(test_format_count)
{
	char text[UNITS_TEXT];

	ck_assert_ptr_eq(
	    units_format_count(written_counts[_i].want, text), text);
	ck_assert_str_eq(text, written_counts[_i].text);
}
END_TEST

static const struct number written_durations[] = {
    {"0.0s", 0},
    {"0.0s", -5 * S},
    {"0.0s", INT64_MIN},
    {"0.0s", 49 * MS},
    {"0.1s", 50 * MS},
    {"0.8s", 800 * MS},
    {"12.3s", 12345 * MS},
    {"59.9s", M - 51 * MS},
    /* Rounded up to a minute, an hour, a day: in the greater unit. */
    {"1m00s", M - 50 * MS},
    {"1m00s", M},
    {"1m05s", 65 * S},
    {"59m59s", H - 501 * MS},
    {"1h00m", H - 500 * MS},
    {"1h00m", H},
    {"3h02m", 3 * H + 2 * M + 29 * S},
    {"3h03m", 3 * H + 2 * M + 30 * S},
    {"23h59m", D - 31 * S},
    {"1d00h", D - 30 * S},
    {"2d03h", 2 * D + 3 * H},
    {"106751d23h", 106751 * D + 23 * H},
    {"106752d00h", INT64_MAX},
};

START_TEST(test_format_duration)
{
	char text[UNITS_TEXT];

	ck_assert_ptr_eq(
	    units_format_duration(written_durations[_i].want, text), text);
	ck_assert_str_eq(text, written_durations[_i].text);
}
END_TEST

#define LOOP(tc, test, table) \
	tcase_add_loop_test(  \
	    tc, test, 0, (int)(sizeof(table) / sizeof((table)[0])))

int
main(void)
{
	Suite *s = suite_create("units");
	TCase *tc = tcase_create("units");
	SRunner *sr = srunner_create(s);
	int failed;

	LOOP(tc, test_count, counts);
	LOOP(tc, test_duration, durations);
	LOOP(tc, test_whole, wholes);
	LOOP(tc, test_format_count, written_counts);
	LOOP(tc, test_format_duration, written_durations);
	suite_add_tcase(s, tc);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
