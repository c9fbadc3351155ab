/* What an answer is called that is no plain success, and who takes it. */
#include "partial.h"

#include "table.h"

#include <bsd/string.h>
#include <check.h>
#include <stdlib.h>
#include <string.h>

static const struct {
	const char *finish;
	bool empty;
	const char *label;
	const char *word; /* the one kind that takes it; NULL: none does */
} rows[] = {
    {"length", false, "cut off", "length"},
    {"max_output_tokens", false, "cut off", "length"},
    {"length", true, "cut off before any text", "empty"},
    {"max_output_tokens", true, "cut off before any text", "empty"},
    {"content_filter", false, "filtered", "content_filter"},
    {"content_filter", true, "filtered", "content_filter"},
    {"refusal", false, "refused by the model", "refusal"},
    {"tool_calls", true, "tool call", "tool_calls"},
    {"tool_calls", false, "tool call", "tool_calls"},
    {"function_call", true, "tool call", "tool_calls"},
    {"stop", true, "empty", "empty"},
    {"", false, "unfinished", "other"},
    {"incomplete", false, "unfinished", "other"},
    {"eos_token", false, "unusual finish", "other"},
    {"", true, "empty", "empty"},
    {"eos_token", true, "empty", "empty"},
    {"LENGTH", false, "unusual finish", "other"},
    /* There may be more to come: never good. */
    {"queued", true, "unfinished", NULL},
    {"in_progress", true, "unfinished", NULL},
    {"cancelled", false, "unfinished", NULL},
};

static struct outcome
make(const char *finish, bool empty)
{
	struct outcome out;

	outcome_init(&out);
	out.kind = OUTCOME_PARTIAL;
	out.empty = empty;
	strlcpy(out.finish, finish, sizeof(out.finish));
	return out;
}

START_TEST(test_row)
{
	const struct outcome out = make(rows[_i].finish, rows[_i].empty);
	unsigned all = 0;

	ck_assert_str_eq(partial_label(&out), rows[_i].label);
	for (size_t i = 0; partial_word(i) != NULL; i++) {
		const char *word = partial_word(i);
		const unsigned kind = partial_kind(word, strlen(word));
		const bool mine =
		    rows[_i].word != NULL && strcmp(word, rows[_i].word) == 0;

		ck_assert_uint_ne(kind, 0);
		ck_assert_uint_eq(kind & all, 0);
		all |= kind;
		ck_assert_int_eq(partial_accepted(kind, &out), mine);
	}
	ck_assert(!partial_accepted(0, &out));
	ck_assert_int_eq(partial_accepted(all, &out), rows[_i].word != NULL);
}
END_TEST

/* What is not partial is never accepted: it is an answer, or it is not. */
START_TEST(test_only_partial)
{
	struct outcome out = make("length", false);

	for (int k = OUTCOME_NONE; k <= OUTCOME_ABORTED; k++) {
		out.kind = (enum outcome_kind)k;
		ck_assert_int_eq(
		    partial_accepted(~0u, &out), k == OUTCOME_PARTIAL);
	}
}
END_TEST

START_TEST(test_words)
{
	ck_assert_uint_eq(partial_kind("length", 5), 0);
	ck_assert_uint_eq(partial_kind("lengths", 7), 0);
	ck_assert_uint_eq(partial_kind("", 0), 0);
	ck_assert_uint_ne(partial_kind("length,empty", 6), 0);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("partial");
	TCase *t = tcase_create("partial");
	SRunner *sr;
	int failed;

	tcase_add_loop_test(
	    t, test_row, 0, (int)(sizeof(rows) / sizeof(rows[0])));
	suite_add_tcase(s, t);
	t = tcase_create("others");
	tcase_add_test(t, test_only_partial);
	tcase_add_test(t, test_words);
	suite_add_tcase(s, t);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	table_report(sr, "partial", "answers that are no plain success");
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
