/* Faults of the simulator: by chance, by marker, and counted. */
#include "../../sim/attempts.h"
#include "../../sim/fault.h"
#include "../../sim/marker.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static struct sim_faults faults;
static struct sim_text why;
static struct sim_orders o;

static void
clear(void)
{
	sim_faults_free(&faults);
	sim_text_free(&why);
	sim_orders_free(&o);
	sim_orders_init(&o);
}

/* The orders of PROMPT for its attempt number N, in o. */
static void
read_marker(const char *prompt, uint64_t n)
{
	sim_orders_free(&o);
	sim_marker_read(&o, prompt, strlen(prompt), n);
}

START_TEST(every_kind_has_a_name_of_its_own)
{
	for (int k = SIM_NONE; k < SIM_KINDS; k++) {
		const char *name = sim_kind_name((enum sim_kind)k);

		ck_assert_ptr_nonnull(name);
		if (k != SIM_NONE && k != SIM_CUSTOM && k != SIM_MISREAD)
			ck_assert_int_eq(
			    sim_kind_by_name(name, strlen(name)), k);
	}
	ck_assert_int_eq(sim_kind_by_name("custom", 6), SIM_NONE);
	ck_assert_int_eq(sim_kind_by_name("", 0), SIM_NONE);
	ck_assert_int_eq(sim_kind_by_name("5000", 4), SIM_NONE);
	ck_assert_int_eq(sim_kind_by_name("5000", 3), SIM_500);
}
END_TEST

START_TEST(a_list_is_read)
{
	ck_assert(sim_faults_parse(&faults,
	    "500:0.5,redirect=http://127.0.0.1:9/x:0.25,cut=12:.25", &why));
	ck_assert_uint_eq(faults.n, 3);
	ck_assert_int_eq(faults.list[0].kind, SIM_500);
	ck_assert_ptr_null(faults.list[0].arg);
	ck_assert_str_eq(faults.list[1].arg, "http://127.0.0.1:9/x");
	ck_assert_double_eq(faults.list[1].probability, 0.25);
	ck_assert_int_eq(faults.list[2].kind, SIM_CUT);
}
END_TEST

static const struct {
	const char *spec;
	const char *why; /* part of the message */
} wrong[] = {
    {"", "no ':PROBABILITY'"},
    {"500", "no ':PROBABILITY'"},
    {"500:", "not a probability"},
    {"500:x", "not a probability"},
    {"500:1.5", "not a probability"},
    {"500:-0.1", "not a probability"},
    {"500:nan", "not a probability"},
    {"501:0.1", "no such kind"},
    {"500:0.1,", "no ':PROBABILITY'"},
    {"500:0.6,503:0.6", "more than 1"},
};

START_TEST(a_wrong_list_is_told)
{
	ck_assert(!sim_faults_parse(&faults, wrong[_i].spec, &why));
	ck_assert_ptr_nonnull(strstr(why.data, wrong[_i].why));
}
END_TEST

START_TEST(draws_follow_seed_and_probability)
{
	size_t hits = 0, other = 0;

	sim_faults_parse(&faults, "500:0.2,hang:0.1", &why);
	for (uint64_t h = 0; h < 10000; h++) {
		const struct sim_fault *f = sim_faults_draw(&faults, 1, h, 1);

		ck_assert_ptr_eq(f, sim_faults_draw(&faults, 1, h, 1));
		hits += f && f->kind == SIM_500;
		other += f != sim_faults_draw(&faults, 2, h, 1);
	}
	ck_assert_uint_gt(hits, 1900);
	ck_assert_uint_lt(hits, 2100);
	ck_assert_uint_gt(other, 3000);
}
END_TEST

START_TEST(certain_and_impossible)
{
	sim_faults_parse(&faults, "500:1,hang:0", &why);
	for (uint64_t n = 1; n < 1000; n++)
		ck_assert_int_eq(
		    sim_faults_draw(&faults, 0, 9, n)->kind, SIM_500);
}
END_TEST

START_TEST(no_marker_no_orders)
{
	read_marker("plain [[sim]] text [[sim: 500", 1);
	ck_assert_int_eq(o.kind, SIM_NONE);
	ck_assert_int_eq(o.latency_ms, -1);
}
END_TEST

START_TEST(markers_in_sequence)
{
	const char *prompt =
	    "a [[sim: 429 x2 retry-after=0.25]] b [[sim: 500 x1]] c";

	for (uint64_t n = 1; n <= 2; n++) {
		read_marker(prompt, n);
		ck_assert_int_eq(o.kind, SIM_429);
		ck_assert_double_eq(o.retry_after, 0.25);
	}
	read_marker(prompt, 3);
	ck_assert_int_eq(o.kind, SIM_500);
	ck_assert_double_eq(o.retry_after, -1);
	read_marker(prompt, 4);
	ck_assert_int_eq(o.kind, SIM_NONE);
}
END_TEST

START_TEST(without_a_number_for_ever)
{
	read_marker("[[sim: 503]]", 1000000);
	ck_assert_int_eq(o.kind, SIM_503);
}
END_TEST

START_TEST(settings_hold_along_with_the_rest)
{
	const char *prompt = "[[sim: latency=30]][[sim:hold]][[sim: 500 x1]]";

	for (uint64_t n = 1; n <= 2; n++) {
		read_marker(prompt, n);
		ck_assert_int_eq(o.kind, n == 1 ? SIM_500 : SIM_NONE);
		ck_assert_int_eq(o.latency_ms, 30);
		ck_assert(o.hold);
	}
	read_marker("[[sim: hold x1]]", 2);
	ck_assert(!o.hold);
}
END_TEST

START_TEST(words_of_a_marker)
{
	read_marker("[[sim: status=418 message=\"go away\" type=t code=c "
		    "header=\"x-a: b c\" header=X:y\ntokens=5 thought=3 "
		    "cached=2 cut=7]]",
	    1);
	ck_assert_int_eq(o.kind, SIM_CUT);
	ck_assert_str_eq(o.arg, "7");
	ck_assert_uint_eq(o.status, 418);
	ck_assert_str_eq(o.message, "go away");
	ck_assert_str_eq(o.type, "t");
	ck_assert_str_eq(o.code, "c");
	ck_assert_str_eq(o.headers[0], "x-a: b c");
	ck_assert_str_eq(o.headers[1], "X:y");
	ck_assert_int_eq(o.tokens, 5);
	ck_assert_int_eq(o.thought, 3);
	ck_assert_int_eq(o.cached, 2);
}
END_TEST

START_TEST(a_body_is_the_rest)
{
	read_marker("[[sim: x1 body={\"a\": \"b  c\"} x9]]", 1);
	ck_assert_int_eq(o.kind, SIM_CUSTOM);
	ck_assert_str_eq(o.body, "{\"a\": \"b  c\"} x9");
	read_marker("[[sim: message=\"body= no\" status=500 body=]]", 1);
	ck_assert_str_eq(o.message, "body= no");
	ck_assert_str_eq(o.body, "");
}
END_TEST

static const char *const senseless[] = {"[[sim: 501]]", "[[sim: 500 429]]",
    "[[sim: x0 500]]", "[[sim: x-1]]", "[[sim: latency=fast]]",
    "[[sim: status=99]]", "[[sim: status=1000]]", "[[sim: retry-after=-1]]",
    "[[sim: header=none]]", "[[sim: colour=red]]", "[[sim: latency]]",
    "[[sim: early]]"};

START_TEST(what_makes_no_sense_is_told)
{
	read_marker(senseless[_i], 1);
	ck_assert_int_eq(o.kind, SIM_MISREAD);
	ck_assert_ptr_nonnull(strstr(o.message, senseless[_i]));
}
END_TEST

START_TEST(attempts_are_counted_by_prompt)
{
	struct sim_attempts a = {0};

	for (uint64_t n = 1; n <= 3; n++) {
		for (uint64_t h = 0; h < 1000; h++)
			ck_assert_uint_eq(sim_attempts_next(&a, h << 40), n);
	}
	sim_attempts_free(&a);
	ck_assert_uint_eq(sim_attempts_next(&a, 0), 1);
	sim_attempts_free(&a);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("sim_fault");
	TCase *t = tcase_create("fault");
	SRunner *sr = srunner_create(s);
	int failed;

	sim_orders_init(&o);
	tcase_add_checked_fixture(t, NULL, clear);
	tcase_add_test(t, every_kind_has_a_name_of_its_own);
	tcase_add_test(t, a_list_is_read);
	tcase_add_loop_test(
	    t, a_wrong_list_is_told, 0, (int)(sizeof(wrong) / sizeof(*wrong)));
	tcase_add_test(t, draws_follow_seed_and_probability);
	tcase_add_test(t, certain_and_impossible);
	tcase_add_test(t, no_marker_no_orders);
	tcase_add_test(t, markers_in_sequence);
	tcase_add_test(t, without_a_number_for_ever);
	tcase_add_test(t, settings_hold_along_with_the_rest);
	tcase_add_test(t, words_of_a_marker);
	tcase_add_test(t, a_body_is_the_rest);
	tcase_add_loop_test(t, what_makes_no_sense_is_told, 0,
	    (int)(sizeof(senseless) / sizeof(*senseless)));
	tcase_add_test(t, attempts_are_counted_by_prompt);
	suite_add_tcase(s, t);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
